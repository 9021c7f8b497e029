//! `Preference-Applied`: which preferences were honored (RFC 7240 §3).

use bistro_dialect::preference::{Handling, Preferences};
use bistro_http::method::Method;
use hyper::header::{HeaderMap, HeaderName};

use crate::fields;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Says which preferences this method honored.
pub(crate) fn applied(preferences: &Preferences, method: Method, headers: &mut HeaderMap) {
    if let Some(applied) = preferences.applied(&honored(preferences, method)) {
        headers.insert(PREFERENCE_APPLIED, fields::value(&applied));
    }
}

/// The names of the preferences that mean something to a method. `max-affected` only counts under `handling=strict`
/// (`PostgREST`, "Preferences").
fn honored(preferences: &Preferences, method: Method) -> Vec<&'static str> {
    let mut names = match method {
        Method::Get | Method::Head | Method::Query => vec!["handling", "count"],
        Method::Post => vec!["handling", "resolution", "missing", "return", "count", "tx"],
        Method::Put => vec!["handling", "return", "count", "tx"],
        Method::Patch => vec!["handling", "missing", "return", "count", "tx"],
        Method::Delete => vec!["handling", "return", "count", "tx"],
        Method::Options | Method::Trace | Method::Connect => Vec::new(),
    };
    let is_bounded = matches!(method, Method::Patch | Method::Delete);
    if is_bounded && preferences.handling == Some(Handling::Strict) {
        names.push("max-affected");
    }
    names
}
