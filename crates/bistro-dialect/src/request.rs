//! A request: everything that was asked, with no promise that it makes sense.

use bistro_http::method::Method;
use bistro_http::range::ItemRange;

use crate::error::Error;
use crate::limits::Limits;
use crate::payload::Payload;
use crate::preference::Preferences;
use crate::query::Query;
use crate::target::Target;

/// The parts of an HTTP request that the dialect reads, as they came.
#[derive(Clone, Debug, Default)]
pub struct Exchange<'a> {
    /// The method; `Method::Get` by default.
    pub method: Method,
    /// The path, still percent-encoded, starting with `/`.
    pub path: &'a str,
    /// The query string without `?`, still percent-encoded.
    pub query: &'a str,
    /// Every `Prefer` field line.
    pub prefer: Vec<&'a str>,
    /// `Range`
    pub range: Option<&'a str>,
    /// `Range-Unit`
    pub range_unit: Option<&'a str>,
    /// `Content-Type`
    pub content_type: Option<&'a str>,
    /// The whole body.
    pub body: &'a [u8],
}

/// All that was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is to be done.
    pub method: Method,
    /// To which resource.
    pub target: Target,
    /// The parameters: of the URL, and for `QUERY` of the body after them.
    pub query: Query,
    /// `Prefer`
    pub preferences: Preferences,
    /// `Range` with items as its unit; `None` if absent or of another unit.
    pub range: Option<ItemRange>,
    /// The body of a `POST`, `PUT` or `PATCH`; `None` if it was empty.
    pub payload: Option<Payload>,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// Names the part (parameter, field, body), the byte in it, and what was expected there.
    pub fn read(_exchange: &Exchange<'_>, _limits: &Limits) -> Result<Self, Error> {
        unreachable!("skeleton")
    }
}
