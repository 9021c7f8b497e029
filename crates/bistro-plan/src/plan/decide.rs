//! The decision about a request.

use std::sync::Arc;

use bistro_dialect::{Request, Target};
use bistro_http::method::Method;

use crate::catalog::{Catalog, Relation};
use crate::error::Error;
use crate::plan::Plan;
use crate::plan::allow;
use crate::plan::belonging::Belonging;
use crate::plan::call;
use crate::plan::change;
use crate::plan::condition::Condition;
use crate::plan::key;
use crate::plan::parts::WEIGHT_MAX;
use crate::plan::reach::Reach;
use crate::plan::read::Read;
use crate::plan::sight::Sights;
use crate::plan::write::{Action, Change, Returning, Write};
use crate::principal::Principal;
use crate::rule::{Operation, Policy};

/// How many values one row may have, those for cursors among them: SQLite's bound of columns.
const COLUMNS_MAX: usize = 2_000;

/// How many patterns are compiled for one statement: each may take a mebibyte, on every thread that reads.
const PATTERNS_MAX: usize = 100;

/// Decides what a request for a relation (collection or item) does.
///
/// # Errors
/// Whatever cannot be done, with the facts an answer needs: the nearest name, the methods that are allowed, the value
/// that does not fit.
pub fn make(
    request: &Request,
    principal: &Principal,
    catalog: &Catalog,
    policy: &Policy,
) -> Result<Plan, Error> {
    let sights = Sights::of(catalog, principal, policy);
    let reach = Reach::of(catalog, principal, policy, &sights);
    let allowed = allow::reached(&request.target, reach)?;
    if !allowed.contains(&request.method) {
        return Err(not_allowed(request, allowed));
    }
    let (name, plan) = match &request.target {
        Target::Collection { relation } => {
            let relation = allow::visible(reach, relation)?;
            (
                relation.name.clone(),
                of_collection(request, reach, relation, allowed)?,
            )
        }
        Target::Item { relation, key } => {
            let relation = allow::visible(reach, relation)?;
            (
                relation.name.clone(),
                of_item(request, reach, relation, key, allowed)?,
            )
        }
        Target::Related {
            relation,
            key,
            related,
        } => {
            let (parent, found) = allow::belonging(reach, relation, related)?;
            let belonging = Belonging {
                parent: &parent,
                key,
                found: &found,
            };
            let plan = match request.method {
                Method::Get | Method::Head | Method::Query => {
                    Plan::Read(belonging.read(request, reach)?)
                }
                Method::Post => Plan::Write(belonging.create(request, reach)?),
                Method::Put
                | Method::Patch
                | Method::Delete
                | Method::Options
                | Method::Trace
                | Method::Connect => return Err(not_allowed(request, allowed)),
            };
            (found.relation.name.clone(), plan)
        }
        Target::Function { name } => {
            let function = allow::callable(reach, name)?;
            let plan = call::call(request, reach, function)?;
            check_size(&plan)?;
            return Ok(plan);
        }
        Target::Root | Target::Own { .. } => return Err(Error::NoRelation),
    };
    for operation in besides(request, &plan) {
        if !policy.admits(principal, &name, operation) {
            return Err(Error::Forbidden {
                relation: name.clone(),
                operation,
            });
        }
    }
    check_size(&plan)?;
    Ok(plan)
}

fn of_collection(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
    allowed: Vec<Method>,
) -> Result<Plan, Error> {
    Ok(match request.method {
        Method::Get | Method::Head | Method::Query => {
            Plan::Read(Read::collection(request, reach, reach.known(relation))?)
        }
        Method::Post => Plan::Write(change::create(request, reach, relation, &[])?),
        Method::Put => Plan::Write(change::replace(request, reach, relation)?),
        Method::Patch => Plan::Write(change::update(request, reach, relation)?),
        Method::Delete => Plan::Write(change::delete(request, reach, relation)?),
        Method::Options | Method::Trace | Method::Connect => {
            return Err(not_allowed(request, allowed));
        }
    })
}

fn of_item(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
    key: &[String],
    allowed: Vec<Method>,
) -> Result<Plan, Error> {
    match request.method {
        Method::Get | Method::Head | Method::Query => {
            let relation = reach.known(relation);
            let key = key::condition(relation, key)?;
            Ok(Plan::Read(Read::item(request, reach, relation, key)?))
        }
        Method::Post
        | Method::Put
        | Method::Patch
        | Method::Delete
        | Method::Options
        | Method::Trace
        | Method::Connect => of_collection(request, reach, relation, allowed),
    }
}

/// What a plan does that its method alone does not say.
fn besides(request: &Request, plan: &Plan) -> Vec<Operation> {
    let mut besides = Vec::new();
    if let Plan::Write(write) = plan {
        // As in PostgreSQL: how many rows a filter finds tells what is in them, whatever becomes of them.
        let is_filtered = match &write.change {
            Change::Update { .. } | Change::Delete { .. } => !request.query.conditions.is_empty(),
            // A `PUT` names a key by its filters, no more than an item's address does.
            Change::Insert { .. } => false,
        };
        if is_filtered || !matches!(write.returning, Returning::Nothing) {
            besides.push(Operation::Read);
        }
        if let Change::Insert {
            conflict: Some(conflict),
            ..
        } = &write.change
            && conflict.action != Action::Ignore
        {
            besides.push(Operation::Update);
        }
    }
    besides
}

fn not_allowed(request: &Request, allowed: Vec<Method>) -> Error {
    let relation = match &request.target {
        Target::Collection { relation }
        | Target::Item { relation, .. }
        | Target::Related { relation, .. } => relation.clone(),
        Target::Function { name } => name.clone(),
        Target::Root | Target::Own { .. } => String::new(),
    };
    Error::NotAllowed {
        relation,
        method: request.method,
        allowed,
    }
}

fn check_size(plan: &Plan) -> Result<(), Error> {
    let found = match plan {
        Plan::Read(read) => read.weight(),
        Plan::Write(write) => weight_of_write(write),
        Plan::Call(call) => call.weight(),
    };
    if found > WEIGHT_MAX {
        return Err(Error::TooManyParameters {
            found,
            limit: WEIGHT_MAX,
        });
    }
    if let Plan::Read(read) = plan {
        let (found, limit) = (read.outputs.len() + read.shape().hidden, COLUMNS_MAX);
        if found > limit {
            return Err(Error::TooManyColumns {
                found,
                limit,
                is_embedded: false,
            });
        }
    }
    let condition = match plan {
        Plan::Read(read) => Some(&read.condition),
        Plan::Write(write) => match &write.change {
            Change::Update { condition, .. } | Change::Delete { condition } => Some(condition),
            Change::Insert { .. } => None,
        },
        Plan::Call(call) => Some(&call.read.condition),
    };
    let (found, limit) = (condition.map_or(0, Condition::patterns), PATTERNS_MAX);
    if found > limit {
        return Err(Error::TooManyPatterns { found, limit });
    }
    Ok(())
}

fn weight_of_write(write: &Write) -> usize {
    let change = match &write.change {
        Change::Insert { batches, .. } => batches.iter().map(|batch| batch.columns.len()).max(),
        Change::Update {
            assignments,
            condition,
        } => Some(assignments.len() + condition.weight(&[])),
        Change::Delete { condition } => Some(condition.weight(&[])),
    };
    let representation = match &write.returning {
        Returning::Read(read) => read.weight(),
        Returning::Nothing | Returning::Direct => 0,
    };
    let demands = write.demands.parameters() + write.sight.parameters_of_rules();
    (change.unwrap_or(0) + demands).max(representation)
}
