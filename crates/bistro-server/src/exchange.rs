//! One request as the server sees it: checked as HTTP, not yet understood.

use std::sync::Arc;

use bistro_http::method::Method;
use hyper::body::Incoming;
use hyper::{HeaderMap, Version};

/// A request whose form is right: a known method, one valid Host that is ours, an origin-form path within bounds.
#[derive(Debug)]
pub struct Exchange {
    /// What is to be done.
    pub method: Method,
    /// The path, percent-encoded, starting with `/`.
    pub path: String,
    /// The query without `?`, percent-encoded; `None` if there is no `?`.
    pub query: Option<String>,
    /// The header fields.
    pub headers: HeaderMap,
    /// The protocol version.
    pub version: Version,
    /// The authority that the client used for us.
    pub authority: Arc<str>,
    /// The body, not yet read.
    pub body: Incoming,
}

impl Exchange {
    /// `scheme://authority` that the client used for us.
    pub fn origin(&self) -> String {
        format!("http://{}", self.authority)
    }
}
