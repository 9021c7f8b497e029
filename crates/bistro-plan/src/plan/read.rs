//! Reading rows of one relation.

use std::sync::Arc;

use bistro_dialect::page::Cursor;
use bistro_dialect::preference::Count;

use crate::catalog::Relation;
use crate::sql::Shape;
use crate::value::Row;

/// A read: which values, of which rows, in which order, which part of them.
#[derive(Clone, Debug)]
pub struct Read {
    /// Of what.
    pub relation: Arc<Relation>,
    /// Whether one row is meant, by its key: none is 404, and its JSON is an object.
    pub is_item: bool,
    /// The most rows wanted; the statement asks for one more, to know whether there are more.
    pub limit: Option<u64>,
    /// Rows skipped.
    pub offset: u64,
    /// How the total is found, if it is wanted.
    pub count: Option<Count>,
    // … the resolved parts
}

impl Read {
    /// The columns of the answer, and how many hidden ones follow them in each row.
    pub fn shape(&self) -> &Shape {
        unreachable!("skeleton")
    }

    /// The cursor after a row of this read: its hidden columns. `None` where rows have no total order to continue in
    /// (aggregates, relations without a key).
    pub fn cursor(&self, _row: &dyn Row) -> Option<Cursor> {
        unreachable!("skeleton")
    }
}
