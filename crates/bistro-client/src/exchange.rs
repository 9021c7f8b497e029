//! One request, one response.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::ext::{ReasonPhrase, on_informational};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use tokio::time::{self, Instant};
use url::Url;

use crate::connect::{self, Network, Route};
use crate::deadline::{Deadline, earlier, within};
use crate::decode::{Arriving, codings};
use crate::error::{Error, Leg};
use crate::head::Head;
use crate::incoming::Counted;
use crate::journey::Journey;
use crate::outgoing::Outgoing;
use crate::proxy::{Kind, Proxy};
use crate::request::Request;
use crate::retry;
use crate::stream::{INTERIM_MAX, Notes, Noting, is_closed};
use crate::trust::Trust;

/// Octets of a response's head.
const HEAD_OCTETS_MAX: usize = 256 * 1024;

/// Fields of a response.
const HEAD_FIELDS_MAX: usize = 1000;

/// Connections that are kept for another request. A run follows few redirects to few servers.
const IDLE_MAX: usize = 4;

/// How long a connection that was used may take to be ready again, before a new one is faster.
const IDLE_PATIENCE: Duration = Duration::from_millis(50);

/// How requests are sent.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How targets are reached.
    pub network: Network,
    /// Whom secure connections are made with.
    pub trust: Trust,
    /// Which HTTP is spoken.
    pub version: Versions,
    /// How long one exchange may take, from the look-up to the last octet of the body; `None` is as long as it takes. Every
    /// redirect, retry and page is an exchange of its own.
    pub timeout: Option<Duration>,
    /// The value of `User-Agent`, unless the request has its own.
    pub agent: HeaderValue,
    /// Whether to ask for compressed bodies and to decode them. A download is saved as it comes.
    pub is_decoding: bool,
    /// How many octets a decoded body may have; `None` is any number, which needs no memory.
    pub decoded_max: Option<u64>,
}

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// What TLS settles on; without TLS, HTTP/1.1.
    #[default]
    Any,
    /// HTTP/1.1 (`--http1.1`).
    Http1,
    /// HTTP/2, without TLS from the first octet on (`--http2`; RFC 9113 §3.3).
    Http2,
}

/// Who sends requests, and keeps the connections for the next.
pub struct Client {
    settings: Settings,
    tls: Option<Arc<ClientConfig>>,
    proxy_tls: Option<Arc<ClientConfig>>,
    idle: Vec<(Route, Line)>,
}

/// A response whose head is there, and whose body comes when it is asked for.
#[derive(Debug)]
pub struct Response {
    /// The head of the request that it answers.
    pub sent: Head,
    /// What was asked for.
    pub url: Url,
    /// The status.
    pub status: StatusCode,
    /// The version.
    pub version: Version,
    /// The reason phrase, which HTTP/2 does not have.
    pub reason: Option<String>,
    /// The fields as they came: `Content-Length` and `Content-Encoding` are about the body before it was decoded.
    pub fields: HeaderMap,
    /// The codings that are still on the body because we do not know them, as the response names them.
    pub undecoded: Option<String>,
    /// How long each leg took; `received` when the body is at its end.
    pub journey: Journey,
    arriving: Arriving,
    head_at: Instant,
}

/// A connection that HTTP is spoken on.
struct Line {
    sender: Sender,
    notes: Notes,
    peer: Option<SocketAddr>,
}

enum Sender {
    Http1(http1::SendRequest<Outgoing>),
    Http2(http2::SendRequest<Outgoing>),
}

impl Settings {
    /// Settings with this `User-Agent`, and all else as it is without options.
    pub fn new(agent: HeaderValue) -> Self {
        Self {
            network: Network::default(),
            trust: Trust::default(),
            version: Versions::default(),
            timeout: None,
            agent,
            is_decoding: true,
            decoded_max: None,
        }
    }
}

impl Versions {
    /// What is offered in TLS.
    pub(crate) fn protocols(self) -> &'static [&'static [u8]] {
        match self {
            Self::Any => &[b"h2", b"http/1.1"],
            Self::Http1 => &[b"http/1.1"],
            Self::Http2 => &[b"h2"],
        }
    }
}

impl Client {
    /// A client without a connection yet. Certificates are read when the first secure connection is made.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            tls: None,
            proxy_tls: None,
            idle: Vec::new(),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sends a request and gives the response as soon as its head is there. `asked` sees the head of the request before it
    /// goes out.
    ///
    /// Userinfo in the URL is not sent. A body that is a stream is sent once: the request cannot be sent again then. Needs a
    /// tokio runtime, on which the connection goes on working while the body is read.
    pub async fn send(
        &mut self,
        request: &mut Request,
        asked: &mut (dyn FnMut(&Head) + Send),
    ) -> Result<Response, Error> {
        let deadline = Deadline::new(Instant::now(), self.settings.timeout, "--timeout");
        let route = Route::new(&self.settings.network, &request.url)?;
        if let Some(line) = self.idle(&route).await {
            let journey = Journey {
                is_reused: true,
                peer: line.peer,
                ..Journey::default()
            };
            match self
                .exchange(line, &route, request, journey, deadline, asked)
                .await
            {
                // The server was closing the connection just then (RFC 9112 §9.3.1).
                Err(Error::Closed { .. }) if retry::is_repeatable(request) => {}
                outcome => return outcome,
            }
            let mut journey = Journey::default();
            let line = self.open(&route, &mut journey, deadline).await?;
            return self
                .exchange(line, &route, request, journey, deadline, &mut |_| {})
                .await;
        }
        let mut journey = Journey::default();
        let line = self.open(&route, &mut journey, deadline).await?;
        self.exchange(line, &route, request, journey, deadline, asked)
            .await
    }

    /// A connection that was used and is ready again.
    async fn idle(&mut self, route: &Route) -> Option<Line> {
        let place = self.idle.iter().position(|(other, _)| other == route)?;
        let (_, mut line) = self.idle.remove(place);
        let ready = async {
            match &mut line.sender {
                Sender::Http1(sender) => sender.ready().await,
                Sender::Http2(sender) => sender.ready().await,
            }
        };
        time::timeout(IDLE_PATIENCE, ready).await.ok()?.ok()?;
        Some(line)
    }

    /// A new connection.
    async fn open(
        &mut self,
        route: &Route,
        journey: &mut Journey,
        deadline: Option<Deadline>,
    ) -> Result<Line, Error> {
        let connecting = Deadline::new(
            Instant::now(),
            self.settings.network.timeout,
            "--connect-timeout",
        );
        let deadline = earlier(deadline, connecting);
        let tls = if route.is_secure {
            Some(self.tls()?)
        } else {
            None
        };
        let is_proxy_secure = route
            .proxy
            .as_ref()
            .is_some_and(|proxy| proxy.kind == Kind::Https);
        let proxy_tls = if is_proxy_secure {
            Some(self.proxy_tls()?)
        } else {
            None
        };
        let network = &self.settings.network;
        let connected = connect::connect(
            network,
            route,
            tls.as_ref(),
            proxy_tls.as_ref(),
            journey,
            deadline,
        )
        .await?;
        let is_wanted = self.settings.version == Versions::Http2;
        let is_http2 =
            connected.is_http2 || (is_wanted && !route.is_secure && !route.is_forwarded());
        if is_wanted && !is_http2 {
            return Err(Error::NoHttp2 {
                host: route
                    .proxy
                    .as_ref()
                    .map_or_else(|| route.name(), Proxy::name),
            });
        }
        let notes = Notes::default();
        let io = TokioIo::new(Noting::new(connected.stream, notes.clone()));
        let failed = |error| failed(&error, &notes, &route.host, is_http2);
        let sender = if is_http2 {
            let shaking = http2_settings().handshake(io);
            let (sender, connection) = within(deadline, Leg::Waiting, async {
                shaking.await.map_err(failed)
            })
            .await?;
            tokio::spawn(connection);
            Sender::Http2(sender)
        } else {
            let (sender, connection) = http1_settings().handshake(io).await.map_err(failed)?;
            tokio::spawn(connection);
            Sender::Http1(sender)
        };
        Ok(Line {
            sender,
            notes,
            peer: journey.peer,
        })
    }

    fn tls(&mut self) -> Result<Arc<ClientConfig>, Error> {
        let Settings { trust, version, .. } = &self.settings;
        made(&mut self.tls, || trust.config(version.protocols()))
    }

    /// A proxy is trusted as a server is, and does not get to see our certificate.
    fn proxy_tls(&mut self) -> Result<Arc<ClientConfig>, Error> {
        let trust = Trust {
            certificate: None,
            key: None,
            ..self.settings.trust.clone()
        };
        made(&mut self.proxy_tls, || {
            trust.config(Versions::Http1.protocols())
        })
    }

    /// Sends the request on this connection.
    async fn exchange(
        &mut self,
        mut line: Line,
        route: &Route,
        request: &mut Request,
        mut journey: Journey,
        deadline: Option<Deadline>,
        asked: &mut (dyn FnMut(&Head) + Send),
    ) -> Result<Response, Error> {
        let is_http2 = matches!(line.sender, Sender::Http2(_));
        let (head, uri) = Head::new(
            &self.settings.agent,
            self.settings.is_decoding,
            route,
            request,
            is_http2,
        )?;
        asked(&head);
        line.notes.begin();
        let start = Instant::now();
        let mut message = http::Request::new(Outgoing::new(&mut request.body, line.notes.clone())?);
        *message.method_mut() = head.method.clone();
        *message.uri_mut() = uri;
        *message.version_mut() = head.version;
        message.headers_mut().clone_from(&head.fields);
        let notes = line.notes.clone();
        on_informational(&mut message, move |_| notes.lock().interim += 1);
        let sending = async {
            let response = match &mut line.sender {
                Sender::Http1(sender) => sender.send_request(message).await,
                Sender::Http2(sender) => sender.send_request(message).await,
            };
            response.map_err(|error| failed(&error, &line.notes, &route.host, is_http2))
        };
        let response = within(deadline, Leg::Waiting, sending).await?;
        let head_at = Instant::now();
        let sent_at = sent_at(&line.notes, request)
            .unwrap_or(head_at)
            .min(head_at);
        journey.sent = sent_at.saturating_duration_since(start);
        journey.waiting = head_at.saturating_duration_since(sent_at);
        self.idle.truncate(IDLE_MAX - 1);
        self.idle.insert(0, (route.clone(), line));
        Ok(self.response(
            head,
            request.url.clone(),
            response,
            journey,
            head_at,
            deadline,
        ))
    }

    fn response(
        &self,
        sent: Head,
        url: Url,
        response: http::Response<Incoming>,
        mut journey: Journey,
        head_at: Instant,
        deadline: Option<Deadline>,
    ) -> Response {
        let (parts, incoming) = response.into_parts();
        let server = parts.headers.get_all("server-timing").iter();
        journey.server = server
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        let (known, undecoded) = match codings(&parts.headers) {
            _ if !self.settings.is_decoding => (Vec::new(), None),
            Ok(known) => (known, None),
            Err(unknown) => (Vec::new(), Some(unknown)),
        };
        let reason = match parts.extensions.get::<ReasonPhrase>() {
            Some(phrase) => Some(String::from_utf8_lossy(phrase.as_bytes()).into_owned()),
            None if parts.version == Version::HTTP_2 => None,
            None => parts.status.canonical_reason().map(str::to_owned),
        };
        Response {
            sent,
            url,
            status: parts.status,
            version: parts.version,
            reason,
            fields: parts.headers,
            undecoded,
            journey,
            arriving: Arriving::new(
                Counted::new(incoming, deadline),
                &known,
                self.settings.decoded_max,
            ),
            head_at,
        }
    }
}

impl Response {
    /// The next octets of the body, decoded; `None` at its end. What came before a failure has been given before it.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let outcome = self.arriving.next().await;
        if !matches!(outcome, Ok(Some(_))) && self.journey.received.is_zero() {
            self.journey.received = self.head_at.elapsed();
        }
        outcome
    }

    /// How many octets of the body came over the connection until now, before they were decoded.
    pub fn received(&self) -> u64 {
        self.arriving.received()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// What was made before, or else is made now.
fn made(
    place: &mut Option<Arc<ClientConfig>>,
    make: impl FnOnce() -> Result<ClientConfig, Error>,
) -> Result<Arc<ClientConfig>, Error> {
    if let Some(made) = place {
        return Ok(Arc::clone(made));
    }
    Ok(Arc::clone(place.insert(Arc::new(make()?))))
}

fn http1_settings() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .title_case_headers(true)
        .max_headers(HEAD_FIELDS_MAX)
        .max_header_size(HEAD_OCTETS_MAX);
    builder
}

fn http2_settings() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    // Windows that grow with the line: a fixed one of 64 KiB is what slows HTTP/2 downloads down.
    builder
        .timer(TokioTimer::new())
        .adaptive_window(true)
        .max_header_list_size(u32::try_from(HEAD_OCTETS_MAX).unwrap_or(u32::MAX));
    builder
}

/// When the request was written, as far as we know; `None` if it is not at its end.
fn sent_at(notes: &Notes, request: &Request) -> Option<Instant> {
    let notes = notes.lock();
    if request
        .body
        .as_ref()
        .is_none_or(|body| body.octets() == Some(0))
    {
        return notes.first_write;
    }
    Some(notes.body_end?.max(notes.first_write?))
}

/// What hyper's error means.
fn failed(error: &hyper::Error, notes: &Notes, host: &str, is_http2: bool) -> Error {
    let mut notes = notes.lock();
    if let Some(error) = notes.body_error.take() {
        return error;
    }
    let version = if is_http2 { "HTTP/2" } else { "HTTP/1.1" };
    let host = host.to_owned();
    if notes.interim > INTERIM_MAX {
        return Error::Interim {
            host,
            max: INTERIM_MAX,
        };
    }
    let cause = std::error::Error::source(error);
    let reason = cause.map_or_else(|| error.to_string(), ToString::to_string);
    if error.is_parse_too_large() {
        return Error::HeadTooLarge {
            octets_max: HEAD_OCTETS_MAX,
            fields_max: HEAD_FIELDS_MAX,
        };
    }
    if error.is_parse() {
        return Error::NotHttp {
            version,
            host,
            reason: error.to_string(),
        };
    }
    if error.is_body_write_aborted() {
        return Error::BodyLength { reason };
    }
    let io = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
    if let Some(io) = io
        && io
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .is_some()
    {
        return connect::explain(&host, io);
    }
    // A greeting, as mail servers have it: hyper has no question for this one.
    if reason.contains("unexpected message") {
        let reason = "it spoke before it was asked".to_owned();
        return Error::NotHttp {
            version,
            host,
            reason,
        };
    }
    let is_end =
        io.is_some_and(|io| is_closed(io.kind()) || io.kind() == io::ErrorKind::UnexpectedEof);
    if is_end || error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return Error::Closed {
            host,
            is_sending: notes.write_error.is_some(),
        };
    }
    // h2 says no more than this of a head that is too long.
    let is_vague = is_http2 && reason.contains("unspecific protocol error");
    let perhaps = format!(", perhaps by a head of more than {HEAD_OCTETS_MAX} octets");
    let reason = if is_vague { reason + &perhaps } else { reason };
    Error::NotHttp {
        version,
        host,
        reason,
    }
}
