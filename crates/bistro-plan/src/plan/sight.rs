//! What rules leave of relations for a caller: what of each he sees, and which rows he may write.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Admitted, Catalog, Function, Grant, Relation};
use crate::predicate::Predicate;
use crate::principal::Principal;
use crate::rule::{self, Access, Operation, Policy, Rule};

/// The relations of which a caller sees less than there is, as he sees them.
#[derive(Debug, Default)]
pub(super) struct Sights {
    relations: BTreeMap<String, Arc<Relation>>,
}

impl Sights {
    /// All of them.
    pub(super) fn of(catalog: &Catalog, principal: &Principal, policy: &Policy) -> Self {
        let mut relations = BTreeMap::new();
        for rule in policy.rules().iter().filter(|rule| restricts_reading(rule)) {
            let name = rule.on.name();
            if let Some(relation) = catalog.relations.get(name.as_ref())
                && !relations.contains_key(name.as_ref())
            {
                let caller = (principal, policy);
                let rules = Rules::of(catalog, &name, relation, caller, Operation::Read);
                if let Some(seen) = rules.seen(relation) {
                    relations.insert(name.into_owned(), Arc::new(seen));
                }
            }
        }
        Self { relations }
    }

    /// A relation as he sees it, if that is less than there is.
    pub(super) fn find(&self, name: &str) -> Option<&Arc<Relation>> {
        self.relations.get(name)
    }
}

fn restricts_reading(rule: &Rule) -> bool {
    let restricts = rule.rows.is_some() || rule.owner.is_some() || rule.columns.is_some();
    restricts && rule.operations.contains(&Operation::Read)
}

/// The rows of a stored query as a caller sees them.
pub(super) fn called(
    function: &Function,
    catalog: &Catalog,
    principal: &Principal,
    policy: &Policy,
) -> Arc<Relation> {
    let on = rule::called(&function.name);
    let caller = (principal, policy);
    let rules = Rules::of(catalog, &on, &function.rows, caller, Operation::Call);
    let seen = rules.seen(&function.rows);
    seen.map_or_else(|| Arc::clone(&function.rows), Arc::new)
}

/// The rules that admit a caller to an operation on a relation.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    each: Vec<Fitted<'a>>,
    /// Whether there are none because everything is open.
    is_open: bool,
}

/// A rule, and what it demands of rows.
#[derive(Debug)]
struct Fitted<'a> {
    rule: &'a Rule,
    /// Of those that are met; `None` if it names what is not there, so that no row can be admitted.
    met: Option<Grant>,
    /// Of those that were written; likewise.
    left: Option<Grant>,
}

impl<'a> Rules<'a> {
    pub(super) fn of(
        catalog: &Catalog,
        on: &'a str,
        relation: &Relation,
        (principal, policy): (&'a Principal, &'a Policy),
        operation: Operation,
    ) -> Self {
        let rules = policy.admitting(principal, on, operation);
        let grant = |rule: &Rule, predicate: Option<&Arc<Predicate>>| {
            let fits = predicate.is_none_or(|predicate| catalog.understands(on, predicate));
            let is_there = |owner: &String| relation.position(owner).is_some();
            (fits && rule.owner.as_ref().is_none_or(is_there)).then(|| Grant {
                predicate: predicate.cloned(),
                owner: rule.owner.clone(),
            })
        };
        let each = rules.map(|rule| {
            let check = rule.check.as_ref().or(rule.rows.as_ref());
            Fitted {
                rule,
                met: grant(rule, rule.rows.as_ref()),
                left: grant(rule, check),
            }
        });
        Self {
            each: each.collect(),
            is_open: policy.access == Access::Open,
        }
    }

    /// What they leave of the relation to see; `None` if that is all of it.
    fn seen(&self, relation: &Relation) -> Option<Relation> {
        if self.is_open {
            return None;
        }
        let rows = Admitted::of(self.each.iter().filter_map(|one| one.met.clone()));
        let columns = relation.columns.iter().enumerate();
        let columns = columns.filter(|(_, column)| self.opens(&column.name));
        let columns: Vec<(usize, Option<Admitted>)> = columns
            .map(|(position, column)| (position, self.values(&column.name)))
            .collect();
        let is_whole = rows.is_none()
            && columns.len() == relation.columns.len()
            && columns.iter().all(|(_, values)| values.is_none());
        (!is_whole).then(|| relation.seen_as(&columns, rows.into_iter().collect()))
    }

    /// Whether one of them opens a column.
    fn opens(&self, column: &str) -> bool {
        self.each.iter().any(|one| one.rule.opens(column))
    }

    /// The rows in which the value of a column is seen, among those that are; `None` for all of them.
    fn values(&self, column: &str) -> Option<Admitted> {
        let fitting = || self.each.iter().filter(|one| one.met.is_some());
        if fitting().all(|one| one.rule.opens(column)) {
            return None;
        }
        let opening = fitting().filter(|one| one.rule.opens(column));
        Admitted::of(opening.filter_map(|one| one.met.clone()))
    }

    /// The columns that may be written, by position.
    pub(super) fn open(&self, relation: &Relation) -> Open {
        if self.is_open || self.each.iter().any(|one| one.rule.columns.is_none()) {
            return Open::All;
        }
        let is_owner = |name: &String| {
            let mut owners = self.each.iter().filter_map(|one| one.rule.owner.as_ref());
            owners.any(|owner| owner == name)
        };
        let columns = relation.columns.iter();
        Open::Some(
            columns
                .map(|column| self.opens(&column.name) || is_owner(&column.name))
                .collect(),
        )
    }

    /// What admits a row, before it is written, whose `columns` are: of each, a rule that opens it.
    pub(super) fn met(&self, relation: &Relation, columns: &[usize]) -> Vec<Admitted> {
        self.admitted(relation, columns, |one| one.met.clone())
    }

    /// What admits a row, once it was written, whose `columns` were.
    pub(super) fn left(&self, relation: &Relation, columns: &[usize]) -> Vec<Admitted> {
        self.admitted(relation, columns, |one| one.left.clone())
    }

    fn admitted(
        &self,
        relation: &Relation,
        columns: &[usize],
        grant: impl Fn(&Fitted<'_>) -> Option<Grant>,
    ) -> Vec<Admitted> {
        if self.is_open {
            return Vec::new();
        }
        let mut all: Vec<Admitted> = Vec::new();
        let mut add = |opens: &dyn Fn(&Rule) -> bool| {
            let opening = self.each.iter().filter(|one| opens(one.rule));
            let admitted = Admitted::of(opening.filter_map(&grant));
            if let Some(admitted) = admitted.filter(|admitted| !all.contains(admitted)) {
                all.push(admitted);
            }
        };
        add(&|_| true);
        for column in columns {
            let name = &relation.column(*column).name;
            add(&|rule| rule.opens(name) || rule.owner.as_ref() == Some(name));
        }
        all
    }

    /// The columns that hold who creates a row, each once.
    pub(super) fn owners(&self, relation: &Relation) -> Vec<usize> {
        let owners = self.each.iter().filter_map(|one| one.rule.owner.as_ref());
        let mut positions: Vec<usize> = owners
            .filter_map(|owner| relation.position(owner))
            .collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}

/// Columns that may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// All of them.
    All,
    /// By position, whether it may.
    Some(Vec<bool>),
}

impl Open {
    /// Whether a column may be written.
    pub(super) fn has(&self, position: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(columns) => columns.get(position).copied().unwrap_or_default(),
        }
    }
}
