//! A request's body on its way out: octets, files, or a stream, none of it held in memory that is not there already.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::Instant;

use crate::body::{Body, Piece};
use crate::error::Error;
use crate::stream::Notes;

/// Octets that are read at a time.
const PIECE: usize = 64 * 1024;

/// Pieces that are read ahead.
const AHEAD: usize = 4;

/// A body as hyper takes it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    parts: VecDeque<Part>,
    /// Octets that are still to come, if their number is known.
    left: Option<u64>,
    notes: Notes,
}

#[derive(Debug)]
enum Part {
    Octets(Bytes),
    File(PathBuf, u64),
    /// What a thread reads, which may wait for a person at a keyboard without anybody waiting for it in turn.
    Read(Receiver<io::Result<Bytes>>),
}

/// Stands where a stream was that has been sent.
struct Spent;

impl Read for Spent {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other(
            "it was sent already, and cannot be read a second time",
        ))
    }
}

impl Outgoing {
    /// The body of a request. Pieces stay there for another time, a stream does not.
    pub(crate) fn new(body: &mut Option<Body>, notes: Notes) -> Result<Self, Error> {
        let left = body.as_ref().map_or(Some(0), Body::octets);
        let parts = match body {
            None => VecDeque::new(),
            Some(Body::Pieces(pieces)) => pieces
                .iter()
                .filter(|piece| piece.octets() > 0)
                .map(|piece| match piece {
                    Piece::Bytes(octets) => Part::Octets(octets.clone()),
                    Piece::File { path, octets } => Part::File(path.clone(), *octets),
                })
                .collect(),
            Some(Body::Stream(stream)) => {
                let stream = std::mem::replace(stream, Box::new(Spent));
                VecDeque::from([Part::Read(
                    read(stream).map_err(|reason| Error::Body { reason })?,
                )])
            }
        };
        Ok(Self { parts, left, notes })
    }

    /// The next octets; `None` at the end.
    fn poll_octets(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        while let Some(part) = self.parts.front_mut() {
            match part {
                Part::Octets(octets) => {
                    let octets = std::mem::take(octets);
                    self.parts.pop_front();
                    return Poll::Ready(Some(Ok(octets)));
                }
                Part::File(path, octets) => *part = Part::Read(read(open(path, *octets)?)?),
                Part::Read(pieces) => match ready!(pieces.poll_recv(cx)) {
                    Some(outcome) => return Poll::Ready(Some(outcome)),
                    None => drop(self.parts.pop_front()),
                },
            }
        }
        Poll::Ready(None)
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let outcome = ready!(self.poll_octets(cx));
        if let Some(Ok(octets)) = &outcome {
            self.left = self
                .left
                .map(|left| left.saturating_sub(octets.len() as u64));
        }
        if self.parts.is_empty() {
            self.notes.lock().body_end = Some(Instant::now());
        }
        Poll::Ready(outcome.map(|outcome| match outcome {
            Ok(octets) => Ok(Frame::data(octets)),
            Err(reason) => {
                // hyper shows its own word for this error: ours waits for who asks.
                let shown = io::Error::new(reason.kind(), reason.to_string());
                self.notes.lock().body_error = Some(Error::Body { reason });
                Err(shown)
            }
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// A file of which exactly so many octets are sent, however long it is now.
fn open(path: &Path, octets: u64) -> io::Result<Box<dyn Read + Send>> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(named)?;
    Ok(Box::new(Exact {
        file,
        path: path.to_owned(),
        left: octets,
    }))
}

/// A file up to a length that was promised.
struct Exact {
    file: File,
    path: PathBuf,
    left: u64,
}

impl Read for Exact {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = (&mut self.file).take(self.left).read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            let text = format!(
                "{} has become shorter while it was sent",
                self.path.display()
            );
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        }
        Ok(read)
    }
}

/// Reads on a thread of its own. A thread of tokio's would be waited for at the end of the program.
fn read(mut source: Box<dyn Read + Send>) -> io::Result<Receiver<io::Result<Bytes>>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    thread::Builder::new()
        .name("body".to_owned())
        .spawn(move || {
            loop {
                let mut buffer = vec![0; PIECE];
                let outcome = match source.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(read) => {
                        buffer.truncate(read);
                        Ok(Bytes::from(buffer))
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let is_end = outcome.is_err();
                if sender.blocking_send(outcome).is_err() || is_end {
                    return;
                }
            }
        })?;
    Ok(receiver)
}
