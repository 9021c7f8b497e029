//! What is sent to resources of ours: a JSON object, or a form with the same names.

use bistro_http::percent;
use hyper::StatusCode;
use hyper::header::{self, HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::fields;
use crate::problem::Problem;

/// Reads a body.
///
/// # Errors
/// 415: it is neither JSON nor a form; a browser sends anything else for any page without asking. 400: it is malformed, names
/// something twice, or is not what this resource takes.
pub(super) fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let sent = match kind(headers).as_deref() {
        Some("application/json") => serde_json::from_slice(body),
        Some("application/x-www-form-urlencoded") => serde_json::from_value(form(body)?),
        Some(_) | None => return Err(unsupported("application/json or a form")),
    };
    sent.map_err(|error| malformed(&error.to_string()))
}

/// A text in a body of which it is not known yet what it is for. It is read again by whom it is for.
pub(super) fn text(headers: &HeaderMap, body: &[u8], name: &str) -> Option<String> {
    let sent: Value = read(headers, body).ok()?;
    sent.get(name)?.as_str().map(str::to_owned)
}

/// Checks that a body is JSON, of this kind.
///
/// # Errors
/// 415.
pub(super) fn check_json(headers: &HeaderMap, expected: &'static str) -> Result<(), Problem> {
    match kind(headers).as_deref() {
        Some(kind) if kind == "application/json" || kind == expected => Ok(()),
        Some(_) | None => Err(unsupported(expected)),
    }
}

fn kind(headers: &HeaderMap) -> Option<String> {
    fields::one(headers, header::CONTENT_TYPE).map(fields::essence)
}

/// A form as an object of texts; a name that comes twice is none.
fn form(body: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| malformed(&error.to_string()))?;
    let mut members = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode =
            |part| percent::decode_form(part).map_err(|error| malformed(&error.reason.to_string()));
        if members
            .insert(decode(name)?, Value::String(decode(value)?))
            .is_some()
        {
            return Err(malformed("a name is given twice"));
        }
    }
    Ok(Value::Object(members))
}

fn malformed(reason: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "BISTRO400",
        format!("The body is not what this resource takes: {reason}"),
    )
}

fn unsupported(expected: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "BISTRO415",
        format!("This resource takes {expected}"),
    )
    .hint("Say what the body is in `Content-Type`.")
}
