//! A client that sends exactly the octets it is told, and reads responses as RFC 9112 says.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A request that closes its connection; `OPTIONS *` is answered by any server state.
pub(crate) const LAST: &str = "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Whether a connection may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Another request is answered on it.
    Kept,
    /// It is over.
    Closed,
}

/// A response as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    /// The status; 0 if there was no response.
    pub(crate) status: u16,
    /// Names in lower case, and values.
    pub(crate) fields: Vec<(String, String)>,
    /// The content, decoded.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// The content as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    /// Connects. A server that says nothing for ten seconds fails the test.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a socket has time-outs");
        stream
            .set_write_timeout(Some(Duration::from_secs(10)))
            .expect("a socket has time-outs");
        stream.set_nodelay(true).expect("a socket has options");
        Self {
            stream,
            read: Vec::new(),
        }
    }

    /// Sends octets; a server that has closed already is no failure here.
    pub(crate) fn send(&mut self, octets: impl AsRef<[u8]>) -> &mut Self {
        let _closed_already = self.stream.write_all(octets.as_ref());
        self
    }

    /// Sends the same octets and reads nothing, until the server has enough of it.
    pub(crate) fn send_until_closed(&mut self, octets: &[u8]) -> ErrorKind {
        loop {
            if let Err(error) = self.stream.write_all(octets) {
                return error.kind();
            }
        }
    }

    /// Says that nothing more will be sent.
    pub(crate) fn half_close(&mut self) -> &mut Self {
        self.stream
            .shutdown(Shutdown::Write)
            .expect("the connection is open");
        self
    }

    /// Reads until the server closes.
    pub(crate) fn read_to_end(&mut self) -> Vec<u8> {
        while self.read_more() {}
        std::mem::take(&mut self.read)
    }

    /// The response to a request of `method`; status 0 if the connection ends instead.
    pub(crate) fn receive(&mut self, method: &str) -> Response {
        let end = loop {
            if let Some(at) = find(&self.read, b"\r\n\r\n") {
                break at + 4;
            }
            if !self.read_more() {
                return Response::default();
            }
        };
        let head: Vec<u8> = self.read.drain(..end).collect();
        let mut response = read_head(&head);
        if response.status == 100 {
            return self.receive(method);
        }
        if method == "HEAD" || matches!(response.status, 204 | 304) {
            return response;
        }
        response.body = if response.field("transfer-encoding") == Some("chunked") {
            self.receive_chunks()
        } else {
            let length = response
                .field("content-length")
                .map_or(0, |length| length.parse().expect("a length is a number"));
            self.take(length)
        };
        response
    }

    /// Reads until this text has come; what came stays to be read.
    pub(crate) fn wait_for(&mut self, text: &str) {
        while find(&self.read, text.as_bytes()).is_none() {
            assert!(self.read_more(), "the connection ends without {text}");
        }
    }

    /// Whether anything has come that was not read yet.
    pub(crate) fn has_answer(&mut self) -> bool {
        self.stream
            .set_nonblocking(true)
            .expect("a socket has modes");
        let peeked = self.stream.peek(&mut [0]);
        self.stream
            .set_nonblocking(false)
            .expect("a socket has modes");
        !self.read.is_empty() || peeked.is_ok()
    }

    /// Whether the connection can still be used.
    pub(crate) fn after(&mut self) -> After {
        self.send(LAST);
        match self.receive("OPTIONS").status {
            204 => After::Kept,
            _ => After::Closed,
        }
    }

    fn receive_chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(at) = find(&self.read, b"\r\n") {
                    break at;
                }
                assert!(self.read_more(), "the response breaks off");
            };
            let size = String::from_utf8(self.take(line)).expect("a size is text");
            let size = usize::from_str_radix(&size, 16).expect("a size is hexadecimal");
            self.take(2);
            body.extend(self.take(size));
            self.take(2);
            if size == 0 {
                return body;
            }
        }
    }

    /// The next octets.
    pub(crate) fn take(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            assert!(self.read_more(), "the response breaks off");
        }
        self.read.drain(..length).collect()
    }

    fn read_more(&mut self) -> bool {
        let mut octets = [0; 16 * 1024];
        match self.stream.read(&mut octets) {
            Ok(0) => false,
            Ok(read) => {
                self.read.extend_from_slice(&octets[..read]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("the server says nothing: {error}"),
        }
    }
}

fn read_head(head: &[u8]) -> Response {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .expect("a response has a status");
    let fields = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Response {
        status,
        fields,
        body: Vec::new(),
    }
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets
        .windows(wanted.len())
        .position(|window| window == wanted)
}
