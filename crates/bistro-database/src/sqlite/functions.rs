//! The SQL functions that the plan's statements call and SQLite does not have.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::ffi::c_int;

use bistro_plan::json::{self, Members};
use bistro_plan::value::ValueRef as Shown;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use serde_json::Value;

use crate::sqlite::containment::{contains, overlaps};
use crate::sqlite::pattern::{Case, Pattern};

/// How the message of a pattern that does not compile starts.
pub(super) const INVALID_PATTERN: &str = "bistro: invalid pattern: ";

/// How much JSON one embed of one row may be, in octets: all of it is in memory at once, and relations that lead back and
/// forth multiply their rows with every level.
const EMBED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Each is a pure function of its arguments, so views and indexes may use it, also under `trusted_schema=OFF`.
const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// Teaches a connection `bistro_like`, `bistro_ilike`, `bistro_match`, `bistro_imatch` (value, pattern),
/// `bistro_contains(outer, inner)` and `bistro_overlaps(left, right)`; NULL in gives NULL. And what embedded rows are
/// made of: `bistro_object(members, value, …)` and `bistro_value(member, value)`, which give JSON, and the aggregate
/// `bistro_array(json)`.
pub(super) fn register(connection: &Connection) -> Result<()> {
    let matchers: [(&str, Compile, Case); 4] = [
        ("bistro_like", Pattern::like, Case::Sensitive),
        ("bistro_ilike", Pattern::like, Case::Insensitive),
        ("bistro_match", Pattern::regex, Case::Sensitive),
        ("bistro_imatch", Pattern::regex, Case::Insensitive),
    ];
    for (name, compile, case) in matchers {
        connection.create_scalar_function(name, 2, FLAGS, move |context| {
            is_match(context, compile, case)
        })?;
    }
    let comparisons: [(&str, Compare); 2] =
        [("bistro_contains", contains), ("bistro_overlaps", overlaps)];
    for (name, compare) in comparisons {
        connection
            .create_scalar_function(name, 2, FLAGS, move |context| compared(context, compare))?;
    }
    connection.create_scalar_function("bistro_object", -1, FLAGS, |context| object(context))?;
    connection.create_scalar_function("bistro_value", 2, FLAGS, |context| member(context))?;
    connection.create_aggregate_function("bistro_array", 1, FLAGS, Array)?;
    Ok(())
}

type Compile = fn(&str, Case) -> std::result::Result<Pattern, String>;
type Compare = fn(&Value, &Value) -> bool;

fn is_match(context: &Context<'_>, compile: Compile, case: Case) -> Result<Option<bool>> {
    let Some(text) = text(context.get_raw(0)) else {
        return Ok(None);
    };
    if context.get_raw(1) == ValueRef::Null {
        return Ok(None);
    }
    // Compiled once a statement: SQLite keeps what belongs to an argument that does not change.
    let pattern = context.get_or_create_aux(1, |pattern| -> std::result::Result<_, Refusal> {
        let pattern = self::text(pattern).unwrap_or_default();
        compile(&pattern, case).map_err(|reason| format!("{INVALID_PATTERN}{reason}").into())
    })?;
    Ok(Some(pattern.is_match(&text)))
}

fn compared(context: &Context<'_>, compare: Compare) -> Result<Option<bool>> {
    let (left, right) = (document(context, 0)?, document(context, 1)?);
    Ok(match (&*left, &*right) {
        (Some(left), Some(right)) => Some(compare(left, right)),
        (None, _) | (_, None) => None,
    })
}

/// The values of a row as a JSON object.
fn object(context: &Context<'_>) -> Result<String> {
    let members = members(context)?;
    if context.len() != members.len() + 1 {
        return Err(Error::InvalidParameterCount(
            context.len(),
            members.len() + 1,
        ));
    }
    let mut out = Vec::new();
    members.write(|place| shown(context.get_raw(place + 1)), &mut out);
    written(out)
}

/// A value as JSON.
fn member(context: &Context<'_>) -> Result<String> {
    let members = members(context)?;
    let mut out = Vec::new();
    json::write_value(&members, shown(context.get_raw(1)), &mut out);
    written(out)
}

/// What the first argument says, read once a statement.
fn members(context: &Context<'_>) -> Result<std::sync::Arc<Members>> {
    context.get_or_create_aux(0, |value| -> std::result::Result<_, Refusal> {
        let text = text(value).unwrap_or_default();
        Members::read(&text).ok_or_else(|| "bistro: these are no members".into())
    })
}

fn written(out: Vec<u8>) -> Result<String> {
    check_length(&out)?;
    String::from_utf8(out).map_err(|error| Error::UserFunctionError(error.into()))
}

fn check_length(json: &[u8]) -> Result<()> {
    if json.len() > EMBED_BYTES_MAX {
        // Begins as SQLite's own message does, and so means the same.
        let message = format!(
            "string or blob too big: what is embedded in a row has at most {EMBED_BYTES_MAX} octets"
        );
        return Err(Error::UserFunctionError(message.into()));
    }
    Ok(())
}

fn shown(value: ValueRef<'_>) -> Shown<'_> {
    match value {
        ValueRef::Null => Shown::Null,
        ValueRef::Integer(integer) => Shown::Integer(integer),
        ValueRef::Real(real) => Shown::Real(real),
        ValueRef::Text(octets) => Shown::Text(octets),
        ValueRef::Blob(octets) => Shown::Blob(octets),
    }
}

/// JSON values as an array, in the order they come.
struct Array;

impl Aggregate<Vec<u8>, String> for Array {
    fn init(&self, _context: &mut Context<'_>) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn step(&self, context: &mut Context<'_>, array: &mut Vec<u8>) -> Result<()> {
        array.push(if array.is_empty() { b'[' } else { b',' });
        match context.get_raw(0) {
            ValueRef::Text(json) => array.extend_from_slice(json),
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
                array.extend_from_slice(b"null");
            }
        }
        check_length(array)
    }

    fn finalize(&self, _context: &mut Context<'_>, array: Option<Vec<u8>>) -> Result<String> {
        let mut array = array
            .filter(|array| !array.is_empty())
            .unwrap_or_else(|| vec![b'[']);
        array.push(b']');
        written(array)
    }
}

type Refusal = Box<dyn StdError + Send + Sync>;

/// An argument as JSON; `None` for NULL, and for what is stored but is no JSON: one bad row must not take the
/// collection down.
fn document(context: &Context<'_>, argument: c_int) -> Result<std::sync::Arc<Option<Value>>> {
    context.get_or_create_aux(argument, |value| -> std::result::Result<_, Error> {
        Ok(text(value).and_then(|text| serde_json::from_str(&text).ok()))
    })
}

/// A value as the text it is compared by; `None` for NULL.
fn text(value: ValueRef<'_>) -> Option<Cow<'_, str>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(integer) => Some(Cow::Owned(integer.to_string())),
        ValueRef::Real(real) => Some(Cow::Owned(format!("{real:?}"))),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes)),
    }
}

#[cfg(test)]
mod tests;
