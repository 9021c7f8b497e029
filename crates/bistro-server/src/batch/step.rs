//! The requests of a batch, as its body lists them.

use std::collections::BTreeMap;

use bistro_dialect::Target;
use bistro_http::method::Method;
use bistro_plan::rule::Policy;
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::accounts::visit;
use crate::problem::Problem;

/// The fields that mean something to one request of a batch.
const FIELDS: [&str; 9] = [
    "accept",
    "accept-profile",
    "content-profile",
    "content-type",
    "if-match",
    "if-none-match",
    "prefer",
    "range",
    "range-unit",
];

/// One request of a batch, before what it takes from earlier answers is known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// What is to be done.
    method: String,
    /// Path and query, percent-encoded.
    pub(super) path: String,
    /// Header fields.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// JSON as it was sent; a text that is no JSON is a string of it.
    #[serde(default)]
    pub(super) body: Option<Box<RawValue>>,
}

impl Step {
    /// Reads the body of a batch.
    ///
    /// # Errors
    /// It is no list of requests, is empty, or has more than `most`.
    pub(super) fn read_all(body: &[u8], most: usize) -> Result<Vec<Self>, Problem> {
        let steps: Vec<Self> = serde_json::from_slice(body).map_err(|error| {
            malformed(format!("The body is not a list of requests: {error}")).hint(
                "It is `[{\"method\": \"POST\", \"path\": \"/songs\", \"headers\": {…}, \"body\": …}, …]`; \
                 `headers` and `body` can be left out.",
            )
        })?;
        if steps.is_empty() {
            return Err(malformed("A batch has one request at least"));
        }
        if steps.len() > most {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "BISTRO413",
                format!(
                    "{} requests in one batch: at most {most} allowed (`[limits] requests`)",
                    steps.len()
                ),
            ));
        }
        Ok(steps)
    }

    /// The method.
    ///
    /// # Errors
    /// It is none that reads or writes rows.
    pub(super) fn method(&self) -> Result<Method, Problem> {
        let method = Method::read(&self.method).filter(|method| match method {
            Method::Get
            | Method::Head
            | Method::Query
            | Method::Post
            | Method::Put
            | Method::Patch
            | Method::Delete => true,
            Method::Options | Method::Trace | Method::Connect => false,
        });
        method.ok_or_else(|| {
            malformed(format!("A batch cannot do `{}`", self.method))
                .hint("It can do GET, HEAD, QUERY, POST, PUT, PATCH and DELETE.")
        })
    }

    /// Whether it creates rows that are to be those of somebody who has no session yet.
    pub(super) fn is_first_possession(&self, policy: &Policy) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        match (self.method(), Target::read(path)) {
            (Ok(method), Ok(target)) => visit::is_first_possession(policy, method, &target),
            // It is refused when its turn comes.
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    /// The header fields, their values as `resolve` makes them.
    ///
    /// # Errors
    /// A field means nothing to one request of a batch, or a value cannot be that of a field.
    pub(super) fn headers(
        &self,
        resolve: impl Fn(&str) -> Result<String, Problem>,
    ) -> Result<HeaderMap, Problem> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let lower = name.to_ascii_lowercase();
            if lower == "idempotency-key" {
                return Err(malformed("An `Idempotency-Key` is for the whole batch")
                    .hint("Send it with the batch, not with one of its requests."));
            }
            if !FIELDS.contains(&lower.as_str()) {
                return Err(malformed(format!(
                    "The field `{name}` means nothing to a request of a batch"
                ))
                .hint(format!("These do: {}.", FIELDS.join(", "))));
            }
            let value = resolve(value)?;
            let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(lower.as_bytes()),
                HeaderValue::from_str(&value),
            ) else {
                return Err(malformed(format!(
                    "The field `{name}` cannot have this value"
                )));
            };
            headers.append(name, value);
        }
        Ok(headers)
    }
}

/// A batch that is none.
pub(super) fn malformed(message: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "BISTRO400", message)
}
