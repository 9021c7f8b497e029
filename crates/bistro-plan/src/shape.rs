//! What a row of an answer looks like.

use crate::catalog::Kind;

/// What a row of an answer looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The columns a client sees.
    pub columns: Vec<ShapeColumn>,
    /// Columns after them that only we see: the values a cursor is made of.
    pub hidden: usize,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeColumn {
    /// Its name in the answer.
    pub name: String,
    /// How its values are written.
    pub kind: Kind,
    /// Whether its values are JSON that we have written ourselves, which needs no second look.
    pub is_written: bool,
}
