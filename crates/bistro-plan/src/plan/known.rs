//! Everything that a caller knows of a catalog.

use std::sync::Arc;

use crate::catalog::{Catalog, Function, Relation};
use crate::plan::allow;
use crate::plan::reach::Reach;
use crate::plan::sight::{self, Sights};
use crate::plan::writable::{Writes, with_columns, written};
use crate::principal::Principal;
use crate::rule::{Operation, Policy};

/// What a caller knows of a catalog.
#[derive(Clone, Debug)]
pub struct Known {
    /// Every relation he may do something with, by name.
    pub relations: Vec<KnownRelation>,
    /// Every stored query he may call, by name, with the rows that he sees.
    pub functions: Vec<Arc<Function>>,
}

/// A relation, as a caller knows it.
#[derive(Clone, Debug)]
pub struct KnownRelation {
    /// As he sees it; if he may not read it, with the columns that he may write and those of its key.
    pub relation: Arc<Relation>,
    /// As he may write to it, new rows or those that are there: with the columns that a body may name. One that is filled in
    /// with who writes need not be there.
    pub written: Arc<Relation>,
}

/// Everything that `principal` knows of `catalog`.
pub fn known(principal: &Principal, catalog: &Catalog, policy: &Policy) -> Known {
    let sights = Sights::of(catalog, principal, policy);
    let reach = Reach::of(catalog, principal, policy, &sights);
    let relations = catalog.relations.iter().filter_map(|(name, relation)| {
        allow::visible(reach, name).ok()?;
        Some(KnownRelation {
            relation: named(reach, relation),
            written: written(reach, relation),
        })
    });
    let functions = catalog.functions.keys();
    let functions = functions.filter_map(|name| {
        let function = allow::callable(reach, name).ok()?;
        let rows = reach.rows_of(function);
        if Arc::ptr_eq(&rows, &function.rows) {
            return Some(Arc::clone(function));
        }
        Some(Arc::new(Function {
            rows,
            ..Function::clone(function)
        }))
    });
    Known {
        relations: relations.collect(),
        functions: functions.collect(),
    }
}

/// The rows of a stored query as `principal` sees them.
pub fn rows_of(
    function: &Function,
    principal: &Principal,
    catalog: &Catalog,
    policy: &Policy,
) -> Arc<Relation> {
    sight::called(function, catalog, principal, policy)
}

/// A relation with the columns that a caller may name.
fn named(reach: Reach<'_>, relation: &Arc<Relation>) -> Arc<Relation> {
    if let Some(seen) = reach.find(&relation.name) {
        return Arc::clone(seen);
    }
    let deletes = reach.rules(relation, Operation::Delete);
    let open = Writes::of(reach, relation);
    let is_named = |column: usize| {
        open.has(column)
            || relation.primary_key.contains(&column)
            || (open.may_delete && deletes.open(relation).has(column))
    };
    with_columns(relation, is_named)
}
