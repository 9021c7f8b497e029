//! One value as JSON.

use serde_json::value::RawValue;

use crate::catalog::Kind;
use crate::json::scalar;
use crate::value::ValueRef;

/// What is put into JSON for a value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`, or a JSON document that is `null`
    Null,
    /// a number
    Integer(i64),
    /// a number, or a word for what JSON has no number for
    Real(f64),
    /// `true` or `false`
    Boolean(&'static str),
    /// a string
    Text(&'a [u8]),
    /// a JSON document, valid
    Document(&'a str),
    /// a string of base64
    Blob(&'a [u8]),
}

/// Decides by what is stored and what the column means.
#[inline]
pub fn read(value: ValueRef<'_>, kind: Kind) -> Value<'_> {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => match scalar::boolean(number) {
            Some(word) if kind == Kind::Boolean => Value::Boolean(word),
            Some(_) | None => Value::Integer(number),
        },
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(octets) => match kind {
            Kind::Json => match document(octets) {
                Some("null") => Value::Null,
                Some(text) => Value::Document(text),
                None => Value::Text(octets),
            },
            Kind::Integer
            | Kind::Real
            | Kind::Numeric
            | Kind::Text
            | Kind::Boolean
            | Kind::Blob
            | Kind::Temporal
            | Kind::Uuid
            | Kind::Any => Value::Text(octets),
        },
        ValueRef::Blob(octets) => Value::Blob(octets),
    }
}

/// The value of an expression that gives JSON which we have written ourselves.
pub fn written(value: ValueRef<'_>) -> Value<'_> {
    match value {
        ValueRef::Text(octets) => match str::from_utf8(octets) {
            Ok(text) => Value::Document(text),
            Err(_) => Value::Text(octets),
        },
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
            Value::Null
        }
    }
}

/// The text of a JSON document without the whitespace around it, if it is one. How deep it nests does not matter: a raw
/// value is only looked over, without recursion.
fn document(octets: &[u8]) -> Option<&str> {
    let text = str::from_utf8(octets).ok()?;
    serde_json::from_str::<&RawValue>(text)
        .ok()
        .map(RawValue::get)
}

/// Writes text as a JSON string.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    // Counting looks at many octets at a time, which stopping at the first would not; and most text has nothing to escape.
    let escapes = text
        .bytes()
        .filter(|octet| matches!(octet, 0..b' ' | b'"' | b'\\'));
    if escapes.count() > 0 {
        serde_json::to_writer(out, text).expect("a vector takes every octet");
    } else {
        out.reserve(text.len() + 2);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}

impl Value<'_> {
    /// Writes everything but a document, which the layout has a say in.
    #[inline]
    pub fn write(&self, document: impl FnOnce(&str, &mut Vec<u8>), out: &mut Vec<u8>) {
        match *self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Integer(number) => scalar::integer(number, out),
            Self::Real(number) => match scalar::real_word(number) {
                Some(word) => write_string(word, out),
                None => scalar::real(number, out),
            },
            Self::Boolean(word) => out.extend_from_slice(word.as_bytes()),
            Self::Text(octets) => write_string(&scalar::text(octets), out),
            Self::Document(text) => document(text, out),
            Self::Blob(octets) => {
                out.push(b'"');
                scalar::base64(octets, out);
                out.push(b'"');
            }
        }
    }
}
