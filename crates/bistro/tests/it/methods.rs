//! Every method on every sort of resource, and both ways to end an exchange.

use serde_json::Value;

use crate::http::{Connection, Request, Response};
use crate::server::Server;

/// What Bistro offers on each sort of resource.
const SORTS: [(&str, &str); 6] = [
    ("/", "GET, HEAD, OPTIONS, TRACE"),
    (
        "/notes",
        "GET, HEAD, QUERY, POST, PUT, PATCH, DELETE, OPTIONS, TRACE",
    ),
    ("/notes/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS, TRACE"),
    ("/recent_songs", "GET, HEAD, QUERY, OPTIONS, TRACE"),
    (
        "/bands",
        "GET, HEAD, QUERY, POST, PATCH, DELETE, OPTIONS, TRACE",
    ),
    (
        "/readings",
        "GET, HEAD, QUERY, POST, PATCH, DELETE, OPTIONS, TRACE",
    ),
];

const METHODS: [&str; 9] = [
    "GET", "HEAD", "QUERY", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
];

/// The methods of a list, sorted.
fn methods(list: &str) -> Vec<String> {
    let mut methods: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    methods.sort();
    methods
}

#[test]
fn options_tells_the_truth_about_every_resource() {
    let server = Server::start();
    for (target, allow) in SORTS {
        let response = server.send(&Request::new("OPTIONS", target));
        assert!(
            [200, 204].contains(&response.status),
            "{target}: {}",
            response.status
        );
        let found = response.list("Allow").unwrap_or_default();
        assert_eq!(methods(&found), methods(allow), "{target}");
    }
}

#[test]
fn a_method_that_a_resource_does_not_have_is_405_with_allow() {
    for (target, allow) in SORTS {
        for method in METHODS {
            if methods(allow).contains(&method.to_owned()) {
                continue;
            }
            let server = Server::start();
            let response = server.send(&request(method, target));
            assert_eq!(
                response.status,
                405,
                "{method} {target}: {}",
                response.text()
            );
            let found = response.list("Allow").unwrap_or_default();
            assert_eq!(methods(&found), methods(allow), "{method} {target}");
        }
    }
}

#[test]
fn a_method_that_a_resource_has_is_never_405_or_501() {
    for (target, allow) in SORTS {
        let server = Server::start();
        for method in methods(allow) {
            // `PUT` to a collection names its row by a filter.
            let named = match (method.as_str(), target) {
                ("PUT", "/notes") => "/notes?id=eq.1",
                _ => target,
            };
            let response = server.send(&request(&method, named));
            assert!(
                response.status < 405 || [406, 409, 415, 422].contains(&response.status),
                "{method} {target}: {} {}",
                response.status,
                String::from_utf8_lossy(&response.body)
            );
        }
    }
}

/// A request with that method that makes some sense.
fn request(method: &str, target: &str) -> Request {
    let request = Request::new(method, target);
    match method {
        "POST" | "PUT" | "PATCH" => request.json("{\"id\":1,\"body\":\"x\"}"),
        "QUERY" => request
            .field("Content-Type", "application/x-www-form-urlencoded")
            .body("limit=1"),
        _ => request,
    }
}

#[test]
fn a_resource_that_is_not_there_is_404_whatever_is_done_to_it() {
    let server = Server::start();
    for target in ["/nowhere", "/nowhere/1"] {
        for method in METHODS {
            if method == "TRACE" || (method == "QUERY" && target == "/nowhere/1") {
                continue;
            }
            let response = server.send(&request(method, target));
            assert_eq!(response.status, 404, "{method} {target}");
        }
    }
    for method in ["GET", "HEAD", "PATCH", "DELETE"] {
        assert_eq!(
            server.send(&request(method, "/notes/999")).status,
            404,
            "{method}"
        );
    }
}

#[test]
fn a_method_nobody_knows_is_501() {
    let server = Server::start();
    for method in ["BREW", "get", "Get", "PROPFIND", "LINK", "M-SEARCH"] {
        for target in ["/", "/songs", "/songs/1", "/nowhere"] {
            let response = server.send(&Request::new(method, target));
            assert_eq!(response.status, 501, "{method} {target}");
        }
    }
}

#[test]
fn head_has_the_fields_of_get_and_no_body() {
    let server = Server::start();
    let targets = [
        "/",
        "/songs",
        "/songs?limit=2",
        "/songs?limit=3&offset=2&order=year",
        "/songs?select=title&year=eq.1992",
        "/songs?select=count()",
        "/songs/1",
        "/songs/999",
        "/recent_songs",
        "/order_lines/7,2",
        "/nowhere",
        "/songs?year=foo.3",
        "/songs?id=eq.999",
        "/songs?offset=100",
        "/kinds",
    ];
    let accepts = [
        "application/json",
        "text/csv",
        "application/x-ndjson",
        "text/html",
        "application/vnd.pgrst.object+json",
        "application/problem+json",
    ];
    for target in targets {
        for accept in accepts {
            for prefer in ["", "count=exact"] {
                let ask = |method| {
                    let request = Request::new(method, target).field("Accept", accept);
                    let request = match prefer {
                        "" => request,
                        _ => request.field("Prefer", prefer),
                    };
                    server.send(&request)
                };
                let (get, head) = (ask("GET"), ask("HEAD"));
                let context = format!("{target} as {accept}, {prefer}");
                assert_eq!(get.status, head.status, "{context}");
                assert_eq!(fields(&get), fields(&head), "{context}");
                assert_eq!(head.body, b"", "{context}");
            }
        }
    }
}

/// The fields that two equal requests must agree on.
///
/// A body whose length is not known before it is there is chunked: then `HEAD`, which does no needless work, may leave
/// both out (RFC 9110 §9.3.2).
fn fields(response: &Response) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = response
        .fields
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .filter(|(name, _)| name != "date" && name != "transfer-encoding")
        .collect();
    fields.sort();
    fields
}

#[test]
fn a_head_leaves_the_connection_in_order() {
    let server = Server::start();
    let mut connection = server.connect();
    for _ in 0..3 {
        assert_eq!(connection.send(&Request::new("HEAD", "/songs")).status, 200);
        let get = connection.send(&Request::new("GET", "/songs?select=id&id=eq.1"));
        assert_eq!(get.text(), "[{\"id\":1}]");
    }
}

#[test]
fn trace_echoes_without_credentials() {
    let server = Server::start();
    let request = Request::new("TRACE", "/songs?id=eq.1")
        .field("Cookie", "sid=crumbs")
        .field("Authorization", "Bearer whisper")
        .field("Proxy-Authorization", "Basic murmur")
        .field("X-Api-Key", "hush")
        .field("Idempotency-Key", "silence")
        .field("Accept", "message/http")
        .field("User-Agent", "it/1");
    let response = server.send(&request);
    assert_eq!(response.status, 200);
    assert_eq!(response.field("Content-Type"), Some("message/http"));
    assert_eq!(response.field("Cache-Control"), Some("no-store"));
    assert_eq!(response.field("X-Content-Type-Options"), Some("nosniff"));
    let echo = response.text();
    assert!(echo.starts_with("TRACE /songs"), "{echo}");
    assert!(
        echo.to_ascii_lowercase().contains("user-agent: it/1"),
        "{echo}"
    );
    for secret in ["crumbs", "whisper", "murmur", "hush", "silence"] {
        assert!(!echo.contains(secret), "{secret} is in {echo}");
    }
}

#[test]
fn trace_takes_no_content_and_no_browser() {
    let server = Server::start();
    let content = server.send(&Request::new("TRACE", "/songs").body("x"));
    assert_eq!(content.status, 400);
    for (name, value) in [
        ("Origin", "http://evil.test"),
        ("Sec-Fetch-Site", "same-origin"),
    ] {
        let response = server.send(&Request::new("TRACE", "/songs").field(name, value));
        assert!(
            (400..500).contains(&response.status),
            "{name}: {}",
            response.status
        );
    }
}

#[test]
fn connect_is_refused() {
    let server = Server::start();
    for target in ["127.0.0.1:1", "example.org:443"] {
        let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        let response = server.raw(head.as_bytes());
        assert!(
            [403, 405, 421, 501].contains(&response.status),
            "{target}: {}",
            response.status
        );
    }
    for target in [
        "127.0.0.1",
        "127.0.0.1:0",
        "127.0.0.1:99999",
        "user@127.0.0.1:1",
    ] {
        let head = format!(
            "CONNECT {target} HTTP/1.1\r\nHost: {}\r\n\r\n",
            server.address()
        );
        let response = server.raw(head.as_bytes());
        assert!(
            (400..=501).contains(&response.status),
            "{target}: {}",
            response.status
        );
    }
}

#[test]
fn options_star_is_about_the_server() {
    let server = Server::start();
    let head = format!("OPTIONS * HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
    let response = server.raw(head.as_bytes());
    assert!([200, 204].contains(&response.status), "{}", response.status);
    let allow = response.list("Allow").expect("it says what is possible");
    assert!(allow.contains("GET") && allow.contains("QUERY"), "{allow}");
}

#[test]
fn http_1_1_keeps_the_connection() {
    let server = Server::start();
    let mut connection = server.connect();
    for _ in 0..5 {
        let response = connection.send(&Request::new("GET", "/songs?id=eq.1&select=id"));
        assert_eq!(response.text(), "[{\"id\":1}]");
        assert_ne!(response.field("Connection"), Some("close"));
    }
    let created = connection.send(&Request::new("POST", "/notes").json("{\"body\":\"a\"}"));
    assert_eq!(created.status, 201);
    let wrong = connection.send(&Request::new("GET", "/songs?year=oops"));
    assert_eq!(wrong.status, 400);
    assert_eq!(
        connection.send(&Request::new("GET", "/songs/1")).status,
        200
    );
}

#[test]
fn connection_close_closes() {
    let server = Server::start();
    let mut connection = server.connect();
    let request = Request::new("GET", "/songs").field("Connection", "close");
    let response = connection.send(&request);
    assert_eq!(
        (response.status, response.field("Connection")),
        (200, Some("close"))
    );
    assert!(connection.is_closed());
}

#[test]
fn http_1_0_closes() {
    let server = Server::start();
    let mut connection = server.connect();
    let head = format!("GET /songs HTTP/1.0\r\nHost: {}\r\n\r\n", server.address());
    connection.write(head.as_bytes()).expect("sent");
    let response = connection.receive("GET").expect("an answer");
    assert_eq!(response.status, 200);
    assert_eq!(
        response.field("Transfer-Encoding"),
        None,
        "HTTP/1.0 knows no chunks"
    );
    assert!(matches!(response.json(), Value::Array(rows) if rows.len() == 8));
    assert!(connection.is_closed());
}

#[test]
fn requests_in_a_row_are_answered_in_a_row() {
    let server = Server::start();
    let mut connection = Connection::open(server.address());
    let one = |id| {
        format!(
            "GET /songs?select=id&id=eq.{id} HTTP/1.1\r\nHost: {}\r\n\r\n",
            server.address()
        )
    };
    connection
        .write((one(1) + &one(2) + &one(3)).as_bytes())
        .expect("sent");
    for id in 1..=3 {
        let response = connection.receive("GET").expect("an answer");
        assert_eq!(response.text(), format!("[{{\"id\":{id}}}]"));
    }
}

#[test]
fn a_preflight_from_nobody_we_know_is_not_granted() {
    let server = Server::start();
    let response = server.send(
        &Request::new("OPTIONS", "/songs")
            .field("Origin", "http://evil.test")
            .field("Access-Control-Request-Method", "DELETE"),
    );
    let granted = response.field("Access-Control-Allow-Origin");
    assert!(granted.is_none(), "{granted:?}");
}
