//! Everything that a caller knows of a catalog.

use std::sync::Arc;

use crate::catalog::{Catalog, Function, Relation};
use crate::plan::allow;
use crate::plan::reach::Reach;
use crate::plan::sight::Sights;
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
    /// As he sees it; as it is, if he may not read it.
    pub relation: Arc<Relation>,
    /// Whether he may read it.
    pub is_readable: bool,
    /// As he may write to it, new rows or those that are there: with the columns that a body may name. One that is filled in
    /// with who writes need not be there.
    pub written: Arc<Relation>,
}

/// Everything that `principal` knows of `catalog`.
pub fn known(principal: &Principal, catalog: &Catalog, policy: &Policy) -> Known {
    let sights = Sights::of(catalog, principal, policy);
    let reach = Reach {
        catalog,
        principal,
        policy,
        sights: &sights,
    };
    let relations = catalog.relations.iter().filter_map(|(name, relation)| {
        allow::visible(reach, name).ok()?;
        Some(KnownRelation {
            relation: Arc::clone(reach.known(relation)),
            is_readable: reach.may_read(name),
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

fn written(reach: Reach<'_>, relation: &Arc<Relation>) -> Arc<Relation> {
    let created = reach.rules(relation, Operation::Create);
    let updated = reach.rules(relation, Operation::Update);
    let (open_new, open_old) = (created.open(relation), updated.open(relation));
    let may = |operation| {
        let Reach {
            policy, principal, ..
        } = reach;
        policy.admits(principal, &relation.name, operation)
    };
    let (creates, updates) = (may(Operation::Create), may(Operation::Update));
    let is_open =
        |column: usize| (creates && open_new.has(column)) || (updates && open_old.has(column));
    let owners = created.owners(relation);
    let columns = 0..relation.columns.len();
    if owners.is_empty() && columns.clone().all(is_open) {
        return Arc::clone(relation);
    }
    let columns: Vec<_> = columns.filter(|column| is_open(*column)).collect();
    let shown: Vec<_> = columns.iter().map(|column| (*column, None)).collect();
    let mut written = relation.seen_as(&shown, Vec::new());
    for (place, column) in columns.iter().enumerate() {
        if let Some(own) = written.columns.get_mut(place) {
            own.is_nullable |= owners.contains(column);
        }
    }
    Arc::new(written)
}
