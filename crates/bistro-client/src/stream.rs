//! A connection, whatever it is made of, and when the request was written to it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::error::Error;

/// How many interim responses may come before the response. What they are for, hints and progress, takes a few.
pub(crate) const INTERIM_MAX: usize = 100;

/// What octets can be read from and written to: TCP, a Unix socket, TLS over either, a tunnel.
pub(crate) trait Octets: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Octets for T {}

/// Any of them.
pub(crate) type Stream = Box<dyn Octets>;

/// What is noted of a request on its way out. Clones share the notes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Noted>>);

/// See [`Notes`].
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// When the first octet was handed to the system.
    pub(crate) first_write: Option<Instant>,
    /// When the last piece of the body was handed to the connection.
    pub(crate) body_end: Option<Instant>,
    /// Why nothing more can be written.
    pub(crate) write_error: Option<io::ErrorKind>,
    /// Why the body could not be read.
    pub(crate) body_error: Option<Error>,
    /// How many responses came that are none yet (RFC 9110 §15.2).
    pub(crate) interim: usize,
}

impl Notes {
    /// The notes, for as long as the guard lives.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the request before this one.
    pub(crate) fn begin(&self) {
        *self.lock() = Noted::default();
    }
}

/// A stream that takes notes.
///
/// A server that has heard enough answers and closes, while the body is still being written. hyper gives up at the first
/// failed write and with it the response that waits to be read; here, such a write never ends instead, and what decides is
/// what can be read.
pub(crate) struct Noting {
    inner: Stream,
    notes: Notes,
}

impl Noting {
    pub(crate) fn new(inner: Stream, notes: Notes) -> Self {
        Self { inner, notes }
    }

    fn note<T>(&self, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let mut notes = self.notes.lock();
        match outcome {
            Poll::Ready(Ok(written)) => {
                notes.first_write.get_or_insert_with(Instant::now);
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) if is_closed(error.kind()) => {
                notes.write_error = Some(error.kind());
                Poll::Pending
            }
            other => other,
        }
    }

    fn is_broken(&self) -> bool {
        self.notes.lock().write_error.is_some()
    }
}

/// Whether the other side has closed the connection.
pub(crate) fn is_closed(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
    )
}

impl AsyncRead for Noting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper passes over them for as long as they come, and hardly lets anybody look at the clock.
        if self.notes.lock().interim > INTERIM_MAX {
            return Poll::Ready(Err(io::Error::other("interim responses without end")));
        }
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Noting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_broken() {
            return Poll::Pending;
        }
        let outcome = Pin::new(&mut self.inner).poll_write(cx, octets);
        self.note(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_broken() {
            return Poll::Pending;
        }
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(cx, pieces);
        self.note(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_broken() {
            return Poll::Pending;
        }
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Ready(Err(error)) if is_closed(error.kind()) => {
                self.notes.lock().write_error = Some(error.kind());
                Poll::Pending
            }
            other => other,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
