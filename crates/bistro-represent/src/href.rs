//! Addresses of our own resources: the only thing a page links to.

use bistro_http::percent;
use bistro_plan::catalog::Relation;
use bistro_plan::value::ValueRef;

use crate::scalar;

/// Parameters that mean something other than a filter, so that a column of that name cannot be filtered by it.
const RESERVED: [&str; 9] = [
    "select",
    "order",
    "limit",
    "offset",
    "after",
    "columns",
    "on_conflict",
    "and",
    "or",
];

/// Octets of a text that an address may hold: a longer one would not fit a request target anyway.
const TEXT_BYTES_MAX: usize = 1024;

/// A collection: `/songs`.
pub(crate) fn collection(relation: &str) -> String {
    format!("/{}", percent::encode_segment(relation))
}

/// An item by its key's values, in the key's order: `/order_lines/7,3`. `None` if a value cannot stand in a path.
pub(crate) fn item(relation: &str, key: &[ValueRef<'_>]) -> Option<String> {
    let texts = key
        .iter()
        .map(|value| text(*value))
        .collect::<Option<Vec<_>>>()?;
    let is_path = match texts.as_slice() {
        [] => false,
        // Browsers resolve dot segments, percent-encoded or not, before they send them (WHATWG URL §4.4).
        [only] => !matches!(only.as_str(), "" | "." | ".."),
        _ => true,
    };
    let values = texts
        .iter()
        .map(|text| percent::encode_segment(text))
        .collect::<Vec<_>>();
    is_path.then(|| format!("{}/{}", collection(relation), values.join(",")))
}

/// The rows of a collection whose columns have these values: `/songs?artist_id=eq.7`. `None` if there is no way to say so.
pub(crate) fn filtered(relation: &str, columns: &[(&str, ValueRef<'_>)]) -> Option<String> {
    let filters = columns.iter().map(|(column, value)| {
        let name = parameter(column)?;
        Some(pair(&name, &format!("eq.{}", text(*value)?)))
    });
    let filters = filters.collect::<Option<Vec<_>>>()?;
    Some(format!("{}?{}", collection(relation), filters.join("&")))
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

/// The name of the parameter that filters by a column; `None` if it would mean something else.
pub(crate) fn parameter(column: &str) -> Option<String> {
    let is_free = !RESERVED.contains(&column) && !column.is_empty();
    is_free.then(|| quoted(column))
}

/// A column's name where the dialect expects one: in double quotes if it has characters the dialect gives a meaning to.
pub(crate) fn quoted(name: &str) -> String {
    let is_plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == ' ');
    if is_plain && name.trim() == name {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// `name=value`, percent-encoded.
pub(crate) fn pair(name: &str, value: &str) -> String {
    format!(
        "{}={}",
        percent::encode_query(name),
        percent::encode_query(value)
    )
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
