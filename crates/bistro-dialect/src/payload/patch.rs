//! JSON Patch (RFC 6902): seen to be one, and passed on as text.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use crate::error::Problem;
use crate::limits::{Bound, Limits};
use crate::payload::json;
use crate::reader::within;

/// Checks that `text` is an array of operations, each with what it needs.
pub(super) fn read(text: &str, limits: &Limits) -> Result<String, Problem> {
    let operations: Vec<Operation> =
        serde_json::from_str(text).map_err(|error| json::problem(text, &error))?;
    within(
        operations.len(),
        limits.list,
        "operations in one patch",
        Bound::List,
    )?;
    Ok(text.to_owned())
}

/// An operation whose form is right.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Members")]
struct Operation;

/// The members of an operation (RFC 6902 §4); others are to be ignored.
#[derive(Debug, Deserialize)]
struct Members {
    op: String,
    path: String,
    from: Option<String>,
    #[serde(default, deserialize_with = "present")]
    value: Option<IgnoredAny>,
}

/// A member that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IgnoredAny>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(Some)
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum FormError {
    #[error("no operation `{0}`; they are add, remove, replace, move, copy and test")]
    Operation(String),
    #[error("operation `{0}` needs `{1}`")]
    Missing(String, &'static str),
    #[error(
        "`{0}` is no JSON pointer: it is empty, or starts with `/` and has `~` only as `~0` and `~1`"
    )]
    Pointer(String),
}

impl TryFrom<Members> for Operation {
    type Error = FormError;

    fn try_from(members: Members) -> Result<Self, FormError> {
        let needs = match members.op.as_str() {
            "add" | "replace" | "test" => Some("value").filter(|_| members.value.is_none()),
            "move" | "copy" => Some("from").filter(|_| members.from.is_none()),
            "remove" => None,
            _ => return Err(FormError::Operation(members.op)),
        };
        if let Some(needs) = needs {
            return Err(FormError::Missing(members.op, needs));
        }
        for pointer in std::iter::once(members.path).chain(members.from) {
            if !is_pointer(&pointer) {
                return Err(FormError::Pointer(pointer));
            }
        }
        Ok(Self)
    }
}

/// RFC 6901 §3.
fn is_pointer(text: &str) -> bool {
    let is_rooted = text.is_empty() || text.starts_with('/');
    let mut escapes = text.split('~').skip(1);
    is_rooted && escapes.all(|escaped| escaped.starts_with(['0', '1']))
}
