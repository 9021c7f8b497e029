//! Rows into bytes, one at a time: nothing of a result is kept.

use bistro_plan::sql::Shape;
use bistro_plan::value::Row;

use crate::negotiate::Representation;

/// Writes the rows of one answer.
#[derive(Debug)]
pub struct Encoder {}

/// What is known only after the last row.
#[derive(Clone, Debug, Default)]
pub struct Footer {
    /// The URL of the next page, if there is one.
    pub next: Option<String>,
    /// The total, if it was asked for.
    pub total: Option<u64>,
}

impl Encoder {
    /// An encoder for rows of this shape. `is_item`: one row addressed by its key, so JSON is an object.
    pub fn new(_representation: Representation, _shape: &Shape, _is_item: bool) -> Self {
        unreachable!("skeleton")
    }

    /// What comes before the first row.
    pub fn start(&mut self, _out: &mut Vec<u8>) {
        unreachable!("skeleton")
    }

    /// One row.
    pub fn row(&mut self, _row: &dyn Row, _out: &mut Vec<u8>) {
        unreachable!("skeleton")
    }

    /// What comes after the last row.
    pub fn finish(&mut self, _footer: &Footer, _out: &mut Vec<u8>) {
        unreachable!("skeleton")
    }
}
