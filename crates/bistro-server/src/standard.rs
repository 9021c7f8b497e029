//! What every response carries, whatever it answers.

pub(crate) mod cors;

use bistro_http::method::Method;
use hyper::body::Body as _;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::body::Body;

/// A page of ours runs no script, loads nothing from elsewhere, and stands in nobody's frame.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
base-uri 'none'; frame-ancestors 'none'";

/// For two years a browser comes over TLS without being told again (RFC 6797): nobody on the way can talk it out of that.
const TRANSPORT_SECURITY: &str = "max-age=63072000";

pub(crate) const RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// What the fields of a response depend on besides the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    /// The origin of the page that asks, if it is a listed one.
    pub(crate) origin: Option<&'a HeaderValue>,
    /// Whether any origin is listed.
    pub(crate) lists_origins: bool,
    /// Whether the client came over TLS, to a proxy that is trusted.
    pub(crate) is_secure: bool,
    /// Whether the method is `TRACE`, whose echo no page may ever read.
    pub(crate) is_trace: bool,
}

/// Marks a response that is not ours but the operator's: its pages run their own scripts and load what they like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AsItIs;

/// The fields that [`complete`] adds where no origin is listed and the client did not come over TLS, for heads that are made
/// beforehand.
pub(crate) fn fields(is_page: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    if is_page {
        add_page_policies(&mut headers);
    }
    headers
}

fn add_page_policies(headers: &mut HeaderMap) {
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
}

/// Adds the fields.
pub(crate) fn complete(response: &mut Response<Body>, asker: Asker<'_>) {
    let is_ours = response.extensions().get::<AsItIs>().is_none();
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let may_be_read = asker.origin.is_some() && !asker.is_trace;
    headers.insert(
        RESOURCE_POLICY,
        HeaderValue::from_static(if may_be_read {
            "cross-origin"
        } else {
            "same-origin"
        }),
    );
    if asker.is_secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(TRANSPORT_SECURITY),
        );
    }
    if asker.lists_origins && !asker.is_trace {
        cors::permit(headers, asker.origin);
    }
    if is_ours && is_page(headers) {
        add_page_policies(headers);
    }
}

/// Makes a response to `GET` one to `HEAD`: its fields, the length among them, and no body. hyper does so in HTTP/1; in
/// HTTP/2 it would send the body.
pub(crate) fn drop_body(method: Option<Method>, response: &mut Response<Body>) {
    if method != Some(Method::Head) {
        return;
    }
    let length = response.body().size_hint().exact();
    *response.body_mut() = Body::Empty;
    // These two never have a length of nothing (RFC 9110 §8.6).
    let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&response.status());
    if let Some(length) = length.filter(|&length| length > 0 || !has_none) {
        response
            .headers_mut()
            .entry(header::CONTENT_LENGTH)
            .or_insert(HeaderValue::from(length));
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

#[cfg(test)]
mod tests;
