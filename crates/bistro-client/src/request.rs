//! A request as it was asked for, before anything is added to it for the way.

use http::{HeaderMap, Method};
use url::Url;

use crate::body::Body;

/// What is asked, of whom.
#[derive(Debug)]
pub struct Request {
    /// The method, in the case in which it was typed.
    pub method: Method,
    /// Where to, without a fragment: `http` or `https`, with a host.
    pub url: Url,
    /// The fields that were asked for or follow from the body; `Host`, `Content-Length` and `Cookie` are added on the way.
    pub fields: HeaderMap,
    /// Names of fields that are not to be sent, though they would be added (`User-Agent:` in HTTPie's items).
    pub without: Vec<http::HeaderName>,
    /// The content; `None` is none, which for `POST` is another thing than an empty one only in its `Content-Type`.
    pub body: Option<Body>,
}
