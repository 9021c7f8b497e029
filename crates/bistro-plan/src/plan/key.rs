//! Addresses of single rows: the values of their primary key.

use bistro_dialect::filter;
use bistro_dialect::operator::Operator;
use bistro_dialect::query::Query;

use crate::catalog::{Column, Kind, Relation};
use crate::error::Error;
use crate::literal::{self, Number};
use crate::plan::condition::{Comparison, Condition};
use crate::plan::expression::Expression;
use crate::plan::related::Pair;
use crate::value::Value;

/// The key's values of an item's address, in the order of its columns.
pub(super) fn of_address(
    relation: &Relation,
    parts: &[impl AsRef<str>],
) -> Result<Vec<Value>, Error> {
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
    let values = relation.primary_key.iter().zip(parts);
    let values = values.map(|(&position, part)| {
        // A text that fits no such key is the address of no row, as a key that is not taken is.
        let value = value(relation.column(position), part.as_ref()).ok();
        value.ok_or_else(|| Error::NoSuchRow { relation: name() })
    });
    values.collect()
}

/// A key's value by its text. A column of no declared kind is taken to hold numbers where the text looks like one.
fn value(column: &Column, text: &str) -> Result<Value, Error> {
    if column.kind == Kind::Any
        && let Some(number) = Number::read(text)
    {
        return Ok(number.value());
    }
    literal::of_text(&column.name, column.kind, text)
}

/// Whether a key's value in a body is the one in the address: `2`, `2.0` and, where no kind is declared, `"2"` are the same.
pub(super) fn is_same(column: &Column, address: &Value, body: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Integer(integer) => Some(Number::Integer(*integer)),
        Value::Real(real) => Some(Number::Real(*real)),
        Value::Text(text) if column.kind == Kind::Any => Number::read(text),
        Value::Null | Value::Text(_) | Value::Blob(_) => None,
    };
    match (number(address), number(body)) {
        (Some(address), Some(body)) => {
            address == body || (address.integer().is_some() && address.integer() == body.integer())
        }
        _ => address == body,
    }
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
        value(column, text)
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

/// The row at this address.
pub(super) fn condition(relation: &Relation, parts: &[String]) -> Result<Condition, Error> {
    let key = of_address(relation, parts)?;
    let members = relation.primary_key.iter().zip(key).zip(parts);
    Ok(Condition::all(members.map(|((&position, value), part)| {
        let left = Expression::Column(position);
        let text = Value::Text(part.clone());
        // A column of no declared kind may hold the number or the text that looks like it.
        if relation.column(position).kind == Kind::Any && value != text {
            return Condition::In(left, vec![value, text]);
        }
        Condition::Compare {
            left,
            comparison: Comparison::Equal,
            right: value,
        }
    })))
}

/// Whether the condition of an address is the same for every row of a relation, but for its values.
pub(super) fn is_by_value(relation: &Relation) -> bool {
    let mut key = relation.primary_key.iter();
    key.all(|&position| relation.column(position).kind != Kind::Any)
}

/// The rows that refer to the row at this address: `pairs` leads from its columns to theirs. `None` if it leads from more
/// than the key.
pub(super) fn referring(
    relation: &Relation,
    parts: &[String],
    pairs: &[Pair],
) -> Result<Option<Vec<(usize, Value)>>, Error> {
    let key = of_address(relation, parts)?;
    let values = pairs.iter().map(|pair| {
        let place = relation
            .primary_key
            .iter()
            .position(|at| *at == pair.from)?;
        Some((pair.to, key.get(place)?.clone()))
    });
    Ok(values.collect())
}

/// The key's columns by name.
pub(super) fn names(relation: &Relation) -> Vec<String> {
    let key = relation.primary_key.iter();
    key.map(|&position| relation.column(position).name.clone())
        .collect()
}
