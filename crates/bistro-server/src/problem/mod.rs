//! Failures as responses: the one place that knows which status and code a failure has.
//!
//! A client sees `PostgREST`'s four members, or problem details (RFC 9457) if it prefers them, or a page. What only an
//! operator may see (paths, SQL, the system's words) goes to the log.

mod dialect;
mod plan;
mod database;
mod session;
pub(crate) mod refusal;
pub(crate) mod failure;

use bistro_http::allow;
use bistro_http::method::Method;
use bistro_http::problem::{MEDIA_TYPE, ProblemDetails};
use bistro_represent::{Format, Representation, page};
use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::json;

use crate::body::Body;
use crate::fields;

/// The code once more, as PostgREST says it: clients look for it where there is no body (RFC 9209).
pub(crate) const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");

/// A failure, as its client will see it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    /// The response's status.
    pub(crate) status: StatusCode,
    /// `PGRST…`, an SQLSTATE, or `BISTRO…`; every one is in `docs/errors.md`.
    pub(crate) code: &'static str,
    /// The rest, out of the way of the results that have no problem.
    words: Box<Words>,
}

/// What a problem says.
#[derive(Clone, Debug, Default, PartialEq)]
struct Words {
    /// What is wrong.
    message: String,
    /// More about it.
    details: Option<String>,
    /// The same for programs, where they read more than a text.
    facts: Option<serde_json::Value>,
    /// What to do.
    hint: Option<String>,
    /// Fields that belong to the status: `Allow`, `Retry-After`, `Content-Range`, ….
    fields: Vec<(HeaderName, HeaderValue)>,
    /// What the operator should read in the log; `None` for what only concerns the client.
    report: Option<Report>,
}

/// A line for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// What the client is not told.
    pub(crate) text: String,
    /// Whether it is about the database file, which is to be named then.
    pub(crate) is_of_file: bool,
}

impl Report {
    /// One about no file.
    pub(crate) fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            is_of_file: false,
        }
    }
}

impl Problem {
    /// A problem with its message only.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            words: Box::new(Words {
                message: message.into(),
                ..Words::default()
            }),
        }
    }

    /// Bistro contradicts itself: a bug, told to the log.
    pub(crate) fn internal(report: impl Into<String>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "BISTRO500",
            "Bistro made a mistake; its log says more",
        )
        .report(report)
    }

    /// A row that is addressed by its key and is not there.
    pub(crate) fn no_such_row() -> Self {
        Self::new(StatusCode::NOT_FOUND, "BISTRO404", "There is no such row")
            .details("No row with this key exists, or it is not open to you.")
    }

    /// More rows were touched than `max-affected` allows.
    pub(crate) fn too_many_affected(affected: u64) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "PGRST124",
            "Query result exceeds max-affected preference constraint",
        )
        .details(format!("The query affects {affected} rows"))
    }

    /// A method that a resource does not have for this caller.
    pub(crate) fn not_allowed(method: Method, methods: &[Method]) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "PGRST117",
            format!("Unsupported HTTP method: {method}"),
        )
        .details(format!("This resource has {}.", allow::allow(methods)))
        .allowing(methods)
    }

    /// With more about it.
    #[must_use]
    pub(crate) fn details(mut self, details: impl Into<String>) -> Self {
        self.words.details = Some(details.into());
        self
    }

    /// With facts for programs in the place of the details.
    #[must_use]
    pub(crate) fn facts(mut self, facts: serde_json::Value) -> Self {
        self.words.facts = Some(facts);
        self
    }

    /// With what to do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.words.hint = Some(hint.into());
        self
    }

    /// With a field that belongs to the status.
    #[must_use]
    pub(crate) fn field(mut self, name: HeaderName, value: &str) -> Self {
        self.words.fields.push((name, fields::value(value)));
        self
    }

    /// With `Allow`, where the status demands it (RFC 9110 §15.5.6) and nothing said it yet.
    #[must_use]
    pub(crate) fn allowing(self, methods: &[Method]) -> Self {
        let fields = &self.words.fields;
        let says_allow = fields.iter().any(|(name, _)| *name == header::ALLOW);
        if self.status != StatusCode::METHOD_NOT_ALLOWED || says_allow {
            return self;
        }
        self.field(header::ALLOW, &allow::allow(methods))
    }

    /// With a line for the log.
    #[must_use]
    pub(crate) fn report(mut self, text: impl Into<String>) -> Self {
        self.words.report = Some(Report {
            text: text.into(),
            is_of_file: false,
        });
        self
    }

    /// With a line for the log that says it of the database file.
    #[must_use]
    pub(crate) fn report_of_file(mut self, text: impl Into<String>) -> Self {
        self.words.report = Some(Report {
            text: text.into(),
            is_of_file: true,
        });
        self
    }

    /// What the operator should read in the log.
    pub(crate) fn for_log(&self) -> Option<&Report> {
        self.words.report.as_ref()
    }

    /// What is wrong.
    pub(crate) fn message(&self) -> &str {
        &self.words.message
    }

    /// What to do.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.words.hint.as_deref()
    }

    /// The response, in the form the client prefers.
    pub(crate) fn respond(&self, accept: &HeaderMap) -> Response<Body> {
        let (content_type, body) = self.represent(accept);
        self.respond_with(content_type, body)
    }

    /// The response with a body that says what is wrong.
    pub(crate) fn respond_with(&self, content_type: &'static str, body: Vec<u8>) -> Response<Body> {
        let mut response = Response::new(Body::Whole(Bytes::from(body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("Accept"));
        headers.insert(
            PROXY_STATUS,
            fields::value(&format!("PostgREST; error={}", self.code)),
        );
        for (name, value) in &self.words.fields {
            headers.append(name, value.clone());
        }
        response
    }

    fn represent(&self, accept: &HeaderMap) -> (&'static str, Vec<u8>) {
        let lines = fields::lines(accept, header::ACCEPT);
        if prefers_problem_details(&lines) {
            return (MEDIA_TYPE, self.problem_details().into_bytes());
        }
        let wants_page = Representation::choose(&lines)
            .is_some_and(|representation| representation.format == Format::Html);
        if wants_page {
            let page = page::error(
                self.status.as_u16(),
                &self.words.message,
                self.words.details.as_deref(),
                self.words.hint.as_deref(),
            );
            return ("text/html; charset=utf-8", page);
        }
        let body = json!({
            "code": self.code,
            "details": self.words.facts.clone().or(self.words.details.clone().map(Into::into)),
            "hint": self.words.hint,
            "message": self.words.message,
        });
        (
            "application/json; charset=utf-8",
            body.to_string().into_bytes(),
        )
    }

    fn problem_details(&self) -> String {
        let mut extensions = vec![("code".to_owned(), json!(self.code).to_string())];
        if let Some(hint) = &self.words.hint {
            extensions.push(("hint".to_owned(), json!(hint).to_string()));
        }
        ProblemDetails {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: Some(match &self.words.details {
                Some(details) => format!("{}: {details}", self.words.message),
                None => self.words.message.clone(),
            }),
            instance: None,
            extensions,
        }
        .write()
    }
}

/// Whether `Accept` names `application/problem+json` (RFC 9457 §3): whoever names it gets it for failures.
fn prefers_problem_details(accept: &[&str]) -> bool {
    accept.iter().any(|line| {
        line.split(',').any(|range| {
            range
                .split(';')
                .next()
                .is_some_and(|name| name.trim().eq_ignore_ascii_case(MEDIA_TYPE))
        })
    })
}
