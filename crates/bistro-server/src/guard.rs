//! What must be right about a request before it means anything: its framing, target, host, method and origin.

pub(crate) mod echo;
pub(crate) mod host;

use std::net::SocketAddr;
use std::sync::Arc;

use bistro_http::forwarded::Forwarded;
use bistro_http::method::Method;
use bistro_http::origin::{CrossSite, Verdict};
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::http::request::Parts;
use hyper::{Uri, Version};

use crate::exchange::Name;
use crate::fields;
use crate::problem::refusal::Refusal;
use crate::settings::Settings;
use crate::wire::plain::Plain;
use crate::wire::scan::Head;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A request that may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// Its method, which is not `CONNECT`.
    pub(crate) method: Method,
    /// What it is for.
    pub(crate) target: Target,
    /// The name the client used for this server.
    pub(crate) name: Name,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The server itself: `OPTIONS *`.
    Server,
    /// The path and the query of the request.
    Resource {
        /// The query, where hyper does not have it as it came.
        tolerated: Option<Arc<str>>,
    },
}

/// What a guard knows besides the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct House<'a> {
    /// How it is set up.
    pub(crate) settings: &'a Settings,
    /// The address it listens on.
    pub(crate) listening: SocketAddr,
    /// The name it was called by last.
    pub(crate) last_host: &'a host::Last,
    /// What trusted proxies say of the client, if one stands between.
    pub(crate) forwarded: Option<&'a Forwarded>,
}

impl House<'_> {
    /// The methods some resource of this server has.
    pub(crate) fn methods(&self) -> Vec<Method> {
        Method::ALL
            .into_iter()
            .filter(|method| match method {
                Method::Trace => self.settings.trace,
                Method::Connect => false,
                Method::Get
                | Method::Head
                | Method::Query
                | Method::Post
                | Method::Put
                | Method::Patch
                | Method::Delete
                | Method::Options => true,
            })
            .collect()
    }

    /// Checks a request. `head`: what was seen of it below hyper, in HTTP/1.
    ///
    /// # Errors
    /// What is wrong with it first, in the order in which a later check relies on an earlier one.
    pub(crate) fn admit(&self, request: &Parts, head: Option<&Head>) -> Result<Admitted, Refusal> {
        let headers = &request.headers;
        if request.version != Version::HTTP_2 {
            check_framing(head.ok_or(Refusal::Lost)?, headers)?;
        }
        if headers.len() > self.settings.bounds.fields {
            return Err(Refusal::TooManyFields(self.settings.bounds.fields));
        }
        self.check_target(&request.uri, head)?;
        if request.method == hyper::Method::CONNECT {
            return Err(self.refuse_tunnel(&request.uri, headers));
        }
        let method = Method::read(request.method.as_str())
            .ok_or_else(|| Refusal::UnknownMethod(request.method.to_string()))?;
        let target = target(method, request, head)?;
        let name = match self
            .forwarded
            .and_then(|forwarded| forwarded.host.as_deref())
        {
            Some(host) => host::forwarded(host, self.settings, self.listening)?,
            None => self.last_host.resolve(
                request.version,
                request.uri.authority(),
                headers,
                self.settings,
                self.listening,
            )?,
        };
        if head.is_none_or(|head| head.has_expectation) {
            check_expectation(headers)?;
        }
        if !method.is_safe() || method == Method::Query {
            self.check_origin(method, headers, name.as_str())?;
        }
        if head.is_none_or(|head| head.has_length) {
            check_length(headers, self.settings.bounds.body_bytes)?;
        }
        Ok(Admitted {
            method,
            target,
            name,
        })
    }

    /// The name that a plain request used for this server. `None`: [`Self::admit`] says what is wrong with it.
    pub(crate) fn admit_plain(&self, request: &Plain<'_>) -> Option<Name> {
        let headers = &request.headers;
        let bounds = &self.settings.bounds;
        let is_within = headers.len() <= bounds.fields
            && request.octets <= bounds.head_bytes
            && request.target_octets() <= bounds.target_bytes;
        if !is_within {
            return None;
        }
        let found = match self.forwarded.and_then(|known| known.host.as_deref()) {
            Some(host) => host::forwarded(host, self.settings, self.listening),
            None => self.last_host.resolve(
                Version::HTTP_11,
                None,
                headers,
                self.settings,
                self.listening,
            ),
        };
        found.ok()
    }

    fn check_target(&self, target: &Uri, head: Option<&Head>) -> Result<(), Refusal> {
        let limit = self.settings.bounds.target_bytes;
        let path = target.path();
        let query = target.query().unwrap_or_default();
        let found = head.map_or(path.len() + query.len() + 1, |head| head.target_bytes);
        if found > limit {
            return Err(Refusal::TargetTooLong { found, limit });
        }
        let seen = path
            .bytes()
            .chain(*b"?")
            .chain(query.bytes())
            .enumerate()
            // Browsers take a backslash in a path for a slash (WHATWG URL §4.4): an address that means two things.
            .find(|(at, octet)| !octet.is_ascii_graphic() || *octet == b'\\' && *at < path.len());
        match head.and_then(|head| head.stray).or(seen) {
            None => Ok(()),
            Some((at, octet)) => Err(Refusal::Stray {
                at,
                found: match octet {
                    b'#' => "a fragment",
                    b'\\' => "a backslash",
                    0x80.. => "an octet beyond ASCII",
                    _ => "a control character",
                },
            }),
        }
    }

    /// There are no tunnels; what is no tunnel's target is said to be none first (RFC 9110 §9.3.6).
    fn refuse_tunnel(&self, target: &Uri, headers: &HeaderMap) -> Refusal {
        let text = target.to_string();
        if !is_tunnel_target(target) {
            return Refusal::TunnelTarget(text);
        }
        if let Err(refusal) = echo::refuse_pages(Method::Connect, headers) {
            return refusal;
        }
        Refusal::NotAllowed {
            method: Method::Connect,
            allowed: self.methods(),
        }
    }

    fn check_origin(
        &self,
        method: Method,
        headers: &HeaderMap,
        authority: &str,
    ) -> Result<(), Refusal> {
        let site = only(headers, &SEC_FETCH_SITE, "cross-site");
        let origin = only(headers, &header::ORIGIN, "null");
        let is_secure = self.forwarded.is_some_and(|forwarded| forwarded.is_secure);
        let scheme = if is_secure { "https" } else { "http" };
        let own = format!("{scheme}://{authority}");
        match CrossSite::judge(method, site, origin, &own, &self.settings.origins) {
            Verdict::Allowed => Ok(()),
            Verdict::Refused => Err(Refusal::CrossOrigin(match (origin, site) {
                (Some(origin), _) => format!("`Origin: {origin}`"),
                (None, site) => format!("`Sec-Fetch-Site: {}`", site.unwrap_or_default()),
            })),
        }
    }
}

/// The value of a field that comes once; `suspect` where it comes twice or is no text, so that it never counts as absent.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName, suspect: &'static str) -> Option<&'a str> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?;
    if lines.next().is_some() {
        return Some(suspect);
    }
    Some(line.to_str().unwrap_or(suspect))
}

/// What hyper does not show, or does not mind.
fn check_framing(head: &Head, headers: &HeaderMap) -> Result<(), Refusal> {
    if head.has_length && head.has_coding {
        return Err(Refusal::LengthAndCoding);
    }
    if !head.has_coding && !headers.contains_key(header::TRANSFER_ENCODING) {
        return Ok(());
    }
    let Some(coding) = fields::joined(headers, header::TRANSFER_ENCODING) else {
        return if head.has_coding {
            Err(Refusal::Lost)
        } else {
            Ok(())
        };
    };
    if coding.eq_ignore_ascii_case("chunked") {
        Ok(())
    } else {
        Err(Refusal::Coding(coding))
    }
}

fn check_expectation(headers: &HeaderMap) -> Result<(), Refusal> {
    for value in headers.get_all(header::EXPECT) {
        if !value.as_bytes().eq_ignore_ascii_case(b"100-continue") {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            return Err(Refusal::Expectation(text));
        }
    }
    Ok(())
}

/// A body that says it is too large is refused before any of it is read.
fn check_length(headers: &HeaderMap, limit: usize) -> Result<(), Refusal> {
    let announced: Option<u64> =
        fields::one(headers, header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    match announced {
        Some(length) if length > limit as u64 => Err(Refusal::BodyTooLarge(limit)),
        Some(_) | None => Ok(()),
    }
}

fn target(method: Method, request: &Parts, head: Option<&Head>) -> Result<Target, Refusal> {
    let uri = &request.uri;
    let refusal = || Refusal::TargetForm {
        target: uri.to_string(),
        method,
    };
    if uri.path() == "*" {
        return if method == Method::Options {
            Ok(Target::Server)
        } else {
            Err(refusal())
        };
    }
    match (uri.scheme_str(), uri.authority()) {
        // HTTP/2's `:scheme` is what a proxy was asked for; HTTP/1's is asked of us.
        (Some("http"), _) | (None, None) => {}
        (Some("https"), _) if request.version == Version::HTTP_2 => {}
        (Some(scheme), _) => return Err(Refusal::Scheme(scheme.to_owned())),
        (None, Some(_)) => return Err(refusal()),
    }
    // RFC 9112 §3.2.4: `OPTIONS http://host` without a path is `OPTIONS *`. hyper shows it as `/`, which is as good.
    if !uri.path().starts_with('/') {
        return Err(refusal());
    }
    Ok(Target::Resource {
        tolerated: head.and_then(|head| head.query.clone()),
    })
}

/// Exactly `host:port`, the port from 1 to 65535.
fn is_tunnel_target(target: &Uri) -> bool {
    let is_bare = target.scheme().is_none()
        && target
            .path_and_query()
            .is_none_or(|path| path.as_str().is_empty());
    let Some(authority) = target.authority() else {
        return false;
    };
    let text = authority.as_str();
    let has_port = text.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    is_bare && has_port && !text.contains(['@', '%'])
}

#[cfg(test)]
mod tests;
