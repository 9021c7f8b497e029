//! Requests that write become changes.

use std::sync::Arc;

use bistro_dialect::preference::{Resolution, Return};
use bistro_dialect::{Request, Target};
use bistro_http::method::Method;

use crate::catalog::{Relation, RelationKind};
use crate::error::Error;
use crate::plan::children::Family;
use crate::plan::condition::Condition;
use crate::plan::expression::Expression;
use crate::plan::field;
use crate::plan::filter;
use crate::plan::key;
use crate::plan::output::Output;
use crate::plan::parts::Parts;
use crate::plan::payload::{self, Body, Sent};
use crate::plan::reach::Reach;
use crate::plan::read::{Identity, Read, Source};
use crate::plan::said::Said;
use crate::plan::write::{Action, Assigned, Assignment, Batch, Change, Conflict, Returning, Write};
use crate::value::Value;

/// How many columns of a key a row can be noted by: as many as the table for it has.
const IDENTITY_COLUMNS_MAX: usize = 32;

const NO_UPSERT: &str =
    "only tables can find out whether a row is there already; use POST or PATCH";
const NO_CHILDREN: &str = "which row they would belong to is not known before; use `POST /-/batch`";
const NOT_READ_AGAIN: &str =
    "its rows cannot be read again after the change; ask for `return=minimal` and read them";

/// Plans a `POST`.
///
/// `fixed` columns have these values in every row; a body that says otherwise is refused.
pub(super) fn create(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
    fixed: &[(usize, Value)],
) -> Result<Write, Error> {
    let method = request.method;
    let Sent::Whole(rows) = payload::rows(request)? else {
        return Err(Error::WrongPayload { method });
    };
    let family = Family::of(request, reach, relation, rows)?;
    let conflict = conflict(request, relation)?;
    if conflict.is_some() && !family.children.is_empty() {
        return Err(unsupported(
            relation,
            "an upsert of rows with others in them",
            NO_CHILDREN,
        ));
    }
    let mut batches = family.batches;
    for batch in &mut batches {
        for (position, value) in fixed {
            if !fill(relation, batch, *position, value) {
                return Err(Error::RelatedMismatch {
                    column: relation.column(*position).name.clone(),
                });
            }
        }
    }
    let change = Change::Insert {
        batches,
        conflict,
        children: family.children,
    };
    finish(request, reach, relation, change, Condition::Always)
}

/// What `resolution` and `on_conflict` make of rows that are there already.
fn conflict(request: &Request, relation: &Relation) -> Result<Option<Conflict>, Error> {
    let Some(resolution) = request.preferences.resolution else {
        return Ok(None);
    };
    let target = match &request.query.on_conflict {
        Some(names) => names
            .iter()
            .map(|name| field::payload_column(relation, name))
            .collect::<Result<Vec<_>, _>>()?,
        None => relation.primary_key.clone(),
    };
    if target.is_empty() {
        // As in PostgREST: without a key there is nothing a row could be a duplicate of.
        return Ok(None);
    }
    if relation.kind != RelationKind::Table {
        return Err(unsupported(relation, "an upsert", NO_UPSERT));
    }
    if !relation.is_unique(&target) {
        return Err(Error::NoUnique {
            relation: relation.name.clone(),
            columns: names(relation, &target),
        });
    }
    let action = match resolution {
        Resolution::MergeDuplicates => Action::Merge,
        Resolution::IgnoreDuplicates => Action::Ignore,
    };
    Ok(Some(Conflict { target, action }))
}

/// Plans a `PUT`.
pub(super) fn replace(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
) -> Result<Write, Error> {
    let asked = Said::of(&request.query).page();
    if asked.limit.is_some() || asked.offset.is_some() {
        return Err(Error::PutPage);
    }
    let (key, is_item) = match &request.target {
        Target::Item { key, .. } if request.query.conditions.is_empty() => {
            (key::of_address(relation, key)?, true)
        }
        Target::Item { .. } => {
            return Err(Error::PutFilters {
                relation: relation.name.clone(),
                key: key::names(relation),
            });
        }
        Target::Root
        | Target::Collection { .. }
        | Target::Related { .. }
        | Target::Function { .. }
        | Target::Own { .. } => (key::of_filters(relation, &request.query)?, false),
    };
    let method = request.method;
    if let Sent::Merged(_) = payload::rows(request)? {
        return Err(Error::WrongPayload { method });
    }
    let body = Body::read(request, relation)?;
    if body.len() != 1 {
        return Err(Error::RowCount {
            method,
            found: body.len(),
        });
    }
    let mut batches = body.batches()?;
    for batch in &mut batches {
        for (&position, value) in relation.primary_key.iter().zip(&key) {
            put_key(relation, batch, position, value, is_item)?;
        }
    }
    let change = Change::Insert {
        batches,
        conflict: Some(Conflict {
            target: relation.primary_key.clone(),
            action: Action::Replace,
        }),
        children: Vec::new(),
    };
    finish(request, reach, relation, change, Condition::Always)
}

/// Makes sure that the row has the key its address says; an item's body may leave it out.
fn put_key(
    relation: &Relation,
    batch: &mut Batch,
    position: usize,
    value: &Value,
    is_item: bool,
) -> Result<(), Error> {
    let is_sent = batch.columns.contains(&position);
    if (is_sent || is_item) && fill(relation, batch, position, value) {
        return Ok(());
    }
    Err(Error::PutMismatch {
        column: relation.column(position).name.clone(),
    })
}

/// Gives a column this value in every row; `false` if a row has another one.
fn fill(relation: &Relation, batch: &mut Batch, position: usize, value: &Value) -> bool {
    let column = relation.column(position);
    let is_same = |row: &Vec<Value>, sent: usize| {
        row.get(sent)
            .is_some_and(|body| key::is_same(column, value, body))
    };
    match batch.columns.iter().position(|other| *other == position) {
        Some(sent) => batch.rows.iter().all(|row| is_same(row, sent)),
        None => {
            batch.columns.push(position);
            for row in &mut batch.rows {
                row.push(value.clone());
            }
            true
        }
    }
}

/// Plans a `PATCH`.
pub(super) fn update(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
) -> Result<Write, Error> {
    let condition = matching(request, reach, relation)?;
    let body = Body::read(request, relation)?;
    if body.len() > 1 {
        return Err(Error::RowCount {
            method: request.method,
            found: body.len(),
        });
    }
    let mut assignments = body.assignments()?;
    if let (true, true, Some(&column)) = (
        assignments.is_empty(),
        is_item(&request.target),
        relation.primary_key.first(),
    ) {
        // Whether the row is there must be found out even if nothing changes.
        assignments.push(Assignment {
            column,
            source: Assigned::Itself,
        });
    }
    let change = Change::Update {
        assignments,
        condition,
    };
    finish(request, reach, relation, change, Condition::Always)
}

/// Plans a `DELETE`.
pub(super) fn delete(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
) -> Result<Write, Error> {
    let condition = matching(request, reach, relation)?;
    let change = Change::Delete {
        condition: condition.clone(),
    };
    finish(request, reach, relation, change, condition)
}

/// The rows that a `PATCH` or `DELETE` is about.
fn matching(request: &Request, reach: Reach<'_>, relation: &Relation) -> Result<Condition, Error> {
    let said = Said::of(&request.query);
    let filters = filter::conditions(relation, said.conditions(), &[])?;
    if let Target::Item { key, .. } = &request.target {
        return Ok(Condition::all([key::condition(relation, key)?, filters]));
    }
    // What is said of embedded rows says nothing of which rows are meant.
    if said.conditions().next().is_none() && !reach.policy.allows_unfiltered_writes {
        return Err(Error::Unfiltered {
            method: request.method,
            relation: relation.name.clone(),
            example: everything(relation),
        });
    }
    Ok(filters)
}

/// A filter that every row passes.
fn everything(relation: &Relation) -> String {
    let position = relation.primary_key.first().copied().unwrap_or_default();
    match relation.columns.get(position) {
        Some(column) if relation.is_never_null(position) => {
            format!("{}=not.is.null", column.name)
        }
        Some(column) => format!("or=({0}.is.null,{0}.not.is.null)", column.name),
        None => "or=()".to_owned(),
    }
}

/// Adds who is told what.
fn finish(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
    change: Change,
    matching: Condition,
) -> Result<Write, Error> {
    let returning = match request.preferences.returning {
        Some(Return::Representation) => {
            representation(request, reach, relation, &change, matching)?
        }
        Some(Return::Minimal | Return::HeadersOnly) | None => Returning::Nothing,
    };
    let direct = match &returning {
        Returning::Direct => direct(request, reach, relation)?,
        Returning::Nothing | Returning::Read(_) => Vec::new(),
    };
    let identity = match &returning {
        Returning::Read(read) => match read.source {
            Source::Touched(identity) => Some(identity),
            Source::Relation if relation.kind == RelationKind::Table => identity(relation),
            Source::Relation | Source::Called { .. } | Source::Returned => None,
        },
        Returning::Nothing | Returning::Direct => None,
    };
    let resolution = match &change {
        Change::Insert {
            conflict: Some(_), ..
        } if request.method == Method::Post => request.preferences.resolution,
        Change::Insert { .. } | Change::Update { .. } | Change::Delete { .. } => None,
    };
    Ok(Write {
        relation: Arc::clone(relation),
        method: request.method,
        is_item: is_item(&request.target),
        resolution,
        returning,
        change,
        identity,
        direct,
        parent: None,
    })
}

fn representation(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
    change: &Change,
    matching: Condition,
) -> Result<Returning, Error> {
    let read = |condition, source| {
        let mut read = Read::representation(request, reach, relation, condition, source)?;
        read.is_item = is_item(&request.target);
        Ok(Returning::Read(Box::new(read)))
    };
    let is_delete = matches!(change, Change::Delete { .. });
    let is_insert = matches!(change, Change::Insert { .. });
    match (relation.kind, identity(relation)) {
        _ if is_delete => read(matching, Source::Relation),
        (RelationKind::Table, Some(identity)) => read(Condition::Always, Source::Touched(identity)),
        // SQLite has no RETURNING for updates of virtual tables.
        (RelationKind::Search | RelationKind::Virtual, _) if !is_insert => Err(unsupported(
            relation,
            "return=representation",
            NOT_READ_AGAIN,
        )),
        (
            RelationKind::Table | RelationKind::View | RelationKind::Search | RelationKind::Virtual,
            _,
        ) => Ok(Returning::Direct),
    }
}

/// What `RETURNING` can give by itself: plain columns, in the order of the change.
fn direct(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
) -> Result<Vec<Output>, Error> {
    let said = Said::of(&request.query).without_own_conditions();
    let parts = Parts::read(reach, relation, request.query.select.as_deref(), &said)?;
    let outputs = parts.outputs;
    let is_plain = |output: &Output| matches!(output.expression, Expression::Column(_));
    let what = if !outputs.iter().all(is_plain) || !parts.related.is_empty() {
        "`select` of more than columns from a write"
    } else if !request.query.order.is_empty() {
        "`order` of a write"
    } else {
        return Ok(outputs);
    };
    Err(unsupported(relation, what, NOT_READ_AGAIN))
}

fn identity(relation: &Relation) -> Option<Identity> {
    let by_key = || {
        let key = relation.primary_key.len();
        (1..=IDENTITY_COLUMNS_MAX)
            .contains(&key)
            .then_some(Identity::Key)
    };
    relation.rowid().map(Identity::Rowid).or_else(by_key)
}

fn is_item(target: &Target) -> bool {
    matches!(target, Target::Item { .. })
}

fn names(relation: &Relation, positions: &[usize]) -> Vec<String> {
    let columns = positions.iter();
    columns
        .map(|&position| relation.column(position).name.clone())
        .collect()
}

fn unsupported(relation: &Relation, what: &'static str, instead: &'static str) -> Error {
    Error::Unsupported {
        what,
        relation: relation.name.clone(),
        instead,
    }
}
