//! The head of a request, with what is added for the way.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version, header};
use url::Position;

use crate::connect::Route;
use crate::decode::ACCEPTED;
use crate::error::{Error, shown};
use crate::request::Request;

/// A request's head as it is sent.
#[derive(Clone, Debug)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The target as it is written (RFC 9112 §3.2); for HTTP/2 the path and the query.
    pub target: String,
    /// The version.
    pub version: Version,
    /// The fields in their order, `Host` first. In HTTP/1.1, names are written with capitals.
    pub fields: HeaderMap,
}

impl Head {
    /// The head that goes out, and the target in hyper's terms. `agent` stands unless the request has its own.
    pub(crate) fn new(
        agent: &HeaderValue,
        is_decoding: bool,
        route: &Route,
        request: &Request,
        is_http2: bool,
    ) -> Result<(Self, Uri), Error> {
        let typed = request.fields.get(header::HOST).cloned();
        let host = typed
            .map_or_else(|| HeaderValue::from_str(authority(request)), Ok)
            .map_err(|error| refuse(request, &error))?;
        let mut added = vec![
            (header::USER_AGENT, agent.clone()),
            (header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED)),
        ];
        // A range of octets is one of the coded representation, which cannot be decoded (RFC 9110 §14.2).
        let is_partial = request
            .fields
            .get(header::RANGE)
            .is_some_and(|range| range.as_bytes().starts_with(b"bytes"));
        if !is_decoding || is_partial {
            added.truncate(1);
        }
        if !is_http2 {
            added.insert(0, (header::HOST, host.clone()));
        }
        let mut fields = HeaderMap::new();
        for (name, value) in added {
            let is_asked = name != header::HOST && request.fields.contains_key(&name);
            if !is_asked && !request.without.contains(&name) {
                fields.insert(name, value);
            }
        }
        overlay(&mut fields, &request.fields, route, is_http2);
        if let Some((name, value)) = framing(request, is_http2) {
            fields.insert(name, value);
        }
        if let Some(credentials) = credentials(request, route) {
            fields.insert(header::PROXY_AUTHORIZATION, credentials);
        }
        let (target, uri) = if is_http2 {
            split(request, &host)?
        } else {
            line(request, route)?
        };
        let head = Self {
            method: request.method.clone(),
            target,
            version: if is_http2 {
                Version::HTTP_2
            } else {
                Version::HTTP_11
            },
            fields,
        };
        Ok((head, uri))
    }
}

/// Adds what was asked for, in its order. Who is not a proxy must not see what is for one (RFC 9110 §11.7.2), and HTTP/2
/// frames bodies itself (RFC 9113 §8.2.2).
fn overlay(fields: &mut HeaderMap, asked: &HeaderMap, route: &Route, is_http2: bool) {
    let is_left = |name: &HeaderName| {
        *name == header::HOST
            || (*name == header::PROXY_AUTHORIZATION && !route.is_forwarded())
            || (*name == header::TRANSFER_ENCODING && is_http2)
    };
    for name in asked.keys().filter(|name| !is_left(name)) {
        for value in asked.get_all(name) {
            fields.append(name, value.clone());
        }
    }
}

/// Says how long the body is (RFC 9112 §6, RFC 9110 §8.6), unless the request says it.
fn framing(request: &Request, is_http2: bool) -> Option<(HeaderName, HeaderValue)> {
    let is_asked = |name| request.fields.contains_key(&name);
    if is_asked(header::CONTENT_LENGTH) || (is_asked(header::TRANSFER_ENCODING) && !is_http2) {
        return None;
    }
    let takes_content = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    let octets = match &request.body {
        Some(body) => body.octets(),
        None if takes_content => Some(0),
        None => return None,
    };
    let field = match octets {
        Some(octets) => (header::CONTENT_LENGTH, octets.into()),
        None if is_http2 => return None,
        None => (
            header::TRANSFER_ENCODING,
            HeaderValue::from_static("chunked"),
        ),
    };
    (!request.without.contains(&field.0)).then_some(field)
}

/// What is added for a proxy that reads the request.
fn credentials(request: &Request, route: &Route) -> Option<HeaderValue> {
    if !route.is_forwarded() || request.fields.contains_key(header::PROXY_AUTHORIZATION) {
        return None;
    }
    route.proxy.as_ref()?.credentials()
}

/// The target of HTTP/1.1: the path, all of it for a proxy, or `*`.
fn line(request: &Request, route: &Route) -> Result<(String, Uri), Error> {
    let target = match (route.is_forwarded(), request.is_asterisk) {
        (true, true) => {
            return Err(refuse(
                request,
                &"`OPTIONS *` means the server itself, and a proxy would take it for its own",
            ));
        }
        (true, false) => format!(
            "{}://{}{}",
            request.url.scheme(),
            authority(request),
            path(request)
        ),
        (false, _) => path(request).to_owned(),
    };
    let uri = target
        .parse()
        .map_err(|error: http::uri::InvalidUri| refuse(request, &error))?;
    Ok((target, uri))
}

/// The target of HTTP/2, which has scheme, authority and path one by one (RFC 9113 §8.3.1).
fn split(request: &Request, host: &HeaderValue) -> Result<(String, Uri), Error> {
    let uri = Uri::builder()
        .scheme(request.url.scheme())
        .authority(host.as_bytes())
        .path_and_query(path(request));
    Ok((
        path(request).to_owned(),
        uri.build().map_err(|error| refuse(request, &error))?,
    ))
}

fn path(request: &Request) -> &str {
    if request.is_asterisk {
        "*"
    } else {
        &request.url[Position::BeforePath..Position::AfterQuery]
    }
}

/// Host and port, the latter only if the scheme does not imply it.
fn authority(request: &Request) -> &str {
    &request.url[Position::BeforeHost..Position::AfterPort]
}

fn refuse(request: &Request, reason: &dyn ToString) -> Error {
    Error::Target {
        url: shown(&request.url),
        reason: reason.to_string(),
    }
}
