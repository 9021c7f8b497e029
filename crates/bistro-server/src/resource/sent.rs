//! What is sent to resources of ours: a JSON object, or a form with the same names.

use std::fmt;

use bistro_http::percent;
use hyper::StatusCode;
use hyper::header::{self, HeaderMap};
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::fields;
use crate::problem::Problem;

/// More names than any resource of ours takes.
const MEMBERS_MAX: usize = 16;

/// Reads a body.
///
/// # Errors
/// 415: it is neither JSON nor a form; a browser sends anything else for any page without asking. 400: it is malformed, names
/// something twice, or is not what this resource takes.
pub(super) fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    serde_json::from_value(members(headers, body)?).map_err(|error| malformed(&error.to_string()))
}

/// A text in a body of which it is not known yet what it is for. It is read again by whom it is for.
pub(super) fn text(headers: &HeaderMap, body: &[u8], name: &str) -> Option<String> {
    let sent = members(headers, body).ok()?;
    sent.get(name)?.as_str().map(str::to_owned)
}

fn members(headers: &HeaderMap, body: &[u8]) -> Result<Value, Problem> {
    match kind(headers).as_deref() {
        Some("application/json") => serde_json::from_slice(body)
            .map(|Members(members)| Value::Object(members))
            .map_err(|error| malformed(&error.to_string())),
        Some("application/x-www-form-urlencoded") => form(body),
        Some(_) | None => Err(unsupported("application/json or a form")),
    }
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

/// The members of a JSON object, each a text or null; a name that comes twice is none. Nothing else is taken, so what a stranger
/// sends takes no more room than it has octets.
struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Members, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Option<String>>()? {
            add(&mut members, name, value.map_or(Value::Null, Value::String))
                .map_err(A::Error::custom)?;
        }
        Ok(Members(members))
    }
}

fn add(members: &mut Map<String, Value>, name: String, value: Value) -> Result<(), &'static str> {
    if members.len() >= MEMBERS_MAX {
        return Err("there are too many names");
    }
    match members.insert(name, value) {
        Some(_first) => Err("a name is given twice"),
        None => Ok(()),
    }
}

/// A form as an object of texts; a name that comes twice is none.
fn form(body: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| malformed(&error.to_string()))?;
    let mut members = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode =
            |part| percent::decode_form(part).map_err(|error| malformed(&error.reason.to_string()));
        let (name, value) = (decode(name)?, Value::String(decode(value)?));
        add(&mut members, name, value).map_err(malformed)?;
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
