//! One connection, from its first octet to its last: protocol and deadlines.

mod drive;
mod plain;
pub(crate) mod side;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::answering::{Core, answer};
use crate::connection::drive::Driver;
use crate::connection::side::{Sides, begins_with_change};
use crate::log::Event;
use crate::wire::automatic;
use crate::wire::preface::{Preface, Protocol};
use crate::wire::progress::{Overdue, Patience, Progress};
use crate::wire::transport::Transport;

/// How long a connection may take to close once it has nothing more to do.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long a server that stops listens on for a request that may be on its way already.
const LAST_CALL: Duration = Duration::from_millis(500);

/// hyper's smallest limit for a buffer.
const BUFFER_BYTES_MIN: usize = 8 * 1024;

/// What a connection has with it on either side.
struct Link<T> {
    peer: IpAddr,
    sides: Arc<Sides>,
    stopping: watch::Receiver<bool>,
    /// What is let go of when it is over.
    _held: T,
}

/// Serves a connection until it is over, and then lets go of what is held for it. That a client goes away, resets or stalls is
/// no error of ours.
pub(crate) async fn serve<T: Send + 'static>(
    socket: TcpStream,
    sides: Arc<Sides>,
    stopping: watch::Receiver<bool>,
    held: T,
) {
    // Who has gone already has no address.
    let peer = socket
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    // Small responses should not wait for the acknowledgement of earlier ones; without this they are only slower.
    let _only_slower = socket.set_nodelay(true);
    let until = Instant::now() + sides.reads.core.settings().bounds.head_time;
    let link = Link {
        peer,
        sides,
        stopping,
        _held: held,
    };
    serve_reads(Parked { socket, until }, true, link).await;
}

/// Serves it on the side of reads, until it asks for a change.
async fn serve_reads<T: Send + 'static>(parked: Parked, mut is_first: bool, link: Link<T>) {
    let _line = PanicLine("a connection");
    let Parked {
        mut socket,
        mut until,
    } = parked;
    let core = Arc::clone(&link.sides.reads.core);
    let Link { peer, stopping, .. } = &link;
    loop {
        let mut before = Preface::default();
        if let Some(patience) = plain::Patience::of(&core.settings(), until)
            && !*stopping.borrow()
        {
            match plain::serve(&mut socket, &core, *peer, patience, stopping).await {
                Some(octets) if begins_with_change(&octets) => {
                    return serve_elsewhere(socket, octets, link);
                }
                Some(octets) => before = Preface::new(octets),
                None => return,
            }
        }
        // What hyper needs is boxed: of the many connections that wait for their next request each keeps only what is here.
        if is_first {
            let head_time = core.settings().bounds.head_time;
            let told = Box::pin(timeout(head_time, before.protocol(&mut socket))).await;
            let Ok(Ok(protocol)) = told else {
                return;
            };
            if protocol == Protocol::Http2 {
                Box::pin(serve_http2(socket, before, *peer, core, stopping.clone())).await;
                return;
            }
        }
        let exchanges = serve_http1(socket, before, *peer, Arc::clone(&core), stopping.clone());
        let Some(parked) = Box::pin(exchanges).await else {
            return;
        };
        (socket, until) = (parked.socket, parked.until);
        is_first = false;
    }
}

/// Hands it over to the side of changes, with what was read of the first one.
fn serve_elsewhere<T: Send + 'static>(socket: TcpStream, octets: Vec<u8>, link: Link<T>) {
    let changes = link.sides.changes.clone();
    let core = Arc::clone(&changes.core);
    changes.take(socket, |socket| async move {
        let _line = PanicLine("a connection");
        let before = Preface::new(octets);
        let stopping = link.stopping.clone();
        if let Some(parked) = serve_http1(socket, before, link.peer, core, stopping).await {
            serve_back(parked, link);
        }
    });
}

/// Hands it back.
fn serve_back<T: Send + 'static>(parked: Parked, link: Link<T>) {
    let Parked { socket, until } = parked;
    let reads = link.sides.reads.clone();
    reads.take(socket, move |socket| {
        serve_reads(Parked { socket, until }, false, link)
    });
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
