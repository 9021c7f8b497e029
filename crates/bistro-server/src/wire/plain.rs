//! Requests in their plainest form: `GET` or `HEAD` in HTTP/1.1, all of a head, no body, and nothing that changes what comes after.
//!
//! Nearly all of what a busy server is asked looks like this, and can be read without hyper. Here nothing is refused: whatever is
//! unusual in the least is left for hyper to read, from its first octet on.

use std::sync::Arc;

use bistro_http::method::Method;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// The most fields that one of them has.
const FIELDS_MAX: usize = 64;

/// How many clients' fields are remembered.
const REMEMBERED: usize = 16;

/// The longest fields that are remembered, in octets.
const REMEMBERED_BYTES_MAX: usize = 2 * 1024;

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
    pub(crate) headers: Arc<HeaderMap>,
    /// How many octets it has in all.
    pub(crate) octets: usize,
}

impl<'a> Plain<'a> {
    /// Reads the request at the beginning of what a connection has sent; `None` if it is no such one, or not all of it is here.
    pub(crate) fn read(octets: &'a [u8], clients: &mut Clients) -> Option<Self> {
        let (method, rest) = match octets {
            [b'G', b'E', b'T', b' ', rest @ ..] => (Method::Get, rest),
            [b'H', b'E', b'A', b'D', b' ', rest @ ..] => (Method::Head, rest),
            _ => return None,
        };
        let end = rest.iter().position(|octet| !is_of_target(*octet))?;
        let (target, rest) = rest.split_at(end);
        let rest = rest.strip_prefix(b" HTTP/1.1\r\n")?;
        // In origin form (RFC 9112 §3.2.1).
        if !target.starts_with(b"/") {
            return None;
        }
        let target = str::from_utf8(target).ok()?;
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let (headers, of_fields) = clients.fields(rest)?;
        Some(Self {
            method,
            path,
            query,
            headers,
            octets: octets.len() - rest.len() + of_fields,
        })
    }

    /// How many octets its target has.
    pub(crate) fn target_octets(&self) -> usize {
        self.path.len() + self.query.map_or(0, |query| query.len() + 1)
    }
}

/// The fields that clients have sent lately, as octets and as what they mean: a client says the same with each request, and so do all
/// clients of a kind.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    /// Those that were sent last come first.
    known: Vec<(Box<[u8]>, Arc<HeaderMap>)>,
}

impl Clients {
    /// The fields that octets begin with, and how many octets they have with the empty line at their end; `None` if that is not here,
    /// or any of them is not plain.
    fn fields(&mut self, octets: &[u8]) -> Option<(Arc<HeaderMap>, usize)> {
        // The empty line at the end of what is known is the first one in it: nothing more could belong to it.
        let place = self
            .known
            .iter()
            .position(|(known, _)| octets.starts_with(known));
        if let Some(place) = place {
            self.known.get_mut(..=place)?.rotate_right(1);
            let (known, headers) = self.known.first()?;
            return Some((Arc::clone(headers), known.len()));
        }
        let mut lines = [httparse::EMPTY_HEADER; FIELDS_MAX];
        let parsed = httparse::parse_headers(octets, &mut lines).ok()?;
        let httparse::Status::Complete((length, lines)) = parsed else {
            return None;
        };
        let headers = Arc::new(headers(lines)?);
        if length <= REMEMBERED_BYTES_MAX {
            let octets = octets.get(..length)?;
            self.known.truncate(REMEMBERED - 1);
            self.known.insert(0, (octets.into(), Arc::clone(&headers)));
        }
        Some((headers, length))
    }
}

fn headers(lines: &[httparse::Header<'_>]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::try_with_capacity(lines.len()).ok()?;
    for line in lines {
        if !is_plain_field(line.name, line.value) {
            return None;
        }
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(line.value).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}

/// Whether an octet may stand in a path or a query (RFC 3986 §3.3, §3.4).
fn is_of_target(octet: u8) -> bool {
    IS_OF_TARGET.get(usize::from(octet)) == Some(&true)
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
