//! The file is taken away, or another put in its place, while it is served: nothing acknowledged is lost, nothing of one file
//! is ever told or written as if it were of another, and what stands there afterwards is served without a restart.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use rusqlite::Connection;
use serde_json::json;

use crate::failures::{TABLES, create, damage, impatient, told};
use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::{Server, bistro, until};

/// A path beside the database.
fn beside(fixture: &Fixture, name: &str) -> PathBuf {
    fixture.directory().join(name)
}

/// A database beside the one that is served, to be put in its place.
fn make(fixture: &Fixture, name: &str, sql: &str) -> PathBuf {
    let path = beside(fixture, name);
    let connection = Connection::open(&path).expect("the directory is ours");
    connection.execute_batch(sql).expect("the SQL is right");
    path
}

fn put(fixture: &Fixture, path: &Path) {
    fs::rename(path, fixture.path()).expect("both are ours");
}

fn text_of(path: &Path, sql: &str) -> String {
    let connection = Connection::open(path).expect("it is there");
    let whole: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("an answer");
    assert_eq!(whole, "ok", "{}", path.display());
    connection
        .query_row(sql, [], |row| row.get(0))
        .expect("one text")
}

/// Waits until a request for a row is answered like this.
fn until_text(server: &Server, target: &str, text: &str) {
    until(&format!("{target} is {text}"), || {
        let response = server.get(target);
        response.status == 200 && response.json()["t"] == json!(text)
    });
}

#[test]
fn another_file_is_served_soon_and_the_old_one_keeps_all_that_was_acknowledged() {
    let server = Server::serve(Fixture::of(TABLES), &[]);
    let fixture = server.fixture();
    for number in 0..20 {
        assert_eq!(
            server.send(&create("b", &format!("old {number}"))).status,
            201
        );
    }
    let new = make(
        fixture,
        "new.db",
        &format!("{TABLES} UPDATE b SET t = 'new'; PRAGMA wal_checkpoint(TRUNCATE);"),
    );
    let old = beside(fixture, "old.db");
    fs::rename(fixture.path(), &old).expect("it is ours");
    put(fixture, &new);
    // A write looks before it begins: it can only go to the new file.
    assert_eq!(server.send(&create("b", "after")).status, 201);
    assert_eq!(server.get("/b/1").json()["t"], json!("new"));
    let texts = "SELECT group_concat(t, ', ') FROM (SELECT t FROM b ORDER BY id)";
    assert_eq!(text_of(&fixture.path(), texts), "new, after");
    let kept = text_of(&old, texts);
    assert!(
        kept.starts_with("one, old 0") && kept.ends_with("old 19"),
        "{kept}"
    );
    assert!(server.logged("another file stands in its place")[0].contains("it.db"));
    server.logged("it is served again");
    let (status, _, fixture) = server.stop();
    assert!(status.success());
    assert_eq!(text_of(&fixture.path(), texts), "new, after");
}

#[test]
fn reads_alone_notice_another_file_too_and_one_of_another_schema_has_other_resources() {
    let server = Server::serve(
        Fixture::of("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);"),
        &[],
    );
    assert_eq!(server.get("/t/1").status, 200);
    // As many changes of the schema as the old one had: its number is the same.
    let sql = "CREATE TABLE u (id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1);";
    put(server.fixture(), &make(server.fixture(), "new.db", sql));
    until("the old table has gone", || {
        server.get("/t/1").status == 404
    });
    assert_eq!(server.get("/u/1").status, 200);
    assert_eq!(server.get("/t").status, 404);
    let description = server.get("/").text();
    assert!(description.contains("\"/u\"") && !description.contains("\"/t\""));
}

#[test]
fn a_file_that_is_gone_is_503_and_served_again_when_it_is_back() {
    let server = Server::serve(Fixture::of(TABLES), &[]);
    assert_eq!(server.send(&create("b", "before")).status, 201);
    let away = beside(server.fixture(), "away.db");
    fs::rename(server.fixture().path(), &away).expect("it is ours");
    let refused = server.send(&create("b", "refused"));
    assert_eq!(told(&refused), (503, "58P01".to_owned()));
    assert!(refused.field("Retry-After").is_some());
    assert_eq!(told(&server.get("/b/1")), (503, "58P01".to_owned()));
    assert_eq!(
        server.get("/nothing").status,
        503,
        "nobody knows what is there"
    );
    assert!(server.logged("it is not there any more")[0].contains("it.db"));
    assert!(!server.fixture().path().exists(), "none was made");
    // Whoever took it has all of it.
    let texts = "SELECT group_concat(t, ', ') FROM b";
    assert_eq!(text_of(&away, texts), "one, before");
    put(server.fixture(), &away);
    until("it is served", || server.get("/b/1").status == 200);
    assert_eq!(server.send(&create("b", "after")).status, 201);
    assert_eq!(
        text_of(&server.fixture().path(), texts),
        "one, before, after"
    );
}

#[test]
fn a_directory_that_is_moved_takes_no_more_changes_with_it() {
    let fixture = Fixture::empty();
    let inner = beside(&fixture, "inner");
    fs::create_dir(&inner).expect("the directory is ours");
    make(&fixture, "inner/it.db", TABLES);
    let mut command = bistro(fixture.directory());
    command.args(["serve", "inner/it.db", "--listen", "127.0.0.1:0"]);
    let server = Server::spawn(command, fixture);
    assert_eq!(server.send(&create("b", "before")).status, 201);
    let outer = beside(server.fixture(), "outer");
    fs::rename(&inner, &outer).expect("it is ours");
    assert_eq!(server.send(&create("b", "refused")).status, 503);
    assert!(!inner.exists(), "none was made");
    let texts = "SELECT group_concat(t, ', ') FROM b";
    assert_eq!(text_of(&outer.join("it.db"), texts), "one, before");
    fs::rename(&outer, &inner).expect("it is ours");
    until("it is served", || server.get("/b/1").status == 200);
    assert_eq!(server.send(&create("b", "after")).status, 201);
    assert_eq!(text_of(&inner.join("it.db"), texts), "one, before, after");
    server.logged("it is not there any more");
}

#[test]
fn what_is_no_database_is_503_until_there_is_one() {
    let server = Server::serve(Fixture::of(TABLES), &[]);
    assert_eq!(server.get("/b/1").status, 200);
    let junk = beside(server.fixture(), "junk");
    fs::write(&junk, [0xAB; 8192]).expect("the directory is ours");
    put(server.fixture(), &junk);
    assert_eq!(
        told(&server.send(&create("b", "refused"))),
        (503, "58030".to_owned())
    );
    assert_eq!(told(&server.get("/b/1")), (503, "58030".to_owned()));
    server.logged("what stands there now cannot be served");
    let octets = fs::read(server.fixture().path()).expect("it is there");
    assert!(octets == [0xAB; 8192], "not touched");
    let good = format!("{TABLES} UPDATE b SET t = 'good';");
    put(server.fixture(), &make(server.fixture(), "good.db", &good));
    until_text(&server, "/b/1", "good");
    assert_eq!(server.send(&create("b", "after")).status, 201);
}

#[test]
fn a_log_that_is_removed_takes_nothing_with_it() {
    let server = Server::serve(Fixture::of(TABLES), &[]);
    let fixture = server.fixture();
    let mut expected = "one".to_owned();
    for gone in [&["-wal", "-shm"][..], &["-wal"], &["-shm"]] {
        for when in ["before", "after"] {
            if when == "after" {
                for suffix in gone {
                    fs::remove_file(beside(fixture, &format!("it.db{suffix}")))
                        .expect("it is there");
                }
            }
            let text = format!("{when} {}", gone.concat());
            assert_eq!(server.send(&create("b", &text)).status, 201);
            expected += &format!(", {text}");
        }
    }
    assert_eq!(
        server
            .logged("`-wal` or `-shm` beside it was taken away")
            .len(),
        3
    );
    // What was written into a log that has no name any more would be lost now.
    let fixture = server.cut();
    let texts = "SELECT group_concat(t, ', ') FROM (SELECT t FROM b ORDER BY id)";
    assert_eq!(text_of(&fixture.path(), texts), expected);
}

#[test]
fn a_file_that_is_emptied_or_copied_over_does_no_harm_to_the_one_that_is_put_there_then() {
    let server = Server::serve(Fixture::of(TABLES), &[]);
    let fixture = server.fixture();
    let backup = beside(fixture, "backup.db");
    assert_eq!(server.send(&create("b", "before")).status, 201);
    let good = format!("{TABLES} UPDATE b SET t = 'good';");
    // The same file with nothing in it, or with something else in it, under the feet of SQLite.
    let other =
        fs::read(make(fixture, "other.db", "CREATE TABLE other (id);")).expect("it is there");
    for contents in [Vec::new(), other, vec![0xAB; 50_000]] {
        fs::write(fixture.path(), &contents).expect("it is ours");
        for _ in 0..3 {
            for response in [server.get("/b/1"), server.send(&create("b", "perhaps"))] {
                let status = response.status;
                assert!(
                    [200, 201, 404, 500, 503].contains(&status),
                    "{}",
                    response.text()
                );
            }
        }
        fs::rename(make(fixture, "good.db", &good), &backup).expect("ours");
        put(fixture, &backup);
        until_text(&server, "/b/1", "good");
        assert_eq!(server.send(&create("b", "after")).status, 201);
        let texts = "SELECT group_concat(t, ', ') FROM b";
        assert_eq!(text_of(&fixture.path(), texts), "good, after");
    }
    server.logged("it was emptied while it was served");
    server.logged("a request failed");
}

#[test]
fn a_damaged_file_is_mended_by_another_in_its_place() {
    let fixture = Fixture::of(&format!("{TABLES} PRAGMA wal_checkpoint(TRUNCATE);"));
    damage(&fixture, "b");
    let server = Server::serve(fixture, &[]);
    assert_eq!(told(&server.get("/b/1")), (500, "XX001".to_owned()));
    server.logged("is damaged");
    let good = format!("{TABLES} UPDATE b SET t = 'good';");
    put(server.fixture(), &make(server.fixture(), "good.db", &good));
    until_text(&server, "/b/1", "good");
    assert_eq!(server.send(&create("b", "after")).status, 201);
}

#[test]
fn who_still_has_the_old_file_open_and_writes_to_it_does_no_harm_to_the_new_one() {
    let server = Server::serve(Fixture::of(TABLES), &[]);
    let fixture = server.fixture();
    let other = fixture.open();
    let insert = "INSERT INTO b (t) VALUES ('theirs')";
    other.execute_batch(insert).expect("free");
    let old = beside(fixture, "old.db");
    fs::hard_link(fixture.path(), &old).expect("ours");
    let new = format!("{TABLES} UPDATE b SET t = 'new'; PRAGMA wal_checkpoint(TRUNCATE);");
    put(fixture, &make(fixture, "new.db", &new));
    until_text(&server, "/b/1", "new");
    for _ in 0..3 {
        other.execute_batch(insert).expect("it is still theirs");
        assert_eq!(server.send(&create("b", "ours")).status, 201);
    }
    let texts = "SELECT group_concat(t, ', ') FROM (SELECT t FROM b ORDER BY id)";
    assert_eq!(text_of(&fixture.path(), texts), "new, ours, ours, ours");
    let theirs: i64 = other
        .query_row("SELECT count(*) FROM b WHERE t = 'theirs'", [], |row| {
            row.get(0)
        })
        .expect("it is still there");
    assert_eq!(theirs, 4);
}

#[test]
fn a_response_that_is_being_sent_is_of_the_old_file_alone_and_holds_up_the_new_one_for_a_while() {
    let fixture = impatient(&format!(
        "{TABLES} WITH RECURSIVE n (i) AS (SELECT 501 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
         INSERT INTO a SELECT i, hex(zeroblob(200)) FROM n; UPDATE a SET t = 'old' || t;"
    ));
    let server = Server::serve(fixture, &[]);
    let mut slow = server.connect();
    slow.write(b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .expect("sent");
    let mut streamed = slow.head().expect("a head");
    assert_eq!(streamed.status, 200);
    let new = format!("{TABLES} UPDATE a SET t = 'new'; UPDATE b SET t = 'new';");
    put(server.fixture(), &make(server.fixture(), "new.db", &new));
    until("another file is noticed", || {
        server.get("/b/1").status == 503
    });
    let refused = server.get("/b/1");
    assert_eq!(
        told(&refused),
        (503, "57P03".to_owned()),
        "{}",
        refused.text()
    );
    assert!(refused.field("Retry-After").is_some());
    // Whatever of it comes is of the old file; it is cut off rather than held up any longer.
    while slow.chunk(&mut streamed.body).is_ok_and(|goes_on| goes_on) {}
    assert!(!streamed.text().contains("new"));
    until_text(&server, "/b/1", "new");
    server.logged("another file stands in its place");
}

/// Creates rows until it is over; those that were acknowledged.
fn write_on(
    server: &Server,
    writer: usize,
    count: &AtomicUsize,
    is_over: &AtomicBool,
) -> Vec<String> {
    let mut connection = server.connect();
    let mut acknowledged = Vec::new();
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let text = format!("{writer}-{number}");
        let response = connection.send(&create("b", &text));
        match response.status {
            201 => {
                acknowledged.push(text);
                count.fetch_add(1, Ordering::Relaxed);
            }
            503 => assert!(response.field("Retry-After").is_some()),
            _ => panic!("{}", response.text()),
        }
    }
    acknowledged
}

/// Reads all of a table whose rows are alike in each file, until it is over.
fn read_on(server: &Server, is_over: &AtomicBool) {
    let mut connection = server.connect();
    while !is_over.load(Ordering::Relaxed) {
        let response = connection.send(&Request::new("GET", "/a?select=t"));
        if response.status == 503 {
            continue;
        }
        assert_eq!(response.status, 200, "{}", response.text());
        let rows = response.json();
        let rows = rows.as_array().expect("rows");
        assert_eq!(rows.len(), 500);
        assert!(rows.iter().all(|row| row == &rows[0]), "of one file");
    }
}

#[test]
fn under_load_every_answer_is_of_one_file_and_every_acknowledged_change_is_in_one() {
    const FILES: usize = 8;
    const EACH: usize = 5;
    let labelled = |label: usize| {
        format!("{TABLES} UPDATE a SET t = 'file {label}'; UPDATE b SET t = 'file {label}';")
    };
    let server = Server::serve(impatient(&labelled(0)), &[]);
    let fixture = server.fixture();
    let keep = |label: usize| {
        fs::hard_link(fixture.path(), beside(fixture, &format!("{label}.db"))).expect("ours");
    };
    let (count, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let acknowledged: Vec<String> = thread::scope(|scope| {
        let (server, count, is_over) = (&server, &count, &is_over);
        let start = |writer| scope.spawn(move || write_on(server, writer, count, is_over));
        let writers = [0, 1, 2, 3].map(start);
        let readers = [(); 2].map(|()| scope.spawn(move || read_on(server, is_over)));
        for label in 1..FILES {
            let new = make(fixture, "new.db", &labelled(label));
            keep(label - 1);
            // However busy the machine is, there is something to lose.
            until("something was acknowledged", || {
                count.load(Ordering::Relaxed) >= label * EACH
            });
            put(fixture, &new);
            until_text(server, "/b/1", &format!("file {label}"));
        }
        keep(FILES - 1);
        is_over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().expect("no panic");
        }
        let texts = writers.map(|writer| writer.join().expect("no panic"));
        texts.concat()
    });
    let (status, _, fixture) = server.stop();
    assert!(status.success());
    let mut found: Vec<String> = Vec::new();
    for label in 0..FILES {
        let path = beside(&fixture, &format!("{label}.db"));
        let texts = "SELECT group_concat(t) FROM (SELECT t FROM b ORDER BY id)";
        let texts = text_of(&path, texts);
        let mut texts = texts.split(',').map(str::to_owned);
        assert_eq!(texts.next(), Some(format!("file {label}")));
        found.extend(texts);
    }
    found.sort();
    let count = found.len();
    found.dedup();
    assert_eq!(found.len(), count, "nothing is in two files");
    let many = acknowledged.len();
    assert!(many >= (FILES - 1) * EACH, "too little was tested: {many}");
    for text in &acknowledged {
        let is_there = found.binary_search(text).is_ok();
        assert!(is_there, "{text} was acknowledged and is lost");
    }
}
