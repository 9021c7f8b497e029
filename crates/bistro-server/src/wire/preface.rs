//! Which protocol a connection speaks, told by its first octets (RFC 9113 §3.4).

use std::io;

use tokio::io::{AsyncReadExt as _, ReadBuf};
use tokio::net::TcpStream;

/// What an HTTP/2 client says first.
const HTTP2: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The protocols served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.0 and HTTP/1.1
    Http1,
    /// HTTP/2
    Http2,
}

/// The octets that were read to tell the protocol; hyper reads them again.
#[derive(Debug, Default)]
pub(crate) struct Preface {
    octets: [u8; HTTP2.len()],
    start: usize,
    end: usize,
}

impl Preface {
    /// Reads until the protocol is certain: at the first octet that differs from HTTP/2's, it is HTTP/1. `None`: the
    /// client closed before it said anything.
    pub(crate) async fn read(socket: &mut TcpStream) -> io::Result<Option<(Protocol, Self)>> {
        let mut preface = Self::default();
        loop {
            let free = preface.octets.get_mut(preface.end..).unwrap_or_default();
            let read = socket.read(free).await?;
            preface.end += read;
            let said = preface.rest();
            if !HTTP2.starts_with(said) {
                return Ok(Some((Protocol::Http1, preface)));
            }
            if said.len() == HTTP2.len() {
                return Ok(Some((Protocol::Http2, preface)));
            }
            if read == 0 {
                // Half of a preface is half of a request to HTTP/1, too.
                let said = !said.is_empty();
                return Ok(said.then_some((Protocol::Http1, preface)));
            }
        }
    }

    /// Whether all was given on.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Gives on what fits.
    pub(crate) fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let length = self.rest().len().min(buffer.remaining());
        buffer.put_slice(self.rest().get(..length).unwrap_or_default());
        self.start += length;
    }

    fn rest(&self) -> &[u8] {
        self.octets.get(self.start..self.end).unwrap_or_default()
    }
}
