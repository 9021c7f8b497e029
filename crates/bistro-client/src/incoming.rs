//! A response's body as it arrives: counted, and given up when the time is over.

use std::error::Error as _;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep_until};

use crate::deadline::Deadline;
use crate::error::{Error, Leg};

/// The octets as they came over the connection, without their framing.
#[derive(Debug)]
pub(crate) struct Counted {
    incoming: Incoming,
    /// What the response says of the length.
    expected: Option<u64>,
    received: Arc<AtomicU64>,
    deadline: Option<(Deadline, Pin<Box<Sleep>>)>,
}

impl Counted {
    pub(crate) fn new(incoming: Incoming, deadline: Option<Deadline>) -> Self {
        Self {
            expected: incoming.size_hint().exact(),
            incoming,
            received: Arc::default(),
            deadline: deadline.map(|deadline| (deadline, Box::pin(sleep_until(deadline.at)))),
        }
    }

    /// The count of octets, which goes on counting.
    pub(crate) fn received(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.received)
    }

    /// The next octets; `None` at the end.
    pub(crate) fn poll_octets(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            let Poll::Ready(outcome) = Pin::new(&mut self.incoming).poll_frame(cx) else {
                let Some((deadline, sleep)) = &mut self.deadline else {
                    return Poll::Pending;
                };
                ready!(sleep.as_mut().poll(cx));
                return Poll::Ready(Some(Err(deadline.missed(Leg::Body))));
            };
            return Poll::Ready(match outcome {
                None => None,
                Some(Err(error)) => Some(Err(self.broken(&error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(octets) => {
                        self.received
                            .fetch_add(octets.len() as u64, Ordering::Relaxed);
                        Some(Ok(octets))
                    }
                    // Trailers say nothing that is shown here.
                    Err(_trailers) => continue,
                },
            });
        }
    }

    fn broken(&self, error: &hyper::Error) -> Error {
        let received = self.received.load(Ordering::Relaxed);
        let cause = error.source();
        let kind = cause
            .and_then(|cause| cause.downcast_ref::<io::Error>())
            .map(io::Error::kind);
        if kind == Some(io::ErrorKind::UnexpectedEof) {
            return Error::CutShort {
                received,
                expected: self.expected,
            };
        }
        let reason = cause.map_or_else(|| error.to_string(), ToString::to_string);
        Error::Broken { received, reason }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let outcome = ready!(self.poll_octets(cx));
        Poll::Ready(outcome.map(|outcome| outcome.map(Frame::data).map_err(io::Error::other)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
