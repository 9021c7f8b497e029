//! Long answers: sent as they are found, not gathered first.

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::{Server, until};

/// Enough rows that no buffer on the way holds them all: some 60 MB of JSON.
const MANY: &str = "CREATE TABLE many (id INTEGER PRIMARY KEY, body TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
    INSERT INTO many SELECT i, printf('%0200d', i) FROM n;";

#[test]
fn a_large_table_streams_in_little_memory() {
    let server = Server::serve(Fixture::of(MANY), &[]);
    assert_eq!(server.get("/many?limit=10").status, 200);
    let before = server.memory();
    let mut connection = server.connect();
    let head = format!("GET /many HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
    connection.write(head.as_bytes()).expect("sent");
    let response = connection.head().expect("an answer");
    assert_eq!(response.status, 200);
    assert_eq!(response.field("Transfer-Encoding"), Some("chunked"));
    let (mut total, mut most, mut chunks) = (0, before, 0);
    let mut chunk = Vec::new();
    while connection.chunk(&mut chunk).expect("it is whole") {
        total += chunk.len();
        chunks += 1;
        if chunks % 50 == 0 {
            most = most.max(server.memory());
        }
        chunk.clear();
    }
    assert!(total > 60_000_000, "{total} octets");
    let grown = most.saturating_sub(before);
    assert!(grown < 32 * 1024, "memory grew by {grown} kB");
    let next = connection.send(&Request::new("GET", "/many?select=id&limit=1"));
    assert_eq!(
        next.text(),
        "[{\"id\":1}]",
        "the connection is in order afterwards"
    );
}

#[test]
fn every_row_of_a_stream_is_there() {
    let server = Server::serve(Fixture::of(MANY), &[]);
    let answer = server.send(
        &Request::new("GET", "/many?select=id&order=id").field("Accept", "application/x-ndjson"),
    );
    let text = answer.text();
    let mut count = 0;
    for (index, line) in text.lines().enumerate() {
        assert_eq!(line, format!("{{\"id\":{}}}", index + 1));
        count += 1;
    }
    assert_eq!(count, 300_000);
}

#[test]
fn a_client_that_goes_away_leaves_nothing_behind() {
    let server = Server::serve(Fixture::of(MANY), &[]);
    // More than there are reading threads: if one stayed busy for each, the last would wait in vain.
    for _ in 0..60 {
        let mut connection = server.connect();
        let head = format!("GET /many HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
        connection.write(head.as_bytes()).expect("sent");
        assert_eq!(connection.head().expect("an answer").status, 200);
    }
    assert_eq!(server.get("/many?limit=1").status, 200);
    // No reader holds an old snapshot either: then a checkpoint can empty the log.
    let create = Request::new("POST", "/many").json("{\"body\":\"x\"}");
    assert_eq!(server.send(&create).status, 201);
    until("no reader is left in the log", || {
        let connection = server.fixture().open();
        let busy: i64 = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .expect("an answer");
        busy == 0
    });
}

#[test]
fn an_answer_that_breaks_off_is_not_taken_for_the_whole() {
    let mut server = Server::serve(Fixture::of(MANY), &[]);
    let mut connection = server.connect();
    let head = format!("GET /many HTTP/1.1\r\nHost: {}\r\n\r\n", server.address());
    connection.write(head.as_bytes()).expect("sent");
    assert_eq!(connection.head().expect("an answer").status, 200);
    server.signal("KILL");
    server.wait();
    let mut body = Vec::new();
    let end = loop {
        match connection.chunk(&mut body) {
            Ok(true) => {}
            end => break end,
        }
    };
    assert!(end.is_err(), "a broken stream has no last chunk");
}
