//! Addresses of single rows: the values of their primary key.

use bistro_dialect::filter;
use bistro_dialect::operator::Operator;
use bistro_dialect::query::Query;

use crate::catalog::Relation;
use crate::error::Error;
use crate::literal;
use crate::plan::condition::{Comparison, Condition};
use crate::plan::expression::Expression;
use crate::value::Value;

/// The key's values of an item's address, in the order of its columns.
pub(super) fn of_address(relation: &Relation, parts: &[String]) -> Result<Vec<Value>, Error> {
    let name = || relation.name.clone();
    if relation.primary_key.is_empty() {
        return Err(Error::NoKey { relation: name() });
    }
    if relation.primary_key.len() != parts.len() {
        return Err(Error::KeyParts {
            relation: name(),
            expected: names(relation),
            found: parts.len(),
        });
    }
    let values = relation
        .primary_key
        .iter()
        .zip(parts)
        .map(|(&position, part)| {
            let column = relation.column(position);
            // A text that fits no such key is the address of no row, as a key that is not taken is.
            let value = literal::of_text(&column.name, column.kind, part).ok();
            value.ok_or_else(|| Error::NoSuchRow { relation: name() })
        });
    values.collect()
}

/// The key's values that filters name: `eq` on every column of the key, and nothing else.
pub(super) fn of_filters(relation: &Relation, query: &Query) -> Result<Vec<Value>, Error> {
    let wrong = || Error::PutFilters {
        relation: relation.name.clone(),
        key: names(relation),
    };
    if relation.primary_key.is_empty() || query.conditions.len() != relation.primary_key.len() {
        return Err(wrong());
    }
    let values = relation.primary_key.iter().map(|&position| {
        let column = relation.column(position);
        let text = query
            .conditions
            .iter()
            .filter(|condition| condition.path.is_empty())
            .find_map(|condition| equal_to(&condition.value, &column.name))
            .ok_or_else(wrong)?;
        literal::of_text(&column.name, column.kind, text)
    });
    values.collect()
}

fn equal_to<'a>(condition: &'a filter::Condition, name: &str) -> Option<&'a str> {
    match condition {
        filter::Condition::Predicate(predicate)
            if !predicate.is_negated
                && predicate.operator == Operator::Equal
                && predicate.field.path.is_empty()
                && predicate.field.name == name =>
        {
            match &predicate.operand {
                filter::Operand::One(text) => Some(text),
                filter::Operand::List(_)
                | filter::Operand::Quantified(..)
                | filter::Operand::Is(_)
                | filter::Operand::Search { .. } => None,
            }
        }
        filter::Condition::Predicate(_) | filter::Condition::Group(_) => None,
    }
}

/// The row with this key.
pub(super) fn condition(relation: &Relation, key: &[Value]) -> Condition {
    let members = relation.primary_key.iter().zip(key);
    Condition::all(members.map(|(&position, value)| Condition::Compare {
        left: Expression::Column(position),
        comparison: Comparison::Equal,
        right: value.clone(),
    }))
}

/// The key's columns by name.
pub(super) fn names(relation: &Relation) -> Vec<String> {
    let key = relation.primary_key.iter();
    key.map(|&position| relation.column(position).name.clone())
        .collect()
}
