//! `TRACE`: the request as it arrived, without what is secret (RFC 9110 §9.3.8).

use bistro_http::method::Method;
use bytes::Bytes;
use hyper::Response;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::body::Body;
use crate::problem::refusal::Refusal;

/// Octets of the echo, at most.
const ECHO_BYTES: usize = 8 * 1024;

/// Fields that are reflected. A list of what may be shown, not of what may not: a field nobody thought of is a secret.
const SHOWN: [&str; 5] = ["host", "via", "max-forwards", "user-agent", "connection"];

/// Beginnings of names that are reflected, too.
const SHOWN_FAMILIES: [&str; 3] = ["accept", "content-", "x-probe-"];

/// Words in the name of a query parameter whose value is not shown.
const SECRET_WORDS: [&str; 9] = [
    "token", "secret", "pass", "key", "sig", "auth", "code", "session", "cursor",
];

/// Answers `TRACE`.
///
/// # Errors
/// The request has content, or comes from a page: browsers do not let pages send it.
pub(crate) fn respond(
    path: &str,
    query: Option<&str>,
    authority: &str,
    headers: &HeaderMap,
    has_content: bool,
) -> Result<Response<Body>, Refusal> {
    if has_content {
        return Err(Refusal::TraceContent);
    }
    refuse_pages(Method::Trace, headers)?;
    let mut response = Response::new(Body::Whole(Bytes::from(echo(
        path, query, authority, headers,
    ))));
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("message/http"),
    );
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    Ok(response)
}

/// Refuses a method to whatever a browser sends on a page's behalf.
///
/// # Errors
/// There is an `Origin` or a field of Fetch Metadata.
pub(crate) fn refuse_pages(method: Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let is_from_page = headers
        .keys()
        .any(|name| *name == header::ORIGIN || name.as_str().starts_with("sec-fetch-"));
    if is_from_page {
        Err(Refusal::FromPage(method))
    } else {
        Ok(())
    }
}

fn echo(path: &str, query: Option<&str>, authority: &str, headers: &HeaderMap) -> Vec<u8> {
    let mut echo = Vec::with_capacity(512);
    echo.extend_from_slice(b"TRACE ");
    echo.extend_from_slice(path.as_bytes());
    if let Some(query) = query {
        echo.push(b'?');
        echo.extend_from_slice(without_secrets(query).as_bytes());
    }
    echo.truncate(ECHO_BYTES / 2);
    echo.extend_from_slice(b" HTTP/1.1\r\n");
    if !headers.contains_key(header::HOST) {
        // HTTP/2 has `:authority` instead; written as HTTP/1.1 it is Host.
        push_field(&mut echo, &header::HOST, authority.as_bytes());
    }
    for (name, value) in headers {
        if is_shown(name) {
            push_field(&mut echo, name, value.as_bytes());
        }
    }
    echo.extend_from_slice(b"\r\n");
    echo
}

/// Adds a field if it fits; what does not fit is left out whole.
fn push_field(echo: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    if echo.len() + name.as_str().len() + value.len() + 6 > ECHO_BYTES {
        return;
    }
    echo.extend_from_slice(name.as_str().as_bytes());
    echo.extend_from_slice(b": ");
    echo.extend_from_slice(value);
    echo.extend_from_slice(b"\r\n");
}

fn is_shown(name: &HeaderName) -> bool {
    let name = name.as_str();
    SHOWN.contains(&name) || SHOWN_FAMILIES.iter().any(|family| name.starts_with(family))
}

fn without_secrets(query: &str) -> String {
    let parameters: Vec<_> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}=-"),
            _ => parameter.to_owned(),
        })
        .collect();
    parameters.join("&")
}

/// A name with an escape may spell anything.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains('%') || SECRET_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests;
