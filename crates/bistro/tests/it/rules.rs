//! Rules that open only some operations: nothing is told or done beyond them.

use std::fs;

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::Server;

/// A server where notes may be changed by anyone and read by no one.
fn blind() -> Server {
    let fixture = Fixture::of(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
         INSERT INTO notes VALUES (1, 'secret'), (2, 'other');",
    );
    let path = fixture.directory().join("bistro.toml");
    let config = "[http]\nlisten = \"127.0.0.1:0\"\nunfiltered_writes = true\n\n\
        [[allow]]\non = \"notes\"\nto = \"anyone\"\ndo = [\"create\", \"update\", \"delete\"]\n";
    fs::write(&path, config).expect("the directory is ours");
    Server::serve(fixture, &["--config", path.to_str().expect("plain")])
}

#[test]
fn a_change_tells_nothing_of_rows_to_whoever_may_not_read_them() {
    let server = blind();
    let before = server.fixture().dump();
    let patch = |target: &str| Request::new("PATCH", target).json(r#"{"body":"mine"}"#);
    for request in [
        patch("/notes?body=like.s*"),
        patch("/notes/1?body=eq.secret"),
        patch("/notes/1").field("If-Match", "*"),
        patch("/notes/1").field("If-None-Match", "\"x\""),
        patch("/notes/1").field("Prefer", "return=representation"),
        Request::new("PATCH", "/notes/1")
            .field("Content-Type", "application/json-patch+json")
            .body(r#"[{"op":"test","path":"/body","value":"secret"}]"#),
        Request::new("DELETE", "/notes?id=eq.1"),
        Request::new("DELETE", "/notes/1?body=eq.secret"),
    ] {
        let response = server.send(&request);
        assert_eq!(response.status, 403, "{request:?}: {}", response.text());
        assert_eq!(response.json()["code"], "42501", "{request:?}");
    }
    assert_eq!(server.fixture().dump(), before);
    assert_eq!(server.send(&patch("/notes/1")).status, 204);
    assert_eq!(server.send(&Request::new("DELETE", "/notes/2")).status, 204);
    assert_eq!(
        server
            .fixture()
            .value("SELECT group_concat(body) FROM notes"),
        "mine"
    );
}
