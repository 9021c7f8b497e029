//! Requests that are answered without hyper: nobody can tell the difference.

use std::fmt::Write as _;
use std::time::Duration;

use crate::client::{After, Client, Response};
use crate::server::{Running, database_of};

/// Short rows; a row that no buffer between the server and a client holds a few of; one that is a page of its own.
const SCRIPT: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
    INSERT INTO notes SELECT i, 'note ' || i FROM n;
    INSERT INTO notes VALUES (1000, printf('%0700000d', 7)), (1001, printf('%02000d', 8));";

const LARGE: usize = 700_000;

/// What hyper reads, for it is not all of what is meant by it.
const UNUSUAL: &str = "Connection: keep-alive, x\r\n";

fn request(method: &str, target: &str, fields: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")
}

/// Everything of a response but the time.
fn timeless(response: &Response) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut fields = response.fields.clone();
    fields.retain(|(name, _)| name != "date");
    fields.sort();
    (response.status, fields, response.body.clone())
}

/// Asks the same again and again, plainly and unusually, on connections that are kept.
fn check(server: &Running, method: &str, target: &str, fields: &str) -> Response {
    let mut plain = Client::connect(server.address);
    let mut unusual = Client::connect(server.address);
    let mut last = Response::default();
    for round in 0..3 {
        let [found, expected] =
            [(&mut plain, ""), (&mut unusual, UNUSUAL)].map(|(client, more)| {
                let request = request(method, target, &format!("{fields}{more}"));
                client.send(request).receive(method)
            });
        assert_ne!(found.status, 0, "{method} {target} {fields:?}");
        assert!(found.field("date").is_some(), "{found:?}");
        assert_eq!(
            timeless(&found),
            timeless(&expected),
            "{method} {target} {fields:?}, round {round}"
        );
        last = found;
    }
    assert_eq!(plain.after(), After::Kept, "{method} {target} {fields:?}");
    last
}

#[test]
fn the_same_is_said_with_and_without_hyper() {
    let origin = "Origin: https://a.test\r\n";
    for (cache_bytes, origins) in [
        (0, Vec::new()),
        (1024 * 1024, Vec::new()),
        (1024 * 1024, vec!["https://a.test".to_owned()]),
    ] {
        let server = Running::over(database_of(SCRIPT, 4), |settings| {
            settings.cache_bytes = cache_bytes;
            settings.origins = origins;
        });
        let targets = [
            "/notes/7",
            "/notes/8?select=text",
            "/notes/1001",
            "/notes/404",
            "/notes?id=lt.5&order=id.desc",
            "/notes?limit=3",
            "/notes?id=gt.5000",
            "/notes?id=is.nonsense",
            "/nothing",
            "/",
        ];
        for target in targets {
            for method in ["GET", "HEAD"] {
                for accept in ["", "Accept: text/csv\r\n", "Accept: text/html\r\n"] {
                    let response = check(&server, method, target, accept);
                    let is_head = method == "HEAD";
                    assert_eq!(response.body.is_empty(), is_head, "{method} {target}");
                    check(&server, method, target, &format!("{accept}{origin}"));
                    let Some(tag) = response.field("etag") else {
                        continue;
                    };
                    let has_it = format!("{accept}If-None-Match: {tag}\r\n");
                    let response = check(&server, method, target, &has_it);
                    assert_eq!(response.status, 304, "{method} {target}");
                    assert_eq!(response.field("content-type"), None);
                    let wants_other = format!("{accept}If-Match: \"other\"\r\n");
                    let response = check(&server, method, target, &wants_other);
                    assert_eq!(response.status, 412, "{method} {target}");
                }
            }
        }
    }
}

#[test]
fn requests_that_come_together_are_answered_in_turn() {
    let server = Running::over(database_of(SCRIPT, 4), |_| {});
    let mut client = Client::connect(server.address);
    let mut decided = |target: &str| client.send(request("GET", target, "")).receive("GET");
    assert_eq!(decided("/notes/1").status, 200);
    // How the requests are cut must not matter, nor whether they are short or long, plain or not.
    for round in 0..3 {
        let mut all = String::new();
        let mut expected = Vec::new();
        for number in 1..=150 {
            let id = if number % 40 == 0 { 1001 } else { number };
            let fields = if number % (50 + round) == 49 {
                UNUSUAL
            } else {
                ""
            };
            all += &request("GET", &format!("/notes/{id}"), fields);
            expected.push(id);
            if number % 60 == 59 {
                let body = format!("{{\"text\":\"{round} {number}\"}}");
                write!(
                    all,
                    "PATCH /notes/{number} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                     Content-Length: {}\r\n\r\n{body}",
                    body.len()
                )
                .expect("a string takes all");
                expected.push(0);
            }
        }
        let mut client = Client::connect(server.address);
        for piece in all.as_bytes().chunks(1_777) {
            client.send(piece);
        }
        for id in expected {
            if id == 0 {
                assert_eq!(client.receive("PATCH").status, 204);
                continue;
            }
            let response = client.receive("GET");
            assert_eq!(response.status, 200);
            let text = response.text();
            assert!(text.starts_with(&format!("{{\"id\":{id},")), "{text}");
        }
        assert_eq!(client.after(), After::Kept);
    }
}

#[test]
fn a_client_that_is_slow_to_read_gets_everything() {
    let server = Running::over(database_of(SCRIPT, 4), |_| {});
    let mut client = Client::connect(server.address);
    for target in ["/notes/1", "/notes/1000"] {
        assert_eq!(
            client
                .send(request("GET", target, ""))
                .receive("GET")
                .status,
            200
        );
    }
    let rows = [
        1000, 3, 1000, 1000, 4, 5, 1000, 6, 1000, 1000, 1000, 1000, 1001, 7, 1000,
    ];
    let mut client = Client::connect(server.address);
    for id in rows {
        client.send(request("GET", &format!("/notes/{id}"), ""));
    }
    // As many again, while those before wait to be taken.
    std::thread::sleep(Duration::from_millis(300));
    for id in rows {
        client.send(request("GET", &format!("/notes/{id}"), ""));
    }
    for id in rows.into_iter().chain(rows) {
        let response = client.receive("GET");
        let text = response.text();
        assert_eq!(response.status, 200);
        assert!(
            text.starts_with(&format!("{{\"id\":{id},")),
            "{id}: {text:.20}"
        );
        assert!(text.ends_with("\"}"), "{id}");
        assert_eq!(text.len() > LARGE, id == 1000, "{id}");
    }
    assert_eq!(client.after(), After::Kept);
}

#[test]
fn the_time_to_ask_again_begins_when_the_last_answer_was_taken() {
    let server = Running::over(database_of(SCRIPT, 4), |settings| {
        settings.bounds.head_time = Duration::from_millis(400);
    });
    let large = request("GET", "/notes/1000", "");
    let mut client = Client::connect(server.address);
    assert_eq!(client.send(&large).receive("GET").status, 200);
    // After so many answers, which nobody can tell beforehand, buffers are full, and the last one waits alone.
    std::thread::scope(|scope| {
        for many in 1..16 {
            let (server, large) = (&server, &large);
            scope.spawn(move || {
                let mut client = Client::connect(server.address);
                client.send(large.repeat(many));
                std::thread::sleep(Duration::from_millis(600));
                for _ in 0..many {
                    assert_eq!(client.receive("GET").body.len(), LARGE + 21);
                }
                std::thread::sleep(Duration::from_millis(100));
                assert_eq!(client.after(), After::Kept, "{many} answers");
            });
        }
    });
}

#[test]
fn a_client_that_takes_nothing_is_dropped() {
    let server = Running::over(database_of(SCRIPT, 4), |settings| {
        settings.bounds.write_idle = Duration::from_millis(200);
    });
    let large = request("GET", "/notes/1000", "");
    let mut client = Client::connect(server.address);
    assert_eq!(client.send(&large).receive("GET").status, 200);
    client.send(large.repeat(40));
    std::thread::sleep(Duration::from_secs(1));
    let octets = client.read_to_end().len();
    assert!(octets < 30 * LARGE, "{octets} were sent all the same");
}

#[test]
fn whoever_has_asked_all_it_wants_gets_its_answers() {
    let server = Running::over(database_of(SCRIPT, 4), |_| {});
    let plain = request("GET", "/notes/1", "");
    for _ in 0..3 {
        let mut client = Client::connect(server.address);
        client.send(plain.repeat(3)).half_close();
        for _ in 0..3 {
            assert_eq!(client.receive("GET").status, 200);
        }
        assert_eq!(client.read_to_end(), b"");
    }
}

/// A connection goes to the thread of changes with its first one, and comes back in a pause.
#[test]
fn a_connection_that_changes_sides_goes_on() {
    let server = Running::over(database_of(SCRIPT, 4), |_| {});
    let change = |text: &str| {
        let body = format!("{{\"text\":\"{text}\"}}");
        let length = body.len();
        let fields = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
        request("PATCH", "/notes/1", &fields) + &body
    };
    let mut client = Client::connect(server.address);
    for round in 0..3 {
        let text = format!("round {round}");
        assert_eq!(client.send(change(&text)).receive("PATCH").status, 204);
        for pause in [0, 600] {
            std::thread::sleep(Duration::from_millis(pause));
            let response = client.send(request("GET", "/notes/1", "")).receive("GET");
            assert_eq!(response.status, 200);
            assert!(response.text().contains(&text), "{}", response.text());
        }
    }
    // A server that stops waits for a change there as for anything else.
    let whole = change("the last");
    let (begun, rest) = whole.split_at(whole.len() - 3);
    client.send(begun);
    std::thread::sleep(Duration::from_millis(100));
    let stopped = std::thread::spawn(move || drop(server));
    std::thread::sleep(Duration::from_millis(100));
    let response = client.send(rest).receive("PATCH");
    assert_eq!(response.status, 204);
    stopped.join().expect("it stops");
}
