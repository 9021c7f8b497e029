//! Addresses of our own resources, and the parameters in them: the only things a page links to.

use bistro_dialect::field::Field;
use bistro_dialect::filter::{Condition, Operand, Predicate};
use bistro_dialect::operator::Operator;
use bistro_dialect::order::{Direction, Term};
use bistro_dialect::query::{At, Query};
use bistro_dialect::{Target, print};
use bistro_http::percent;
use bistro_plan::catalog::Relation;
use bistro_plan::value::ValueRef;

use bistro_plan::json::scalar;

/// Octets of a text that an address may hold: a longer one would not fit a request target anyway.
const TEXT_BYTES_MAX: usize = 1024;

/// A collection: `/songs`.
pub(crate) fn collection(relation: &str) -> String {
    print::print_target(&Target::Collection {
        relation: relation.to_owned(),
    })
}

/// An item by its key's values, in the key's order: `/order_lines/7,3`. `None` if a value cannot stand in a path.
pub(crate) fn item(relation: &str, key: &[ValueRef<'_>]) -> Option<String> {
    let key = key
        .iter()
        .map(|value| text(*value))
        .collect::<Option<Vec<_>>>()?;
    let is_path = match key.as_slice() {
        [] => false,
        // Browsers resolve dot segments, percent-encoded or not, before they send them (WHATWG URL §4.4).
        [only] => !matches!(only.as_str(), "" | "." | ".."),
        _ => true,
    };
    let relation = relation.to_owned();
    is_path.then(|| print::print_target(&Target::Item { relation, key }))
}

/// A row's own address, if its relation has a key.
pub(crate) fn key<'a>(
    relation: &Relation,
    value: impl Fn(usize) -> Option<ValueRef<'a>>,
) -> Option<String> {
    let key = relation
        .primary_key
        .iter()
        .map(|at| value(*at))
        .collect::<Option<Vec<_>>>()?;
    item(&relation.name, &key)
}

/// The rows of a collection whose columns have these values: `/songs?artist_id=eq.7`. `None` if there is no way to say so.
pub(crate) fn filtered(relation: &str, columns: &[(&str, ValueRef<'_>)]) -> Option<String> {
    let conditions = columns
        .iter()
        .map(|(column, value)| Some(equal(column, text(*value)?)));
    let query = Query {
        conditions: conditions.collect::<Option<_>>()?,
        ..Query::default()
    };
    Some(format!(
        "{}?{}",
        collection(relation),
        print::print_query(&query)
    ))
}

/// The parameter that sorts by a column: `order=year.desc`.
pub(crate) fn ordered(column: &str, direction: Option<Direction>) -> String {
    let term = Term {
        relation: None,
        field: field(column),
        direction,
        nulls: None,
    };
    let order = At {
        path: Vec::new(),
        value: vec![term],
    };
    print::print_query(&Query {
        order: vec![order],
        ..Query::default()
    })
}

/// The parameter that skips rows: `offset=20`.
pub(crate) fn skipped(offset: u64) -> String {
    format!("offset={offset}")
}

/// The name of the parameter that filters by a column, not percent-encoded: the column's, in quotes where it needs them.
pub(crate) fn parameter(column: &str) -> String {
    let query = print::print_query(&Query {
        conditions: vec![equal(column, String::new())],
        ..Query::default()
    });
    let name = query
        .split_once('=')
        .map_or(query.as_str(), |(name, _)| name);
    percent::decode_form(name).unwrap_or_else(|_| name.to_owned())
}

fn equal(column: &str, text: String) -> At<Condition> {
    At {
        path: Vec::new(),
        value: Condition::Predicate(Predicate {
            field: field(column),
            is_negated: false,
            operator: Operator::Equal,
            operand: Operand::One(text),
        }),
    }
}

fn field(column: &str) -> Field {
    Field {
        name: column.to_owned(),
        path: Vec::new(),
    }
}

/// A value as it stands in a path or a filter. NULL and octets cannot.
fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => {
            let mut digits = Vec::new();
            scalar::real(number, &mut digits);
            String::from_utf8(digits).ok()
        }
        ValueRef::Text(octets) if octets.len() > TEXT_BYTES_MAX => None,
        ValueRef::Text(octets) => str::from_utf8(octets).ok().map(str::to_owned),
    }
}
