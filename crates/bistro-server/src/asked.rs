//! What one exchange asks for: the request, and how its answer should look.

pub(crate) mod receive;
pub(crate) mod profile;
pub(crate) mod condition;
pub(crate) mod idempotency;

use bistro_dialect::{Exchange as Asking, Limits, Request};
use bistro_http::etag::Conditions;
use bistro_http::method::Method;
use bistro_plan::principal::Principal;
use bistro_represent::{Format, Representation};
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName};

use crate::asked::condition::conditions;
use crate::asked::idempotency::Keyed;
use crate::fields;
use crate::problem::Problem;

/// A request whose body is here: one of a connection, or one of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received<'a> {
    /// What is to be done.
    pub(crate) method: Method,
    /// The path, percent-encoded.
    pub(crate) path: &'a str,
    /// The query, percent-encoded, without `?`.
    pub(crate) query: &'a str,
    /// The header fields.
    pub(crate) headers: &'a HeaderMap,
    /// `scheme://authority` that the client used for us.
    pub(crate) origin: &'a str,
    /// Who asks.
    pub(crate) principal: &'a Principal,
    /// All of the body.
    pub(crate) body: &'a [u8],
}

/// A request with everything around it that its answer depends on.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What was asked of the data.
    pub(crate) request: Request,
    /// How rows are to be written.
    pub(crate) representation: Representation,
    /// `If-Match` and `If-None-Match`.
    pub(crate) conditions: Conditions,
    /// `Idempotency-Key`
    pub(crate) keyed: Option<Keyed>,
    /// `scheme://authority` that the client used for us.
    pub(crate) origin: String,
    /// The target as the client wrote it, for pages that link to themselves.
    pub(crate) path: String,
    /// The query as the client wrote it.
    pub(crate) query: String,
    /// Octets of the body.
    pub(crate) body_octets: usize,
}

impl Asked {
    /// parse: what was asked, and how the answer should look.
    ///
    /// # Errors
    /// It cannot be read, or nothing that is accepted can be given.
    pub(crate) fn read(received: &Received<'_>, limits: &Limits) -> Result<Self, Problem> {
        let Received {
            method,
            path,
            query,
            headers,
            origin,
            principal: _,
            body,
        } = *received;
        profile::check(method, headers)?;
        let asking = Asking {
            method,
            path,
            query,
            prefer: fields::lines(headers, PREFER),
            range: fields::one(headers, header::RANGE),
            range_unit: fields::one(headers, RANGE_UNIT),
            content_type: fields::one(headers, header::CONTENT_TYPE),
            body,
        };
        let request = Request::read(&asking, limits)?;
        let keyed = Keyed::read(received)?;
        let accept = fields::lines(headers, header::ACCEPT);
        let chosen = Representation::choose(&accept).ok_or_else(|| not_acceptable(&accept))?;
        let representation = match chosen.format {
            // There is no page of a change.
            Format::Html if !method.is_safe() => Representation {
                format: Format::Json,
                ..chosen
            },
            Format::Html | Format::Json | Format::Csv | Format::Ndjson => chosen,
        };
        Ok(Self {
            request,
            representation,
            conditions: conditions(headers),
            keyed,
            origin: origin.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body_octets: body.len(),
        })
    }
}

pub(crate) const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(crate) const RANGE_UNIT: HeaderName = HeaderName::from_static("range-unit");

fn not_acceptable(accept: &[&str]) -> Problem {
    Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "PGRST107",
        format!(
            "None of these media types are available: {}",
            accept.join(", ")
        ),
    )
    .hint("Bistro offers application/json, text/csv, application/x-ndjson and text/html.")
}
