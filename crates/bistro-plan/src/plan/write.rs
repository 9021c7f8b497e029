//! Creating, replacing, updating and deleting rows of one relation.

use std::sync::Arc;

use bistro_dialect::preference::{Preferences, Resolution};
use bistro_http::method::Method;

use crate::catalog::Relation;
use crate::plan::Read;

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
    // … the resolved parts
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

/// Kept here so the skeleton compiles.
pub type Preferred = Preferences;
