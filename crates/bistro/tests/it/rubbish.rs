//! Rubbish: requests that no client would send, thousands of them, the same ones each time.

use crate::http::{Connection, Request};
use crate::server::Server;

/// A generator of numbers that look random and are the same in every run (xorshift, after Marsaglia).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("small");
        usize::try_from(self.throw() % bound).expect("small")
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.get(self.below(from.len()))
            .copied()
            .unwrap_or_default()
    }
}

const METHODS: [&str; 10] = [
    "GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY",
];
const PATHS: [&str; 14] = [
    "/songs",
    "/songs/1",
    "/notes",
    "/notes/1",
    "/order_lines/7,1",
    "/kinds",
    "/",
    "/bands",
    "/recent_songs",
    "/tasks/buy",
    "/lyrics",
    "/odd%20name",
    "/readings",
    "/boxes",
];
const WORDS: [&str; 74] = [
    "id",
    "title",
    "year",
    "tags",
    "details",
    "words",
    "*",
    "eq",
    "neq",
    "gt",
    "in",
    "is",
    "like",
    "ilike",
    "match",
    "cs",
    "cd",
    "ov",
    "fts",
    "not",
    "and",
    "or",
    "any",
    "all",
    "null",
    "true",
    ".",
    ".",
    ".",
    "=",
    "=",
    "&",
    "&",
    "(",
    ")",
    "{",
    "}",
    ",",
    "->",
    "->>",
    "::",
    ":",
    "!",
    "...",
    "\"",
    "\\",
    "%",
    "%2",
    "%00",
    "%ff",
    "%ED%A0%80",
    "select=",
    "order=",
    "limit=",
    "offset=",
    "columns=",
    "on_conflict=",
    "after=",
    "or=(",
    "0",
    "-1",
    "1",
    "99999999999999999999",
    "1e309",
    "NaN",
    "desc",
    "nullslast",
    "sum()",
    "count()",
    "'",
    ";",
    "한국",
    "text",
    "ö",
];
const FIELDS: [&str; 24] = [
    "Prefer: return=representation",
    "Prefer: count=exact",
    "Prefer: count=",
    "Prefer: max-affected=-1",
    "Prefer: handling=strict, foo",
    "Prefer: tx=rollback",
    "Prefer: =,;\"",
    "Prefer: resolution=merge-duplicates",
    "Range: 0-1",
    "Range: 5-2",
    "Range: -",
    "Range: 18446744073709551616-",
    "Range-Unit: items",
    "Accept: text/csv",
    "Accept: ;;;q=",
    "Accept: application/vnd.pgrst.object+json",
    "Accept: text/html",
    "If-Match: \"x\"",
    "If-None-Match: *",
    "If-Match: garbage,,",
    "Content-Type: text/csv",
    "Content-Type: ",
    "Content-Type: application/json",
    "Content-Type: application/json-patch+json",
];
const BODIES: [&str; 18] = [
    "",
    "{}",
    "[]",
    "[{}]",
    "null",
    "1",
    "\"x\"",
    "{\"body\":",
    "[1,2]",
    "{\"id\":1,\"id\":2}",
    "{\"body\":\"x\"}",
    "[{\"body\":\"x\"},{\"stars\":1}]",
    "a,b\n1",
    "\"",
    "title=x&year=",
    "{\"id\":99999999999999999999}",
    "[{\"op\":\"replace\",\"path\":\"/body\",\"value\":1}]",
    "{\"\":null}",
];

fn request(dice: &mut Dice, host: &str) -> Vec<u8> {
    let mut target = dice.pick(&PATHS).to_owned();
    if dice.below(8) == 0 {
        target += dice.pick(&WORDS);
    }
    target.push('?');
    for _ in 0..dice.below(12) {
        target += dice.pick(&WORDS);
    }
    let body = dice.pick(&BODIES);
    let mut head = format!(
        "{} {} HTTP/1.1\r\nHost: {host}\r\n",
        dice.pick(&METHODS),
        escape(&target)
    );
    for _ in 0..dice.below(4) {
        head += dice.pick(&FIELDS);
        head += "\r\n";
    }
    head += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    head.into_bytes()
}

/// Encodes only what would end the request line; broken percent-encodings stay broken.
fn escape(target: &str) -> String {
    let mut escaped = String::new();
    for octet in target.bytes() {
        if octet.is_ascii_graphic() && octet != b'"' {
            escaped.push(char::from(octet));
        } else {
            escaped += &format!("%{octet:02X}");
        }
    }
    escaped
}

/// Sends octets and reads an answer, if the server thinks them worth one.
fn exchange(connection: &mut Connection, octets: &[u8]) -> Option<u16> {
    connection.write(octets).ok()?;
    let method = if octets.starts_with(b"HEAD ") {
        "HEAD"
    } else {
        "GET"
    };
    connection
        .receive(method)
        .ok()
        .map(|response| response.status)
}

#[test]
fn no_well_framed_request_is_a_server_error() {
    let server = Server::start();
    let host = server.address().to_string();
    let mut dice = Dice(0x5eed_0000_0000_0001);
    let mut connection = server.connect();
    let mut answered = 0;
    for round in 0..6_000 {
        let octets = request(&mut dice, &host);
        let status = exchange(&mut connection, &octets).or_else(|| {
            connection = server.connect();
            exchange(&mut connection, &octets)
        });
        let status = status
            .unwrap_or_else(|| panic!("round {round}: no answer to {}", octets.escape_ascii()));
        assert!(
            status < 500,
            "round {round}: {status} for {}",
            octets.escape_ascii()
        );
        answered += usize::from(status < 300);
    }
    assert!(
        answered > 300,
        "the campaign is too wild to test anything: {answered}"
    );
    assert_eq!(server.get("/songs?select=id&id=eq.1").status, 200);
}

#[test]
fn octets_that_are_no_request_do_no_harm() {
    let server = Server::start();
    let host = server.address().to_string();
    let mut dice = Dice(0x5eed_0000_0000_0002);
    for round in 0..1_500 {
        let mut octets = request(&mut dice, &host);
        for _ in 0..=dice.below(6) {
            let at = dice.below(octets.len());
            match dice.below(3) {
                0 => {
                    octets.remove(at);
                }
                1 => octets.insert(at, dice.throw().to_le_bytes()[0]),
                _ => octets[at] = dice.throw().to_le_bytes()[0],
            }
        }
        // It may wait for more than it gets: then the client goes away.
        octets.extend_from_slice(b"\r\n\r\n");
        let mut connection = server.connect();
        if connection.write(&octets).is_ok() && connection.half_close() {
            let status = connection
                .receive("GET")
                .map_or(400, |response| response.status);
            assert!(
                status <= 501 && status != 500,
                "round {round}: {status} for {}",
                octets.escape_ascii()
            );
        }
    }
    assert_eq!(server.get("/songs/1").status, 200);
}

#[test]
fn a_compressed_body_is_refused_rather_than_misread() {
    let server = Server::start();
    let send = |target: &str, coding: &str, body: &str| {
        let request = Request::new("POST", target).json(body);
        server.send(&request.field("Content-Encoding", coding))
    };
    for target in ["/tasks", "/-/batch"] {
        for coding in ["gzip", "identity, br"] {
            let refused = send(target, coding, "{\"code\":\"x\"}");
            assert_eq!(refused.status, 415, "{target} {coding}");
            assert_eq!(refused.json()["code"], "BISTRO415");
            assert_eq!(refused.field("Accept-Encoding"), Some("identity"));
        }
    }
    let task = "{\"code\":\"x\",\"title\":\"X\"}";
    assert_eq!(send("/tasks", "identity", task).status, 201);
    assert_eq!(server.fixture().value("SELECT count(*) FROM tasks"), "3");
}
