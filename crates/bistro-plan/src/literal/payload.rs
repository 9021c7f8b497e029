//! Values of a body: JSON, or text from CSV and forms, for a column.

use bistro_dialect::payload::Datum;
use serde_json::Value as Json;

use crate::catalog::Kind;
use crate::error::Error;
use crate::literal::number::Number;
use crate::literal::text;
use crate::value::Value;

/// The value that `datum` writes into a column of this kind.
///
/// # Errors
/// [`Error::InvalidValue`] and [`Error::OutOfRange`].
pub fn read(column: &str, kind: Kind, datum: &Datum) -> Result<Value, Error> {
    match datum {
        Datum::Null => Ok(Value::Null),
        Datum::Text(text) => of_text(column, kind, text),
        Datum::Json(source) => {
            let invalid = || text::invalid(column, kind, source);
            match Scalar::of(source).ok_or_else(invalid)? {
                Scalar::Null => Ok(Value::Null),
                // A JSON column keeps what was sent to the byte.
                _ if kind == Kind::Json => Ok(Value::Text(source.clone())),
                Scalar::Text(value) => of_text(column, kind, &value),
                Scalar::Number => of_number(column, kind, source),
                Scalar::Boolean(is_true) => of_boolean(column, kind, source, is_true),
                Scalar::Composite => match kind {
                    Kind::Text | Kind::Any => Ok(Value::Text(source.clone())),
                    Kind::Integer
                    | Kind::Real
                    | Kind::Numeric
                    | Kind::Boolean
                    | Kind::Json
                    | Kind::Blob
                    | Kind::Temporal
                    | Kind::Uuid => Err(invalid()),
                },
            }
        }
    }
}

/// A JSON text, as far as a column other than JSON cares.
enum Scalar {
    Null,
    Boolean(bool),
    Number,
    Text(String),
    Composite,
}

impl Scalar {
    fn of(source: &str) -> Option<Self> {
        // A number is not looked into: its text says more than a double could.
        if source.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Some(Self::Number);
        }
        Some(match serde_json::from_str(source).ok()? {
            Json::Null => Self::Null,
            Json::Bool(is_true) => Self::Boolean(is_true),
            Json::Number(_) => Self::Number,
            Json::String(text) => Self::Text(text),
            Json::Array(_) | Json::Object(_) => Self::Composite,
        })
    }
}

fn of_text(column: &str, kind: Kind, source: &str) -> Result<Value, Error> {
    match kind {
        Kind::Json => match serde_json::from_str::<Json>(source) {
            Ok(_) => Ok(Value::Text(source.to_owned())),
            Err(_) => Err(text::invalid(column, kind, source)),
        },
        Kind::Integer => whole(column, kind, source),
        Kind::Real
        | Kind::Numeric
        | Kind::Text
        | Kind::Boolean
        | Kind::Blob
        | Kind::Temporal
        | Kind::Uuid
        | Kind::Any => text::read(column, kind, source),
    }
}

fn of_number(column: &str, kind: Kind, source: &str) -> Result<Value, Error> {
    let invalid = || text::invalid(column, kind, source);
    match kind {
        Kind::Integer => whole(column, kind, source),
        Kind::Real | Kind::Numeric | Kind::Temporal | Kind::Any => {
            Ok(Number::read(source).ok_or_else(invalid)?.value())
        }
        // `1.0` is the same number as `1`, in JSON and in JSON Schema.
        Kind::Boolean => match Number::read(source).and_then(Number::integer) {
            Some(number @ (0 | 1)) => Ok(Value::Integer(number)),
            Some(_) | None => Err(invalid()),
        },
        Kind::Text | Kind::Json => Ok(Value::Text(source.to_owned())),
        Kind::Blob | Kind::Uuid => Err(invalid()),
    }
}

fn of_boolean(column: &str, kind: Kind, source: &str, is_true: bool) -> Result<Value, Error> {
    match kind {
        Kind::Boolean | Kind::Any => Ok(Value::Integer(i64::from(is_true))),
        Kind::Text | Kind::Json => Ok(Value::Text(source.to_owned())),
        Kind::Integer | Kind::Real | Kind::Numeric | Kind::Blob | Kind::Temporal | Kind::Uuid => {
            Err(text::invalid(column, kind, source))
        }
    }
}

/// A whole number and nothing else: what is written must be what was sent.
fn whole(column: &str, kind: Kind, source: &str) -> Result<Value, Error> {
    let number = Number::read(source).ok_or_else(|| text::invalid(column, kind, source))?;
    match (number.integer(), number) {
        (Some(integer), _) => Ok(Value::Integer(integer)),
        (None, Number::Real(real)) if real.fract() != 0.0 => {
            Err(text::invalid(column, kind, source))
        }
        (None, _) => Err(Error::OutOfRange {
            column: column.to_owned(),
            kind,
            text: text::shown(source),
        }),
    }
}
