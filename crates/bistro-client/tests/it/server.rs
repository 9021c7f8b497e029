//! Servers that answer what a test says, octet for octet.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bistro_client::body::Body;
use bistro_client::error::Error;
use bistro_client::exchange::{Client, Response, Settings};
use bistro_client::request::Request;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// What happens after the octets were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The connection waits for another request.
    Stay,
    /// It is closed.
    Close,
    /// It stays open, and nothing more comes.
    Hang,
}

/// An answer.
pub(crate) type Reply = (Vec<u8>, Then);

/// A server, and the requests that it has seen, head and body each.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// A field of the request with this number.
    pub(crate) fn field(&self, number: usize, name: &str) -> Option<String> {
        let seen = self.seen();
        let head = seen[number].split("\r\n\r\n").next().unwrap();
        head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }
}

/// A response with this status line, these lines of fields and this body, its length added.
pub(crate) fn reply(status: &str, fields: &str, body: &str) -> Reply {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{fields}\r\n{body}");
    (text.into_bytes(), Then::Stay)
}

/// Octets, and then nothing more.
pub(crate) fn raw(octets: impl Into<Vec<u8>>) -> Reply {
    (octets.into(), Then::Close)
}

/// A server whose answer follows from the request's head.
pub(crate) async fn serve(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
    serve_on(None, answer).await
}

/// The same behind TLS.
pub(crate) async fn serve_tls(
    config: ServerConfig,
    answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
) -> Server {
    serve_on(Some(TlsAcceptor::from(Arc::new(config))), answer).await
}

async fn serve_on(
    tls: Option<TlsAcceptor>,
    answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
) -> Server {
    let answer = Arc::new(answer);
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&seen);
    let address = accept(move |stream| {
        let (tls, answer, notes) = (tls.clone(), Arc::clone(&answer), Arc::clone(&notes));
        async move {
            match tls {
                None => converse(stream, &*answer, &notes).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        converse(stream, &*answer, &notes).await;
                    }
                }
            }
        }
    })
    .await;
    Server { address, seen }
}

/// Runs this for each connection.
pub(crate) async fn accept<F: Future<Output = ()> + Send + 'static>(
    each: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(each(stream));
        }
    });
    address
}

/// Requests and answers on one connection.
pub(crate) async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &(dyn Fn(&str) -> Reply + Send + Sync),
    seen: &Mutex<Vec<String>>,
) {
    while let Some(request) = read_request(&mut stream).await {
        let (octets, then) = answer(request.split("\r\n\r\n").next().unwrap_or_default());
        seen.lock().unwrap().push(request);
        if stream.write_all(&octets).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        match then {
            Then::Stay => {}
            Then::Close => return drop(stream.shutdown().await),
            Then::Hang => tokio::time::sleep(Duration::from_mins(1)).await,
        }
    }
}

/// The next request, head and body; `None` at the end of the connection.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut octets = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&octets).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            let is_chunked = lower.contains("transfer-encoding: chunked");
            if body.len() >= length.unwrap_or(0) && (!is_chunked || body.ends_with("0\r\n\r\n")) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut octets).await.ok()? == 0 {
            return None;
        }
    }
}

/// A server that speaks HTTP/2 only, with TLS or without. It says what it was asked, as text.
pub(crate) async fn serve_http2(tls: Option<ServerConfig>) -> Server {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&seen);
    let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
    let address = accept(move |stream| {
        let (notes, tls) = (Arc::clone(&notes), tls.clone());
        async move {
            let service = service_fn(move |request| echo(request, Arc::clone(&notes)));
            let builder = http2::Builder::new(TokioExecutor::new());
            match tls {
                None => drop(
                    builder
                        .serve_connection(TokioIo::new(stream), service)
                        .await,
                ),
                Some(tls) => {
                    let Ok(stream) = tls.accept(stream).await else {
                        return;
                    };
                    drop(
                        builder
                            .serve_connection(TokioIo::new(stream), service)
                            .await,
                    );
                }
            }
        }
    })
    .await;
    Server { address, seen }
}

async fn echo(
    request: http::Request<Incoming>,
    seen: Arc<Mutex<Vec<String>>>,
) -> Result<http::Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut text = format!("{} {} {:?}\n", parts.method, parts.uri, parts.version);
    for (name, value) in &parts.headers {
        text.extend([name.as_str(), ": ", value.to_str().unwrap(), "\n"]);
    }
    text += &String::from_utf8_lossy(&body);
    seen.lock().unwrap().push(text.clone());
    Ok(http::Response::new(Full::from(text)))
}

/// A request without a body.
pub(crate) fn request(method: &str, url: &str) -> Request {
    Request {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        url: Url::parse(url).unwrap(),
        fields: HeaderMap::new(),
        without: Vec::new(),
        body: None,
        is_asterisk: false,
        socket: None,
    }
}

/// The same with a body and fields.
pub(crate) fn with(mut request: Request, fields: &[(&str, &str)], body: Option<Body>) -> Request {
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request
            .fields
            .append(name, HeaderValue::from_str(value).unwrap());
    }
    request.body = body;
    request
}

pub(crate) fn settings() -> Settings {
    Settings::new(HeaderValue::from_static("bistro/0"))
}

/// Sends a request with a client that has just this.
pub(crate) async fn send(settings: Settings, mut request: Request) -> Result<Response, Error> {
    Client::new(settings).send(&mut request, &mut |_| {}).await
}

/// The whole body as text, or how it failed and what came until then.
pub(crate) async fn body(response: &mut Response) -> Result<String, (String, Error)> {
    let mut octets = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => octets.extend(chunk),
            Ok(None) => return Ok(String::from_utf8_lossy(&octets).into_owned()),
            Err(error) => return Err((String::from_utf8_lossy(&octets).into_owned(), error)),
        }
    }
}

/// Sends a GET and gives the body.
pub(crate) async fn get(settings: Settings, url: &str) -> Result<String, Error> {
    let mut response = send(settings, request("GET", url)).await?;
    body(&mut response).await.map_err(|(_, error)| error)
}
