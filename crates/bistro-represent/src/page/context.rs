//! What a page needs to know beside its rows.

use std::sync::Arc;

use bistro_http::method::Method;
use bistro_plan::catalog::{Function, Relation};
use bistro_plan::plan::{Expression, Output};

use crate::page::viewer::Viewer;

/// What surrounds the rows on a page.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// What the rows are of.
    pub relation: Arc<Relation>,
    /// The stored query whose rows they are, if they are of one.
    pub function: Option<Arc<Function>>,
    /// Every relation this caller may read, `relation` included: pages link to no others, and name no others.
    pub readable: Vec<Arc<Relation>>,
    /// Which column of `relation` each column of the answer is: see [`sources`].
    pub sources: Vec<Option<usize>>,
    /// `scheme://authority` that the client used for us, for lines to copy.
    pub origin: String,
    /// The request's path, still percent-encoded, starting with `/`.
    pub path: String,
    /// The request's query without `?`, still percent-encoded; empty if there is none.
    pub query: String,
    /// Whether the page is of one row, addressed by its key.
    pub is_item: bool,
    /// Who looks at it.
    pub viewer: Viewer,
    /// What this caller may do here.
    pub methods: Vec<Method>,
    /// The most rows the page has.
    pub limit: Option<u64>,
    /// Rows skipped before the first.
    pub offset: u64,
}

/// Which column of the relation each column of an answer is, by position.
///
/// `None` for casts, JSON paths, aggregates, and what comes from related rows.
pub fn sources(outputs: &[Output]) -> Vec<Option<usize>> {
    outputs
        .iter()
        .map(|output| match output.expression {
            Expression::Column(position) => Some(position),
            Expression::Rank
            | Expression::Path(_)
            | Expression::Cast { .. }
            | Expression::Aggregate { .. }
            | Expression::Related { .. } => None,
        })
        .collect()
}
