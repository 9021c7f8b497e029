//! What is taken of rows, and in which order they come.

use bistro_dialect::order::{Direction, Nulls};

use crate::catalog::Kind;
use crate::plan::expression::Expression;

/// One value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What it means.
    pub kind: Kind,
    /// How it is found.
    pub expression: Expression,
    /// Whether it is computed from a group of rows.
    pub is_aggregate: bool,
}

/// One term to sort by.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// What is compared.
    pub expression: Expression,
    /// Upwards or downwards.
    pub direction: Direction,
    /// Where NULL goes; `None` if there can be none.
    pub nulls: Option<Nulls>,
}
