//! What a caller can reach: relations that are not open to him do not exist.

use std::sync::Arc;

use crate::catalog::{Catalog, Relation};
use crate::principal::Principal;
use crate::rule::{Operation, Policy};

/// What a caller can reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach<'a> {
    pub catalog: &'a Catalog,
    pub principal: &'a Principal,
    pub policy: &'a Policy,
}

impl<'a> Reach<'a> {
    /// The relations he may read.
    pub(super) fn readable(self) -> impl Iterator<Item = &'a Arc<Relation>> {
        let relations = self.catalog.relations.values();
        relations.filter(move |relation| self.may_read(&relation.name))
    }

    /// The relation of this name, if he may read it.
    pub(super) fn find(self, name: &str) -> Option<&'a Arc<Relation>> {
        let relation = self.catalog.relations.get(name);
        relation.filter(|relation| self.may_read(&relation.name))
    }

    /// Whether he may read the relation of this name.
    pub(super) fn may_read(self, name: &str) -> bool {
        self.policy.admits(self.principal, name, Operation::Read)
    }
}
