//! Requests as octets: which are answered, which are refused, and whether the connection goes on.

use crate::client::{After, Client};
use crate::server::Running;

use After::{Closed, Kept};

fn check(rows: &[(&str, &str, u16, After)]) {
    let server = Running::start(|_| {});
    for &(name, request, status, after) in rows {
        let mut client = Client::connect(server.address);
        client.send(request);
        let method = request.split(' ').next().unwrap_or_default();
        let response = client.receive(method);
        assert_eq!(
            response.status,
            status,
            "{name}: {request:?} {}",
            response.text()
        );
        assert_eq!(client.after(), after, "{name}: {request:?}");
        if status >= 400 && method != "HEAD" {
            assert!(
                response.text().contains("\"message\":\""),
                "{name}: a refusal has words: {}",
                response.text()
            );
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_request_names_exactly_one_host_that_is_ours() {
    check(&[
        (
            "plain",
            "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
            204,
            Kept,
        ),
        (
            "port",
            "OPTIONS * HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
            204,
            Kept,
        ),
        (
            "address",
            "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n",
            204,
            Kept,
        ),
        (
            "IPv6",
            "OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
            204,
            Kept,
        ),
        (
            "upper case",
            "OPTIONS * HTTP/1.1\r\nHOST: LOCALHOST\r\n\r\n",
            204,
            Kept,
        ),
        ("missing", "OPTIONS * HTTP/1.1\r\n\r\n", 400, Kept),
        ("empty", "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", 400, Kept),
        (
            "doubled",
            "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "space",
            "OPTIONS * HTTP/1.1\r\nHost: local host\r\n\r\n",
            400,
            Kept,
        ),
        (
            "path",
            "OPTIONS * HTTP/1.1\r\nHost: localhost/x\r\n\r\n",
            400,
            Kept,
        ),
        (
            "user",
            "OPTIONS * HTTP/1.1\r\nHost: me@localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "comma",
            "OPTIONS * HTTP/1.1\r\nHost: localhost, localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "bad port",
            "OPTIONS * HTTP/1.1\r\nHost: localhost:99999\r\n\r\n",
            400,
            Kept,
        ),
        (
            "bad IPv6",
            "OPTIONS * HTTP/1.1\r\nHost: [::1\r\n\r\n",
            400,
            Kept,
        ),
        (
            "foreign",
            "OPTIONS * HTTP/1.1\r\nHost: evil.test\r\n\r\n",
            421,
            Kept,
        ),
        (
            "foreign beginning",
            "OPTIONS * HTTP/1.1\r\nHost: localhost.evil.test\r\n\r\n",
            421,
            Kept,
        ),
        (
            "absolute form wins",
            "GET http://evil.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            421,
            Kept,
        ),
        (
            "absolute form needs Host, too",
            "GET http://localhost/ HTTP/1.1\r\n\r\n",
            400,
            Kept,
        ),
        (
            "absolute form",
            "GET http://localhost/ HTTP/1.1\r\nHost: evil.test\r\n\r\n",
            200,
            Kept,
        ),
        (
            "user in absolute form",
            "GET http://me@localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "other scheme",
            "GET https://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        ("HTTP/1.0 without", "GET / HTTP/1.0\r\n\r\n", 200, Closed),
        (
            "HTTP/1.0 foreign",
            "GET / HTTP/1.0\r\nHost: evil.test\r\n\r\n",
            421,
            Closed,
        ),
    ]);
}

#[test]
fn a_target_has_the_form_of_its_method() {
    check(&[
        (
            "asterisk",
            "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "no slash",
            "GET nopath HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "authority",
            "GET localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "fragment",
            "GET /#top HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "raw UTF-8",
            "GET /é HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "raw UTF-8 in the query",
            "GET /?é HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Kept,
        ),
        (
            "control",
            "GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Closed,
        ),
        (
            "space",
            "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Closed,
        ),
    ]);
}

#[test]
fn a_method_is_known_or_refused() {
    check(&[
        (
            "unknown",
            "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            501,
            Kept,
        ),
        (
            "lower case",
            "get / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            501,
            Kept,
        ),
        (
            "like a preface",
            "PRI * HTTP/1.1\r\nHost: localhost\r\n\r\n",
            501,
            Kept,
        ),
        (
            "tunnel",
            "CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            405,
            Closed,
        ),
        (
            "tunnel to anywhere",
            "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
            405,
            Closed,
        ),
        (
            "tunnel without port",
            "CONNECT example.com HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Closed,
        ),
        (
            "tunnel to port 0",
            "CONNECT example.com:0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Closed,
        ),
        (
            "tunnel to port 99999",
            "CONNECT example.com:99999 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Closed,
        ),
        (
            "tunnel with user",
            "CONNECT me@example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Closed,
        ),
        (
            "tunnel to a path",
            "CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            400,
            Closed,
        ),
    ]);
}

#[test]
fn a_body_is_framed_in_one_way() {
    check(&[
        (
            "length, then coding",
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            Closed,
        ),
        (
            "coding, then length",
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            400,
            Closed,
        ),
        (
            "chunked twice",
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            501,
            Closed,
        ),
        (
            "unknown coding",
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            501,
            Closed,
        ),
        (
            "no chunked at all",
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
            400,
            Closed,
        ),
        (
            "two lengths",
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400,
            Closed,
        ),
        (
            "too large",
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n",
            413,
            Closed,
        ),
        (
            "expectation",
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n",
            417,
            Kept,
        ),
    ]);
}

#[test]
fn a_malformed_chunk_is_refused_although_hyper_would_take_it() {
    let server = Running::start(|_| {});
    let check = |body: &str, is_good: bool| {
        let mut client = Client::connect(server.address);
        client.send(format!(
            "POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        ));
        let response = client.receive("POST");
        let text = response.text();
        let is_refused = response.status == 400 && text.contains("malformed");
        assert_eq!(!is_refused, is_good, "{body:?} {} {text}", response.status);
    };
    check("2\r\n{}\r\n0\r\n\r\n", true);
    check("2;a=b\r\n{}\r\n0\r\n\r\n", true);
    check("2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n", true);
    check("2 \r\n{}\r\n0\r\n\r\n", false);
    check("2;\r\n{}\r\n0\r\n\r\n", false);
    check("2;a\0\r\n{}\r\n0\r\n\r\n", false);
    check("x\r\n{}\r\n0\r\n\r\n", false);
}

#[test]
fn limits_have_their_own_statuses() {
    let server = Running::start(|settings| {
        settings.bounds.target_bytes = 1_000;
        settings.bounds.head_bytes = 10_000;
        settings.bounds.fields = 20;
    });
    let check = |target: &str, fields: &str, status: u16| {
        let mut client = Client::connect(server.address);
        client.send(format!(
            "OPTIONS {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n"
        ));
        let response = client.receive("OPTIONS");
        assert_eq!(response.status, status, "{} {}", target.len(), fields.len());
        if status >= 400 {
            assert!(
                response.text().contains("\"message\":\""),
                "{}",
                response.text()
            );
            assert_eq!(response.field("x-content-type-options"), Some("nosniff"));
        }
    };
    check("*", "", 204);
    check(&format!("/{}", "a".repeat(2_000)), "", 414);
    check(&format!("/{}", "a".repeat(20_000)), "", 414);
    check(&format!("/{}", "a".repeat(90_000)), "", 414);
    check("*", &format!("X: {}\r\n", "a".repeat(20_000)), 431);
    check("*", &"X: a\r\n".repeat(30), 431);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Running::start(|_| {});
    let mut client = Client::connect(server.address);
    client.send(
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n\
         GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n\
         POST /notes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}\
         BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n\
         OPTIONS * HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n\
         OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    let statuses: Vec<_> = ["OPTIONS", "GET", "POST", "BREW", "OPTIONS", "OPTIONS"]
        .into_iter()
        .map(|method| client.receive(method).status)
        .collect();
    assert_eq!((statuses[0], statuses[1]), (204, 421));
    assert_eq!(statuses[3..], [501, 400, 0]);
}

#[test]
fn a_body_that_nobody_wants_leaves_the_connection_to_the_next_request() {
    let server = Running::start(|_| {});
    let ask = |head: &str, body: &str| {
        let mut client = Client::connect(server.address);
        client.send(format!(
            "POST /nowhere HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n"
        ));
        let response = client.send(body).receive("POST");
        assert_eq!(response.status, 404, "{head}");
        (
            response.field("connection").map(str::to_owned),
            client.after(),
        )
    };
    assert_eq!(ask("Content-Length: 2", "{}"), (None, Kept));
    let chunked = ask("Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n");
    assert_eq!(chunked, (None, Kept));
    // Nobody waits for so much, and the client learns that.
    let closed = (Some("close".to_owned()), Closed);
    assert_eq!(ask("Content-Length: 500000", "{"), closed);
}

#[test]
fn whoever_waits_to_be_told_to_send_a_body_is_told_that_the_connection_ends() {
    let server = Running::start(|_| {});
    for target in [
        "/nowhere HTTP/1.1\r\nHost: localhost",
        "/ HTTP/1.1\r\nHost: evil.test",
    ] {
        let mut client = Client::connect(server.address);
        client.send(format!(
            "POST {target}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        ));
        let response = client.receive("POST");
        assert_eq!(response.field("connection"), Some("close"), "{target}");
        assert_eq!(client.after(), Closed, "{target}");
    }
}
