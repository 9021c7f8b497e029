//! One answer as it was sent, octet for octet.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::load::requests::Requests;
use crate::load::response::Parser;

/// An answer's head, with the empty line at its end, and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Captured {
    /// With the empty line at its end.
    pub(crate) head: String,
    /// As it was sent.
    pub(crate) content: Vec<u8>,
}

impl Captured {
    /// Asks one request of a stream.
    pub(crate) fn from_server(address: SocketAddr, requests: &Requests) -> Result<Self> {
        let mut request = Vec::new();
        requests.clone().next(&mut request);
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.write_all(&request)?;
        let mut parser = Parser::default();
        let mut received = Vec::new();
        let mut room = vec![0; 64 * 1024];
        loop {
            let read = stream.read(&mut room)?;
            ensure!(read > 0, "the server has closed");
            let arrived = room.get(..read).unwrap_or_default();
            received.extend_from_slice(arrived);
            if parser.take(arrived)?.is_some() {
                return Self::from_bytes(&received);
            }
        }
    }

    /// Reads one that was kept.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .context("an answer whose head has no end")?;
        let (head, content) = bytes.split_at(end + 4);
        Ok(Self {
            head: String::from_utf8(head.to_vec())?,
            content: content.to_vec(),
        })
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.content].concat()
    }

    /// Its status.
    pub(crate) fn status(&self) -> Result<u16> {
        let status = self.head.split(' ').nth(1).context("no status")?;
        Ok(status.parse()?)
    }

    /// Names and values of its fields, in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim()))
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}
