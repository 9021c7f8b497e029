//! Relations as a caller may write to them.

use std::sync::Arc;

use crate::catalog::Relation;
use crate::plan::reach::Reach;
use crate::plan::sight::Open;
use crate::rule::Operation;

/// A relation as rows of it are written. What is not written has the columns that are seen.
pub(super) fn written(reach: Reach<'_>, relation: &Arc<Relation>) -> Arc<Relation> {
    let writes = Writes::of(reach, relation);
    if writes.created.is_none() && writes.updated.is_none() {
        return Arc::clone(reach.known(relation));
    }
    let written = with_columns(relation, |column| writes.has(column));
    let owners = reach.rules(relation, Operation::Create).owners(relation);
    if owners.is_empty() {
        return written;
    }
    let mut written = Relation::clone(&written);
    let owners: Vec<_> = owners.iter().map(|at| &relation.column(*at).name).collect();
    for column in &mut written.columns {
        // Nobody has to say who he is.
        column.is_nullable |= owners.contains(&&column.name);
    }
    Arc::new(written)
}

/// A relation with some of its columns.
pub(super) fn with_columns(
    relation: &Arc<Relation>,
    is_there: impl Fn(usize) -> bool,
) -> Arc<Relation> {
    let columns = 0..relation.columns.len();
    let columns: Vec<_> = columns
        .filter(|column| is_there(*column))
        .map(|column| (column, None))
        .collect();
    if columns.len() == relation.columns.len() {
        return Arc::clone(relation);
    }
    Arc::new(relation.seen_as(&columns, Vec::new()))
}

/// The columns that a caller may write in new rows and in those that are there; `None` if he may not write such rows at all.
pub(super) struct Writes {
    created: Option<Open>,
    updated: Option<Open>,
    pub may_delete: bool,
}

impl Writes {
    pub(super) fn of(reach: Reach<'_>, relation: &Relation) -> Self {
        let Reach {
            policy, principal, ..
        } = reach;
        let may = |operation| policy.admits(principal, &relation.name, operation);
        let open =
            |operation| may(operation).then(|| reach.rules(relation, operation).open(relation));
        Self {
            created: open(Operation::Create),
            updated: open(Operation::Update),
            may_delete: may(Operation::Delete),
        }
    }

    /// Whether a column may be written in either.
    pub(super) fn has(&self, column: usize) -> bool {
        let mut open = self.created.iter().chain(&self.updated);
        open.any(|open| open.has(column))
    }
}
