//! What a caller can reach: relations that are not open to him do not exist.

use std::sync::Arc;

use crate::catalog::{Catalog, Function, Relation};
use crate::plan::sight::{self, Rules, Sights};
use crate::principal::Principal;
use crate::rule::{Operation, Policy};

/// What a caller can reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach<'a> {
    pub catalog: &'a Catalog,
    pub principal: &'a Principal,
    pub policy: &'a Policy,
    /// What he sees of relations, where that is less than there is.
    pub sights: &'a Sights,
}

impl<'a> Reach<'a> {
    /// What `principal` can reach of `catalog`. `sights` are his.
    pub(super) fn of(
        catalog: &'a Catalog,
        principal: &'a Principal,
        policy: &'a Policy,
        sights: &'a Sights,
    ) -> Self {
        Self {
            catalog,
            principal,
            policy,
            sights,
        }
    }

    /// The relations he may read, as he sees them.
    pub(super) fn readable(self) -> impl Iterator<Item = &'a Arc<Relation>> {
        let relations = self.catalog.relations.keys();
        relations.filter_map(move |name| self.find(name))
    }

    /// The relation of this name as he sees it, if he may read it.
    pub(super) fn find(self, name: &str) -> Option<&'a Arc<Relation>> {
        let relation = self.catalog.relations.get(name)?;
        let seen = || self.sights.find(name).unwrap_or(relation);
        self.may_read(name).then(seen)
    }

    /// A relation as he sees it, or, if he may not read it, as it is: who may only write knows what he writes to.
    pub(super) fn known(self, relation: &'a Arc<Relation>) -> &'a Arc<Relation> {
        self.find(&relation.name).unwrap_or(relation)
    }

    /// The rows of a stored query as he sees them.
    pub(super) fn rows_of(self, function: &Function) -> Arc<Relation> {
        sight::called(function, self.catalog, self.principal, self.policy)
    }

    /// Whether he may read the relation of this name.
    pub(super) fn may_read(self, name: &str) -> bool {
        self.policy.admits(self.principal, name, Operation::Read)
    }

    /// The rules that admit him to an operation on a relation.
    pub(super) fn rules(self, relation: &'a Relation, operation: Operation) -> Rules<'a> {
        let caller = (self.principal, self.policy);
        Rules::of(self.catalog, &relation.name, relation, caller, operation)
    }
}
