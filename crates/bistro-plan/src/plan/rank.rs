//! How well rows fit a search: known where a search is what finds them.

use crate::catalog::Relation;
use crate::error::Error;
use crate::plan::condition::Condition;
use crate::plan::expression::Expression;
use crate::plan::output::{Output, Sort};

/// The condition under which these values are known: where they have a rank in them, the searches that every row must pass
/// become one that ranks.
///
/// # Errors
/// A rank is wanted, and there is no such search.
pub(super) fn ranked(
    relation: &Relation,
    condition: Condition,
    outputs: &[Output],
    order: &[Sort],
) -> Result<Condition, Error> {
    let outputs = outputs.iter().map(|output| &output.expression);
    let order = order.iter().map(|sort| &sort.expression);
    if !outputs.chain(order).any(Expression::is_ranked) {
        return Ok(condition);
    }
    let mut searches = Vec::new();
    let mut others = Vec::new();
    for member in members(condition) {
        match query(&member) {
            Some(query) => searches.push(query),
            None => others.push(member),
        }
    }
    if searches.is_empty() && !others.contains(&Condition::Never) {
        return Err(Error::Unsupported {
            what: "`_rank`",
            relation: relation.name.clone(),
            instead: "it says how well a row fits a search, and none of the filters is a search that every row must pass; \
                      add one with `fts`, `plfts`, `phfts` or `wfts`",
        });
    }
    if !searches.is_empty() {
        others.insert(0, Condition::Ranked(searches.join(" AND ")));
    }
    Ok(Condition::all(others))
}

/// What must all be true.
fn members(condition: Condition) -> Vec<Condition> {
    match condition {
        Condition::All(all) => all.into_iter().flat_map(members).collect(),
        other => vec![other],
    }
}

/// The query that finds the rows that pass a condition, if one of the index does.
fn query(condition: &Condition) -> Option<String> {
    let joined = |members: &[Condition], between: &str| {
        let queries: Option<Vec<String>> = members.iter().map(query).collect();
        Some(format!("({})", queries?.join(between)))
    };
    match condition {
        Condition::Search { query, .. } => Some(format!("({query})")),
        Condition::All(members) => joined(members, " AND "),
        Condition::Any(members) => joined(members, " OR "),
        Condition::Always
        | Condition::Never
        | Condition::Compare { .. }
        | Condition::Between { .. }
        | Condition::CompareRow { .. }
        | Condition::IsNull(_)
        | Condition::IsBoolean(..)
        | Condition::In(..)
        | Condition::Matches { .. }
        | Condition::Holds { .. }
        | Condition::Ranked(_)
        | Condition::Exists(_)
        | Condition::Among { .. }
        | Condition::ByStorage { .. }
        | Condition::Not(_) => None,
    }
}
