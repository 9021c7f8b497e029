//! The file belongs to others too: what another process does to it is seen, and waited for.

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::Server;

#[test]
fn a_new_table_is_served_at_the_next_request() {
    let server = Server::start();
    assert_eq!(server.get("/albums").status, 404);
    server.fixture().run("CREATE TABLE albums (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO albums VALUES (1, 'Dummy');");
    assert_eq!(
        server.get("/albums").text(),
        "[{\"id\":1,\"title\":\"Dummy\"}]"
    );
    let create = Request::new("POST", "/albums").json("{\"title\":\"Homogenic\"}");
    assert_eq!(server.send(&create).status, 201);
}

#[test]
fn a_new_column_is_served_and_a_dropped_one_is_gone() {
    let server = Server::start();
    assert_eq!(server.get("/tasks?select=code&code=eq.buy").status, 200);
    assert_eq!(server.get("/tasks?select=note").status, 400);
    server
        .fixture()
        .run("ALTER TABLE tasks ADD COLUMN note TEXT DEFAULT 'none'");
    assert_eq!(
        server.get("/tasks?select=note&code=eq.buy").text(),
        "[{\"note\":\"none\"}]"
    );
    let update = Request::new("PATCH", "/tasks/buy").json("{\"note\":\"soon\"}");
    assert!(server.send(&update).status < 300);
    server.fixture().run("ALTER TABLE tasks DROP COLUMN note");
    assert_eq!(server.get("/tasks?select=note").status, 400);
    let update = Request::new("PATCH", "/tasks/buy").json("{\"note\":\"soon\"}");
    assert_eq!(server.send(&update).status, 400);
    assert_eq!(server.get("/tasks/buy").status, 200);
}

#[test]
fn a_dropped_or_renamed_table_is_gone() {
    let server = Server::start();
    assert_eq!(server.get("/readings").status, 200);
    server
        .fixture()
        .run("ALTER TABLE readings RENAME TO measurements");
    assert_eq!(server.get("/readings").status, 404);
    assert_eq!(server.get("/measurements").status, 200);
    server.fixture().run("DROP TABLE measurements");
    assert_eq!(server.get("/measurements").status, 404);
}

#[test]
fn rows_written_by_another_process_are_seen() {
    let server = Server::start();
    for count in 3..20 {
        let rows =
            server.send(&Request::new("GET", "/notes?limit=1").field("Prefer", "count=exact"));
        assert_eq!(
            rows.field("Content-Range"),
            Some(format!("0-0/{count}").as_str())
        );
        server
            .fixture()
            .run("INSERT INTO notes (body) VALUES ('from elsewhere')");
    }
}

#[test]
fn rows_written_here_are_seen_by_another_process() {
    let server = Server::start();
    for count in 4..20 {
        assert_eq!(
            server
                .send(&Request::new("POST", "/notes").json("{\"body\":\"x\"}"))
                .status,
            201
        );
        assert_eq!(
            server.fixture().value("SELECT count(*) FROM notes"),
            count.to_string()
        );
    }
}

#[test]
fn a_lock_held_by_another_is_503_and_then_over() {
    let server = Server::start();
    let create = Request::new("POST", "/notes").json("{\"body\":\"patient\"}");
    assert_eq!(
        server.send(&create).status,
        201,
        "the server has its journal mode by now"
    );
    let other = server.fixture().open();
    other
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO notes (body) VALUES ('theirs')")
        .expect("free");
    assert_eq!(
        server.get("/notes?id=eq.1").status,
        200,
        "readers do not wait for writers"
    );
    let refused = server.send(&create);
    assert_eq!(refused.status, 503, "{}", refused.text());
    let seconds = refused
        .field("Retry-After")
        .and_then(|value| value.parse::<u32>().ok());
    assert!(
        seconds.is_some_and(|seconds| seconds > 0),
        "{:?}",
        refused.fields
    );
    other.execute_batch("COMMIT").expect("ours");
    assert_eq!(server.send(&create).status, 201);
    assert_eq!(server.fixture().value("SELECT count(*) FROM notes"), "6");
}

#[test]
fn a_file_in_an_older_journal_mode_is_served() {
    let fixture = Fixture::of(
        "PRAGMA journal_mode = DELETE; CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);",
    );
    let server = Server::serve(fixture, &[]);
    assert_eq!(server.get("/t").text(), "[{\"id\":1}]");
    assert_eq!(
        server
            .send(&Request::new("POST", "/t").json("{\"id\":2}"))
            .status,
        201
    );
    assert_eq!(server.fixture().value("SELECT count(*) FROM t"), "2");
}

#[test]
fn an_empty_database_is_a_database() {
    let fixture = Fixture::of("PRAGMA user_version = 1");
    let server = Server::serve(fixture, &[]);
    assert_eq!(server.get("/").status, 200);
    assert_eq!(server.get("/anything").status, 404);
}

#[test]
fn the_list_of_resources_is_that_of_the_file_as_it_is_now() {
    let server = Server::start();
    assert!(!server.get("/").text().contains("postcards"));
    server
        .fixture()
        .run("CREATE TABLE postcards (id INTEGER PRIMARY KEY)");
    assert!(server.get("/").text().contains("postcards"));
    server.fixture().run("DROP TABLE postcards");
    assert!(!server.get("/").text().contains("postcards"));
}

#[test]
fn the_root_is_sent_again_only_when_the_schema_has_changed() {
    let server = Server::start();
    for accept in ["text/html", "application/json"] {
        let root = Request::new("GET", "/").field("Accept", accept);
        let first = server.send(&root);
        let tag = first.field("ETag").expect("the root has a tag").to_owned();
        let again = root.clone().field("If-None-Match", &tag);
        let unchanged = server.send(&again);
        assert_eq!((unchanged.status, unchanged.text().as_str()), (304, ""));
        assert_eq!(unchanged.field("ETag"), Some(tag.as_str()));
        let table = accept.replace('/', "_");
        server
            .fixture()
            .run(&format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY)"));
        let changed = server.send(&again);
        assert_eq!(changed.status, 200);
        assert_ne!(changed.field("ETag"), Some(tag.as_str()));
    }
}
