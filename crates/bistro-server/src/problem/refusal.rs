//! What the connection refuses before a request means anything.

use bistro_http::allow;
use bistro_http::method::Method;
use hyper::{StatusCode, header};

use crate::problem::Problem;

/// A request that goes no further, and why.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The octets of the connection could not be followed up to this request.
    #[error("the request could not be told from what came before it")]
    Lost,
    /// `Content-Length` beside `Transfer-Encoding` (RFC 9112 §6.3).
    #[error("the request has both `Content-Length` and `Transfer-Encoding`")]
    LengthAndCoding,
    /// A coding other than `chunked`.
    #[error("the transfer coding `{0}` is not known here")]
    Coding(String),
    /// A target with an octet that may not stand in one.
    #[error("the request target has {found} at byte {at}")]
    Stray {
        /// Where, from 0.
        at: usize,
        /// What is there.
        found: &'static str,
    },
    /// A target beyond the limit.
    #[error(
        "the request target has {found} octets, and {limit} are the limit (`[http] target_max`)"
    )]
    TargetTooLong {
        /// How many it has.
        found: usize,
        /// How many it may have.
        limit: usize,
    },
    /// More fields than the limit.
    #[error("the request has more than {0} fields")]
    TooManyFields(usize),
    /// A form of target that does not go with the method (RFC 9112 §3.2).
    #[error("`{target}` is no target for `{method}`")]
    TargetForm {
        /// The target.
        target: String,
        /// The method.
        method: Method,
    },
    /// A target of a scheme that is not spoken here.
    #[error("the scheme `{0}` is not spoken here")]
    Scheme(String),
    /// No Host.
    #[error("the request names no host")]
    HostMissing,
    /// More than one Host.
    #[error("the request has {0} `Host` fields")]
    HostRepeated(usize),
    /// A Host that is none.
    #[error("`{text}` is no host: {reason}")]
    HostMalformed {
        /// What it says.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A Host unlike `:authority`.
    #[error("`Host` names `{host}` and `:authority` names `{authority}`")]
    HostUnlike {
        /// `Host`
        host: String,
        /// `:authority`
        authority: String,
    },
    /// A host that is not this server.
    #[error("`{0}` is not a name of this server")]
    Misdirected(String),
    /// A method nobody knows.
    #[error("the method `{0}` is not known here")]
    UnknownMethod(String),
    /// A tunnel to what is no `host:port`.
    #[error("`{0}` is no target for a tunnel: it takes a host and a port from 1 to 65535")]
    TunnelTarget(String),
    /// A method this resource does not have.
    #[error("`{method}` is not allowed here")]
    NotAllowed {
        /// The method.
        method: Method,
        /// The methods it has.
        allowed: Vec<Method>,
    },
    /// Content where the method forbids it (RFC 9110 §9.3.8).
    #[error("a `TRACE` request must not have content")]
    TraceContent,
    /// A method that no page may send.
    #[error("`{0}` is not for pages")]
    FromPage(Method),
    /// A state-changing request from another origin's page.
    #[error("the request comes from a page of another origin: {0}")]
    CrossOrigin(String),
    /// An expectation other than `100-continue`.
    #[error("the expectation `{0}` cannot be met")]
    Expectation(String),
    /// A body beyond the limit.
    #[error("the body has more than {0} octets (`[http] body_max`)")]
    BodyTooLarge(usize),
    /// A body in a content coding: it was not sent as it is.
    #[error("the body is encoded as it must not be (`Content-Encoding`)")]
    BodyEncoded,
    /// A body that did not come in time.
    #[error("the body did not come in time")]
    BodyLate,
    /// A body that broke off or was not framed as it said.
    #[error("the body broke off or is malformed")]
    BodyBroken,
}

impl Refusal {
    /// The response's status.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Lost
            | Self::LengthAndCoding
            | Self::Stray { .. }
            | Self::TargetForm { .. }
            | Self::Scheme(_)
            | Self::HostMissing
            | Self::HostRepeated(_)
            | Self::HostMalformed { .. }
            | Self::HostUnlike { .. }
            | Self::TunnelTarget(_)
            | Self::TraceContent
            | Self::BodyBroken => StatusCode::BAD_REQUEST,
            Self::CrossOrigin(_) | Self::FromPage(_) => StatusCode::FORBIDDEN,
            Self::NotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyLate => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyEncoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TargetTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::TooManyFields(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Expectation(_) => StatusCode::EXPECTATION_FAILED,
            Self::Misdirected(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::Coding(_) | Self::UnknownMethod(_) => StatusCode::NOT_IMPLEMENTED,
        }
    }

    /// Whether the connection ends with this response: because where the next request begins is not certain, or because
    /// the rest of a body is not worth reading.
    pub(crate) fn closes(&self) -> bool {
        match self {
            Self::Lost
            | Self::LengthAndCoding
            | Self::Coding(_)
            | Self::TunnelTarget(_)
            | Self::NotAllowed {
                method: Method::Connect,
                ..
            }
            | Self::TraceContent
            | Self::BodyTooLarge(_)
            | Self::BodyEncoded
            | Self::BodyLate
            | Self::BodyBroken => true,
            Self::Stray { .. }
            | Self::TargetTooLong { .. }
            | Self::TooManyFields(_)
            | Self::TargetForm { .. }
            | Self::Scheme(_)
            | Self::HostMissing
            | Self::HostRepeated(_)
            | Self::HostMalformed { .. }
            | Self::HostUnlike { .. }
            | Self::Misdirected(_)
            | Self::UnknownMethod(_)
            | Self::NotAllowed { .. }
            | Self::FromPage(_)
            | Self::CrossOrigin(_)
            | Self::Expectation(_) => false,
        }
    }

    fn code(&self) -> &'static str {
        match self.status() {
            StatusCode::FORBIDDEN => "BISTRO403",
            StatusCode::METHOD_NOT_ALLOWED => "PGRST117",
            StatusCode::REQUEST_TIMEOUT => "BISTRO408",
            StatusCode::PAYLOAD_TOO_LARGE => "BISTRO413",
            StatusCode::URI_TOO_LONG => "BISTRO414",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "BISTRO415",
            StatusCode::EXPECTATION_FAILED => "BISTRO417",
            StatusCode::MISDIRECTED_REQUEST => "BISTRO421",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "BISTRO431",
            StatusCode::NOT_IMPLEMENTED => "BISTRO501",
            _ => "BISTRO400",
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::LengthAndCoding => Some("Send one of them: a body has one length."),
            Self::Coding(_) => Some("Send the body as it is, or `chunked`."),
            Self::Stray { .. } => {
                Some("Percent-encode everything but visible ASCII, and leave out the fragment.")
            }
            Self::TargetTooLong { .. } => Some("`QUERY` takes a query of any length in its body."),
            Self::HostMissing => Some("HTTP/1.1 requests carry a `Host` field."),
            Self::Misdirected(_) => Some(
                "Use the address that Bistro printed, or list this name under `hosts` in its configuration.",
            ),
            Self::CrossOrigin(_) => Some(
                "A page may do this from its own origin, or from one listed under `origins` in the configuration.",
            ),
            Self::NotAllowed {
                method: Method::Connect,
                ..
            } => Some("There are no tunnels here."),
            Self::BodyEncoded => Some("Send it as it is: Bistro takes no compressed bodies."),
            Self::Lost
            | Self::TooManyFields(_)
            | Self::TargetForm { .. }
            | Self::Scheme(_)
            | Self::HostRepeated(_)
            | Self::HostMalformed { .. }
            | Self::HostUnlike { .. }
            | Self::UnknownMethod(_)
            | Self::TunnelTarget(_)
            | Self::NotAllowed { .. }
            | Self::TraceContent
            | Self::FromPage(_)
            | Self::Expectation(_)
            | Self::BodyTooLarge(_)
            | Self::BodyLate
            | Self::BodyBroken => None,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        let mut message = String::with_capacity(text.len());
        let mut characters = text.chars();
        message.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        message.push_str(characters.as_str());
        let mut problem = Self::new(refusal.status(), refusal.code(), message);
        if let Some(hint) = refusal.hint() {
            problem = problem.hint(hint);
        }
        if let Refusal::NotAllowed { allowed, .. } = &refusal {
            problem = problem.field(header::ALLOW, &allow::allow(allowed));
        }
        if refusal == Refusal::BodyEncoded {
            // RFC 9110 §15.5.16: which codings would do.
            problem = problem.field(header::ACCEPT_ENCODING, "identity");
        }
        if refusal.closes() {
            problem = problem.field(header::CONNECTION, "close");
        }
        problem
    }
}
