//! A socket between the kernel and hyper: watched, and with hyper's own wordless refusals replaced by ours.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::wire::automatic;
use crate::wire::preface::Preface;
use crate::wire::progress::Progress;
use crate::wire::scan::{Malformed, Place, STAND_IN, Scanner};

/// How long a closing connection is read on, so that its last response is not lost to a reset.
const LINGER: Duration = Duration::from_secs(2);

/// Octets read and thrown away meanwhile.
const LINGER_BYTES: usize = 1024 * 1024;

/// An accepted connection.
#[derive(Debug)]
pub(crate) struct Transport {
    socket: TcpStream,
    /// Octets read already to tell the protocol.
    before: Preface,
    /// `None` for HTTP/2, which frames its messages itself.
    scanner: Option<Scanner>,
    progress: Progress,
    /// Nothing more goes on to hyper after this.
    malformed: Option<Malformed>,
    /// What is written instead of hyper's own refusal.
    instead: Bytes,
    linger: Option<Linger>,
    target_bytes_max: usize,
}

#[derive(Debug)]
struct Linger {
    until: Pin<Box<Sleep>>,
    left: usize,
}

impl Transport {
    /// A connection that speaks HTTP/1.
    pub(crate) fn http1(
        socket: TcpStream,
        before: Preface,
        progress: Progress,
        target_bytes_max: usize,
    ) -> Self {
        Self {
            scanner: Some(Scanner::default()),
            ..Self::http2(socket, before, progress, target_bytes_max)
        }
    }

    /// A connection that speaks HTTP/2.
    pub(crate) fn http2(
        socket: TcpStream,
        before: Preface,
        progress: Progress,
        target_bytes_max: usize,
    ) -> Self {
        Self {
            socket,
            before,
            scanner: None,
            progress,
            malformed: None,
            instead: Bytes::new(),
            linger: None,
            target_bytes_max,
        }
    }

    /// The socket. What was read and not given on is lost.
    pub(crate) fn into_socket(self) -> TcpStream {
        self.socket
    }

    /// Looks at octets on their way to hyper, and says how many of them may go on. What is tolerated in a query is kept
    /// aside, for hyper refuses it.
    fn watch(&mut self, octets: &mut [u8]) -> usize {
        let Some(scanner) = &mut self.scanner else {
            return octets.len();
        };
        let progress = &self.progress;
        let scanned = scanner.scan(octets, |head| progress.note_head(head));
        progress.note_place(scanner.place(), scanner.target_bytes());
        for &at in scanner.tolerated() {
            if let Some(octet) = octets.get_mut(at) {
                *octet = STAND_IN;
            }
        }
        match scanned {
            Ok(()) => octets.len(),
            Err(malformed) => {
                self.malformed = Some(malformed);
                malformed.sound
            }
        }
    }

    /// Our words for a response that hyper made up itself; `None` if it is not one.
    fn replace(&self, octets: &[u8]) -> Option<Bytes> {
        self.scanner.as_ref()?;
        let (_, target_bytes) = self.progress.place();
        automatic::replacement(octets, target_bytes > self.target_bytes_max)
    }

    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.instead.is_empty() {
            match Pin::new(&mut self.socket).poll_write(context, &self.instead) {
                Poll::Ready(Ok(written)) => {
                    self.instead.advance(written);
                    self.progress.note_written();
                }
                Poll::Ready(Err(error)) => {
                    self.instead.clear();
                    return Poll::Ready(Err(error));
                }
                Poll::Pending => {
                    self.progress.note_blocked();
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn note_write<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match &written {
            Poll::Ready(_) => self.progress.note_written(),
            Poll::Pending => self.progress.note_blocked(),
        }
        written
    }

    /// Whether the client may still be sending: then closing at once would reset the connection under its response.
    fn has_more_to_read(&self) -> bool {
        let Some(scanner) = &self.scanner else {
            return false;
        };
        match scanner.place() {
            Place::Body | Place::Head | Place::Lost => true,
            Place::Between => {
                let mut octet = [0];
                self.socket.try_read(&mut octet).is_ok_and(|read| read > 0)
            }
        }
    }

    /// Looks whether the client has gone while its response is made: hyper, told that clients may close their side, does
    /// not look.
    ///
    /// # Errors
    /// It has reset the connection.
    fn watch_client(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.scanner.is_none() || !self.progress.is_answering() {
            return Ok(());
        }
        let mut octet = [0];
        match self
            .socket
            .poll_peek(context, &mut ReadBuf::new(&mut octet))
        {
            Poll::Ready(Ok(0)) => self.progress.note_half_closed(),
            Poll::Ready(Err(error)) => return Err(error),
            // Nothing new, or its next request.
            Poll::Pending | Poll::Ready(Ok(_)) => {}
        }
        Ok(())
    }

    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(linger) = &mut self.linger else {
            return Poll::Ready(());
        };
        let mut octets = [0; 8 * 1024];
        loop {
            if linger.until.as_mut().poll(context).is_ready() || linger.left == 0 {
                return Poll::Ready(());
            }
            let mut buffer = ReadBuf::new(&mut octets);
            match ready!(Pin::new(&mut self.socket).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    linger.left = linger.left.saturating_sub(buffer.filled().len());
                }
                Ok(()) | Err(_) => return Poll::Ready(()),
            }
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(malformed) = self.malformed {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, malformed)));
        }
        let start = buffer.filled().len();
        if !self.before.is_empty() {
            self.before.give(buffer);
        } else {
            ready!(Pin::new(&mut self.socket).poll_read(context, buffer))?;
        }
        let sound = self.watch(buffer.filled_mut().get_mut(start..).unwrap_or_default());
        buffer.set_filled(start + sound);
        match self.malformed {
            // To read nothing would mean that the client has closed.
            Some(malformed) if sound == 0 => {
                Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, malformed)))
            }
            Some(_) | None => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_instead(context))?;
        if let Some(words) = self.replace(octets) {
            self.instead = words;
            // Taken: what does not go out now goes out with the flush.
            return match self.poll_instead(context) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(octets.len())),
            };
        }
        let written = Pin::new(&mut self.socket).poll_write(context, octets);
        self.note_write(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_instead(context))?;
        self.watch_client(context)?;
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(self.poll_instead(context))?;
            ready!(Pin::new(&mut self.socket).poll_shutdown(context))?;
            if !self.has_more_to_read() {
                return Poll::Ready(Ok(()));
            }
            self.linger = Some(Linger {
                until: Box::pin(sleep(LINGER)),
                left: LINGER_BYTES,
            });
        }
        ready!(self.poll_linger(context));
        Poll::Ready(Ok(()))
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = slices {
            return self.poll_write(context, only);
        }
        ready!(self.poll_instead(context))?;
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, slices);
        self.note_write(written)
    }
}
