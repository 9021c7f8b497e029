//! Clients that keep a reader of the database: slow ones leave readers for others, and those that go away give theirs back.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::http2;
use crate::server::{Running, database_of};

const SOON: Duration = Duration::from_millis(150);

/// A few rows; more than every buffer between the database and a client holds; and a view that never shows its first row.
const SCRIPT: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24)
    INSERT INTO notes SELECT i, printf('%01000000d', i) FROM n;
    CREATE VIEW endless AS
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i > 0)
    SELECT i FROM n WHERE i < 0;";

const LONG: &str = "GET /notes HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// Short, but for a reader: who counts all rows of a table might count long.
const SHORT: &str =
    "GET /notes?select=id HTTP/1.1\r\nHost: localhost\r\nPrefer: count=exact\r\n\r\n";
const ENDLESS: &str = "GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A client that has begun to take a long response and takes no more of it.
fn slow(server: &Running) -> Client {
    let mut client = Client::connect(server.address);
    client.send(LONG).wait_for("HTTP/1.1 200");
    client
}

/// Waits until the only reader is busy. The response to the client's last request is still to come then.
#[expect(
    clippy::disallowed_methods,
    reason = "busy is who does not answer for a while"
)]
fn until_busy(client: &mut Client) {
    loop {
        client.send(SHORT);
        let sent = Instant::now();
        while !client.has_answer() {
            if sent.elapsed() > SOON {
                return;
            }
            std::thread::yield_now();
        }
        assert_eq!(client.receive("GET").status, 200);
    }
}

#[test]
fn slow_clients_leave_readers_for_short_responses() {
    let server = Running::over(database_of(SCRIPT, 4), |settings| {
        settings.bounds.long_wait = SOON;
    });
    let _slow = [slow(&server), slow(&server), slow(&server)];
    let mut client = Client::connect(server.address);
    let refused = client.send(LONG).receive("GET");
    assert_eq!(refused.status, 503);
    assert_eq!(refused.field("retry-after"), Some("5"));
    assert!(refused.text().contains("\"53300\""), "{}", refused.text());
    assert_eq!(client.send(SHORT).receive("GET").status, 200);
    // Its length is asked, but nothing of it is sent.
    let head = client.send(LONG.replace("GET", "HEAD")).receive("HEAD");
    assert_eq!(head.status, 200);
}

#[test]
fn a_long_response_waits_for_its_place() {
    let server = Running::over(database_of(SCRIPT, 2), |settings| {
        settings.bounds.long_wait = Duration::from_mins(1);
    });
    let first = slow(&server);
    let mut second = Client::connect(server.address);
    second.send(LONG);
    drop(first);
    let response = second.receive("GET");
    assert_eq!(response.status, 200);
    assert!(response.body.len() > 24_000_000, "all of it");
}

#[test]
fn a_long_row_is_there_although_the_one_asked_for_before_is_gone() {
    let script = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
        INSERT INTO notes VALUES (1, printf('%02000000d', 1)), (2, printf('%02000000d', 2))";
    let server = Running::over(database_of(script, 2), |settings| {
        settings.threads = NonZeroUsize::new(1);
    });
    let mut client = Client::connect(server.address);
    let mut ask = |method: &str, path: &str| {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.send(request).receive(method)
    };
    assert_eq!(ask("GET", "/notes/1").status, 200);
    assert_eq!(ask("DELETE", "/notes/1").status, 204);
    let response = ask("GET", "/notes/2");
    assert_eq!(response.status, 200, "{}", response.text());
    assert!(response.body.len() > 2_000_000, "all of it");
    assert_eq!(ask("GET", "/notes/1").status, 404);
}

#[test]
fn a_client_that_stalls_gives_its_reader_back() {
    let server = Running::over(database_of(SCRIPT, 1), |settings| {
        settings.bounds.write_idle = SOON;
    });
    let _slow = slow(&server);
    let mut client = Client::connect(server.address);
    assert_eq!(client.send(SHORT).receive("GET").status, 200);
}

#[test]
fn a_client_that_goes_away_stops_its_statement() {
    let server = Running::over(database_of(SCRIPT, 1), |settings| {
        settings.bounds.half_closed = SOON;
    });
    let mut other = Client::connect(server.address);
    for before in ["", SHORT] {
        let mut client = Client::connect(server.address);
        client.send(before);
        // A response that nobody reads makes of the close a reset.
        while !before.is_empty() && !client.has_answer() {
            std::thread::yield_now();
        }
        client.send(ENDLESS);
        until_busy(&mut other);
        drop(client);
        assert_eq!(other.receive("GET").status, 200);
    }
}

#[test]
fn a_client_that_goes_away_stops_its_statement_over_http2_too() {
    let server = Running::over(database_of(SCRIPT, 1), |_| {});
    let mut other = Client::connect(server.address);
    let mut client = Client::connect(server.address);
    client.send(http2::get("/endless"));
    until_busy(&mut other);
    client.send(http2::cancel());
    assert_eq!(other.receive("GET").status, 200);
    let mut client = Client::connect(server.address);
    client.send(http2::get("/endless"));
    until_busy(&mut other);
    drop(client);
    assert_eq!(other.receive("GET").status, 200);
}

#[test]
fn a_client_that_only_says_that_it_is_done_gets_a_long_response() {
    let server = Running::over(database_of(SCRIPT, 1), |_| {});
    let mut client = Client::connect(server.address);
    client.send(LONG).half_close();
    let response = client.receive("GET");
    assert_eq!(response.status, 200);
    assert!(response.body.len() > 24_000_000, "all of it");
}
