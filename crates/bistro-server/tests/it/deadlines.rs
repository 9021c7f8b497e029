//! Clients that are slow, on purpose or not: every phase of a connection ends.

use std::io::ErrorKind;
use std::time::Duration;

use crate::client::{After, Client};
use crate::server::Running;

const SOON: Duration = Duration::from_millis(150);

#[test]
fn a_silent_connection_is_dropped() {
    let server = Running::start(|settings| settings.bounds.head_time = SOON);
    assert_eq!(Client::connect(server.address).read_to_end(), b"");
}

#[test]
fn half_a_preface_is_dropped() {
    let server = Running::start(|settings| settings.bounds.head_time = SOON);
    let mut client = Client::connect(server.address);
    client.send("PRI * HTTP/2.0\r\n\r\nSM");
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn an_idle_http2_connection_is_closed() {
    let server = Running::start(|settings| settings.keep_alive = Some(SOON));
    let mut client = Client::connect(server.address);
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    client.read_to_end();
}

#[test]
fn half_a_head_is_answered_with_408() {
    let server = Running::start(|settings| settings.bounds.head_time = SOON);
    let mut client = Client::connect(server.address);
    client.send("GET / HTTP/1.1\r\nHost: local");
    assert_eq!(client.receive("GET").status, 408);
    assert_eq!(client.after(), After::Closed);
}

#[test]
fn half_a_second_head_is_answered_with_408() {
    let server = Running::start(|settings| settings.bounds.head_time = SOON);
    let mut client = Client::connect(server.address);
    client.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\nGET ");
    assert_eq!(client.receive("OPTIONS").status, 204);
    assert_eq!(client.receive("GET").status, 408);
}

#[test]
fn an_idle_connection_is_closed() {
    let server = Running::start(|settings| settings.keep_alive = Some(SOON));
    let mut client = Client::connect(server.address);
    client.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.receive("OPTIONS").status, 204);
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn without_keep_alive_each_response_closes() {
    let server = Running::start(|settings| settings.keep_alive = None);
    let mut client = Client::connect(server.address);
    client.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let response = client.receive("OPTIONS");
    assert_eq!(response.field("connection"), Some("close"));
    assert_eq!(client.after(), After::Closed);
}

#[test]
fn half_a_body_is_answered_with_408() {
    let server = Running::start(|settings| settings.bounds.body_idle = SOON);
    let mut client = Client::connect(server.address);
    client.send(
        "POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[",
    );
    assert_eq!(client.receive("POST").status, 408);
    assert_eq!(client.after(), After::Closed);
}

#[test]
fn a_body_beyond_the_limit_is_answered_although_it_is_still_coming() {
    let server = Running::start(|settings| settings.bounds.body_bytes = 1_000);
    for head in ["Content-Length: 500000", "Transfer-Encoding: chunked"] {
        let mut client = Client::connect(server.address);
        client.send(format!(
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{head}\r\n\r\n7A120\r\n"
        ));
        client.send("x".repeat(500_000));
        assert_eq!(client.receive("POST").status, 413, "{head}");
        assert_eq!(client.after(), After::Closed);
    }
}

#[test]
fn a_half_closed_client_gets_its_response() {
    let server = Running::start(|_| {});
    let mut client = Client::connect(server.address);
    client
        .send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .half_close();
    assert_eq!(client.receive("OPTIONS").status, 204);
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn http_1_0_and_connection_close_close_and_http_1_1_keeps() {
    let server = Running::start(|_| {});
    let check = |request: &str, after: After| {
        let mut client = Client::connect(server.address);
        client.send(request);
        assert_eq!(client.receive("OPTIONS").status, 204, "{request:?}");
        assert_eq!(client.after(), after, "{request:?}");
    };
    check("OPTIONS * HTTP/1.0\r\n\r\n", After::Closed);
    check(
        "OPTIONS * HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
        After::Kept,
    );
    check(
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        After::Closed,
    );
    check("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", After::Kept);
    check(
        "\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        After::Kept,
    );
}

#[test]
fn a_client_that_takes_no_responses_is_dropped() {
    let server = Running::start(|settings| settings.bounds.write_idle = SOON);
    let mut client = Client::connect(server.address);
    let request = format!(
        "TRACE / HTTP/1.1\r\nHost: localhost\r\nX-Probe: {}\r\n\r\n",
        "a".repeat(7_000)
    );
    let kind = client.send_until_closed(request.as_bytes());
    assert!(
        matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
        "{kind}"
    );
}

#[test]
fn connections_beyond_the_bound_wait_their_turn() {
    let server = Running::start(|settings| settings.bounds.connections = 1);
    let mut first = Client::connect(server.address);
    first.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(first.receive("OPTIONS").status, 204);
    let mut second = Client::connect(server.address);
    second.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // The first is served again while the second still waits. It stays open: once it closes, the second may go on.
    first.send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(first.receive("OPTIONS").status, 204);
    assert!(!second.has_answer(), "it was served beside the first");
    drop(first);
    assert_eq!(second.receive("OPTIONS").status, 204);
}
