//! HTTP/2 by prior knowledge: the same answers, in frames.

use crate::client::Client;
use crate::server::Running;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_STREAM_AND_HEADERS: u8 = 5;

/// What came back on stream 1.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    status: u16,
    is_reset: bool,
    body: Vec<u8>,
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len())
        .expect("a small frame")
        .to_be_bytes();
    let mut frame = vec![0, length[0], length[1], kind, flags, 0, 0, 0, stream];
    frame.extend_from_slice(payload);
    frame
}

/// Fields as literals without indexing (RFC 7541 §6.2.2).
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).expect("a short string"));
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// The status that a field block begins with: indexed, or a literal of three digits, plain or in Huffman's code.
fn status(block: &[u8]) -> u16 {
    match block {
        [0x88, ..] => 200,
        [0x89, ..] => 204,
        [0x8b, ..] => 304,
        [0x8c, ..] => 400,
        [0x8d, ..] => 404,
        [0x08 | 0x18 | 0x48, 3, digits @ ..] => digits
            .iter()
            .take(3)
            .fold(0, |status, digit| status * 10 + u16::from(digit - b'0')),
        [0x08 | 0x18 | 0x48, length, code @ ..] if length & 0x80 != 0 => huffman(code),
        _ => panic!("no status: {block:02x?}"),
    }
}

/// Three digits (RFC 7541, appendix B): 0 to 2 have five bits, the others six.
fn huffman(code: &[u8]) -> u16 {
    let mut bits = code
        .iter()
        .flat_map(|octet| (0..8).rev().map(move |bit| u16::from(octet >> bit & 1)));
    let mut status = 0;
    for _ in 0..3 {
        let five = bits.by_ref().take(5).fold(0, |code, bit| code << 1 | bit);
        let digit = if five <= 2 {
            five
        } else {
            (five << 1 | bits.next().expect("six bits")) - 0x19 + 3
        };
        status = status * 10 + digit;
    }
    status
}

/// A connection's first octets, with a request that has no body.
fn opening(fields: &[(&str, &str)]) -> Vec<u8> {
    let settings = frame(SETTINGS, 0, 0, &[]);
    let headers = frame(HEADERS, END_STREAM_AND_HEADERS, 1, &block(fields));
    [PREFACE, &settings, &headers].concat()
}

/// A connection's first octets, with a `GET`.
pub(crate) fn get(path: &str) -> Vec<u8> {
    opening(&request("GET", path, "localhost"))
}

/// Takes back what [`get`] asked.
pub(crate) fn cancel() -> Vec<u8> {
    frame(RST_STREAM, 0, 1, &8_u32.to_be_bytes())
}

fn ask(server: &Running, fields: &[(&str, &str)]) -> Answer {
    let mut client = Client::connect(server.address);
    client.send(opening(fields));
    let mut answer = Answer::default();
    loop {
        let head = client.take(9);
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        let payload = client.take(length);
        let (kind, flags, stream) = (head[3], head[4], head[8]);
        match (kind, stream) {
            (HEADERS, 1) => answer.status = status(&payload),
            (DATA, 1) => answer.body.extend_from_slice(&payload),
            (RST_STREAM, 1) => answer.is_reset = true,
            (GOAWAY, _) => panic!("the connection is given up"),
            _ => continue,
        }
        if answer.is_reset || flags & END_STREAM != 0 {
            return answer;
        }
    }
}

fn request<'a>(method: &'a str, path: &'a str, authority: &'a str) -> [(&'a str, &'a str); 4] {
    [
        (":method", method),
        (":scheme", "http"),
        (":path", path),
        (":authority", authority),
    ]
}

#[test]
fn a_request_is_answered() {
    let server = Running::start(|_| {});
    let answer = ask(&server, &request("GET", "/notes", "localhost"));
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"[]"[..]));
}

#[test]
fn head_has_no_data() {
    let server = Running::start(|_| {});
    let answer = ask(&server, &request("HEAD", "/notes", "localhost"));
    assert_eq!(
        answer,
        Answer {
            status: 200,
            ..Answer::default()
        }
    );
}

#[test]
fn the_same_guards_hold() {
    let server = Running::start(|_| {});
    let check = |fields: &[(&str, &str)], expected: u16| {
        let answer = ask(&server, fields);
        assert_eq!(answer.status, expected, "{fields:?} {answer:?}");
    };
    let with = |method, path, authority, name, value| {
        let [a, b, c, d] = request(method, path, authority);
        [a, b, c, d, (name, value)]
    };
    check(&request("OPTIONS", "*", "localhost"), 204);
    check(&request("GET", "*", "localhost"), 400);
    check(&request("GET", "/", "evil.test"), 421);
    check(&request("GET", "/", "me@localhost"), 400);
    check(&request("GET", "/", "localhost:99999"), 400);
    check(&request("BREW", "/", "localhost"), 501);
    check(
        &with("GET", "/notes", "localhost", "host", "LOCALHOST"),
        200,
    );
    check(
        &with("GET", "/notes", "localhost", "host", "127.0.0.1"),
        400,
    );
    check(&with("GET", "/notes", "localhost", "expect", "tea"), 417);
    check(
        &with("POST", "/notes", "localhost", "origin", "http://evil.test"),
        403,
    );
    check(
        &with("TRACE", "/", "localhost", "origin", "http://localhost"),
        403,
    );
    check(&request("TRACE", "/", "localhost"), 200);
    check(
        &[(":method", "GET"), (":scheme", "http"), (":path", "/")],
        400,
    );
    check(
        &[(":method", "CONNECT"), (":authority", "example.com:443")],
        405,
    );
    check(
        &[(":method", "CONNECT"), (":authority", "example.com")],
        400,
    );
}

#[test]
fn stopping_says_goodbye() {
    let server = Running::start(|_| {});
    let mut client = Client::connect(server.address);
    client.send(PREFACE).send(frame(SETTINGS, 0, 0, &[]));
    // The server's own settings say that the connection is there.
    client.take(9);
    server.stop();
    let rest = client.read_to_end();
    assert!(
        rest.windows(2).any(|pair| pair == [GOAWAY, 0]),
        "{rest:02x?}"
    );
}
