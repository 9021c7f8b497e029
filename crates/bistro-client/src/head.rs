//! The head of a request, with what is added for the way.

use http::{HeaderMap, HeaderValue, Method, Uri, Version, header};
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
        let mut fields = HeaderMap::new();
        if !is_http2 {
            fields.insert(header::HOST, host.clone());
        }
        fields.insert(header::USER_AGENT, agent.clone());
        if is_decoding {
            fields.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
        }
        overlay(&mut fields, &request.fields);
        frame(&mut fields, request, is_http2);
        credentials(&mut fields, route);
        for name in &request.without {
            fields.remove(name);
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

/// What was asked for takes the place of what is added.
fn overlay(fields: &mut HeaderMap, asked: &HeaderMap) {
    for name in asked.keys().filter(|name| **name != header::HOST) {
        fields.remove(name);
        for value in asked.get_all(name) {
            fields.append(name, value.clone());
        }
    }
}

/// Says how long the body is (RFC 9112 §6, RFC 9110 §8.6), unless the request says it.
fn frame(fields: &mut HeaderMap, request: &Request, is_http2: bool) {
    if is_http2 {
        fields.remove(header::TRANSFER_ENCODING);
    }
    if fields.contains_key(header::CONTENT_LENGTH) || fields.contains_key(header::TRANSFER_ENCODING)
    {
        return;
    }
    let takes_content = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
    let octets = match &request.body {
        Some(body) => body.octets(),
        None if takes_content => Some(0),
        None => return,
    };
    match octets {
        Some(octets) => {
            fields.insert(header::CONTENT_LENGTH, octets.into());
        }
        None if !is_http2 => {
            fields.insert(
                header::TRANSFER_ENCODING,
                HeaderValue::from_static("chunked"),
            );
        }
        None => {}
    }
}

/// Who is not a proxy must not see what is for one (RFC 9110 §11.7.2).
fn credentials(fields: &mut HeaderMap, route: &Route) {
    if !route.is_forwarded() {
        fields.remove(header::PROXY_AUTHORIZATION);
    } else if let Some(credentials) = route
        .proxy
        .as_ref()
        .and_then(|proxy| proxy.credentials.clone())
    {
        fields
            .entry(header::PROXY_AUTHORIZATION)
            .or_insert(credentials);
    }
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
