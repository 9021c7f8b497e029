//! Drives a connection of hyper's and its deadlines.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::connection::{FAREWELL, LAST_CALL, Spawner};
use crate::wire::handed::Handed;
use crate::wire::progress::{Overdue, Patience, Progress};
use crate::wire::transport::Transport;

/// A connection that can be asked to finish what is under way and close.
pub(super) trait Graceful: Future {
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
pub(super) struct Driver<'a> {
    progress: &'a Progress,
    patience: Patience,
    alarm: Pin<Box<Sleep>>,
    /// Whether the connection was asked to finish.
    is_finishing: bool,
}

impl<'a> Driver<'a> {
    pub(super) fn new(progress: &'a Progress, patience: Patience) -> Self {
        Self {
            progress,
            patience,
            alarm: Box::pin(sleep_until(Instant::now() + patience.shortest())),
            is_finishing: false,
        }
    }

    /// Until the connection is over (`None`), or its time is.
    pub(super) async fn drive<C: Graceful>(
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
