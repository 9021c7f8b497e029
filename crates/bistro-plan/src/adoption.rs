//! What becomes of a visitor's rows when he signs in.

use std::sync::Arc;

use crate::catalog::Relation;

/// What becomes of the rows of one relation that are a visitor's: they become the user's.
#[derive(Clone, Debug, PartialEq)]
pub struct Adoption {
    /// The relation.
    pub relation: Arc<Relation>,
    /// The column that says whose a row is.
    pub owner: usize,
    /// What happens.
    pub fate: Fate,
}

/// What happens to a visitor's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They become the user's. Where a unique constraint admits only one of a row of the visitor's and one of the user's:
    Moved(Meeting),
    /// They are removed.
    Dropped,
}

/// What happens where a row of the visitor's meets one of the user's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Meeting {
    /// The user's stays, the visitor's goes.
    #[default]
    Keep,
    /// The visitor's takes its place.
    Replace,
    /// The user's stays, and the visitor's numbers in these columns are added to it.
    Sum(Vec<usize>),
}
