//! The kinds of values as JSON Schema: what is sent back, and what is taken.

use bistro_plan::catalog::Kind;

use crate::openapi::node::{Node, Object, texts};
use crate::openapi::pattern;

/// Whether NULL may stand in a value's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    Allowed,
    Refused,
}

/// Every kind, in the order in which components list them.
pub(super) const KINDS: [Kind; 10] = [
    Kind::Integer,
    Kind::Real,
    Kind::Numeric,
    Kind::Text,
    Kind::Boolean,
    Kind::Json,
    Kind::Blob,
    Kind::Temporal,
    Kind::Uuid,
    Kind::Any,
];

const TEXT: &str = "string";

/// The digits of a whole number of 64 bits; with a fraction of zeros, one that a double holds exactly.
const WHOLE: &str = r"^[+-]?(?:[0-9]{1,15}(?:\.0{0,9})?|[0-9]{16,18}|[1-8][0-9]{18})$";

/// The word for a kind in the name of a component.
pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "integer",
        Kind::Real => "real",
        Kind::Numeric => "numeric",
        Kind::Text => "text",
        Kind::Boolean => "boolean",
        Kind::Json => "json",
        Kind::Blob => "base64",
        Kind::Temporal => "temporal",
        Kind::Uuid => "uuid",
        Kind::Any => "any",
    }
}

/// A value as answers have it.
pub(super) fn shown(kind: Kind, nulls: Nulls) -> Object {
    match kind {
        Kind::Integer => typed(&["integer"], nulls).with("format", "int64"),
        // A real that has no digits is a word.
        Kind::Real | Kind::Numeric => {
            typed(&["number", TEXT], nulls).with("pattern", "^(?:-?Infinity|NaN)$")
        }
        Kind::Text => typed(&[TEXT], nulls),
        Kind::Boolean => typed(&["boolean"], nulls),
        Kind::Blob => typed(&[TEXT], nulls).with("contentEncoding", "base64"),
        Kind::Temporal => typed(&[TEXT, "number"], nulls),
        Kind::Uuid => typed(&[TEXT], nulls),
        Kind::Json | Kind::Any => anything(nulls),
    }
}

/// A value as a JSON body may have it.
pub(super) fn taken(kind: Kind, nulls: Nulls) -> Object {
    let exact = |kind| format!("^{}$", pattern::value(kind));
    match kind {
        Kind::Integer => typed(&["integer", TEXT], nulls)
            .with("format", "int64")
            .with("minimum", i64::MIN)
            .with("maximum", i64::MAX)
            .with("pattern", WHOLE)
            .with("description", "A whole number of 64 bits, or its digits"),
        Kind::Real | Kind::Numeric => typed(&["number", TEXT], nulls)
            .with(
                "pattern",
                format!("^(?:{}|[+-]?[iI]nf(?:inity)?)$", pattern::value(kind)),
            )
            .with("description", "A number, its digits, or `Infinity`"),
        Kind::Text => anything(nulls).with(
            "description",
            "Text. What is not a string is kept as its JSON text",
        ),
        Kind::Boolean => typed(&["boolean", "integer", TEXT], nulls)
            .with("minimum", 0)
            .with("maximum", 1)
            .with("pattern", "^(?:true|false|yes|no|on|off|[tTfFyYnN10])$")
            .with("description", "`true` or `false`, as a truth value or in PostgreSQL's words"),
        Kind::Json => anything(nulls).with("description", "Any JSON"),
        Kind::Blob => typed(&[TEXT], nulls)
            .with("contentEncoding", "base64")
            .with("pattern", exact(kind))
            .with("description", "Octets in base64"),
        Kind::Temporal => typed(&[TEXT, "number"], nulls).with(
            "description",
            "A date, a time or both, kept as it is written: ISO 8601 is what SQLite's functions know",
        ),
        Kind::Uuid => typed(&[TEXT], nulls).with("description", "A UUID"),
        Kind::Any => anything(nulls).with("description", "Any value"),
    }
}

/// A value as a form has it: text, whatever it means.
pub(super) fn written(kind: Kind) -> Object {
    let text = Object::new().with("type", TEXT);
    match kind {
        Kind::Integer => text.with("pattern", WHOLE),
        Kind::Real | Kind::Numeric | Kind::Boolean | Kind::Blob => {
            text.with("pattern", format!("^{}$", pattern::value(kind)))
        }
        Kind::Json => text
            .with("contentMediaType", "application/json")
            .with("pattern", format!("^{}$", pattern::document())),
        Kind::Text | Kind::Temporal | Kind::Uuid | Kind::Any => text,
    }
}

/// A value as the argument of a call in a URL.
pub(super) fn given(kind: Kind) -> Object {
    match kind {
        Kind::Integer => addressed(kind)
            .with("minimum", i64::MIN)
            .with("maximum", i64::MAX),
        Kind::Real | Kind::Numeric | Kind::Boolean => addressed(kind),
        Kind::Text | Kind::Json | Kind::Blob | Kind::Temporal | Kind::Uuid | Kind::Any => {
            written(kind)
        }
    }
}

/// A value in a path: part of the key of a row.
pub(super) fn addressed(kind: Kind) -> Object {
    match kind {
        Kind::Integer => Object::new()
            .with("type", "integer")
            .with("format", "int64"),
        Kind::Real | Kind::Numeric => Object::new().with("type", "number"),
        Kind::Boolean => Object::new().with("type", "boolean"),
        Kind::Blob => Object::new()
            .with("type", TEXT)
            .with("minLength", 1)
            .with("contentEncoding", "base64url"),
        Kind::Text | Kind::Json | Kind::Temporal | Kind::Uuid | Kind::Any => {
            Object::new().with("type", TEXT).with("minLength", 1)
        }
    }
}

fn anything(nulls: Nulls) -> Object {
    match nulls {
        Nulls::Allowed => Object::new(),
        Nulls::Refused => typed(&[TEXT, "number", "boolean", "object", "array"], nulls),
    }
}

fn typed(types: &[&str], nulls: Nulls) -> Object {
    let mut types = types.to_vec();
    if nulls == Nulls::Allowed {
        types.push("null");
    }
    match types.as_slice() {
        [only] => Object::new().with("type", *only),
        _ => Object::new().with("type", Node::List(texts(types))),
    }
}
