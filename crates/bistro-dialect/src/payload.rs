//! The body of a request, as columns and rows.

mod collector;
mod csv;
mod form;
mod json;
mod patch;

use bistro_http::method::Method;

use crate::error::{Error, Place, Problem};
use crate::limits::{Bound, Limits};
use crate::payload::collector::Collector;
use crate::reader::within;

/// What a body holds, by its media type.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// JSON object or array, CSV, or a form: rows to write.
    Rows(Rows),
    /// `application/merge-patch+json` (RFC 7396): one row whose JSON columns are merged into, not replaced.
    MergePatch(Rows),
    /// `application/json-patch+json` (RFC 6902): the checked text of the operations.
    JsonPatch(String),
}

/// Rows with the same columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Names in the order first met.
    pub columns: Vec<String>,
    /// One value per column; `None` where a row does not name the column.
    pub rows: Vec<Vec<Option<Datum>>>,
    /// Whether the body was a single object rather than a list.
    pub is_single: bool,
}

/// A value as the client sent it. What it means depends on the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// JSON `null`, or an unquoted `NULL` in CSV.
    Null,
    /// JSON other than null: the exact text sent.
    Json(String),
    /// A field of CSV or of a form.
    Text(String),
}

impl Rows {
    /// Reads rows that stand in a row, as the JSON of its member `name`: an object, or a list of them. Each may have members
    /// of its own: nothing in a URL could say which of them count.
    ///
    /// # Errors
    /// They are neither.
    pub fn read_member(name: &str, text: &str, limits: &Limits) -> Result<Self, Error> {
        json::read(text, Collector::of_any(limits))
            .map_err(|problem| problem.at(Place::Member(name.to_owned())))
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// What bodies of rows may be, in the form of an `Accept` field.
const ROWS: &str = "application/json, text/csv, application/x-www-form-urlencoded";

/// Likewise, for `PATCH` (the form of an `Accept-Patch` field, RFC 5789 §3.1).
const PATCHES: &str = "application/json, application/merge-patch+json, application/json-patch+json, text/csv, \
    application/x-www-form-urlencoded";

/// The media types of rows as JSON: the plain one, and those `PostgREST` answers with, so that an answer can be sent
/// back as it came.
const JSON: [&str; 5] = [
    "application/json",
    "application/vnd.pgrst.object",
    "application/vnd.pgrst.object+json",
    "application/vnd.pgrst.array",
    "application/vnd.pgrst.array+json",
];

impl Payload {
    /// Reads the body of a `POST`, `PUT` or `PATCH`; `None` if it is empty.
    ///
    /// With `columns`, only these are taken, in this order: what rows do not name stays open, what else they name is
    /// ignored. Without, all rows must name the same ones. A body without `Content-Type` is taken for JSON.
    ///
    /// # Errors
    /// The media type is not understood, the body is not what it says, or rows do not fit together.
    pub fn read(
        method: Method,
        content_type: Option<&str>,
        body: &[u8],
        columns: Option<&[String]>,
        limits: &Limits,
    ) -> Result<Option<Self>, Error> {
        if body.is_empty() {
            return Ok(None);
        }
        let essence = match content_type {
            Some(field) => essence(field),
            None => Some("application/json".to_owned()),
        };
        let expected = match method {
            Method::Patch => PATCHES,
            Method::Get
            | Method::Head
            | Method::Query
            | Method::Post
            | Method::Put
            | Method::Delete
            | Method::Options
            | Method::Trace
            | Method::Connect => ROWS,
        };
        let collector = Collector::new(columns, limits);
        let payload = match essence.as_deref() {
            Some(essence) if JSON.contains(&essence) => {
                text(body).and_then(|text| json::read(text, collector).map(Self::Rows))
            }
            Some("text/csv") => {
                text(body).and_then(|text| csv::read(text, collector).map(Self::Rows))
            }
            Some(FORM) => text(body).and_then(|text| form::read(text, collector).map(Self::Rows)),
            Some("application/merge-patch+json") if method == Method::Patch => {
                text(body).and_then(|text| json::read_object(text, collector).map(Self::MergePatch))
            }
            Some("application/json-patch+json") if method == Method::Patch => {
                text(body).and_then(|text| patch::read(text, limits).map(Self::JsonPatch))
            }
            Some(_) | None => return Err(not_understood(content_type, expected)),
        };
        payload.map(Some).map_err(|problem| problem.at(Place::Body))
    }
}

/// The body of a `QUERY` as a query string (RFC 10008 §2: it has no meaning without a media type).
pub(crate) fn query_body<'a>(
    content_type: Option<&str>,
    body: &'a [u8],
    limits: &Limits,
) -> Result<&'a str, Error> {
    let Some(field) = content_type else {
        let expected = FORM;
        return Err(Problem::NoMediaType { expected }.at(Place::Field("Content-Type")));
    };
    if essence(field).as_deref() != Some(FORM) {
        return Err(not_understood(content_type, FORM));
    }
    within(
        body.len(),
        limits.query_bytes,
        "bytes of a query",
        Bound::QueryBytes,
    )
    .and_then(|()| text(body))
    .map_err(|problem| problem.at(Place::Body))
}

fn not_understood(content_type: Option<&str>, expected: &'static str) -> Error {
    let found = content_type.unwrap_or_default().trim().to_owned();
    Problem::MediaType { found, expected }.at(Place::Field("Content-Type"))
}

/// The media type of a `Content-Type`, in lower case and without parameters. `None` if it names a character encoding
/// other than UTF-8: taking such a body for UTF-8 would change what it says.
fn essence(field: &str) -> Option<String> {
    let mut parts = field.split(';');
    let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"');
        let is_utf8 = ["utf-8", "utf8", "us-ascii"]
            .into_iter()
            .any(|name| value.eq_ignore_ascii_case(name));
        if name.trim().eq_ignore_ascii_case("charset") && !is_utf8 {
            return None;
        }
    }
    Some(essence)
}

/// The body as text, without a byte-order mark.
fn text(body: &[u8]) -> Result<&str, Problem> {
    match str::from_utf8(body) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let valid = body.get(..error.valid_up_to()).unwrap_or_default();
            let valid = String::from_utf8_lossy(valid);
            Err(malformed("octets that are not UTF-8", &valid, valid.len()))
        }
    }
}

/// Something is wrong at byte `at` of `text`.
fn malformed(reason: impl Into<String>, text: &str, at: usize) -> Problem {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Problem::Malformed {
        reason: reason.into(),
        line: before.matches('\n').count() + 1,
        column,
    }
}

#[cfg(test)]
mod tests;
