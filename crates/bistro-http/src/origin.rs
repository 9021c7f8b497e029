//! Where a request comes from, and whether a page from there may make it (RFC 6454, Fetch, Fetch Metadata).

use std::fmt::{self, Display};

use thiserror::Error;

use crate::authority::{Authority, AuthorityError};
use crate::field;
use crate::method::Method;

/// A scheme, a host and a port (RFC 6454 §4): the same page has all three the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: String,
    authority: Authority,
}

/// Text that is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OriginError {
    /// `null`: a sandboxed frame, a local file, or a redirect across origins. It is the same as no other, itself included.
    #[error("the origin is `null`, which is nobody's")]
    Opaque,
    /// There is no `scheme://`.
    #[error("an origin is written `scheme://host` or `scheme://host:port`")]
    Scheme,
    /// What follows the scheme is no authority.
    #[error("the origin has no valid host and port: {0}")]
    Authority(AuthorityError),
}

/// Whether a request may be carried out for who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was not a foreign page's.
    Allowed,
    /// 403
    Refused,
}

/// The defense against requests that a foreign page makes its visitor's browser send.
#[derive(Clone, Copy, Debug)]
pub struct CrossSite;

impl Origin {
    /// Reads an origin as browsers serialize it, and normalizes: lower case, and no port where the scheme implies it.
    pub fn read(text: &str) -> Result<Self, OriginError> {
        if text == "null" {
            return Err(OriginError::Opaque);
        }
        let (scheme, authority) = text.split_once("://").ok_or(OriginError::Scheme)?;
        if !is_scheme(scheme) {
            return Err(OriginError::Scheme);
        }
        let scheme = scheme.to_ascii_lowercase();
        let authority = Authority::read(authority)
            .map_err(OriginError::Authority)?
            .without_default_port(&scheme);
        Ok(Self { scheme, authority })
    }

    /// The scheme in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Host and port; no port where the scheme implies it.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl CrossSite {
    /// Judges by what browsers add to requests and pages cannot change: `Sec-Fetch-Site`, or else `Origin`.
    ///
    /// The rule is that of Go 1.25's `CrossOriginProtection`. `GET`, `HEAD` and `OPTIONS` are always allowed, so they must
    /// change nothing. `QUERY` is judged like a write: a foreign page has no business running costly queries with
    /// somebody's cookies. `TRACE` and `CONNECT` never come from a browser, so they are refused with either field.
    ///
    /// `own_origin` is `scheme://authority` as the client addressed us; `trusted` are origins that may do what our own
    /// pages may. Scheme, host and port must all be the same. An empty field is as good as none, as in Go.
    pub fn judge(
        method: Method,
        sec_fetch_site: Option<&str>,
        origin: Option<&str>,
        own_origin: &str,
        trusted: &[String],
    ) -> Verdict {
        match method {
            Method::Get | Method::Head | Method::Options => return Verdict::Allowed,
            Method::Trace | Method::Connect if sec_fetch_site.or(origin).is_some() => {
                return Verdict::Refused;
            }
            Method::Trace | Method::Connect => return Verdict::Allowed,
            Method::Query | Method::Post | Method::Put | Method::Patch | Method::Delete => {}
        }
        let origin = origin.map(field::trim).filter(|origin| !origin.is_empty());
        let is_allowed = match (sec_fetch_site.map(field::trim), origin) {
            (Some("same-origin" | "none"), _) => true,
            (None | Some(""), None) => true,
            (None | Some(""), Some(origin)) => {
                is_same(origin, own_origin) || is_trusted(origin, trusted)
            }
            (Some(_), Some(origin)) => is_trusted(origin, trusted),
            (Some(_), None) => false,
        };
        if is_allowed {
            Verdict::Allowed
        } else {
            Verdict::Refused
        }
    }
}

/// Whether both are origins, and the same. What cannot be read is the same as nothing.
fn is_same(one: &str, other: &str) -> bool {
    Origin::read(one).is_ok_and(|one| Origin::read(other) == Ok(one))
}

fn is_trusted(origin: &str, trusted: &[String]) -> bool {
    trusted.iter().any(|trusted| is_same(origin, trusted))
}

/// Whether the text is a scheme (RFC 3986 §3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests;
