//! Which pages of other origins may read answers (Fetch Standard, CORS protocol).

use bistro_http::allow;
use bistro_http::method::Method;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};

use crate::body::Body;
use crate::fields;

/// Fields of a response that a page may read besides the few it always may.
const EXPOSED: &str = "Accept-Patch, Accept-Post, Accept-Query, Accept-Ranges, Allow, Content-Location, \
Content-Profile, Content-Range, ETag, Link, Location, Preference-Applied, Proxy-Status, Range-Unit, Retry-After, \
Server-Timing";

/// Fields that a page may send, where it does not ask for others.
const TAKEN: &str = "Accept, Accept-Profile, Authorization, Content-Profile, Content-Type, If-Match, \
If-None-Match, Prefer, Range, Range-Unit, X-Client-Info, apikey";

/// What somebody may do to some resource.
pub(crate) const ANY_METHOD: [Method; 8] = [
    Method::Get,
    Method::Head,
    Method::Query,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
    Method::Options,
];

/// How long a browser may remember the answer to a preflight, in seconds.
const MAX_AGE: &str = "600";

/// What an answer to a preflight depends on.
const PREFLIGHT_VARY: &str =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// The origin of a request if its pages may read answers.
pub(crate) fn listed<'a>(headers: &'a HeaderMap, origins: &[String]) -> Option<&'a HeaderValue> {
    if origins.is_empty() {
        return None;
    }
    let mut lines = headers.get_all(header::ORIGIN).iter();
    let origin = lines.next()?;
    let is_listed = lines.next().is_none()
        && origins
            .iter()
            .any(|listed| listed.as_bytes() == origin.as_bytes());
    is_listed.then_some(origin)
}

/// Whether a request is a preflight: the question of a browser whether a page may send another request.
pub(crate) fn is_preflight(method: Method, headers: &HeaderMap) -> bool {
    method == Method::Options
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Answers a preflight: with what is true if the origin is listed, and with nothing if it is not.
pub(crate) fn preflight(
    headers: &HeaderMap,
    origins: &[String],
    methods: &[Method],
) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    let answer = response.headers_mut();
    answer.insert(header::VARY, HeaderValue::from_static(PREFLIGHT_VARY));
    answer.insert(header::ALLOW, fields::value(&allow::allow(methods)));
    if listed(headers, origins).is_some() {
        let asked = headers
            .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
            .cloned()
            .unwrap_or(HeaderValue::from_static(TAKEN));
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        answer.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            fields::value(&allow::allow(methods)),
        );
        answer.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static(MAX_AGE),
        );
    }
    response
}

/// Adds what lets a listed origin's page read a response. Where any origin is listed, every response says that it may
/// differ by origin: also one to a request without `Origin`, which a cache may keep.
pub(crate) fn permit(response: &mut HeaderMap, origin: Option<&HeaderValue>) {
    add_vary_origin(response);
    if let Some(origin) = origin {
        response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        // With the cookie of its user. Browsers do not take this with `*`, which is never said here.
        response.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
        response.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED),
        );
    }
}

fn add_vary_origin(response: &mut HeaderMap) {
    let has_it = fields::lines(response, header::VARY)
        .iter()
        .flat_map(|line| line.split(','))
        .any(|name| matches!(name.trim(), "*") || name.trim().eq_ignore_ascii_case("origin"));
    if !has_it {
        response.append(header::VARY, HeaderValue::from_static("Origin"));
    }
}

#[cfg(test)]
mod tests;
