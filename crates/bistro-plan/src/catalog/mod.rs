//! What the database has, as plain values.

mod kind;
mod seen;
mod relation;
mod restrict;
mod function;
mod inherit;

pub use crate::nearest::nearest;
pub use function::{Function, Given, Parameter};
pub use inherit::{inherit, inherited_keys};
pub use kind::{Affinity, Kind};
pub use relation::{
    Column, ForeignKey, Generated, Origin, Relation, RelationKind, Unique, Writable,
};
pub use seen::{Admitted, Grant, Seen};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::predicate::Predicate;

/// Everything a request may name. Replaced whole when the schema changes, never edited.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The schema this was read of. Nothing but equality means anything: SQLite's `PRAGMA schema_version`, and besides which file,
    /// if another has been put in the place of the first.
    pub version: i64,
    /// What this database can do beyond the common dialect.
    pub abilities: Abilities,
    /// Tables and views by exact name.
    pub relations: BTreeMap<String, Arc<Relation>>,
    /// Stored queries by exact name.
    pub functions: BTreeMap<String, Arc<Function>>,
    /// The conditions of rules that this schema understands, as they were written, by what they are about: a relation's name, or
    /// `rpc/` and a stored query's. A rule with any other admits nothing.
    pub predicates: BTreeMap<String, BTreeSet<String>>,
}

impl Catalog {
    /// Whether a condition is one that this schema understands.
    pub fn understands(&self, on: &str, predicate: &Predicate) -> bool {
        let texts = self.predicates.get(on);
        texts.is_some_and(|texts| texts.contains(predicate.text()))
    }
}

/// What a backend can do, as a value: the plan asks this, not which backend it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Range types, and the operators `sl`, `sr`, `nxr`, `nxl`, `adj`.
    pub has_ranges: bool,
    /// Text search on any text column, without a search table.
    pub has_text_search: bool,
}
