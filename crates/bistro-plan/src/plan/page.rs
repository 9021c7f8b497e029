//! Which part of the rows: `limit`, `offset`, `Range`, and the place after a cursor.

use bistro_dialect::order::{Direction, Nulls};
use bistro_dialect::page::{Cursor, CursorValue, Page};
use bistro_http::range::ItemRange;

use crate::error::Error;
use crate::plan::condition::{Comparison, Condition};
use crate::plan::output::Sort;
use crate::value::Value;

/// A part of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub limit: Option<u64>,
    pub offset: u64,
}

impl Window {
    /// What the parameters, the header field and the operator's bound leave over: only rows that all of them allow.
    pub(super) fn new(
        page: Page,
        range: Option<ItemRange>,
        rows_max: Option<u64>,
    ) -> Result<Self, Error> {
        let mut first = page.offset.unwrap_or(0);
        let mut end = page.limit.map(|limit| first.saturating_add(limit));
        if let Some(range) = range {
            let is_empty = end == Some(first);
            first = first.max(range.first);
            let range_end = range.last.map(|last| last.saturating_add(1));
            end = match (end, range_end) {
                (Some(left), Some(right)) => Some(left.min(right)),
                (left, right) => left.or(right),
            };
            if !is_empty && end.is_some_and(|end| end <= first) {
                return Err(Error::DisjointRange);
            }
        }
        let limit = match (end.map(|end| end.saturating_sub(first)), rows_max) {
            (Some(limit), Some(most)) => Some(limit.min(most)),
            (limit, most) => limit.or(most),
        };
        Ok(Self {
            limit,
            offset: first,
        })
    }

    /// Whether the order of rows decides which ones are seen.
    pub(super) fn is_partial(self) -> bool {
        self.limit.is_some() || self.offset > 0
    }
}

/// The rows that come after a cursor in this order.
pub(super) fn after(sorts: &[Sort], cursor: &Cursor) -> Result<Condition, Error> {
    if sorts.len() != cursor.values.len() {
        return Err(Error::CursorLength {
            expected: sorts.len(),
            found: cursor.values.len(),
        });
    }
    let values: Vec<Value> = cursor.values.iter().map(value).collect();
    if let Some(comparison) = one_way(sorts, &values) {
        return Ok(Condition::CompareRow {
            left: sorts.iter().map(|sort| sort.expression.clone()).collect(),
            comparison,
            right: values,
        });
    }
    let mut alternatives = Vec::with_capacity(sorts.len());
    let mut equal_so_far = Vec::new();
    for (sort, value) in sorts.iter().zip(&values) {
        let mut members: Vec<Condition> = equal_so_far.clone();
        let beyond = beyond(sort, value);
        if beyond != Condition::Never {
            members.push(beyond);
            alternatives.push(Condition::all(members));
        }
        equal_so_far.push(equal(sort, value));
    }
    if sorts.len() == 1 {
        return Ok(Condition::any(alternatives));
    }
    let bound = sorts
        .first()
        .zip(values.first())
        .map_or(Condition::Always, |(sort, value)| lower_bound(sort, value));
    Ok(Condition::all([bound, Condition::any(alternatives)]))
}

fn value(value: &CursorValue) -> Value {
    match value {
        CursorValue::Null => Value::Null,
        CursorValue::Integer(integer) => Value::Integer(*integer),
        CursorValue::Real(real) => Value::Real(*real),
        CursorValue::Text(text) => Value::Text(text.clone()),
        CursorValue::Blob(octets) => Value::Blob(octets.clone()),
    }
}

/// The one comparison that serves for a whole row of values: all in the same direction, and no NULL anywhere.
fn one_way(sorts: &[Sort], values: &[Value]) -> Option<Comparison> {
    let direction = sorts.first()?.direction;
    let is_plain = sorts.len() > 1
        && sorts
            .iter()
            .all(|sort| sort.direction == direction && sort.nulls.is_none())
        && !values.contains(&Value::Null);
    is_plain.then(|| strictly(direction))
}

fn strictly(direction: Direction) -> Comparison {
    match direction {
        Direction::Ascending => Comparison::Greater,
        Direction::Descending => Comparison::Less,
    }
}

fn equal(sort: &Sort, value: &Value) -> Condition {
    if *value == Value::Null {
        return Condition::IsNull(sort.expression.clone());
    }
    compared(sort, Comparison::Equal, value)
}

fn compared(sort: &Sort, comparison: Comparison, value: &Value) -> Condition {
    Condition::Compare {
        left: sort.expression.clone(),
        comparison,
        right: value.clone(),
    }
}

/// What sorts after a value in this term alone.
fn beyond(sort: &Sort, value: &Value) -> Condition {
    let is_null = || Condition::IsNull(sort.expression.clone());
    match (value, sort.nulls) {
        (Value::Null, Some(Nulls::First)) => Condition::Not(Box::new(is_null())),
        (Value::Null, Some(Nulls::Last) | None) => Condition::Never,
        (_, Some(Nulls::Last)) => {
            Condition::any([compared(sort, strictly(sort.direction), value), is_null()])
        }
        (_, Some(Nulls::First) | None) => compared(sort, strictly(sort.direction), value),
    }
}

/// Says again of the first term alone what the alternatives say together, so that an index can begin at the right place.
fn lower_bound(sort: &Sort, value: &Value) -> Condition {
    if *value == Value::Null || sort.nulls == Some(Nulls::Last) {
        return Condition::Always;
    }
    let comparison = match sort.direction {
        Direction::Ascending => Comparison::GreaterOrEqual,
        Direction::Descending => Comparison::LessOrEqual,
    };
    compared(sort, comparison, value)
}
