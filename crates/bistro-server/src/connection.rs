//! One connection, from its first octet to its last: protocol, deadlines, and each request's way through the guard.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use bistro_http::allow;
use bistro_http::method::Method;
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout, timeout_at};

use crate::body::Body;
use crate::exchange::Exchange;
use crate::guard::host;
use crate::guard::{Admitted, House, Target};
use crate::log::Event;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::settings::Settings;
use crate::standard::Asker;
use crate::standard::cors;
use crate::state::State;
use crate::wire::automatic;
use crate::wire::handed::Handed;
use crate::wire::preface::{Preface, Protocol};
use crate::wire::progress::{Overdue, Patience, Progress};
use crate::wire::transport::Transport;
use crate::{dispatch, fields, standard};

/// How long a connection may take to close once it has nothing more to do.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long a server that stops listens on for a request that may be on its way already.
const LAST_CALL: Duration = Duration::from_millis(500);

/// hyper's smallest limit for a buffer.
const BUFFER_BYTES_MIN: usize = 8 * 1024;

/// What the connections of a core share.
#[derive(Debug)]
pub(crate) struct Core {
    /// Replaced whole. Each core has one of its own, so that nobody waits for it, nor for its counter.
    current: Mutex<Arc<Current>>,
    /// What the requests of this core share.
    local: Local,
    /// The address listened on.
    listening: SocketAddr,
}

/// What a request sees from its beginning to its end.
#[derive(Debug)]
struct Current {
    /// What it is answered from.
    state: State,
    /// The name that was last used for this server under these settings.
    last_host: host::Last,
}

impl Core {
    /// A core whose requests are answered from `state`.
    pub(crate) fn new(state: State, local: Local, listening: SocketAddr) -> Self {
        Self {
            current: Mutex::new(Current::of(state)),
            local,
            listening,
        }
    }

    /// Answers requests that begin from now on from another state.
    pub(crate) fn replace(&self, state: State) {
        *self.lock() = Current::of(state);
    }

    /// Looks after what its reads share. It never ends by itself.
    pub(crate) async fn tend(&self) -> Infallible {
        self.local.lane.tend().await
    }

    /// How long requests under way have when the server stops.
    pub(crate) fn drain_time(&self) -> Duration {
        self.settings().bounds.drain_time
    }

    fn current(&self) -> Arc<Current> {
        Arc::clone(&self.lock())
    }

    fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.lock().state.settings)
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Current>> {
        // Nothing of ours panics while it is held.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn of(state: State) -> Arc<Self> {
        Arc::new(Self {
            state,
            last_host: host::Last::default(),
        })
    }
}

/// Serves a connection until it is over, and then lets go of what is held for it. That a client goes away, resets or stalls is
/// no error of ours.
pub(crate) async fn serve<T>(
    mut socket: TcpStream,
    core: Arc<Core>,
    mut stopping: watch::Receiver<bool>,
    held: T,
) {
    let _held = held;
    let _line = PanicLine("a connection");
    // Who has gone already has no address.
    let peer = socket
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    // Small responses should not wait for the acknowledgement of earlier ones; without this they are only slower.
    let _only_slower = socket.set_nodelay(true);
    let head_time = core.settings().bounds.head_time;
    let first = tokio::select! {
        first = timeout(head_time, Preface::read(&mut socket)) => first,
        () = last_call(&mut stopping) => return,
    };
    let Ok(Ok(Some((protocol, mut before)))) = first else {
        return;
    };
    // What a request needs is boxed: of the many connections that wait for their next one each keeps only what is here.
    match protocol {
        Protocol::Http1 => loop {
            let exchanges = serve_http1(socket, before, peer, Arc::clone(&core), stopping.clone());
            let Some(parked) = Box::pin(exchanges).await else {
                return;
            };
            let is_woken = tokio::select! {
                woken = timeout_at(parked.until, parked.socket.readable()) => matches!(woken, Ok(Ok(()))),
                () = last_call(&mut stopping) => false,
            };
            if !is_woken {
                return;
            }
            (socket, before) = (parked.socket, Preface::default());
        },
        Protocol::Http2 => Box::pin(serve_http2(socket, before, peer, core, stopping)).await,
    }
}

/// Completes when a server that stops has listened long enough for a request that may be on its way.
async fn last_call(stopping: &mut watch::Receiver<bool>) {
    // That the server is gone means stop, too.
    drop(stopping.wait_for(|&is_stopping| is_stopping).await);
    // Boxed: hardly any connection is ever here.
    Box::pin(sleep(LAST_CALL)).await;
}

/// A connection that waits for its next request, with nothing in any buffer.
struct Parked {
    socket: TcpStream,
    /// When it has waited long enough.
    until: Instant,
}

/// Serves requests for as long as they follow each other. `None`: the connection is over.
async fn serve_http1(
    socket: TcpStream,
    before: Preface,
    peer: IpAddr,
    core: Arc<Core>,
    stopping: watch::Receiver<bool>,
) -> Option<Parked> {
    let settings = core.settings();
    let progress = Progress::new();
    let target_bytes = settings.bounds.target_bytes;
    let transport = Transport::http1(socket, before, progress.clone(), target_bytes);
    let patience = Patience::of_http1(&settings);
    let mut builder = http1::Builder::new();
    builder
        .half_close(true)
        .keep_alive(settings.keep_alive.is_some())
        .max_headers(settings.bounds.fields)
        .max_header_size(settings.bounds.head_bytes)
        .max_buf_size(settings.bounds.head_bytes.max(BUFFER_BYTES_MIN));
    let seen = (progress.clone(), stopping.clone());
    let service = service_fn(move |request| {
        let core = Arc::clone(&core);
        let (progress, stopping) = seen.clone();
        async move {
            let mut response = answer(&core, &progress, peer, request).await;
            if *stopping.borrow() {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = builder.serve_connection(TokioIo::new(transport), service);
    let overdue = Driver::new(&progress, patience)
        .drive(Pin::new(&mut connection), stopping)
        .await;
    match overdue {
        Some(Overdue::Quiet) => {
            return Some(Parked {
                socket: connection.into_parts().io.into_inner().into_socket(),
                until: progress.idle_until(&patience),
            });
        }
        Some(Overdue::Head) => {
            let mut transport = connection.into_parts().io.into_inner();
            let words = automatic::response(StatusCode::REQUEST_TIMEOUT);
            // Whoever was too slow to ask may be too slow to listen.
            let _best_effort = timeout(FAREWELL, async {
                transport.write_all(&words).await?;
                transport.shutdown().await
            })
            .await;
        }
        Some(Overdue::Idle | Overdue::Write | Overdue::HalfClosed) | None => {}
    }
    None
}

async fn serve_http2(
    socket: TcpStream,
    before: Preface,
    peer: IpAddr,
    core: Arc<Core>,
    stopping: watch::Receiver<bool>,
) {
    let settings = core.settings();
    let progress = Progress::new();
    let target_bytes = settings.bounds.target_bytes;
    let transport = Transport::http2(socket, before, progress.clone(), target_bytes);
    let patience = Patience::new(&settings);
    let mut builder = http2::Builder::new(Spawner);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(settings.bounds.streams)
        .max_header_list_size(u32::try_from(settings.bounds.head_bytes).unwrap_or(u32::MAX));
    let seen = progress.clone();
    let service = service_fn(move |request| {
        let core = Arc::clone(&core);
        let progress = seen.clone();
        async move { Ok::<_, Infallible>(answer(&core, &progress, peer, request).await) }
    });
    let connection = pin!(builder.serve_connection(TokioIo::new(transport), service));
    Driver::new(&progress, patience)
        .drive(connection, stopping)
        .await;
}

/// Answers one request.
async fn answer(
    core: &Core,
    progress: &Progress,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response<Handed> {
    let (head, under_way) = progress.begin();
    let (parts, body) = request.into_parts();
    let current = core.current();
    let Current { state, last_host } = &*current;
    let settings = &*state.settings;
    let method = Method::read(parts.method.as_str());
    let origin = cors::listed(&parts.headers, &settings.origins).cloned();
    let forwarded = dispatch::forwarded(&state.sessions.proxies, peer, &parts.headers);
    let is_secure = forwarded.as_ref().is_some_and(|known| known.is_secure);
    let house = House {
        settings,
        listening: core.listening,
        last_host,
        forwarded: forwarded.as_ref(),
    };
    let mut response = match house.admit(&parts, head.as_ref()) {
        Ok(Admitted {
            method,
            target: Target::Resource { tolerated },
            authority,
        }) => {
            let exchange = Exchange {
                method,
                uri: parts.uri,
                tolerated,
                headers: parts.headers,
                version: parts.version,
                authority,
                client: forwarded.as_ref().map_or(peer, |known| known.client),
                is_secure,
                body,
            };
            dispatch::dispatch(state, &core.local, exchange).await
        }
        Ok(_of_server) => options_of_server(&house),
        Err(refusal) => {
            let mut response = Problem::from(refusal).respond(&parts.headers);
            if parts.version < Version::HTTP_2 && !body.is_end_stream() {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            response
        }
    };
    let asker = Asker {
        origin: origin.as_ref(),
        lists_origins: !settings.origins.is_empty(),
        is_secure,
        is_trace: method == Some(Method::Trace),
    };
    standard::complete(&mut response, asker);
    standard::drop_body(method, &mut response);
    response.map(|body| Handed::new(body, under_way))
}

fn options_of_server(house: &House<'_>) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(
        header::ALLOW,
        fields::value(&allow::allow(&house.methods())),
    );
    response
}

/// A connection that can be asked to finish what is under way and close.
trait Graceful: Future {
    /// Whether the client learns which of its requests were the last to be answered (`GOAWAY`). Otherwise a request that is on
    /// its way when the connection closes is lost, and nobody knows whether it was done.
    const TELLS_LAST: bool;

    /// Asks it.
    fn finish(self: Pin<&mut Self>);
}

impl<S> Graceful for http1::Connection<TokioIo<Transport>, S>
where
    S: hyper::service::HttpService<Incoming, ResBody = Handed>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    const TELLS_LAST: bool = false;

    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<S> Graceful for http2::Connection<TokioIo<Transport>, S, Spawner>
where
    S: hyper::service::HttpService<Incoming, ResBody = Handed>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::Future: Send + 'static,
{
    const TELLS_LAST: bool = true;

    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Runs a connection and its deadlines in one task.
///
/// The alarm is armed lazily: a deadline that moves away leaves it as it is, and when it goes off too early the next one
/// is asked for. So a busy connection hardly ever touches the timer.
struct Driver<'a> {
    progress: &'a Progress,
    patience: Patience,
    alarm: Pin<Box<Sleep>>,
    /// Whether the connection was asked to finish.
    is_finishing: bool,
}

impl<'a> Driver<'a> {
    fn new(progress: &'a Progress, patience: Patience) -> Self {
        Self {
            progress,
            patience,
            alarm: Box::pin(sleep_until(Instant::now() + patience.shortest())),
            is_finishing: false,
        }
    }

    /// Until the connection is over (`None`), or its time is.
    async fn drive<C: Graceful>(
        mut self,
        mut connection: Pin<&mut C>,
        mut stopping: watch::Receiver<bool>,
    ) -> Option<Overdue> {
        let news = stopping.clone();
        // That the server is gone means stop, too.
        let mut stopped = pin!(async { drop(stopping.wait_for(|&is_stopping| is_stopping).await) });
        // Asked once it wakes this task when the time comes. To ask it each time the connection moves would cost more than to
        // look whether there are news.
        let mut is_asked = false;
        let mut is_stopping = false;
        poll_fn(|context| {
            loop {
                let polled = self.poll(connection.as_mut(), context);
                if polled.is_ready() || is_stopping {
                    return polled;
                }
                if is_asked && !news.has_changed().unwrap_or(true) {
                    return Poll::Pending;
                }
                is_asked = true;
                ready!(stopped.as_mut().poll(context));
                is_stopping = true;
                self.stop(connection.as_mut());
            }
        })
        .await
    }

    /// Lets the connection end soon.
    fn stop<C: Graceful>(&mut self, connection: Pin<&mut C>) {
        self.patience.quiet = None;
        self.patience.head = self.patience.head.min(FAREWELL);
        // Who is idle for longer already has nothing to wait for.
        if C::TELLS_LAST {
            self.is_finishing = true;
            self.patience.idle = self.patience.idle.min(FAREWELL);
            connection.finish();
        } else {
            self.patience.idle = self.patience.idle.min(LAST_CALL);
        }
    }

    fn poll<C: Graceful>(
        &mut self,
        mut connection: Pin<&mut C>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Overdue>> {
        if connection.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        loop {
            let (at, what) = self.due();
            if at < self.alarm.deadline() {
                self.alarm.as_mut().reset(at);
            }
            if self.alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            if at > now {
                self.alarm.as_mut().reset(at);
                continue;
            }
            match what {
                Some(Overdue::Idle) if !self.is_finishing => {
                    self.is_finishing = true;
                    self.patience.idle += FAREWELL;
                    connection.as_mut().finish();
                    if connection.as_mut().poll(context).is_ready() {
                        return Poll::Ready(None);
                    }
                }
                Some(Overdue::Quiet) if self.is_finishing => {
                    self.patience.quiet = None;
                }
                Some(overdue) => return Poll::Ready(Some(overdue)),
                None => self.alarm.as_mut().reset(now + self.patience.shortest()),
            }
        }
    }

    /// What is due next, and when; without anything, when to ask again.
    fn due(&self) -> (Instant, Option<Overdue>) {
        match self.progress.due(&self.patience) {
            Some((at, what)) => (at, Some(what)),
            None => (self.alarm.deadline(), None),
        }
    }
}

/// Runs the streams of HTTP/2 connections, each in a task of its own.
#[derive(Clone, Copy, Debug)]
struct Spawner;

impl<F> Executor<F> for Spawner
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(async move {
            let _line = PanicLine("a request");
            stream.await
        });
    }
}

/// Says in one line what a panic ended.
struct PanicLine(&'static str);

impl Drop for PanicLine {
    fn drop(&mut self) {
        if thread::panicking() {
            Event::Panicked { during: self.0 }.write();
        }
    }
}
