//! One request as the server sees it: checked as HTTP, not yet understood.

use std::net::IpAddr;
use std::sync::Arc;

use bistro_http::authority::Authority;
use bistro_http::method::Method;
use hyper::body::{Body as _, Incoming};
use hyper::header;
use hyper::{HeaderMap, Uri, Version};

/// A request whose form is right: a known method, one valid Host that is ours, an origin-form path within bounds.
#[derive(Debug)]
pub struct Exchange {
    /// What is to be done.
    pub method: Method,
    /// The target, as hyper has it.
    pub uri: Uri,
    /// The query, where it has octets that hyper does not take.
    pub tolerated: Option<Arc<str>>,
    /// The header fields.
    pub headers: HeaderMap,
    /// The protocol version.
    pub version: Version,
    /// The name that the client used for us.
    pub name: Name,
    /// The client's address, as far as it is known.
    pub client: IpAddr,
    /// Whether the client came over TLS.
    pub is_secure: bool,
    /// When it came, in seconds since 1970.
    pub came: i64,
    /// The body, not yet read.
    pub body: Incoming,
}

/// The authority that a client used for this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    text: Arc<str>,
    is_loopback: bool,
}

impl Name {
    /// The name that a valid authority is.
    pub(crate) fn new(authority: &Authority) -> Self {
        Self {
            text: authority.to_string().into(),
            is_loopback: authority.is_loopback(),
        }
    }

    /// It, as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names the machine that the client itself is on.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

/// What is known of a request before its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    /// What is to be done.
    pub(crate) method: Method,
    /// The path, percent-encoded, starting with `/`.
    pub(crate) path: &'a str,
    /// The query without `?`, percent-encoded; `None` if there is no `?`.
    pub(crate) query: Option<&'a str>,
    /// The header fields.
    pub(crate) headers: &'a HeaderMap,
    /// The name that the client used for us.
    pub(crate) name: &'a Name,
    /// Whether the client came over TLS.
    pub(crate) is_secure: bool,
    /// When it came, in seconds since 1970.
    pub(crate) came: i64,
    /// Whether a body follows.
    pub(crate) has_body: bool,
}

impl Exchange {
    /// What is known of it before its body.
    pub(crate) fn head(&self) -> Head<'_> {
        Head {
            method: self.method,
            path: self.path(),
            query: self.query(),
            headers: &self.headers,
            name: &self.name,
            is_secure: self.is_secure,
            came: self.came,
            has_body: !self.body.is_end_stream(),
        }
    }

    /// The path, percent-encoded, starting with `/`.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The query without `?`, percent-encoded; `None` if there is no `?`.
    pub fn query(&self) -> Option<&str> {
        self.tolerated.as_deref().or_else(|| self.uri.query())
    }

    /// Asks for what is there, though the client may have it: a 304 must set no cookie, and who asks for nothing else would lose
    /// his session in the midst of using it.
    pub(crate) fn ask_for_all(&mut self) {
        if self.method.is_safe() {
            self.headers.remove(header::IF_NONE_MATCH);
            self.headers.remove(header::IF_MODIFIED_SINCE);
        }
    }

    /// `scheme://authority` that the client used for us.
    pub fn origin(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}", self.name.as_str())
    }
}
