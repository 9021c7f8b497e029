//! Which part of the rows: limit, offset, and the cursor of keyset paging.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::error::Problem;
use crate::reader::Reader;

/// `limit` and `offset` of one resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many rows.
    pub limit: Option<u64>,
    /// After skipping so many.
    pub offset: Option<u64>,
}

/// A place in an ordered collection: the sort values of the last row seen.
///
/// On the wire it is base64url of a JSON array, so it never has a dot in it: `after=…` with a dot is an ordinary filter
/// on a column called `after`. It holds nothing a client may not choose freely.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// One value for each order term and then each column of the key, in order.
    pub values: Vec<CursorValue>,
}

/// A sort value inside a cursor. Exact for every value a database can sort by.
#[derive(Clone, Debug, PartialEq)]
pub enum CursorValue {
    /// NULL
    Null,
    /// an integer
    Integer(i64),
    /// a real, as its bits (NaN and infinities included)
    Real(f64),
    /// text
    Text(String),
    /// bytes
    Blob(Vec<u8>),
}

/// Reads the value of `limit` or `offset`.
pub(crate) fn read_number(text: &str, if_negative: &Problem) -> Result<u64, Problem> {
    const LARGEST: u64 = i64::MAX as u64;
    let number = text.trim();
    let is_negative = number.strip_prefix('-').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
    });
    if is_negative {
        return Err(if_negative.clone());
    }
    let is_number = number.bytes().all(|digit| digit.is_ascii_digit());
    match number.parse() {
        Ok(number) if is_number && number <= LARGEST => Ok(number),
        _ => Err(not_a_number(text)),
    }
}

/// The text is not a whole number from 0.
pub(crate) fn not_a_number(text: &str) -> Problem {
    let found = if text.is_empty() {
        "end of input".to_owned()
    } else {
        format!("`{text}`")
    };
    Reader::new(text).problem_at(0, found, "a whole number from 0 to 9223372036854775807")
}

impl Cursor {
    /// Reads the value of `after`, as [`Cursor::print`] wrote it.
    ///
    /// # Errors
    /// Anything else.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let refused = |found: &str| {
            Reader::new(text).problem_at(
                0,
                found.to_owned(),
                "a cursor as a `Link` of this server has it (or an operator, for a filter)",
            )
        };
        let Ok(octets) = URL_SAFE_NO_PAD.decode(text) else {
            return Err(refused("a text that is not base64url"));
        };
        let Ok(Value::Array(members)) = serde_json::from_slice(&octets) else {
            return Err(refused("base64url of something other than a JSON array"));
        };
        let values: Option<Vec<_>> = members.into_iter().map(CursorValue::from_json).collect();
        values
            .map(|values| Self { values })
            .ok_or_else(|| refused("a JSON array with other values"))
    }

    /// Writes it as the value of `after`; there is nothing in it that a URL would have to encode.
    pub fn print(&self) -> String {
        let members = self.values.iter().map(CursorValue::to_json).collect();
        URL_SAFE_NO_PAD.encode(Value::Array(members).to_string())
    }
}

impl CursorValue {
    fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(integer) => json!(integer),
            // JSON has no infinities, and its numbers are read as someone pleases: bits are bits.
            Self::Real(real) => json!({ "real": format!("{:016x}", real.to_bits()) }),
            Self::Text(text) => json!(text),
            Self::Blob(octets) => json!({ "blob": URL_SAFE_NO_PAD.encode(octets) }),
        }
    }

    fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::Null),
            Value::Number(number) => number.as_i64().map(Self::Integer),
            Value::String(text) => Some(Self::Text(text)),
            Value::Object(members) if members.len() == 1 => {
                let (kind, value) = members.into_iter().next()?;
                let text = value.as_str()?;
                match kind.as_str() {
                    "real" if text.len() == 16 => {
                        let bits = u64::from_str_radix(text, 16).ok()?;
                        Some(Self::Real(f64::from_bits(bits)))
                    }
                    "blob" => URL_SAFE_NO_PAD.decode(text).ok().map(Self::Blob),
                    _ => None,
                }
            }
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
