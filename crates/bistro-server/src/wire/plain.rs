//! Requests in their plainest form: `GET` or `HEAD` in HTTP/1.1, all of a head, no body, and nothing that changes what comes after.
//!
//! Nearly all of what a busy server is asked looks like this, and can be read without hyper. Here nothing is refused: whatever is
//! unusual in the least is left for hyper to read, from its first octet on.

use std::mem::MaybeUninit;

use bistro_http::method::Method;
use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// The most fields that one of them has.
const FIELDS_MAX: usize = 64;

/// One of them.
#[derive(Debug)]
pub(crate) struct Plain<'a> {
    /// `GET` or `HEAD`
    pub(crate) method: Method,
    /// The path, percent-encoded, starting with `/`.
    pub(crate) path: &'a str,
    /// The query without `?`, percent-encoded; `None` if there is no `?`.
    pub(crate) query: Option<&'a str>,
    /// The header fields.
    pub(crate) headers: HeaderMap,
    /// How many octets it has in all.
    pub(crate) octets: usize,
}

impl<'a> Plain<'a> {
    /// Reads the request at the beginning of what a connection has sent; `None` if it is no such one, or not all of it is here.
    pub(crate) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut lines = [const { MaybeUninit::uninit() }; FIELDS_MAX];
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(octets, &mut lines);
        let httparse::Status::Complete(length) = parsed.ok()? else {
            return None;
        };
        let method = match request.method? {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            _ => return None,
        };
        let target = request.path?;
        if request.version != Some(1) || !is_plain_target(target) {
            return None;
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        Some(Self {
            method,
            path,
            query,
            headers: fields(octets.get(..length)?, request.headers)?,
            octets: length,
        })
    }

    /// How many octets its target has.
    pub(crate) fn target_octets(&self) -> usize {
        self.path.len() + self.query.map_or(0, |query| query.len() + 1)
    }
}

/// The fields, whose values all stand in one copy of the head.
fn fields(head: &[u8], lines: &[httparse::Header<'_>]) -> Option<HeaderMap> {
    let copy = Bytes::copy_from_slice(head);
    let mut headers = HeaderMap::try_with_capacity(lines.len()).ok()?;
    for line in lines {
        if !is_plain_field(line.name, line.value) {
            return None;
        }
        let start = line
            .value
            .as_ptr()
            .addr()
            .checked_sub(head.as_ptr().addr())?;
        let end = start + line.value.len();
        if end > copy.len() {
            return None;
        }
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        let value = HeaderValue::from_maybe_shared(copy.slice(start..end)).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}

/// Whether it is in origin form (RFC 9112 §3.2.1), and every octet of it may stand there (RFC 3986 §3.3, §3.4).
fn is_plain_target(target: &str) -> bool {
    target.starts_with('/')
        && target
            .bytes()
            .all(|octet| IS_OF_TARGET.get(usize::from(octet)) == Some(&true))
}

const IS_OF_TARGET: [bool; 256] = {
    let mut table = [false; 256];
    let octets =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/?";
    let mut at = 0;
    while at < octets.len() {
        table[octets[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether a field says nothing of how the message is framed, what comes before its answer, or what comes after it.
fn is_plain_field(name: &str, value: &[u8]) -> bool {
    let is_one_of = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
    // Lengths first: nearly every field is told apart by them alone.
    match name.len() {
        6 => !is_one_of(&["expect"]),
        7 => !is_one_of(&["upgrade", "trailer"]),
        10 => !is_one_of(&["connection"]) || value.eq_ignore_ascii_case(b"keep-alive"),
        14 => !is_one_of(&["content-length", "http2-settings"]),
        17 => !is_one_of(&["transfer-encoding"]),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
