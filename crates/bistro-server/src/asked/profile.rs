//! Schemas by profile, as PostgREST's clients name them: a SQLite file has one.

use bistro_http::method::Method;
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName};

use crate::fields;
use crate::problem::Problem;

pub(crate) const ACCEPT_PROFILE: HeaderName = HeaderName::from_static("accept-profile");
const CONTENT_PROFILE: HeaderName = HeaderName::from_static("content-profile");

/// What the schema may be called: as SQLite calls it, and as clients of PostgreSQL do without being told.
const NAMES: [&str; 2] = ["main", "public"];

/// Checks that a request means the schema there is.
///
/// # Errors
/// It names another (PGRST106).
pub(crate) fn check(method: Method, headers: &HeaderMap) -> Result<(), Problem> {
    let field = match method {
        Method::Post | Method::Put | Method::Patch | Method::Delete => CONTENT_PROFILE,
        Method::Get
        | Method::Head
        | Method::Query
        | Method::Options
        | Method::Trace
        | Method::Connect => ACCEPT_PROFILE,
    };
    match fields::one(headers, field) {
        Some(name) if !NAMES.contains(&name) => Err(Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            "PGRST106",
            format!("Invalid schema: {name}"),
        )
        .hint(format!(
            "Only the following schemas are exposed: {}",
            NAMES.join(", ")
        ))),
        _ => Ok(()),
    }
}
