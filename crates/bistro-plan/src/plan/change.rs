//! Requests that write become changes.

use std::sync::Arc;

use bistro_dialect::preference::{Resolution, Return};
use bistro_dialect::{Request, Target};
use bistro_http::method::Method;

use crate::catalog::{Admitted, Relation, RelationKind};
use crate::error::Error;
use crate::plan::children::Family;
use crate::plan::condition::Condition;
use crate::plan::field;
use crate::plan::filter;
use crate::plan::identity;
use crate::plan::key;
use crate::plan::payload::{self, Body, Entry, Sent};
use crate::plan::reach::Reach;
use crate::plan::read::Source;
use crate::plan::returning::{Wanted, check_readable, direct, is_item, unsupported};
use crate::plan::said::Said;
use crate::plan::sight::{Open, Rules};
use crate::plan::write::{
    Action, Assigned, Assignment, Batch, Change, Conflict, Demands, Returning, Write,
};
use crate::predicate::CallerValue;
use crate::rule::Operation;
use crate::value::Value;

const NO_UPSERT: &str =
    "only tables can find out whether a row is there already; use POST or PATCH";
const NO_CHILDREN: &str = "which row they would belong to is not known before; use `POST /-/batch`";

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
    let mut conflict = conflict(request, reach, relation)?;
    if conflict.is_some() && !family.children.is_empty() {
        return Err(unsupported(
            relation,
            "an upsert of rows with others in them",
            NO_CHILDREN,
        ));
    }
    let mut batches = family.batches;
    let mut written = family.named;
    let open = reach.rules(relation, Operation::Create).open(relation);
    for (position, value) in fixed {
        let name = &relation.column(*position).name;
        field::payload_column(relation, name, &open)?;
        written.push(*position);
        for batch in &mut batches {
            if !fill(relation, batch, *position, value) {
                return Err(Error::RelatedMismatch {
                    column: name.clone(),
                });
            }
        }
    }
    if let Some(conflict) = &mut conflict {
        let is_kept = |column: &usize| !written.contains(column);
        conflict.kept = family.filled.into_iter().filter(is_kept).collect();
    }
    let demands = demands_of_new(reach, relation, &written, conflict.as_ref())?;
    let change = Change::Insert {
        batches,
        conflict,
        children: family.children,
    };
    finish(request, reach, relation, change, demands, None)
}

/// What rules demand of new rows that name these columns, and of those they meet.
///
/// # Errors
/// One of the columns may not be overwritten.
fn demands_of_new(
    reach: Reach<'_>,
    relation: &Relation,
    written: &[usize],
    conflict: Option<&Conflict>,
) -> Result<Demands, Error> {
    let mut demands = Demands {
        created: reach
            .rules(relation, Operation::Create)
            .left(relation, written),
        ..Demands::default()
    };
    if let Some(conflict) = conflict.filter(|conflict| conflict.action != Action::Ignore) {
        let operation = Operation::Update;
        if !reach
            .policy
            .admits(reach.principal, &relation.name, operation)
        {
            return Err(Error::Forbidden {
                relation: relation.name.clone(),
                operation,
            });
        }
        let rules = reach.rules(relation, Operation::Update);
        let open = rules.open(relation);
        let is_overwritten =
            |column: &usize| !conflict.target.contains(column) && !conflict.kept.contains(column);
        let mut overwritten: Vec<usize> = written.to_vec();
        if conflict.action == Action::Replace {
            overwritten.extend((0..relation.columns.len()).filter(|column| open.has(*column)));
        }
        overwritten.retain(is_overwritten);
        for column in &overwritten {
            field::payload_column(relation, &relation.column(*column).name, &open)?;
        }
        demands.met = rules.met(relation, &overwritten);
        demands.changed = rules.left(relation, &overwritten);
    }
    Ok(demands)
}

/// What `resolution` and `on_conflict` make of rows that are there already.
fn conflict(
    request: &Request,
    reach: Reach<'_>,
    relation: &Relation,
) -> Result<Option<Conflict>, Error> {
    let Some(resolution) = request.preferences.resolution else {
        return Ok(None);
    };
    let open = reach.rules(relation, Operation::Create).open(relation);
    let target = match &request.query.on_conflict {
        Some(names) => names
            .iter()
            .map(|name| field::payload_column(relation, name, &open))
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
    Ok(Some(Conflict {
        target,
        action,
        kept: Vec::new(),
    }))
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
    let sight = reach.known(relation);
    let (key, is_item) = match &request.target {
        Target::Item { key, .. } if request.query.conditions.is_empty() => {
            (key::of_address(sight, key)?, true)
        }
        Target::Item { .. } => {
            return Err(Error::PutFilters {
                relation: relation.name.clone(),
                key: key::names(sight),
            });
        }
        Target::Root
        | Target::Collection { .. }
        | Target::Related { .. }
        | Target::Function { .. }
        | Target::Own { .. } => (key::of_filters(sight, &request.query)?, false),
    };
    let method = request.method;
    if let Sent::Merged(_) = payload::rows(request)? {
        return Err(Error::WrongPayload { method });
    }
    let entry = entry_of_put(reach, relation);
    let body = Body::read(request, &entry)?;
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
    let mut named = body.named();
    let open = reach.rules(relation, Operation::Create).open(relation);
    for &position in &relation.primary_key {
        named.push(field::payload_column(
            relation,
            &relation.column(position).name,
            &open,
        )?);
    }
    let open = reach.rules(relation, Operation::Update).open(relation);
    let mut conflict = Conflict {
        target: relation.primary_key.clone(),
        action: Action::Replace,
        kept: Vec::new(),
    };
    let filled = entry.filled.iter().map(|(column, _)| *column);
    let columns = 0..relation.columns.len();
    conflict.kept = filled
        .filter(|column| !named.contains(column))
        .chain(columns.filter(|column| !open.has(*column)))
        .collect();
    let demands = demands_of_new(reach, relation, &named, Some(&conflict))?;
    let change = Change::Insert {
        batches,
        conflict: Some(conflict),
        children: Vec::new(),
    };
    finish(request, reach, relation, change, demands, None)
}

/// A relation as a `PUT` writes to it: its row may be new, or there already. Its key stands in the address.
fn entry_of_put<'a>(reach: Reach<'a>, relation: &'a Relation) -> Entry<'a> {
    let rules = reach.rules(relation, Operation::Create);
    let (created, updated) = (
        rules.open(relation),
        reach.rules(relation, Operation::Update).open(relation),
    );
    let columns = 0..relation.columns.len();
    let is_open = |column: usize| {
        created.has(column) && (updated.has(column) || relation.primary_key.contains(&column))
    };
    let owner = reach.principal.value(CallerValue::Owner);
    let owners = rules.owners(relation).into_iter();
    Entry {
        relation,
        open: Open::Some(columns.map(is_open).collect()),
        filled: owners.map(|column| (column, owner.clone())).collect(),
    }
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
    let rules = reach.rules(relation, Operation::Update);
    let entry = Entry {
        relation,
        open: rules.open(relation),
        filled: Vec::new(),
    };
    let body = Body::read(request, &entry)?;
    if body.len() > 1 {
        return Err(Error::RowCount {
            method: request.method,
            found: body.len(),
        });
    }
    let named = body.named();
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
    let demands = Demands {
        met: met(reach, relation, &rules, &named),
        changed: rules.left(relation, &named),
        created: Vec::new(),
    };
    finish(request, reach, relation, change, demands, None)
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
    let rules = reach.rules(relation, Operation::Delete);
    let demands = Demands {
        met: met(reach, relation, &rules, &[]),
        ..Demands::default()
    };
    finish(request, reach, relation, change, demands, Some(condition))
}

/// The rows that may be changed: those that are seen, and that rules admit. Who sees none has rules alone.
fn met(
    reach: Reach<'_>,
    relation: &Relation,
    rules: &Rules<'_>,
    columns: &[usize],
) -> Vec<Admitted> {
    let seen = reach.find(&relation.name);
    let seen = seen.and_then(|sight| sight.seen.as_ref());
    let mut met = seen.map(|seen| seen.rows.clone()).unwrap_or_default();
    for admitted in rules.met(relation, columns) {
        if !met.contains(&admitted) {
            met.push(admitted);
        }
    }
    met
}

/// The rows that a `PATCH` or `DELETE` is about.
fn matching(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
) -> Result<Condition, Error> {
    let said = Said::of(&request.query);
    if said.conditions().next().is_some() {
        check_readable(reach, relation)?;
    }
    let relation = reach.known(relation);
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
    mut demands: Demands,
    deleted: Option<Condition>,
) -> Result<Write, Error> {
    let returning = match request.preferences.returning {
        Some(Return::Representation) => {
            check_readable(reach, relation)?;
            let wanted = Wanted {
                request,
                reach,
                relation,
            };
            wanted.representation(&change, &mut demands, deleted)?
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
            Source::Relation if relation.kind == RelationKind::Table => identity::of(relation),
            Source::Relation | Source::Called { .. } | Source::Returned(_) => None,
        },
        Returning::Nothing | Returning::Direct => None,
    };
    let checked = identity::demanded(relation, &demands.created)?
        .or(identity::demanded(relation, &demands.changed)?);
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
        identity: identity.or(checked),
        direct,
        parent: None,
        sight: Arc::clone(reach.known(relation)),
        demands,
        caller: reach.principal.clone(),
    })
}

fn names(relation: &Relation, positions: &[usize]) -> Vec<String> {
    let columns = positions.iter();
    columns
        .map(|&position| relation.column(position).name.clone())
        .collect()
}
