//! Writers and readers at once: what is read is one state, and never one of before.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection as Outside, ErrorCode};
use serde_json::{Value, json};

use crate::http::{Connection, Request, Response};
use crate::random::Random;
use crate::remembered::{answers, outside, remembering, seed};
use crate::server::{Server, until};

/// Versions that there are at least: readers go on until then.
const VERSIONS: u64 = 50;

/// Those who read at once.
const READERS: u64 = 4;

/// All rows of both tables have one version, in every state that is committed.
const SCHEMA: &str = "PRAGMA journal_mode = wal;
    CREATE TABLE pages (id INTEGER PRIMARY KEY, version INTEGER NOT NULL);
    CREATE TABLE lines (id INTEGER PRIMARY KEY, page_id INTEGER NOT NULL REFERENCES pages (id), version INTEGER NOT NULL);
    CREATE TABLE notes (id INTEGER PRIMARY KEY, t TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO pages SELECT i, 0 FROM n;
    INSERT INTO lines (page_id, version) SELECT id, 0 FROM pages;
    INSERT INTO lines (page_id, version) SELECT id, 0 FROM pages;";

const TARGETS: &[&str] = &[
    "/pages?select=version",
    "/rest/v1/pages?select=version",
    "/pages?select=version,lines(version)",
    "/pages/1?select=version,lines(version)",
    "/pages/3?select=version",
    "/lines?select=version,pages(version)&limit=9",
    "/pages/2/lines?select=version",
];

const ACCEPTED: &[&str] = &["application/json", "application/x-ndjson", "text/csv"];

/// What all know.
struct Known {
    /// No answer to a request that is sent from now on may be of an older version: it was acknowledged, or seen.
    floor: AtomicU64,
    /// Nothing newer was ever sent.
    ceiling: AtomicU64,
    /// How many answers were read.
    read: AtomicU64,
    is_over: AtomicBool,
}

impl Known {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Waits until so many more answers were read.
    fn wait_for(&self, answers: u64) {
        let enough = self.read.load(Ordering::SeqCst) + answers;
        until("more was read", || {
            self.is_over() || self.read.load(Ordering::SeqCst) >= enough
        });
    }
}

/// Writes go on over HTTP, as batches and by another process, and checkpoints, and changes that nobody asks about.
/// Each answer has to be what the database said at some moment between the request and the answer.
#[test]
fn every_answer_is_of_one_moment_between_request_and_answer() {
    let server = remembering(SCHEMA, &["pages", "lines", "notes"]);
    let known = Known {
        floor: AtomicU64::new(0),
        ceiling: AtomicU64::new(0),
        read: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
    };
    let not_modified: u64 = thread::scope(|scope| {
        let (server, known) = (&server, &known);
        let writer = scope.spawn(move || write_on(server, known));
        let disturber = scope.spawn(move || disturb(server, known));
        let readers: Vec<_> = (0..READERS)
            .map(|number| scope.spawn(move || read_on(server, known, number)))
            .collect();
        let seen = readers.into_iter().map(thread::ScopedJoinHandle::join);
        let seen: Vec<_> = seen.collect();
        known.is_over.store(true, Ordering::SeqCst);
        writer.join().expect("no panic");
        disturber.join().expect("no panic");
        seen.into_iter().map(|seen| seen.expect("no panic")).sum()
    });
    assert!(not_modified > 20, "only {not_modified} were not modified");
}

/// Makes one version after the other.
fn write_on(server: &Server, known: &Known) {
    let mut random = Random::new(seed());
    let mut connection = server.connect();
    let outside = outside(server.fixture());
    for version in 1.. {
        if known.is_over() {
            return;
        }
        known.ceiling.store(version, Ordering::SeqCst);
        if random.once_in(2) {
            send(&mut connection, &mut random, version);
        } else {
            run(&outside, &mut random, version);
        }
        known.floor.fetch_max(version, Ordering::SeqCst);
        // Some versions are asked for again and again, others hardly at all.
        if random.once_in(2) {
            known.wait_for(random.below(100));
        }
    }
}

/// A batch makes all rows be of this version, some of them before others.
fn send(connection: &mut Connection, random: &mut Random, version: u64) {
    let step = |path: &str| json!({"method": "PATCH", "path": path, "body": {"version": version}});
    let steps: Value = if random.once_in(2) {
        json!([
            step("/pages?id=lt.9"),
            step("/lines?id=gt.0"),
            step("/pages?id=gte.9")
        ])
    } else {
        json!([
            step("/lines?id=lt.20"),
            step("/pages?id=gt.0"),
            step("/lines?id=gte.20")
        ])
    };
    let request = Request::new("POST", "/-/batch").json(&steps.to_string());
    loop {
        let answer = connection.send(&request);
        match answer.status {
            200 => return,
            // Who checkpoints waits for readers, and lets nobody write meanwhile.
            503 => assert!(answer.text().contains("55P03"), "{}", answer.text()),
            _ => panic!("{}", answer.text()),
        }
    }
}

/// Another process does; what it has rolled back before was never there.
fn run(outside: &Outside, random: &mut Random, version: u64) {
    let rolled_back = if random.once_in(2) {
        "BEGIN IMMEDIATE; UPDATE pages SET version = version + 1000000; UPDATE lines SET version = -1; ROLLBACK;"
    } else {
        ""
    };
    let sql = format!(
        "{rolled_back} BEGIN IMMEDIATE; UPDATE pages SET version = {version} WHERE id > 5; UPDATE lines SET version = {version};
         UPDATE pages SET version = {version}; COMMIT"
    );
    outside.execute_batch(&sql).expect("it is free soon");
}

/// Changes what nobody asks for, and where the rows are.
fn disturb(server: &Server, known: &Known) {
    let mut random = Random::new(seed() + 1);
    let outside = outside(server.fixture());
    let patience = Duration::from_millis(50);
    outside.busy_timeout(patience).expect("it can be set");
    let mut connection = server.connect();
    while !known.is_over() {
        let sql = match random.below(12) {
            0 => "VACUUM",
            1 => "DROP INDEX IF EXISTS by_version; CREATE INDEX by_version ON pages (version)",
            2 => "DROP INDEX IF EXISTS by_version",
            3..5 => "INSERT INTO notes (t) VALUES ('theirs')",
            5..7 => "PRAGMA wal_checkpoint(TRUNCATE)",
            7 => "PRAGMA wal_checkpoint(RESTART)",
            8 => "PRAGMA wal_checkpoint(PASSIVE)",
            _ => "",
        };
        if sql.is_empty() {
            let answer = connection.send(&Request::new("POST", "/notes").json(r#"{"t":"ours"}"#));
            assert!([201, 503].contains(&answer.status), "{}", answer.text());
        } else if let Err(error) = outside.execute_batch(sql) {
            let is_busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
            assert!(is_busy, "{sql}: {error}");
        }
        known.wait_for(random.below(200));
    }
}

/// Reads until it is enough, and counts what was not modified.
fn read_on(server: &Server, known: &Known, number: u64) -> u64 {
    let mut random = Random::new(seed() + 2 + number);
    let mut connections = [(); 2].map(|()| server.connect());
    let mut kept: BTreeMap<(&str, &str), (String, u64)> = BTreeMap::new();
    let mut not_modified = 0;
    for count in 0.. {
        if count >= answers() / READERS && known.floor.load(Ordering::SeqCst) >= VERSIONS {
            break;
        }
        let target = random.pick(TARGETS);
        let nested = target.contains('(') || target.contains("/pages/");
        let accept = if nested {
            ACCEPTED[0]
        } else {
            random.pick(ACCEPTED)
        };
        let mut request = Request::new("GET", target).field("Accept", accept);
        let had = kept.get(&(target, accept)).filter(|_| random.once_in(2));
        if let Some((tag, _)) = had {
            request = request.field("If-None-Match", tag);
        }
        let floor = known.floor.load(Ordering::SeqCst);
        let answer = connections[usize::from(random.once_in(2))].send(&request);
        let ceiling = known.ceiling.load(Ordering::SeqCst);
        known.read.fetch_add(1, Ordering::SeqCst);
        let place = format!(
            "seed {}, answer {count} of reader {number}: {request:?}",
            seed()
        );
        let version = match (answer.status, had) {
            (304, Some((tag, version))) => {
                assert_eq!(answer.field("ETag"), Some(tag.as_str()), "{place}");
                not_modified += 1;
                *version
            }
            _ => version_of(&answer, accept, &place),
        };
        assert!(
            (floor..=ceiling).contains(&version),
            "{place}: {version} is not between {floor} and {ceiling}"
        );
        known.floor.fetch_max(version, Ordering::SeqCst);
        let tag = answer.field("ETag").expect("it is told").to_owned();
        kept.insert((target, accept), (tag, version));
    }
    not_modified
}

/// The one version that all rows of an answer have.
fn version_of(answer: &Response, accept: &str, place: &str) -> u64 {
    let text = answer.text();
    assert_eq!(answer.status, 200, "{place}: {text}");
    let versions: Vec<&str> = if accept == "text/csv" {
        text.lines().skip(1).collect()
    } else {
        let found = text.split("\"version\":").skip(1);
        let end = |rest: &'_ str| rest.find([',', '}']).unwrap_or(rest.len());
        found.map(|rest| &rest[..end(rest)]).collect()
    };
    let first = *versions
        .first()
        .unwrap_or_else(|| panic!("{place}: {text}"));
    let is_one = versions.iter().all(|version| *version == first);
    assert!(
        is_one,
        "{place}: half of one state, half of another: {text}"
    );
    first.parse().unwrap_or_else(|_| panic!("{place}: {text}"))
}
