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

/// A server where anybody reads what is public, and of that not what it costs, and adds what is cheap.
fn narrow() -> Server {
    let fixture = Fixture::of(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, is_public BOOLEAN NOT NULL DEFAULT 1, cost INTEGER);
         INSERT INTO notes VALUES (1, 'open', 1, 5), (2, 'secret', 0, 6), (3, 'other', 1, 7);",
    );
    let path = fixture.directory().join("bistro.toml");
    let config = "[http]\nlisten = \"127.0.0.1:0\"\n\n\
        [[allow]]\non = \"notes\"\nto = \"anyone\"\ndo = [\"read\"]\nwhere = \"is_public\"\ncolumns = [\"id\", \"body\"]\n\
        [[allow]]\non = \"notes\"\nto = \"anyone\"\ndo = [\"create\"]\ncheck = \"cost < 10\"\n";
    fs::write(&path, config).expect("the directory is ours");
    Server::serve(fixture, &["--config", path.to_str().expect("plain")])
}

#[test]
fn only_rows_and_columns_that_rules_open_are_there() {
    let server = narrow();
    for (target, status, text) in [
        (
            "/notes",
            200,
            "[{\"id\":1,\"body\":\"open\"},\n{\"id\":3,\"body\":\"other\"}]",
        ),
        ("/notes/1", 200, r#"{"id":1,"body":"open"}"#),
        ("/notes/2", 404, "not open to you"),
        ("/notes?cost=gt.5", 400, "column notes.cost does not exist"),
        ("/notes?select=id&body=eq.secret", 200, "[]"),
    ] {
        let response = server.get(target);
        assert_eq!(response.status, status, "{target}");
        assert!(
            response.text().contains(text),
            "{target}: {}",
            response.text()
        );
    }
    let counted = Request::new("HEAD", "/notes").field("Prefer", "count=planned");
    assert_eq!(server.send(&counted).field("Content-Range"), Some("0-1/2"));
    let page = server.send(&Request::new("GET", "/notes").field("Accept", "text/html"));
    assert!(
        page.text().contains("body") && !page.text().contains("cost"),
        "{}",
        page.text()
    );
    let description = server.get("/").text();
    assert!(description.contains("body"), "{description}");
}

#[test]
fn what_was_written_and_is_not_as_rules_demand_is_undone() {
    let server = narrow();
    let before = server.fixture().dump();
    let post = |body: &str| server.send(&Request::new("POST", "/notes").json(body));
    for body in [
        r#"{"cost":10}"#,
        r#"[{"cost":1},{"cost":10}]"#,
        r#"{"body":"x"}"#,
    ] {
        let response = post(body);
        assert_eq!(response.status, 403, "{body}");
        assert_eq!(response.json()["code"], "42501", "{body}");
        assert_eq!(
            response.json()["message"],
            "new row violates the rules for table \"notes\"",
            "{body}"
        );
    }
    let batch = r#"[{"method":"POST","path":"/notes","body":{"cost":1}},{"method":"POST","path":"/notes","body":{"cost":10}}]"#;
    let response = server.send(&Request::new("POST", "/-/batch").json(batch));
    assert!(response.text().contains("42501"), "{}", response.text());
    assert_eq!(server.fixture().dump(), before);
    assert_eq!(post(r#"{"cost":9}"#).status, 201);
}

#[test]
fn a_rule_whose_column_goes_while_it_is_served_closes_and_opens_again() {
    let server = narrow();
    assert_eq!(
        server.get("/notes").json().as_array().map(Vec::len),
        Some(2)
    );
    server
        .fixture()
        .run("ALTER TABLE notes RENAME COLUMN is_public TO is_open");
    assert_eq!(server.get("/notes").text(), "[]");
    assert_eq!(server.get("/notes/1").status, 404);
    server.logged("a rule admits nothing any more");
    server
        .fixture()
        .run("ALTER TABLE notes RENAME COLUMN is_open TO is_public");
    assert_eq!(
        server.get("/notes").json().as_array().map(Vec::len),
        Some(2)
    );
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

#[test]
fn a_patch_that_changes_nothing_needs_no_column_to_be_open() {
    let fixture = Fixture::of(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, is_done BOOLEAN NOT NULL DEFAULT 0);
         INSERT INTO notes (id, body) VALUES (1, 'first');",
    );
    let path = fixture.directory().join("bistro.toml");
    let config = "[http]\nlisten = \"127.0.0.1:0\"\n\n\
        [[allow]]\non = \"notes\"\nto = \"anyone\"\ndo = [\"read\"]\n\
        [[allow]]\non = \"notes\"\nto = \"anyone\"\ndo = [\"update\"]\ncolumns = [\"is_done\"]\n";
    fs::write(&path, config).expect("the directory is ours");
    let server = Server::serve(fixture, &["--config", path.to_str().expect("plain")]);
    let before = server.fixture().dump();
    let table = [
        (
            "/notes/1",
            r#"[{"op":"test","path":"/body","value":"first"}]"#,
            204,
        ),
        (
            "/notes/1",
            r#"[{"op":"replace","path":"/body","value":"first"}]"#,
            204,
        ),
        ("/notes/1", "[]", 204),
        (
            "/notes/1",
            r#"[{"op":"test","path":"/body","value":"x"}]"#,
            409,
        ),
        ("/notes/2", "[]", 404),
        (
            "/notes/1",
            r#"[{"op":"replace","path":"/body","value":"x"}]"#,
            400,
        ),
    ];
    for (target, operations, status) in table {
        let request = Request::new("PATCH", target)
            .field("Content-Type", "application/json-patch+json")
            .body(operations);
        let answer = server.send(&request);
        assert_eq!(answer.status, status, "{operations}: {}", answer.text());
        assert_eq!(server.fixture().dump(), before, "{operations}");
    }
    let request = Request::new("PATCH", "/notes/1")
        .field("Content-Type", "application/json-patch+json")
        .body(r#"[{"op":"replace","path":"/is_done","value":true}]"#);
    assert_eq!(server.send(&request).status, 204);
    assert_eq!(server.fixture().value("SELECT is_done FROM notes"), "1");
}
