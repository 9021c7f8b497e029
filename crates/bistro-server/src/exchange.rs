//! One request as the server sees it: checked as HTTP, not yet understood.

use std::net::IpAddr;
use std::sync::Arc;

use bistro_http::method::Method;
use hyper::body::Incoming;
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
    /// The authority that the client used for us.
    pub authority: Arc<str>,
    /// The client's address, as far as it is known.
    pub client: IpAddr,
    /// Whether the client came over TLS.
    pub is_secure: bool,
    /// The body, not yet read.
    pub body: Incoming,
}

impl Exchange {
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
        format!("{scheme}://{}", self.authority)
    }
}
