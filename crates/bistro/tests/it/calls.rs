//! Stored queries from outside: where they are found, what stops the start, what opens them, and that a change is seen.

use std::fs;
use std::path::Path;

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::{self, Server, bistro};

fn put(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).expect("the directory is ours");
    fs::write(folder.join(name), text).expect("the directory is ours");
}

/// A fixture with a folder of queries where it is looked for.
fn house(queries: &[(&str, &str)]) -> Fixture {
    let fixture = Fixture::copy("fixture.sql");
    for (name, text) in queries {
        put(&fixture.directory().join("queries"), name, text);
    }
    fixture
}

#[test]
fn queries_are_found_where_bistro_is_started() {
    let server = Server::serve(house(&[("one.sql", "SELECT 1 AS n")]), &[]);
    assert_eq!(server.get("/rpc/one").text(), "[{\"n\":1}]");
    assert_eq!(server.get("/rest/v1/rpc/one").text(), "[{\"n\":1}]");
}

#[test]
fn a_query_that_does_not_compile_stops_the_start_with_its_place() {
    let fixture = house(&[("top.sql", "-- a\nSELECT title,\n  titel FROM songs")]);
    let run = |arguments: &[&str]| {
        let mut command = bistro(fixture.directory());
        server::run(
            command
                .args(["serve", "it.db", "--listen", "127.0.0.1:0"])
                .args(arguments),
        )
    };
    let (code, printed, log) = run(&[]);
    assert_eq!((code, printed.as_str()), (1, ""));
    assert_eq!(log, "error: queries/top.sql:3:3: no such column: titel\n");
    let (code, _, log) = run(&["--queries", "nowhere"]);
    assert_eq!(code, 1);
    assert_eq!(
        log,
        "error: there is no folder `nowhere` of stored queries\n"
    );
}

#[test]
fn a_change_is_picked_up_while_serving_and_a_broken_one_is_told_in_the_log() {
    let server = Server::serve(house(&[("n.sql", "SELECT 1 AS n")]), &[]);
    let folder = server.fixture().directory().join("queries");
    assert_eq!(server.get("/rpc/n").text(), "[{\"n\":1}]");
    put(&folder, "n.sql", "SELECT 22 AS n");
    assert_eq!(server.get("/rpc/n").text(), "[{\"n\":22}]");
    put(&folder, "m.sql", "SELECT :x AS m");
    assert_eq!(server.get("/rpc/m?x=3").text(), "[{\"m\":3}]");
    put(&folder, "n.sql", "SELECT nope");
    for _ in 0..3 {
        assert_eq!(server.get("/rpc/n").text(), "[{\"n\":22}]");
    }
    fs::remove_file(folder.join("m.sql")).expect("it is there");
    assert_eq!(server.get("/rpc/m?x=3").status, 404);
    let (_, log, _) = server.stop();
    let told = log
        .lines()
        .filter(|line| line.contains("n.sql:1:8: no such column: nope"));
    assert_eq!(told.count(), 1, "once: {log}");
}

#[test]
fn with_a_configuration_a_rule_opens_a_query() {
    let fixture = house(&[
        ("open.sql", "SELECT count(*) AS songs FROM songs"),
        ("closed.sql", "SELECT 1 AS n"),
        ("write.sql", "DELETE FROM notes WHERE id = :id RETURNING id"),
    ]);
    let config = "[http]\nlisten = \"127.0.0.1:0\"\n\n\
        [[allow]]\non = \"rpc/open\"\nto = \"anyone\"\ndo = [\"call\"]\n\n\
        [[allow]]\non = \"rpc/write\"\nto = \"anyone\"\ndo = [\"call\"]\n";
    let path = fixture.directory().join("bistro.toml");
    fs::write(&path, config).expect("ours");
    let server = Server::serve(fixture, &["--config", path.to_str().expect("plain")]);
    assert_eq!(server.get("/rpc/open").text(), "[{\"songs\":8}]");
    assert_eq!(server.get("/songs").status, 404);
    let closed = server.get("/rpc/closed");
    let missing = server.get("/rpc/clusod");
    assert_eq!((closed.status, missing.status), (404, 404));
    assert_eq!(
        closed.text().replace("closed", "clusod"),
        missing.text(),
        "it does not exist"
    );
    let write = Request::new("POST", "/rpc/write").json("{\"id\":1}");
    assert_eq!(server.send(&write).text(), "[{\"id\":1}]");
}

#[test]
fn read_only_refuses_queries_that_change_something() {
    let fixture = house(&[
        ("read.sql", "SELECT 1 AS n"),
        ("write.sql", "DELETE FROM notes"),
    ]);
    let server = Server::serve(fixture, &["--read-only"]);
    assert_eq!(server.get("/rpc/read").status, 200);
    let write = Request::new("POST", "/rpc/write").json("{}");
    let refused = server.send(&write);
    assert_eq!(
        (refused.status, refused.list("Allow")),
        (405, Some("OPTIONS, TRACE".to_owned()))
    );
    assert_eq!(server.fixture().value("SELECT count(*) FROM notes"), "3");
}

#[test]
fn a_call_that_is_repeated_by_its_key_is_done_once() {
    let server = Server::serve(
        house(&[(
            "add.sql",
            "INSERT INTO notes (body) VALUES (:body) RETURNING id, body",
        )]),
        &[],
    );
    let add = Request::new("POST", "/rpc/add")
        .json("{\"body\":\"once\"}")
        .field("Idempotency-Key", "k");
    let first = server.send(&add).text();
    assert_eq!(server.send(&add).text(), first);
    let added = "SELECT count(*) FROM notes WHERE body = 'once'";
    assert_eq!(server.fixture().value(added), "1");
}

#[test]
fn what_is_given_to_a_query_is_never_sql() {
    let server = Server::serve(
        house(&[(
            "by.sql",
            "SELECT title FROM songs WHERE title = :title -- a comment at the end",
        )]),
        &[],
    );
    for value in [
        "%27%20OR%201=1--",
        "%22;DROP%20TABLE%20songs",
        "%3Ax",
        "%3F1",
        "*/",
    ] {
        assert_eq!(
            server.get(&format!("/rpc/by?title={value}")).text(),
            "[]",
            "{value}"
        );
    }
    let found = "[{\"title\":\"Zombie\"}]";
    assert_eq!(
        server.get("/rpc/by?title=Zombie&title=eq.Zombie").status,
        400
    );
    assert_eq!(
        server.get("/rpc/by?title=Zombie&select=title").text(),
        found
    );
}

#[test]
fn a_browser_is_shown_a_form_for_the_arguments() {
    let text = "-- Songs of a year.\n-- @param year integer  the <year>\n-- @param title text = null\n\
        SELECT title FROM songs WHERE year = :year AND (:title IS NULL OR title = :title)";
    let server = Server::serve(house(&[("of_year.sql", text)]), &[]);
    let page = |target: &str| {
        let response = server.send(&Request::new("GET", target).field("Accept", "text/html"));
        assert_eq!(response.status, 200, "{target}");
        response.text()
    };
    let form = page("/rpc/of_year");
    assert!(form.contains("Songs of a year."), "{form}");
    assert!(form.contains("the &lt;year&gt;"), "{form}");
    assert!(form.contains("name=\"year\" required"), "{form}");
    assert!(!form.contains("<tbody><tr><td>"), "{form}");
    // As the form is sent: the field for the title is empty.
    let rows = page("/rpc/of_year?year=1994&title=");
    assert!(
        rows.contains("Zombie") && rows.contains("value=\"1994\""),
        "{rows}"
    );
    assert_eq!(
        server.get("/rpc/of_year").status,
        404,
        "for programs it is an error"
    );
}
