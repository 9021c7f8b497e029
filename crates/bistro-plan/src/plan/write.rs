//! Creating, replacing, updating and deleting rows of one relation.

use std::sync::Arc;

use bistro_dialect::preference::Resolution;
use bistro_http::method::Method;

use crate::catalog::{Admitted, Relation};
use crate::plan::condition::Condition;
use crate::plan::expression::Expression;
use crate::plan::output::Output;
use crate::plan::read::{self, Identity, Read};
use crate::plan::related::Pair;
use crate::principal::Principal;
use crate::shape::Shape;
use crate::value::Value;

/// A write: what happens to which rows, and what is told of them.
#[derive(Clone, Debug)]
pub struct Write {
    /// Of what.
    pub relation: Arc<Relation>,
    /// The method that asked for it.
    pub method: Method,
    /// Whether one row is meant, by its key.
    pub is_item: bool,
    /// For upserts.
    pub resolution: Option<Resolution>,
    /// Who is told what.
    pub returning: Returning,
    /// What happens.
    pub change: Change,
    /// How rows are noted, where the representation is read after the change.
    pub identity: Option<Identity>,
    /// The columns of [`Returning::Direct`].
    pub direct: Vec<Output>,
    /// The row that the rows belong to, by its key, if the target names one: it must be there.
    pub parent: Option<Box<Read>>,
    /// The relation as the caller sees it: conditions speak of this.
    pub sight: Arc<Relation>,
    /// What rules demand of the rows.
    pub demands: Demands,
    /// On whose behalf.
    pub caller: Principal,
}

/// What rules demand of rows that are written: that all of these admit them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// Rows that are there already, before they are changed or go.
    pub met: Vec<Admitted>,
    /// Rows that are new, when they are there.
    pub created: Vec<Admitted>,
    /// Rows that were changed, when they are.
    pub changed: Vec<Admitted>,
}

impl Demands {
    /// Whether something is demanded of rows once they were written.
    pub fn has_checks(&self) -> bool {
        !self.created.is_empty() || !self.changed.is_empty()
    }

    /// How many parameters they have.
    pub(super) fn parameters(&self) -> usize {
        let all = [&self.met, &self.created, &self.changed]
            .into_iter()
            .flatten();
        all.map(Admitted::parameters).sum()
    }
}

/// Where the representation of a write comes from.
#[derive(Clone, Debug)]
pub enum Returning {
    /// Nobody wants one.
    Nothing,
    /// It is a read of the rows touched: after the change, or before it for `DELETE`.
    Read(Box<Read>),
    /// It is what `RETURNING` gives: for views, whose rows have no key to read them again by.
    Direct,
}

/// What happens to rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Rows are added.
    Insert {
        /// The rows, in the order sent; neighbors that name the same columns stand together.
        batches: Vec<Batch>,
        /// What happens to a row that is there already; `None` is an error.
        conflict: Option<Conflict>,
        /// What is created with them, by the row it belongs to.
        children: Vec<Children>,
    },
    /// Columns of the rows that match get other values. Without assignments nothing happens.
    Update {
        /// Which columns, and what they get.
        assignments: Vec<Assignment>,
        /// Which rows.
        condition: Condition,
    },
    /// The rows that match go.
    Delete {
        /// Which rows.
        condition: Condition,
    },
}

/// Rows that name the same columns. All others take their defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Positions of the columns.
    pub columns: Vec<usize>,
    /// One value for each of them.
    pub rows: Vec<Vec<Value>>,
}

/// New rows that belong to another new row, and refer to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Children {
    /// The number of the row they belong to, from 0, in the order sent.
    pub parent: usize,
    /// Of what.
    pub relation: Arc<Relation>,
    /// Its columns, and those of the new rows that get their values: `batches` do not name them.
    pub pairs: Vec<Pair>,
    /// The rows, in the order sent.
    pub batches: Vec<Batch>,
    /// What is created with them in turn, by the row it belongs to.
    pub children: Vec<Self>,
    /// What rules demand of them.
    pub demands: Vec<Admitted>,
    /// How they are found again, where something is demanded.
    pub identity: Option<Identity>,
}

/// What happens to a row that is there already.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The unique columns that tell.
    pub target: Vec<usize>,
    /// What happens to it.
    pub action: Action,
    /// The columns that it keeps whatever happens.
    pub kept: Vec<usize>,
}

/// What happens to a row that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// nothing
    Ignore,
    /// the columns named in the body are overwritten
    Merge,
    /// every column is overwritten, those the body does not name with their defaults
    Replace,
}

/// A column and what it gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// Position of the column.
    pub column: usize,
    /// What it gets.
    pub source: Assigned,
}

/// What a column gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Assigned {
    /// A value.
    Value(Value),
    /// Its JSON with this JSON merged into it (RFC 7396).
    Merged(Value),
    /// Its default.
    Default,
    /// What it has: the row is touched and not changed.
    Itself,
}

impl Write {
    /// The shape of [`Returning::Direct`].
    pub(crate) fn direct_shape(&self) -> Shape {
        read::shape(&self.direct)
    }

    /// The columns of [`Returning::Direct`], by position.
    pub(crate) fn direct_columns(&self) -> Vec<usize> {
        let columns = self.direct.iter();
        columns
            .filter_map(|output| match output.expression {
                Expression::Column(position) => Some(position),
                Expression::Rank
                | Expression::Path(_)
                | Expression::Cast { .. }
                | Expression::Aggregate { .. }
                | Expression::Related { .. } => None,
            })
            .collect()
    }
}
