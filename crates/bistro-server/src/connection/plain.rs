//! Requests in their plainest form, answered on a bare socket.
//!
//! What hyper keeps for a connection, and each request's way through it, take more than a short answer does. So a connection
//! begins here; the first request that is not plain, or not to be answered at once, goes to hyper as it came, with all that
//! follows, until nothing was asked for a while, or nothing but reads.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bistro_http::method::Method;
use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::answering::{self, Core};
use crate::connection::last_call;
use crate::respond::Answer;
use crate::session::clock;
use crate::settings::Settings;
use crate::wire::buffers::{Buffers, Desk};
use crate::wire::plain::Plain;
use crate::wire::reply::{self, Fields};

/// How long a body is at most that is copied behind its head, in octets; a longer one is sent from where it is.
const COPIED_BYTES: usize = 1024;

/// How much is gathered of answers to requests that came together, in octets, before it is sent.
const GATHERED_BYTES: usize = 16 * 1024;

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Until when the first request has to come.
    pub(super) until: Instant,
    /// For each that follows.
    pub(super) idle: Duration,
    /// Between two octets a client takes.
    pub(super) write: Duration,
}

impl Patience {
    /// As the settings say; `None` where hyper has to close connections after each answer.
    pub(super) fn of(settings: &Settings, until: Instant) -> Option<Self> {
        Some(Self {
            until,
            idle: settings.keep_alive?,
            write: settings.bounds.write_idle,
        })
    }
}

/// Answers plain requests until there is something else to do: `None`, the connection is over, or these octets and what follows
/// them are for hyper.
pub(super) async fn serve(
    socket: &mut TcpStream,
    core: &Core,
    peer: IpAddr,
    patience: Patience,
    stopping: &watch::Receiver<bool>,
) -> Option<Vec<u8>> {
    let mut told = stopping.clone();
    let mut turns = Turns {
        socket,
        core,
        peer,
        stopping,
        last_call: pin!(last_call(&mut told)),
        alarm: pin!(sleep_until(patience.until)),
        is_served: false,
        is_asked: false,
        patience,
    };
    loop {
        let (unsent, unread) = match poll_fn(|context| turns.poll(context)).await {
            Turn::Over => return None,
            Turn::Other(octets) => return Some(octets),
            Turn::Blocked { unsent, unread } => (unsent, unread),
        };
        // Boxed: hardly any connection is ever here.
        Box::pin(turns.send(unsent)).await.ok()?;
        if !unread.is_empty() {
            return Some(unread);
        }
    }
}

/// What ends the answering of plain requests, if only for a while.
enum Turn {
    /// The client has gone, or its time is up.
    Over,
    /// This is no plain request, or not to be answered at once.
    Other(Vec<u8>),
    /// The client does not take its answers as fast as they come.
    Blocked { unsent: Unsent, unread: Vec<u8> },
}

/// What is left of an answer: of heads and short bodies, and of a long body.
type Unsent = bytes::buf::Chain<Bytes, Bytes>;

struct Turns<'a, S> {
    socket: &'a mut TcpStream,
    core: &'a Core,
    peer: IpAddr,
    stopping: &'a watch::Receiver<bool>,
    /// Whether a request was answered since time was last looked at.
    is_served: bool,
    last_call: Pin<&'a mut S>,
    /// Armed lazily: it goes off too early where requests have come since.
    alarm: Pin<&'a mut Sleep>,
    /// Whether these two were asked to wake this task. To ask them each time something comes would cost more than to look whether
    /// their time has come.
    is_asked: bool,
    patience: Patience,
}

impl<S: Future<Output = ()>> Turns<'_, S> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Turn> {
        let core = self.core;
        loop {
            let mut buffers = core.buffers();
            let Buffers { input, desk } = &mut *buffers;
            let mut read = ReadBuf::new(input);
            match Pin::new(&mut *self.socket).poll_read(context, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {}
                Poll::Ready(_closed) => return Poll::Ready(Turn::Over),
                Poll::Pending => {
                    drop(buffers);
                    return self.poll_patience(context);
                }
            }
            if self.stopping.has_changed().unwrap_or(true) {
                // hyper's connections know how to end.
                return Poll::Ready(Turn::Other(read.filled().to_vec()));
            }
            if let Some(turn) = self.answer(read.filled(), desk) {
                return Poll::Ready(turn);
            }
            self.is_served = true;
        }
    }

    /// Answers what was read. `None`: all of it.
    fn answer(&self, mut unread: &[u8], desk: &mut Desk) -> Option<Turn> {
        desk.output.clear();
        while let Some((octets, body)) = self.answer_one(unread, desk) {
            unread = unread.get(octets..).unwrap_or_default();
            let is_long = body.len() > COPIED_BYTES;
            if !is_long {
                desk.output.extend_from_slice(&body);
            }
            if is_long || unread.is_empty() || desk.output.len() >= GATHERED_BYTES {
                let body = if is_long { body } else { Bytes::new() };
                if let Some(turn) = self.try_send(&desk.output, body, unread) {
                    return Some(turn);
                }
                desk.output.clear();
            }
        }
        if !desk.output.is_empty()
            && let Some(turn) = self.try_send(&desk.output, Bytes::new(), unread)
        {
            return Some(turn);
        }
        (!unread.is_empty()).then(|| Turn::Other(unread.to_vec()))
    }

    /// Answers the request at the beginning of what was read: how many octets it had, and the body of its answer, whose head is
    /// written.
    fn answer_one(&self, unread: &[u8], desk: &mut Desk) -> Option<(usize, Bytes)> {
        let Desk {
            clients,
            output,
            date,
        } = desk;
        let now = clock::now();
        let request = Plain::read(unread, clients)?;
        let answer = answering::at_once(self.core, self.peer, &request, now)?;
        let date = date.at(now);
        let body = match answer {
            Answer::Rows(rows) => {
                let body = rows.body();
                let fields = Fields::Lines(rows.lines());
                reply::write(rows.status(), fields, body.len(), date, output);
                body
            }
            Answer::Other(response) => {
                let (parts, body) = response.into_parts();
                let body = body.whole()?;
                let fields = Fields::Map(&parts.headers);
                reply::write(parts.status, fields, body.len(), date, output);
                body
            }
        };
        let is_wanted = request.method != Method::Head;
        Some((request.octets, if is_wanted { body } else { Bytes::new() }))
    }

    /// Sends what the client takes at once. `None`: all of it.
    fn try_send(&self, output: &[u8], body: Bytes, unread: &[u8]) -> Option<Turn> {
        let sent = if body.is_empty() {
            self.socket.try_write(output)
        } else {
            let slices = [IoSlice::new(output), IoSlice::new(&body)];
            self.socket.try_write_vectored(&slices)
        };
        let sent = match sent {
            Ok(sent) => sent,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(_gone) => return Some(Turn::Over),
        };
        if sent == output.len() + body.len() {
            return None;
        }
        let mut unsent = Bytes::copy_from_slice(output).chain(body);
        unsent.advance(sent);
        Some(Turn::Blocked {
            unsent,
            unread: unread.to_vec(),
        })
    }

    /// Sends the rest.
    ///
    /// # Errors
    /// The client has gone, or has not taken anything for too long.
    async fn send(&mut self, mut unsent: Unsent) -> io::Result<()> {
        while unsent.has_remaining() {
            timeout(self.patience.write, self.socket.write_buf(&mut unsent)).await??;
        }
        // From here on the next request is waited for.
        self.is_served = true;
        Ok(())
    }

    /// Nothing has come: whether it is still to be waited for.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<Turn> {
        let now = Instant::now();
        if mem::take(&mut self.is_served) {
            let settings = self.core.settings();
            match Patience::of(&settings, now) {
                Some(patience) => {
                    self.patience = patience;
                    self.patience.until += patience.idle;
                }
                None => return Poll::Ready(Turn::Other(Vec::new())),
            }
        }
        let has_news = !self.is_asked || self.stopping.has_changed().unwrap_or(true);
        if has_news && self.last_call.as_mut().poll(context).is_ready() {
            return Poll::Ready(Turn::Over);
        }
        while !self.is_asked || self.alarm.deadline() <= now {
            if self.alarm.as_mut().poll(context).is_pending() {
                break;
            }
            if self.patience.until <= now {
                return Poll::Ready(Turn::Over);
            }
            self.alarm.as_mut().reset(self.patience.until);
            self.is_asked = false;
        }
        self.is_asked = true;
        Poll::Pending
    }
}
