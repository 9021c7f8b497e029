//! In which order rows come.

use crate::field::Field;

/// One term of `order`: `field.desc.nullslast`, or `relation(field)` for an embedded to-one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The embedded relation whose field is meant, if any.
    pub relation: Option<String>,
    /// What to sort by.
    pub field: Field,
    /// `asc` or `desc`, if said.
    pub direction: Option<Direction>,
    /// `nullsfirst` or `nullslast`, if said.
    pub nulls: Option<Nulls>,
}

/// Upwards or downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `asc`
    Ascending,
    /// `desc`
    Descending,
}

/// Where NULL sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// `nullsfirst`
    First,
    /// `nullslast`
    Last,
}
