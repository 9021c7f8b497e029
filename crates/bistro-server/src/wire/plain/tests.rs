//! What is read without hyper, and what is not.

use bistro_http::method::Method;

use super::{Clients, Plain};

fn read(text: &str) -> Option<Plain<'_>> {
    Plain::read(text.as_bytes(), &mut Clients::default())
}

#[test]
fn a_plain_request_is_read_whole() {
    let text = "GET /songs/1?select=id,title&year=eq.1987 HTTP/1.1\r\nHost: a.test\r\nX-Of-All: \t one two \r\n\
        Accept: a\r\nAccept: b\r\nConnection: Keep-Alive\r\n\r\nHEAD / HT";
    let plain = read(text).expect("it is plain");
    assert_eq!(plain.method, Method::Get);
    assert_eq!(plain.path, "/songs/1");
    assert_eq!(plain.query, Some("select=id,title&year=eq.1987"));
    assert_eq!(
        plain.target_octets(),
        "/songs/1?select=id,title&year=eq.1987".len()
    );
    assert_eq!(text.get(plain.octets..), Some("HEAD / HT"));
    let fields: Vec<_> = plain
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().expect("it is text")))
        .collect();
    assert_eq!(
        fields,
        [
            ("host", "a.test"),
            ("x-of-all", "one two"),
            ("accept", "a"),
            ("accept", "b"),
            ("connection", "Keep-Alive"),
        ]
    );
}

#[test]
fn a_target_is_cut_at_its_first_question_mark() {
    let check = |target: &str, path: &str, query: Option<&str>| {
        let text = format!("HEAD {target} HTTP/1.1\r\n\r\n");
        let plain = read(&text).expect("it is plain");
        assert_eq!(
            (plain.method, plain.path, plain.query),
            (Method::Head, path, query)
        );
        assert_eq!(plain.target_octets(), target.len());
    };
    check("/", "/", None);
    check("/?", "/", Some(""));
    check("/a?b?c", "/a", Some("b?c"));
    check("//a/../%2e", "//a/../%2e", None);
}

#[test]
fn whatever_is_unusual_is_left() {
    let check = |text: &str| assert!(read(text).is_none(), "{text:?}");
    let line = |line: &str| check(&format!("{line}\r\nHost: a\r\n\r\n"));
    line("POST / HTTP/1.1");
    line("get / HTTP/1.1");
    line("GET / HTTP/1.0");
    line("GET / HTTP/2.0");
    line("GET  / HTTP/1.1");
    line("GET / x HTTP/1.1");
    line("GET http://a/ HTTP/1.1");
    line("GET * HTTP/1.1");
    line("GET a HTTP/1.1");
    for octet in (0..=u8::MAX).map(char::from) {
        if !octet.is_ascii_alphanumeric() && !"-._~!$&'()*+,;=:@%/?".contains(octet) {
            line(&format!("GET /{octet} HTTP/1.1"));
        }
    }
    let field = |field: &str| check(&format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n"));
    field("Content-Length: 0");
    field("content-LENGTH: 1");
    field("Transfer-Encoding: chunked");
    field("Expect: 100-continue");
    field("Upgrade: h2c");
    field("HTTP2-Settings: a");
    field("Trailer: a");
    field("Connection: close");
    field("Connection: keep-alive, close");
    field("Connection:");
    field("A b: c");
    field("A : c");
    field("A: b\r\n c");
    field("A: b\0c");
    field("A");
    check("");
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    check("GET / HTTP/1.1\r\nHost: a\r\n");
    check(&format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65)));
}

#[test]
fn what_a_client_repeats_means_the_same_again() {
    let mut clients = Clients::default();
    let shown = |text: &str, clients: &mut Clients| {
        let plain = Plain::read(text.as_bytes(), clients)?;
        let fields: Vec<_> = plain
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap_or("?")))
            .collect();
        let rest = text.get(plain.octets..).unwrap_or_default();
        Some((fields.join(" "), rest.to_owned()))
    };
    // More kinds of clients than are remembered, each twice in turn and then all once more; one's fields begin like another's.
    let fields = |client: usize| format!("Host: a\r\nX: {}\r\n\r\n", "1".repeat(client));
    for round in 0..3 {
        for client in (1..40).flat_map(|client| [client, client]) {
            let text = format!("GET /{round} HTTP/1.1\r\n{}GET ", fields(client));
            let expected = (
                format!("host=a x={}", "1".repeat(client)),
                "GET ".to_owned(),
            );
            assert_eq!(shown(&text, &mut clients), Some(expected));
        }
    }
    assert_eq!(clients.known.len(), super::REMEMBERED);
    // What is not plain, or not all there, is not taken for something known.
    let text = format!("GET / HTTP/1.1\r\n{}", fields(39));
    for cut in 0..text.len() {
        assert_eq!(
            shown(text.get(..cut).expect("it is ASCII"), &mut clients),
            None
        );
    }
    for field in ["Content-Length: 3", "X: 1"] {
        let text = text.replace("\r\n\r\n", &format!("\r\n{field}\r\n\r\n"));
        let is_plain = field.starts_with('X');
        assert_eq!(shown(&text, &mut clients).is_some(), is_plain, "{text:?}");
    }
}
