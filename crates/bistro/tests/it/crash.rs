//! The power goes: whatever was acknowledged is there afterwards.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use crate::fixture::Fixture;
use crate::http::{Connection, Request};
use crate::server::{Server, until};

const WRITERS: u32 = 6;

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let fixture = Fixture::of(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, writer INTEGER, number INTEGER, UNIQUE (writer, number));",
    );
    let request = |writer, number| {
        Request::new("POST", "/events")
            .json(&json!({"writer": writer, "number": number}).to_string())
    };
    cut_again_and_again(fixture, &request, |_| {});
}

#[test]
fn half_a_batch_is_never_found_after_kill_9() {
    let fixture = Fixture::of(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, writer INTEGER, number INTEGER, UNIQUE (writer, number));
         CREATE TABLE details (id INTEGER PRIMARY KEY, event_id INTEGER REFERENCES events (id), part INTEGER);",
    );
    let request = |writer: u32, number: u32| {
        let event =
            json!({"writer": writer, "number": number, "details": [{"part": 1}, {"part": 2}]});
        let steps = json!([
            {"method": "POST", "path": "/events?select=id", "headers": {"Prefer": "return=representation"}, "body": event},
            {"method": "POST", "path": "/details", "body": {"event_id": {"$response": "/0/body/0/id"}, "part": 3}},
        ]);
        Request::new("POST", "/-/batch").json(&steps.to_string())
    };
    cut_again_and_again(fixture, &request, |fixture| {
        let halves = "SELECT count(*) FROM events WHERE (SELECT count(*) FROM details WHERE event_id = events.id) <> 3";
        assert_eq!(fixture.value(halves), "0");
        let orphans = "SELECT count(*) FROM details WHERE event_id NOT IN (SELECT id FROM events)";
        assert_eq!(fixture.value(orphans), "0");
    });
}

/// Writers make events by `request`, each with a number of its own, and the server is killed while they do. Then all that
/// was acknowledged has to be there, and `check` has to hold.
fn cut_again_and_again(
    mut fixture: Fixture,
    request: &(dyn Fn(u32, u32) -> Request + Sync),
    check: impl Fn(&Fixture),
) {
    let mut acknowledged: Vec<(u32, u32)> = Vec::new();
    for round in 0..4 {
        let server = Server::serve(fixture, &[]);
        let address = server.address();
        let is_over = AtomicBool::new(false);
        let done = AtomicUsize::new(0);
        let (fixture_back, rows) = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let (is_over, done) = (&is_over, &done);
                    scope.spawn(move || {
                        let mut connection = Connection::open(address);
                        let mut rows = Vec::new();
                        for number in round * 1_000_000.. {
                            match connection.try_send(&request(writer, number)) {
                                Ok(response) if response.status < 300 => {
                                    rows.push((writer, number));
                                    done.fetch_add(1, Ordering::Relaxed);
                                }
                                Ok(response) => panic!("{}", response.text()),
                                Err(_) if is_over.load(Ordering::Acquire) => return rows,
                                Err(error) => panic!("{error}"),
                            }
                        }
                        rows
                    })
                })
                .collect();
            until("enough is written", || {
                done.load(Ordering::Relaxed) > 100
                    || writers.iter().any(thread::ScopedJoinHandle::is_finished)
            });
            is_over.store(true, Ordering::Release);
            let fixture = server.cut();
            let rows: Vec<_> = writers
                .into_iter()
                .flat_map(|writer| writer.join().expect("no panic"))
                .collect();
            (fixture, rows)
        });
        fixture = fixture_back;
        acknowledged.extend(rows);
        check_acknowledged(&fixture, round, &acknowledged);
        check(&fixture);
    }
}

fn check_acknowledged(fixture: &Fixture, round: u32, acknowledged: &[(u32, u32)]) {
    let connection = fixture.open();
    let mut find = connection
        .prepare("SELECT count(*) FROM events WHERE writer = ?1 AND number = ?2")
        .expect("the table is there");
    for (writer, number) in acknowledged {
        let count: i64 = find
            .query_row([writer, number], |row| row.get(0))
            .expect("a number");
        assert_eq!(
            count, 1,
            "round {round}: row {number} of writer {writer} was acknowledged and is lost"
        );
    }
    let whole: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("an answer");
    assert_eq!(whole, "ok");
}
