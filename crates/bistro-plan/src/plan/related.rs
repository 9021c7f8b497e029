//! Rows of another relation that belong to a row.

use std::sync::Arc;

use crate::catalog::Relation;
use crate::plan::condition::Condition;
use crate::plan::output::{Output, Sort};

/// As much as a pattern that is compiled counts, so that a statement has about a hundred of them.
const PATTERN_WEIGHT: usize = 320;

/// Rows of another relation, as they belong to each row of the one that is read.
///
/// Expressions and conditions speak of it by its place in the list that the read, or the related rows around it, keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Related {
    /// Of what.
    pub relation: Arc<Relation>,
    /// Which rows belong to a row.
    pub link: Link,
    /// The values, in order.
    pub outputs: Vec<Output>,
    /// Which of them.
    pub condition: Condition,
    /// In which order; none if it does not matter.
    pub order: Vec<Sort>,
    /// The most rows.
    pub limit: Option<u64>,
    /// Rows skipped.
    pub offset: u64,
    /// What belongs to these rows in turn.
    pub related: Vec<Self>,
}

/// How rows are found from the row they belong to.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// They do not depend on it.
    Free,
    /// By columns that are equal.
    Direct(Vec<Pair>),
    /// By the rows of a join table.
    Through {
        /// The join table.
        relation: Arc<Relation>,
        /// The row's columns, and those of the join table.
        near: Vec<Pair>,
        /// The join table's columns, and those of the related rows.
        far: Vec<Pair>,
    },
}

impl Link {
    fn parameters(&self) -> usize {
        match self {
            Self::Free | Self::Direct(_) => 0,
            Self::Through { relation, .. } => relation.parameters_of_rules(),
        }
    }
}

/// Two columns that are equal, by their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Of the relation one comes from.
    pub from: usize,
    /// Of the relation one goes to.
    pub to: usize,
    /// Whether `to` refers to `from`, rather than the other way around.
    pub is_back: bool,
}

impl Related {
    /// Whether rows are grouped, because something is computed from groups of them.
    pub fn is_grouped(&self) -> bool {
        self.outputs.iter().any(|output| output.is_aggregate)
    }

    /// How much a statement grows with it: no less than the parameters it needs.
    pub(super) fn weight(&self) -> usize {
        let related = weights(&self.related);
        let outputs = self.outputs.iter();
        let outputs = outputs.map(|output| 1 + output.expression.weight(&related));
        let order = self.order.iter();
        let order = order.map(|sort| 1 + sort.expression.weight(&related));
        let patterns = self.condition.patterns().saturating_mul(PATTERN_WEIGHT);
        // A row's keys, and a limit and an offset.
        outputs
            .chain(order)
            .chain([self.condition.weight(&related), patterns])
            .chain([self.relation.parameters_of_rules(), self.link.parameters()])
            .fold(4, usize::saturating_add)
    }
}

/// How much a statement grows with each of these.
pub(super) fn weights(related: &[Related]) -> Vec<usize> {
    related.iter().map(Related::weight).collect()
}
