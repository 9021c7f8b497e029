//! A request: everything that was asked, with no promise that it makes sense.

use bistro_http::method::Method;
use bistro_http::range::{ItemRange, RangeError};

use crate::error::{Error, Place, Problem};
use crate::limits::Limits;
use crate::payload::{self, Payload};
use crate::preference::{Handling, Preferences};
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
    pub fn read(exchange: &Exchange<'_>, limits: &Limits) -> Result<Self, Error> {
        let target = Target::read(exchange.path)?;
        let mut queries = vec![exchange.query];
        if exchange.method == Method::Query {
            let body = payload::query_body(exchange.content_type, exchange.body, limits)?;
            queries.push(body);
        }
        let query = Query::read_for(&target, &queries, limits)?;
        let preferences = Preferences::read(&exchange.prefer);
        if preferences.handling == Some(Handling::Strict) && !preferences.invalid.is_empty() {
            let problem = Problem::Preferences(preferences.invalid);
            return Err(problem.at(Place::Field("Prefer")));
        }
        let payload = if has_payload(exchange.method) {
            Payload::read(
                exchange.method,
                exchange.content_type,
                exchange.body,
                query.columns.as_deref(),
                limits,
            )?
        } else {
            None
        };
        Ok(Self {
            method: exchange.method,
            range: read_range(exchange)?,
            target,
            query,
            preferences,
            payload,
        })
    }
}

fn has_payload(method: Method) -> bool {
    match method {
        Method::Post | Method::Put | Method::Patch => true,
        Method::Get
        | Method::Head
        | Method::Query
        | Method::Delete
        | Method::Options
        | Method::Trace
        | Method::Connect => false,
    }
}

/// `Range` means something where rows are read, and only there (RFC 9110 §14.2).
fn read_range(exchange: &Exchange<'_>) -> Result<Option<ItemRange>, Error> {
    let range = match exchange.method {
        Method::Get | Method::Head | Method::Query => exchange.range,
        Method::Post
        | Method::Put
        | Method::Patch
        | Method::Delete
        | Method::Options
        | Method::Trace
        | Method::Connect => None,
    };
    let Some(range) = range else {
        return Ok(None);
    };
    ItemRange::read(range, exchange.range_unit).map_err(|error| match error {
        RangeError::Empty { .. } => Problem::EmptyRange.at(Place::Field("Range")),
    })
}

#[cfg(test)]
mod tests;
