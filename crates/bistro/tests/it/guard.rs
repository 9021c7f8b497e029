//! What stands before the resources: whose Host it is, whose page sends the request, and how much of it there may be.

use crate::fixture::Fixture;
use crate::http::{Request, Response};
use crate::server::Server;

/// A `GET /songs?id=eq.1` with these field lines.
fn with_head(server: &Server, head: &str) -> Response {
    server.raw(format!("GET /songs?id=eq.1 HTTP/1.1\r\n{head}\r\n").as_bytes())
}

#[test]
fn only_loopback_names_are_ours() {
    let server = Server::start();
    let port = server.address().port();
    for host in ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"] {
        for host in [format!("{host}:{port}"), host.to_owned()] {
            let response = with_head(&server, &format!("Host: {host}\r\n"));
            assert_eq!(response.status, 200, "{host}");
        }
    }
    for host in [
        "evil.test",
        &format!("evil.test:{port}"),
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "10.0.0.1",
        "0.0.0.0",
        "localhost.",
    ] {
        let response = with_head(&server, &format!("Host: {host}\r\n"));
        assert_eq!(response.status, 421, "{host}");
    }
}

#[test]
fn a_host_must_be_there_once_and_well_formed() {
    let server = Server::start();
    let heads = [
        "",
        "Host:\r\n",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host: localhost\r\nHost: evil.test\r\n",
        "Host: local host\r\n",
        "Host: localhost/path\r\n",
        "Host: user@localhost\r\n",
        "Host: localhost,evil.test\r\n",
        "Host: localhost:99999\r\n",
        "Host: localhost:port\r\n",
        "Host: [::1\r\n",
        "Host: [::zz]\r\n",
        "Host: http://localhost\r\n",
    ];
    for head in heads {
        let response = with_head(&server, head);
        assert_eq!(response.status, 400, "{head:?}");
    }
}

#[test]
fn targets_come_in_the_forms_that_http_knows() {
    let server = Server::start();
    let address = server.address();
    let ask = |target: &str| {
        server
            .raw(format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())
            .status
    };
    assert_eq!(
        ask(&format!("http://{address}/songs/1")),
        200,
        "absolute-form"
    );
    assert_eq!(
        ask("http://evil.test/songs/1"),
        421,
        "absolute-form of another"
    );
    for target in [
        "*",
        "songs",
        "localhost:80",
        "/songs#1",
        "/s\u{f6}ngs",
        "//evil.test/songs",
        "ftp://localhost/songs",
    ] {
        let status = ask(target);
        assert!((400..500).contains(&status), "{target}: {status}");
    }
}

#[test]
fn a_path_that_tries_to_climb_finds_nothing() {
    let server = Server::start();
    for target in [
        "/../songs",
        "/songs/..",
        "/songs/../notes",
        "/%2e%2e/songs",
        "/songs/%2e%2e",
        "/./songs",
        "/songs%2f1",
        "/songs//1",
        "//songs",
        "/songs/%00",
        "/%00",
        "/%ff",
        "/songs/1/",
        "/songs%5c1",
        "/songs\\1",
        "/\\evil.test",
        "/rest/v1/../songs",
    ] {
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n",
            server.address()
        );
        let status = server.raw(head.as_bytes()).status;
        assert!([400, 404].contains(&status), "{target}: {status}");
    }
}

#[test]
fn other_origins_change_nothing() {
    let server = Server::start();
    let own = format!("http://{}", server.address());
    let port = server.address().port();
    let other_port = format!("http://127.0.0.1:{}", port ^ 1);
    let secure = format!("https://{}", server.address());
    // Method, Sec-Fetch-Site, Origin, and whether it may pass.
    let table: [(&str, Option<&str>, Option<&str>, bool); 18] = [
        ("GET", Some("cross-site"), Some("http://evil.test"), true),
        ("HEAD", Some("cross-site"), Some("http://evil.test"), true),
        (
            "OPTIONS",
            Some("cross-site"),
            Some("http://evil.test"),
            true,
        ),
        ("POST", Some("same-origin"), Some(&own), true),
        ("POST", Some("none"), None, true),
        ("POST", None, None, true),
        ("POST", None, Some(&own), true),
        ("POST", Some("same-site"), Some(&own), false),
        ("POST", Some("cross-site"), Some("http://evil.test"), false),
        ("POST", Some("cross-site"), None, false),
        ("POST", None, Some("http://evil.test"), false),
        ("POST", None, Some("null"), false),
        ("POST", None, Some(&other_port), false),
        ("POST", None, Some(&secure), false),
        ("PATCH", Some("cross-site"), None, false),
        ("PUT", None, Some("http://evil.test"), false),
        ("DELETE", None, Some("http://evil.test"), false),
        ("QUERY", Some("cross-site"), Some("http://evil.test"), false),
    ];
    for (method, site, origin, passes) in table {
        let target = if method == "POST" {
            "/notes"
        } else {
            "/notes/1"
        };
        let mut request = Request::new(method, target);
        if !["GET", "HEAD", "OPTIONS", "DELETE"].contains(&method) {
            request = request.json("{\"body\":\"x\"}");
        }
        for (name, value) in [("Sec-Fetch-Site", site), ("Origin", origin)] {
            if let Some(value) = value {
                request = request.field(name, value);
            }
        }
        let response = server.send(&request);
        let context = format!("{method} {site:?} {origin:?}: {}", response.status);
        if passes {
            assert!(response.status < 300, "{context}");
        } else {
            assert_eq!(response.status, 403, "{context}");
        }
    }
}

#[test]
fn a_body_of_a_page_that_needs_no_preflight_is_not_taken_as_json() {
    let server = Server::start();
    for kind in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
    ] {
        let request = Request::new("POST", "/notes")
            .field("Content-Type", kind)
            .body("{\"body\":\"x\"}");
        assert_eq!(server.send(&request).status, 415, "{kind}");
    }
    assert_eq!(server.fixture().value("SELECT count(*) FROM notes"), "3");
}

#[test]
fn no_field_overrides_the_method() {
    let server = Server::start();
    for name in [
        "X-HTTP-Method-Override",
        "X-Method-Override",
        "X-HTTP-Method",
    ] {
        let request = Request::new("GET", "/notes/1").field(name, "DELETE");
        assert_eq!(server.send(&request).status, 200);
    }
    assert_eq!(server.fixture().value("SELECT count(*) FROM notes"), "3");
}

#[test]
fn a_body_beyond_the_limit_is_413() {
    let server = Server::start();
    let limit = 8 * 1024 * 1024;
    let told = format!(
        "POST /notes HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        limit + 1
    );
    assert_eq!(
        server.raw(told.as_bytes()).status,
        413,
        "told by Content-Length"
    );
    let mut connection = server.connect();
    let head = format!(
        "POST /notes HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        server.address()
    );
    connection.write(head.as_bytes()).expect("sent");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    for _ in 0..=limit / 65_536 {
        if connection.write(chunk.as_bytes()).is_err() {
            break;
        }
    }
    let response = connection
        .receive("POST")
        .expect("an answer, even if early");
    assert_eq!(response.status, 413, "found while reading");
    assert_eq!(server.get("/songs/1").status, 200);
}

#[test]
fn a_body_within_the_limit_is_taken() {
    let server = Server::start();
    let body = format!("{{\"body\":\"{}\"}}", "x".repeat(7 * 1024 * 1024));
    assert_eq!(
        server
            .send(&Request::new("POST", "/notes").json(&body))
            .status,
        201
    );
    let length = server
        .fixture()
        .value("SELECT max(length(body)) FROM notes");
    assert_eq!(length, (7 * 1024 * 1024).to_string());
}

#[test]
fn a_target_beyond_the_limit_is_414() {
    let server = Server::start();
    let target = format!("/songs?title=eq.{}", "x".repeat(20_000));
    assert_eq!(server.get(&target).status, 414);
    let target = format!("/songs?title=eq.{}", "x".repeat(15_000));
    assert_eq!(server.get(&target).status, 200);
}

#[test]
fn a_head_beyond_the_limit_is_431() {
    let server = Server::start();
    let long = Request::new("GET", "/songs").field("X-Long", &"x".repeat(100_000));
    assert_eq!(server.send(&long).status, 431, "one long field");
    let mut many = Request::new("GET", "/songs");
    for index in 0..200 {
        many = many.field(&format!("X-{index}"), "x");
    }
    assert_eq!(server.send(&many).status, 431, "many fields");
    assert_eq!(server.get("/songs/1").status, 200);
}

#[test]
fn a_body_framed_in_two_ways_is_refused() {
    let server = Server::start();
    let host = server.address();
    for framing in [
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: -1",
        "Content-Length: 0x3",
    ] {
        let request = format!(
            "POST /notes HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n0\r\n\r\n"
        );
        assert_eq!(server.raw(request.as_bytes()).status, 400, "{framing}");
    }
    for coding in ["gzip, chunked", "chunked, chunked", "identity, chunked"] {
        let request = format!(
            "POST /notes HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"
        );
        let status = server.raw(request.as_bytes()).status;
        assert!([400, 501].contains(&status), "{coding}: {status}");
    }
}

#[test]
fn forwarded_fields_of_strangers_change_nothing() {
    let server = Server::start();
    let plain = server.get("/songs?limit=2");
    let forwarded = server.send(
        &Request::new("GET", "/songs?limit=2")
            .field("X-Forwarded-Proto", "https")
            .field("X-Forwarded-Host", "evil.test")
            .field("Forwarded", "host=evil.test;proto=https"),
    );
    assert_eq!(plain.list("Link"), forwarded.list("Link"));
    assert!(!format!("{forwarded:?}").contains("evil.test"));
}

#[test]
fn every_answer_says_what_it_is() {
    let server = Server::start();
    for target in ["/songs", "/songs/1", "/nowhere", "/songs?year=x", "/"] {
        let response = server.get(target);
        assert_eq!(
            response.field("X-Content-Type-Options"),
            Some("nosniff"),
            "{target}"
        );
        assert!(response.field("Content-Type").is_some(), "{target}");
        assert!(
            response.field("Set-Cookie").is_none(),
            "{target}: nothing to remember"
        );
    }
}

#[test]
fn a_silent_connection_hurts_nobody() {
    let server = Server::serve(Fixture::copy("fixture.sql"), &[]);
    let silent: Vec<_> = (0..200).map(|_| server.connect()).collect();
    assert_eq!(server.get("/songs/1").status, 200);
    drop(silent);
    assert_eq!(server.get("/songs/1").status, 200);
}
