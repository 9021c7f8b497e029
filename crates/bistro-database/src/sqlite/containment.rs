//! Containment and overlap of JSON values, as PostgreSQL's `jsonb` operators `@>` and `&&` have them.

use std::collections::HashSet;

use serde_json::Value;

/// A JSON scalar that can be looked up. Numbers are equal if their values are: `1` is `1.0`.
#[derive(PartialEq, Eq, Hash)]
enum Scalar<'a> {
    Null,
    Boolean(bool),
    Integer(i128),
    /// The bits of a double that is no integer.
    Real(u64),
    Text(&'a str),
}

/// Whether `outer` contains `inner` (PostgreSQL, "jsonb Containment and Existence"): the same structure, with more
/// members and elements at most. Order and repetition of elements don't count. At the top, an array contains a scalar
/// that is one of its elements.
pub(super) fn contains(outer: &Value, inner: &Value) -> bool {
    match (outer, inner) {
        (Value::Array(elements), inner) if scalar(inner).is_some() => {
            elements.iter().any(|element| is_equal(element, inner))
        }
        (outer, inner) => contains_inside(outer, inner),
    }
}

fn contains_inside(outer: &Value, inner: &Value) -> bool {
    match (outer, inner) {
        (Value::Object(outer), Value::Object(inner)) => inner.iter().all(|(name, inner)| {
            outer
                .get(name)
                .is_some_and(|outer| contains_inside(outer, inner))
        }),
        (Value::Array(outer), Value::Array(inner)) => {
            let scalars: HashSet<Scalar<'_>> = outer.iter().filter_map(scalar).collect();
            inner.iter().all(|element| match scalar(element) {
                Some(element) => scalars.contains(&element),
                None => outer
                    .iter()
                    .filter(|candidate| scalar(candidate).is_none())
                    .any(|candidate| contains_inside(candidate, element)),
            })
        }
        (outer, inner) => is_equal(outer, inner),
    }
}

/// Whether two arrays share an element. What is no array shares nothing.
pub(super) fn overlaps(left: &Value, right: &Value) -> bool {
    let (Value::Array(left), Value::Array(right)) = (left, right) else {
        return false;
    };
    let scalars: HashSet<Scalar<'_>> = left.iter().filter_map(scalar).collect();
    right.iter().any(|element| match scalar(element) {
        Some(element) => scalars.contains(&element),
        None => left.iter().any(|candidate| is_equal(candidate, element)),
    })
}

fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| is_equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, left)| right.get(name).is_some_and(|right| is_equal(left, right)))
        }
        (left, right) => match (scalar(left), scalar(right)) {
            (Some(left), Some(right)) => left == right,
            (None, _) | (_, None) => false,
        },
    }
}

fn scalar(value: &Value) -> Option<Scalar<'_>> {
    Some(match value {
        Value::Null => Scalar::Null,
        Value::Bool(boolean) => Scalar::Boolean(*boolean),
        Value::Number(number) => {
            if let Some(integer) = number.as_i128() {
                Scalar::Integer(integer)
            } else {
                real(number.as_f64().unwrap_or(f64::NAN))
            }
        }
        Value::String(text) => Scalar::Text(text),
        Value::Array(_) | Value::Object(_) => return None,
    })
}

/// A double that is an integer below 2¹²⁷ counts as that integer, so that `1.0` equals `1`.
fn real(real: f64) -> Scalar<'static> {
    const BOUND: f64 = 1e38;
    if real.fract() == 0.0 && real.abs() < BOUND {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "an integer within the bounds of i128"
        )]
        let integer = real as i128;
        Scalar::Integer(integer)
    } else {
        Scalar::Real(real.to_bits())
    }
}

#[cfg(test)]
mod tests;
