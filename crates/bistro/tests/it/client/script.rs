//! A server that answers what a test says, octet for octet, and remembers what it was asked.

use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The server. Its threads end with the test's process.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request that has come.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Its number, from 0.
    pub(crate) number: usize,
    /// The request line and the fields, as they came.
    pub(crate) head: String,
    /// The body, without its framing.
    pub(crate) body: Vec<u8>,
}

impl Script {
    /// Answers each request with octets, and closes the connection.
    pub(crate) fn answering(answer: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::conversing(move |seen, stream| stream.write_all(&answer(seen)))
    }

    /// Answers each request in its own way, and closes the connection after that.
    pub(crate) fn conversing(
        answer: impl Fn(&Seen, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::listening(move |mut stream, notes| {
            let request = note(notes, read(&stream)?);
            answer(&request, &mut stream)
        })
    }

    /// Answers each request behind TLS.
    pub(crate) fn secret(
        config: ServerConfig,
        answer: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let config = Arc::new(config);
        Self::listening(move |stream, notes| {
            let connection =
                ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(connection, stream);
            let request = note(notes, read(&mut stream)?);
            stream.write_all(&answer(&request))?;
            stream.conn.send_close_notify();
            stream.flush()
        })
    }

    fn listening(
        each: impl Fn(TcpStream, &Mutex<Vec<Seen>>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let notes = Arc::clone(&seen);
        let each = Arc::new(each);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (notes, each) = (Arc::clone(&notes), Arc::clone(&each));
                let stream = stream.expect("a connection");
                thread::spawn(move || {
                    // A client that goes away in the middle is what some tests are about.
                    let _ = each(stream, &notes);
                });
            }
        });
        Self { address, seen }
    }

    /// The URL of a path on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The same under the name `localhost`.
    pub(crate) fn localhost(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// All that it was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("nobody panics").clone()
    }

    /// The only request that has come.
    #[track_caller]
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.into_iter().next().expect("just counted")
    }
}

impl Seen {
    /// The method, the target and the version.
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The target.
    pub(crate) fn target(&self) -> &str {
        self.line().split(' ').nth(1).unwrap_or_default()
    }

    /// The first field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A whole answer: the status line, lines of fields, a body.
pub(crate) fn answer(status: &str, fields: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut octets = head(status, fields);
    octets.truncate(octets.len() - 2);
    octets.extend(
        format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .bytes(),
    );
    octets.extend(body);
    octets
}

/// The head of an answer alone.
pub(crate) fn head(status: &str, fields: &[&str]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\n");
    for field in fields {
        head += &format!("{field}\r\n");
    }
    head += "\r\n";
    head.into_bytes()
}

fn note(notes: &Mutex<Vec<Seen>>, (head, body): (String, Vec<u8>)) -> Seen {
    let mut notes = notes.lock().expect("nobody panics");
    let seen = Seen {
        number: notes.len(),
        head,
        body,
    };
    notes.push(seen.clone());
    seen
}

/// Reads a request.
fn read(stream: impl Read) -> io::Result<(String, Vec<u8>)> {
    let mut stream = BufReader::new(stream);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut head)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let lower = head.to_ascii_lowercase();
    let mut body = Vec::new();
    if lower.contains("\r\ntransfer-encoding: chunked\r\n") {
        while chunk(&mut stream, &mut body)? {}
    } else if let Some(at) = lower.find("\r\ncontent-length: ") {
        let rest = lower.get(at + 18..).unwrap_or_default();
        let length = rest.lines().next().and_then(|length| length.parse().ok());
        body.resize(length.unwrap_or(0), 0);
        stream.read_exact(&mut body)?;
    }
    Ok((head, body))
}

/// Reads one chunk; false after the last one.
fn chunk(stream: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    let mut size = String::new();
    stream.read_line(&mut size)?;
    let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
    let mut octets = vec![0; size + 2];
    stream.read_exact(&mut octets)?;
    body.extend(octets.iter().take(size));
    Ok(size > 0)
}
