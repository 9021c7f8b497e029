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

/// Octets that were read before it was known whom they are for; hyper reads them again.
#[derive(Debug, Default)]
pub(crate) struct Preface {
    octets: Vec<u8>,
    start: usize,
}

impl Preface {
    /// These octets.
    pub(crate) fn new(octets: Vec<u8>) -> Self {
        Self { octets, start: 0 }
    }

    /// Tells the protocol of a connection that begins with these octets, and reads on until it is certain: at the first octet that
    /// differs from HTTP/2's, it is HTTP/1.
    pub(crate) async fn protocol(&mut self, socket: &mut TcpStream) -> io::Result<Protocol> {
        loop {
            if self.octets.starts_with(HTTP2) {
                return Ok(Protocol::Http2);
            }
            // Half of a preface is half of a request to HTTP/1, too.
            if !HTTP2.starts_with(&self.octets) || socket.read_buf(&mut self.octets).await? == 0 {
                return Ok(Protocol::Http1);
            }
        }
    }

    /// Whether all was given on.
    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.octets.len()
    }

    /// Gives on what fits.
    pub(crate) fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let rest = self.octets.get(self.start..).unwrap_or_default();
        let given = rest.get(..buffer.remaining()).unwrap_or(rest);
        buffer.put_slice(given);
        self.start += given.len();
        if self.is_empty() {
            *self = Self::default();
        }
    }
}
