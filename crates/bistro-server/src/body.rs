//! Response bodies: none, whole, or arriving in pieces.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;

/// A response's body.
#[derive(Debug)]
pub enum Body {
    /// Nothing; for `HEAD`, the octets that `GET` would have sent are told by `Content-Length`.
    Empty,
    /// All of it.
    Whole(Bytes),
    /// Pieces, as the database finds rows. A piece that is `Err` ends the connection: the client must not take what it has for the whole.
    Stream(Pieces),
}

impl Body {
    /// All of it, if it is all there.
    pub fn whole(self) -> Option<Bytes> {
        match self {
            Self::Empty => Some(Bytes::new()),
            Self::Whole(octets) => Some(octets),
            Self::Stream(_) => None,
        }
    }
}

/// The pieces of a body that is still being made, and what makes them.
pub struct Pieces {
    receiver: mpsc::Receiver<Result<Bytes, Broken>>,
    _source: Option<Box<dyn Send>>,
}

impl Pieces {
    /// Pieces from `receiver`. `source` is dropped with the body, which tells whatever makes them to stop.
    pub fn new(
        receiver: mpsc::Receiver<Result<Bytes, Broken>>,
        source: Option<Box<dyn Send>>,
    ) -> Self {
        Self {
            receiver,
            _source: source,
        }
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").finish_non_exhaustive()
    }
}

/// A response that could not be finished.
#[derive(Debug, thiserror::Error)]
#[error("the response could not be finished")]
pub struct Broken;

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(mem::take(bytes))))),
            Self::Stream(pieces) => Poll::Ready(
                ready!(pieces.receiver.poll_recv(context)).map(|piece| piece.map(Frame::data)),
            ),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}
