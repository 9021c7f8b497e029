//! The JSON document of a session: one object, bounded in size and depth.

use serde_json::Value;
use thiserror::Error;

/// The document of a session in which nothing has been kept yet.
pub const EMPTY: &str = "{}";

/// How much a document may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How long it may be, in octets, as it is written here.
    pub octets: usize,
    /// How many objects and arrays may stand in one another, the document included.
    pub depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            octets: 64 * 1024,
            depth: 32,
        }
    }
}

/// A document that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DataError {
    /// It is no JSON.
    #[error("the session's data is no JSON: {reason}")]
    Syntax {
        /// What was expected, and where.
        reason: String,
    },
    /// It is JSON, but no object.
    #[error("the session's data must be a JSON object, as `{{\"theme\": \"dark\"}}`")]
    NoObject,
    /// It is too long.
    #[error("the session's data would have {octets} bytes, at most {max} are kept")]
    TooLong {
        /// How long it would be.
        octets: usize,
        /// How long it may be.
        max: usize,
    },
    /// It is nested too deep.
    #[error("the session's data is nested deeper than {max} levels")]
    TooDeep {
        /// How deep it may be.
        max: usize,
    },
}

/// The document that a client sends in place of the old one, written without white space, the members of objects in the order of
/// their names. Of a name that comes twice the last counts.
pub fn replace(body: &[u8], bounds: &Bounds) -> Result<String, DataError> {
    write(&read(body, bounds)?, bounds)
}

/// The document after a merge patch (RFC 7396): members of the patch replace those of the document, `null` removes them.
///
/// A patch may be as long as a document. A document that was stored longer or deeper than the bounds now are may be patched into
/// them. One that cannot be read any more counts as [`EMPTY`], for a visitor cannot mend it otherwise.
pub fn merge(document: &str, patch: &[u8], bounds: &Bounds) -> Result<String, DataError> {
    let patch = read(patch, bounds)?;
    let mut merged = serde_json::from_str(document).unwrap_or_else(|_damaged| Value::default());
    json_patch::merge(&mut merged, &patch);
    write(&merged, bounds)
}

/// Reads an object within the bounds.
fn read(text: &[u8], bounds: &Bounds) -> Result<Value, DataError> {
    // What is written never needs more than was sent, but for numbers that are written longer: checked again there.
    let max = bounds.octets;
    if text.len() > max.saturating_mul(4) {
        let octets = text.len();
        return Err(DataError::TooLong { octets, max });
    }
    let value: Value = serde_json::from_slice(text).map_err(|error| DataError::Syntax {
        reason: error.to_string(),
    })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(DataError::NoObject)
    }
}

/// Writes a document, if it is within the bounds.
fn write(document: &Value, bounds: &Bounds) -> Result<String, DataError> {
    if !is_within(document, bounds.depth) {
        return Err(DataError::TooDeep { max: bounds.depth });
    }
    let text = document.to_string();
    if text.len() > bounds.octets {
        return Err(DataError::TooLong {
            octets: text.len(),
            max: bounds.octets,
        });
    }
    Ok(text)
}

/// Whether no more levels stand in one another. The reader has its own bound, so this does not run out of stack.
fn is_within(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_within(item, depth - 1)),
        Value::Object(members) => {
            depth > 0 && members.values().all(|member| is_within(member, depth - 1))
        }
    }
}

#[cfg(test)]
mod tests;
