//! What is tried again, and what must not be done twice.

use std::io::Write as _;
use std::net::SocketAddr;

use crate::client::desk::Desk;
use crate::client::script::{Script, Seen, answer};
use crate::http::Connection;
use crate::server::Server;

/// A server that is busy for the first two requests.
fn busy() -> Script {
    Script::answering(|seen| match seen.number {
        0 | 1 => answer("503 Service Unavailable", &["Retry-After: 0"], "busy"),
        _ => answer("200 OK", &[], seen.text()),
    })
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let server = busy();
    let desk = Desk::new();
    let url = server.url("/");
    let ran = desk
        .run(&["get", &url, "--retry", "2", "--check-status"])
        .well();
    ran.says(&["503", "trying again in 0."]);
    assert_eq!(server.seen().len(), 3);
    let server = busy();
    let url = server.url("/");
    desk.run(&["get", &url, "--retry", "1", "--check-status"])
        .ended(5);
    assert_eq!(server.seen().len(), 2, "not oftener than it was said");
}

#[test]
fn what_the_server_says_of_when_is_obeyed() {
    let server = Script::answering(|seen| match seen.number {
        0 => answer("429 Too Many Requests", &["Retry-After: 1"], ""),
        1 => answer("503 Service Unavailable", &["Retry-After: 86400"], ""),
        _ => answer("200 OK", &[], ""),
    });
    let desk = Desk::new();
    let ran = desk.run(&["get", &server.url("/"), "--retry", "5", "--check-status"]);
    ran.ended(5).says(&["trying again in 1.0 s", "86400 s"]);
    assert_eq!(server.seen().len(), 2, "nobody waits for a day");
}

#[test]
fn post_is_sent_again_with_one_key_and_the_same_body() {
    let server = busy();
    let desk = Desk::new();
    for method in ["post", "patch"] {
        let before = server.seen().len();
        desk.run(&[method, &server.url("/"), "a=b", "--retry", "3"])
            .well();
        let seen = server.seen();
        let seen = seen.get(before..).expect("asked");
        let key = seen[0].field("Idempotency-Key").expect("it has a key");
        assert!(key.len() > 10, "{key}");
        for again in seen {
            assert_eq!(again.field("Idempotency-Key"), Some(key));
            assert_eq!(again.text(), r#"{"a":"b"}"#);
        }
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    let keys = [2, 3].map(|number: usize| seen[number].field("Idempotency-Key").map(str::to_owned));
    assert_ne!(keys[0], keys[1], "another request has another key");
    let typed = server.url("/");
    let typed = [
        "post",
        &typed,
        "a=b",
        "Idempotency-Key:mine",
        "--retry",
        "1",
    ];
    desk.run(&typed).well();
    let seen = server.seen();
    assert_eq!(seen[4].field("Idempotency-Key"), Some("mine"));
}

#[test]
fn without_retry_everything_is_sent_once() {
    let desk = Desk::new();
    for method in ["get", "post", "put"] {
        let server = busy();
        desk.run(&[method, &server.url("/"), "a=b", "--check-status"])
            .ended(5);
        assert_eq!(server.only().field("Idempotency-Key"), None);
    }
    let server = Script::conversing(|_, _| Ok(()));
    desk.run(&["post", &server.url("/"), "a=b"]).ended(1);
    server.only();
}

#[test]
fn a_connection_that_is_cut_before_the_answer_is_tried_again() {
    let server = Script::conversing(|seen, stream| match seen.number {
        0 => Ok(()),
        _ => stream.write_all(&answer("200 OK", &[], "at last")),
    });
    let desk = Desk::new();
    let ran = desk.run(&["get", &server.url("/"), "--retry", "1"]).well();
    assert_eq!(ran.text(), "at last");
}

#[test]
fn a_pipe_that_was_read_cannot_be_sent_again() {
    let server = busy();
    let desk = Desk::new();
    let arguments = ["put", &server.url("/"), "--retry", "2", "--check-status"];
    desk.pipe(&arguments, b"once").ended(5);
    assert_eq!(server.only().text(), "once");
}

/// Hands a request on to Bistro; the answer.
fn hand_on(server: SocketAddr, seen: &Seen) -> Vec<u8> {
    let mut connection = Connection::open(server);
    connection.write(seen.head.as_bytes()).expect("sent");
    connection.write(&seen.body).expect("sent");
    let method = seen.line().split(' ').next().unwrap_or_default();
    let response = connection.receive(method).expect("an answer");
    let fields: Vec<String> = response
        .fields
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let status = format!("{} {}", response.status, response.reason);
    answer(&status, &fields, &response.body)
}

#[test]
fn a_row_is_created_once_though_the_answer_was_lost() {
    let server = Server::start();
    let address = server.address();
    let lossy = Script::conversing(move |seen, stream| {
        let answer = hand_on(address, seen);
        if seen.number == 0 {
            return Ok(());
        }
        stream.write_all(&answer)
    });
    let desk = Desk::new();
    let url = lossy.url("/notes");
    let arguments = [
        "post",
        &url,
        "body=lost",
        "--retry",
        "2",
        "--check-status",
        "-h",
    ];
    let shown = desk.run(&arguments).well().text();
    assert!(shown.contains("201 Created"), "{shown}");
    assert!(shown.contains("idempotent-replayed: true"), "{shown}");
    assert_eq!(lossy.seen().len(), 2);
    let count = "SELECT count(*) FROM notes WHERE body = 'lost'";
    assert_eq!(server.fixture().value(count), "1");
}
