//! The SQL functions that the plan's statements call and SQLite does not have.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::ffi::c_int;

use rusqlite::functions::Context;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use serde_json::Value;

use crate::sqlite::containment::{contains, overlaps};
use crate::sqlite::embedded::{self, FLAGS};
use crate::sqlite::pattern::{Case, Pattern};

/// How a message of ours starts.
pub(super) const MISTAKE: &str = "bistro: ";

/// How the message of a pattern that does not compile starts.
pub(super) const INVALID_PATTERN: &str = "bistro: invalid pattern: ";

/// Teaches a connection `bistro_like`, `bistro_ilike`, `bistro_match`, `bistro_imatch` (value, pattern),
/// `bistro_contains(outer, inner)` and `bistro_overlaps(left, right)`; NULL in gives NULL. And what embedded rows are
/// made of.
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
    embedded::register(connection)
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
