//! `Preference-Applied`: which preferences were honored (RFC 7240 §3).

use bistro_dialect::preference::{Handling, Preferences};
use bistro_dialect::{Request, Target};
use bistro_http::method::Method;
use hyper::header::{HeaderMap, HeaderName};

use crate::fields;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Says which of these preferences a request of this method, for this target, honored.
pub(crate) fn applied(request: &Request, preferences: &Preferences, headers: &mut HeaderMap) {
    if let Some(applied) = preferences.applied(&honored(request, preferences)) {
        headers.insert(PREFERENCE_APPLIED, fields::value(&applied));
    }
}

/// The names of the preferences that mean something to a request. `max-affected` only counts under `handling=strict`
/// (`PostgREST`, "Preferences").
fn honored(request: &Request, preferences: &Preferences) -> Vec<&'static str> {
    let is_call = matches!(request.target, Target::Function { .. });
    let mut names = match request.method {
        Method::Get | Method::Head | Method::Query => vec!["handling", "count"],
        Method::Post if is_call => vec!["handling", "return", "count", "tx"],
        Method::Post => vec!["handling", "resolution", "missing", "return", "count", "tx"],
        Method::Put => vec!["handling", "return", "count", "tx"],
        Method::Patch => vec!["handling", "missing", "return", "count", "tx"],
        Method::Delete => vec!["handling", "return", "count", "tx"],
        Method::Options | Method::Trace | Method::Connect => Vec::new(),
    };
    let is_bounded = match request.method {
        Method::Patch | Method::Delete => true,
        Method::Post => is_call,
        Method::Get
        | Method::Head
        | Method::Query
        | Method::Put
        | Method::Options
        | Method::Trace
        | Method::Connect => false,
    };
    if is_bounded && preferences.handling == Some(Handling::Strict) {
        names.push("max-affected");
    }
    names
}
