//! A small HTTP/1.1 client over a bare socket, so that a test can send any octets and see every octet of the answer.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request about to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    target: String,
    fields: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    /// A request without body.
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: encoded(target),
            fields: Vec::new(),
            body: None,
        }
    }

    /// With one more field.
    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &str) -> Self {
        self.field("Content-Type", "application/json").body(body)
    }

    /// What is to be done.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    fn has(&self, name: &str) -> bool {
        self.fields
            .iter()
            .any(|(field, _)| field.eq_ignore_ascii_case(name))
    }

    /// The octets on the wire; `Host` and `Content-Length` are added where they are missing.
    fn octets(&self, address: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.has("Host") {
            head += &format!("Host: {address}\r\n");
        }
        for (name, value) in &self.fields {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &self.body
            && !self.has("Content-Length")
            && !self.has("Transfer-Encoding")
        {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        head += "\r\n";
        let mut octets = head.into_bytes();
        octets.extend(self.body.iter().flatten());
        octets
    }
}

/// A target as it may stand in a request line: what is never allowed there is percent-encoded, the rest is left alone.
pub(crate) fn encoded(target: &str) -> String {
    let mut encoded = String::with_capacity(target.len());
    for octet in target.bytes() {
        if octet.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            encoded += &format!("%{octet:02X}");
        }
    }
    encoded
}

/// Text as one value inside a query or one segment of a path.
pub(crate) fn component(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            encoded += &format!("%{octet:02X}");
        }
    }
    encoded
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// The status code.
    pub(crate) status: u16,
    /// The words after it.
    pub(crate) reason: String,
    /// The fields, in the order they came.
    pub(crate) fields: Vec<(String, String)>,
    /// The body, decoded if it was chunked.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All fields of that name, joined as a list.
    pub(crate) fn list(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .fields
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("bodies are UTF-8 here")
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// The target of the link with `rel="next"`.
    pub(crate) fn next(&self) -> Option<String> {
        let links = self.list("Link")?;
        links.split(", <").find_map(|link| {
            let (target, parameters) = link.trim_start_matches('<').split_once('>')?;
            parameters
                .contains("rel=\"next\"")
                .then(|| target.to_owned())
        })
    }

    fn is_chunked(&self) -> bool {
        self.list("Transfer-Encoding")
            .is_some_and(|codings| codings.eq_ignore_ascii_case("chunked"))
    }
}

/// A connection that may serve several exchanges.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::try_open(address).expect("the server accepts connections")
    }

    /// Connects, if the server lives to accept it.
    pub(crate) fn try_open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            address,
            stream: BufReader::new(stream),
        })
    }

    /// Sends octets as they are. A server may refuse early and close: that is seen when reading.
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(octets)
    }

    /// One exchange.
    pub(crate) fn send(&mut self, request: &Request) -> Response {
        self.try_send(request)
            .unwrap_or_else(|error| panic!("no answer to {request:?}: {error}"))
    }

    /// Sends a request, and does not wait for the answer.
    pub(crate) fn ask(&mut self, request: &Request) -> io::Result<()> {
        self.write(&request.octets(self.address))
    }

    /// One exchange, if the server lives to answer it.
    pub(crate) fn try_send(&mut self, request: &Request) -> io::Result<Response> {
        let sent = self.ask(request);
        let answer = self.receive(&request.method);
        if answer.is_err() {
            sent?;
        }
        answer
    }

    /// Reads one response to a request of that method.
    pub(crate) fn receive(&mut self, method: &str) -> io::Result<Response> {
        let mut response = self.head()?;
        while response.status == 100 {
            response = self.head()?;
        }
        if method == "HEAD" || response.status == 204 || response.status == 304 {
            return Ok(response);
        }
        if response.is_chunked() {
            while self.chunk(&mut response.body)? {}
        } else if let Some(length) = response.field("Content-Length") {
            let length = length.parse().map_err(io::Error::other)?;
            response.body.resize(length, 0);
            self.stream.read_exact(&mut response.body)?;
        } else {
            self.stream.read_to_end(&mut response.body)?;
        }
        Ok(response)
    }

    /// Reads the status line and the fields.
    pub(crate) fn head(&mut self) -> io::Result<Response> {
        let line = self.line()?;
        let mut parts = line.splitn(3, ' ');
        let version = parts.next().unwrap_or_default();
        if !version.starts_with("HTTP/1.") {
            return Err(io::Error::other(format!("no status line: {line:?}")));
        }
        let status = parts.next().unwrap_or_default();
        let mut response = Response {
            status: status.parse().map_err(io::Error::other)?,
            reason: parts.next().unwrap_or_default().to_owned(),
            fields: Vec::new(),
            body: Vec::new(),
        };
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(response);
            }
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| io::Error::other(format!("no field: {line:?}")))?;
            response
                .fields
                .push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// Reads one chunk into `body`; false after the last one.
    pub(crate) fn chunk(&mut self, body: &mut Vec<u8>) -> io::Result<bool> {
        let line = self.line()?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        let start = body.len();
        body.resize(start + size, 0);
        self.stream
            .read_exact(body.get_mut(start..).unwrap_or_default())?;
        let end = self.line()?;
        if end.is_empty() {
            Ok(size > 0)
        } else {
            Err(io::Error::other("a chunk is longer than it says"))
        }
    }

    /// Says that nothing more will be sent; true if the server still listens.
    pub(crate) fn half_close(&mut self) -> bool {
        self.stream.get_ref().shutdown(Shutdown::Write).is_ok()
    }

    /// Whether the server has closed the connection (waits for it to).
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.stream.fill_buf() {
            Ok(octets) => octets.is_empty(),
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        let line = line.strip_suffix(b"\r\n").ok_or_else(|| {
            io::Error::other(format!("a line without CRLF: {}", line.escape_ascii()))
        })?;
        String::from_utf8(line.to_vec()).map_err(io::Error::other)
    }
}
