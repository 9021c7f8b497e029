//! How a tunnel is asked for: `CONNECT` over HTTP (RFC 9110 §9.3.6), or SOCKS (RFC 1928).

use std::convert::Infallible;
use std::error::Error as _;
use std::future::{Ready, ready};
use std::str::FromStr as _;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::upgrade;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time;
use tower_service::Service;

use crate::error::Error;
use crate::proxy::{Kind, Proxy};
use crate::stream::Stream;

/// Octets of a refusal that are shown.
const REFUSAL_MAX: usize = 512;

/// How long a refusal may take to say why.
const REFUSAL_PATIENCE: Duration = Duration::from_millis(500);

/// Asks the proxy at the other end of the stream for a tunnel to a host and port. `fields` are for a proxy that speaks HTTP.
pub(crate) async fn open(
    stream: Stream,
    is_http2: bool,
    proxy: &Proxy,
    target: &str,
    fields: &HeaderMap,
) -> Result<Stream, Error> {
    match proxy.kind {
        Kind::Socks { .. } => socks(stream, proxy, target).await,
        Kind::Http | Kind::Https => connect(stream, is_http2, proxy, target, fields).await,
    }
}

async fn connect(
    stream: Stream,
    is_http2: bool,
    proxy: &Proxy,
    target: &str,
    fields: &HeaderMap,
) -> Result<Stream, Error> {
    let request = request(is_http2, proxy, target, fields)?;
    let failed = |error: hyper::Error| no_tunnel(proxy, target, cause(&error));
    let io = TokioIo::new(stream);
    let response = if is_http2 {
        let handshake = http2::handshake(TokioExecutor::new(), io).await;
        let (mut sender, connection) = handshake.map_err(failed)?;
        tokio::spawn(connection);
        sender.send_request(request).await
    } else {
        let handshake = http1::Builder::new()
            .title_case_headers(true)
            .handshake(io)
            .await;
        let (mut sender, connection) = handshake.map_err(failed)?;
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await
    };
    let response = response.map_err(failed)?;
    if !response.status().is_success() {
        let reason = format!("it answered {}", response.status());
        return Err(no_tunnel(
            proxy,
            target,
            reason + &first_lines(response.into_body()).await,
        ));
    }
    let upgraded = upgrade::on(response).await.map_err(failed)?;
    Ok(Box::new(TokioIo::new(upgraded)))
}

fn request(
    is_http2: bool,
    proxy: &Proxy,
    target: &str,
    fields: &HeaderMap,
) -> Result<Request<Empty<Bytes>>, Error> {
    let host = HeaderValue::from_str(target).map_err(|error| refuse(target, &error))?;
    let added = [
        (header::HOST, Some(host)),
        (header::PROXY_AUTHORIZATION, proxy.credentials()),
    ];
    let mut request = Request::new(Empty::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = target
        .parse()
        .map_err(|error: http::uri::InvalidUri| refuse(target, &error))?;
    *request.version_mut() = if is_http2 {
        Version::HTTP_2
    } else {
        Version::HTTP_11
    };
    for (name, value) in added {
        let is_left = fields.contains_key(&name) || (is_http2 && name == header::HOST);
        if let Some(value) = value.filter(|_| !is_left) {
            request.headers_mut().insert(name, value);
        }
    }
    request.headers_mut().extend(fields.clone());
    Ok(request)
}

/// The beginning of a refusal, as text that a terminal can show, after a colon and a line break; empty if there is none.
async fn first_lines(mut body: Incoming) -> String {
    let mut octets = Vec::new();
    let reading = async {
        while octets.len() < REFUSAL_MAX
            && let Some(Ok(frame)) = body.frame().await
        {
            octets.extend(frame.into_data().unwrap_or_default());
        }
    };
    // What came until then is shown.
    drop(time::timeout(REFUSAL_PATIENCE, reading).await);
    octets.truncate(REFUSAL_MAX);
    let text = String::from_utf8_lossy(&octets);
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>())
        .filter(|line| !line.trim().is_empty())
        .take(3)
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!(":\n{}", lines.join("\n"))
}

async fn socks(stream: Stream, proxy: &Proxy, target: &str) -> Result<Stream, Error> {
    let target_uri = Uri::from_str(target).map_err(|error| refuse(target, &error))?;
    // hyper-util would give this to who makes the connection, and that is there already.
    let mut socks = SocksV5::new(Uri::default(), Made(Some(TokioIo::new(stream))));
    if let Some((name, password)) = proxy.userinfo.clone() {
        socks = socks.with_auth(name, password);
    }
    let opened = socks.call(target_uri).await;
    let stream = opened.map_err(|error| no_tunnel(proxy, target, error.to_string()))?;
    Ok(stream.into_inner())
}

/// Gives the connection that was made before.
struct Made(Option<TokioIo<Stream>>);

impl Service<Uri> for Made {
    type Response = TokioIo<Stream>;
    type Error = Infallible;
    type Future = Ready<Result<TokioIo<Stream>, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _proxy: Uri) -> Self::Future {
        ready(Ok(self.0.take().expect("it is called once")))
    }
}

fn cause(error: &hyper::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

fn no_tunnel(proxy: &Proxy, target: &str, reason: String) -> Error {
    Error::NoTunnel {
        proxy: proxy.name(),
        target: target.to_owned(),
        reason,
    }
}

fn refuse(target: &str, reason: &dyn ToString) -> Error {
    Error::Target {
        url: target.to_owned(),
        reason: reason.to_string(),
    }
}
