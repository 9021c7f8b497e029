//! The decision about a request.

use bistro_dialect::{Request, Target};
use bistro_http::method::Method;

use crate::catalog::Catalog;
use crate::error::Error;
use crate::plan::Plan;
use crate::plan::allow;
use crate::plan::change;
use crate::plan::condition::Condition;
use crate::plan::filter;
use crate::plan::key;
use crate::plan::read::Read;
use crate::plan::write::{Action, Change, Returning, Write};
use crate::principal::Principal;
use crate::rule::{Operation, Policy};

/// How many values one statement takes: SQLite's default bound.
const PARAMETERS_MAX: usize = 32_766;

/// How many patterns are compiled for one statement: each may take a mebibyte, on every thread that reads.
const PATTERNS_MAX: usize = 100;

/// What a statement may need beside the values counted: limit and offset.
const PARAMETERS_RESERVED: usize = 16;

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
    let allowed = allow::methods(&request.target, principal, catalog, policy)?;
    let name = match &request.target {
        Target::Collection { relation } | Target::Item { relation, .. } => relation,
        Target::Root | Target::Related { .. } | Target::Function { .. } | Target::Own { .. } => {
            return Err(Error::NoRelation);
        }
    };
    let relation = allow::visible(name, principal, catalog, policy)?;
    if !allowed.contains(&request.method) {
        return Err(not_allowed(request, allowed));
    }
    let plan = match request.method {
        Method::Get | Method::Head | Method::Query => {
            let filters = filter::conditions(relation, &request.query.conditions)?;
            Plan::Read(match &request.target {
                Target::Item { key, .. } => {
                    let condition = Condition::all([key::condition(relation, key)?, filters]);
                    Read::item(request, relation, condition)?
                }
                Target::Root
                | Target::Collection { .. }
                | Target::Related { .. }
                | Target::Function { .. }
                | Target::Own { .. } => {
                    Read::collection(request, relation, filters, policy.rows_max)?
                }
            })
        }
        Method::Post => Plan::Write(change::create(request, relation)?),
        Method::Put => Plan::Write(change::replace(request, relation)?),
        Method::Patch => Plan::Write(change::update(request, relation, policy)?),
        Method::Delete => Plan::Write(change::delete(request, relation, policy)?),
        Method::Options | Method::Trace | Method::Connect => {
            return Err(not_allowed(request, allowed));
        }
    };
    for operation in besides(request, &plan) {
        if !policy.admits(principal, name, operation) {
            return Err(Error::Forbidden {
                relation: name.clone(),
                operation,
            });
        }
    }
    check_size(&plan)?;
    Ok(plan)
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
        Target::Root | Target::Function { .. } | Target::Own { .. } => String::new(),
    };
    Error::NotAllowed {
        relation,
        method: request.method,
        allowed,
    }
}

fn check_size(plan: &Plan) -> Result<(), Error> {
    let found = match plan {
        Plan::Read(read) => read.values(),
        Plan::Write(write) => values_of_write(write),
    };
    let limit = PARAMETERS_MAX - PARAMETERS_RESERVED;
    if found > limit {
        return Err(Error::TooManyParameters { found, limit });
    }
    let condition = match plan {
        Plan::Read(read) => Some(&read.condition),
        Plan::Write(write) => match &write.change {
            Change::Update { condition, .. } | Change::Delete { condition } => Some(condition),
            Change::Insert { .. } => None,
        },
    };
    let (found, limit) = (condition.map_or(0, Condition::patterns), PATTERNS_MAX);
    if found > limit {
        return Err(Error::TooManyPatterns { found, limit });
    }
    Ok(())
}

fn values_of_write(write: &Write) -> usize {
    let change = match &write.change {
        Change::Insert { batches, .. } => batches.iter().map(|batch| batch.columns.len()).max(),
        Change::Update {
            assignments,
            condition,
        } => Some(assignments.len() + condition.values()),
        Change::Delete { condition } => Some(condition.values()),
    };
    let representation = match &write.returning {
        Returning::Read(read) => read.values(),
        Returning::Nothing | Returning::Direct => 0,
    };
    change.unwrap_or(0).max(representation)
}
