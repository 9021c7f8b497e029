//! The process is killed: whatever was acknowledged is there afterwards, and nothing is half there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::http::{Connection, Request};
use crate::random::{Random, number_of};
use crate::server::{Server, until};

/// Those who write at once.
const WRITERS: u32 = 6;

/// Writes after which the server may be killed: a machine that is busy makes fewer of them in a time.
const WRITES_MAX: u64 = 50;

/// Microseconds until it is killed then, at most.
const MOMENT_MAX: u64 = 4_000;

/// A thing is as many rows as it has parts, and all of them are in its state.
const SCHEMA: &str = "CREATE TABLE parts (id INTEGER PRIMARY KEY, writer INTEGER, thing INTEGER, part INTEGER, state INTEGER,
    filler TEXT, UNIQUE (writer, thing, part));
    CREATE TABLE notes (id INTEGER PRIMARY KEY, part_id INTEGER REFERENCES parts (id), note TEXT);";

/// The server is killed 200 times at random moments while six connections write: one row, several in one request, with an
/// `Idempotency-Key`, as a batch, `PATCH` and `DELETE`.
///
/// `BISTRO_CRASHES=1000 cargo test -p bistro --test it crash` is the long mode. What happens is decided by a seed that a failure
/// tells, except for how the threads meet; `BISTRO_CRASH_SEED` sets it.
#[test]
fn what_was_acknowledged_survives_kill_9_and_nothing_is_half_there() {
    let crashes = number_of("BISTRO_CRASHES").unwrap_or(200);
    let seed = number_of("BISTRO_CRASH_SEED").unwrap_or(1);
    let mut random = Random::new(seed);
    let mut fixture = Fixture::of(SCHEMA);
    let mut writers: Vec<Writer> = (0..WRITERS)
        .map(|number| Writer::new(number, random.next()))
        .collect();
    let mut acknowledged = 0;
    for crash in 0..crashes {
        let place = format!("seed {seed}, crash {crash}");
        let server = Server::serve(fixture, &[]);
        let address = server.address();
        let enough = acknowledged + random.below(WRITES_MAX);
        let moment = Duration::from_micros(random.below(MOMENT_MAX));
        let (is_over, done) = (AtomicBool::new(false), AtomicU64::new(acknowledged));
        fixture = thread::scope(|scope| {
            let writing: Vec<_> = writers
                .iter_mut()
                .map(|writer| scope.spawn(|| writer.write(address, &is_over, &done, &place)))
                .collect();
            until("enough is written", || {
                done.load(Ordering::Relaxed) >= enough
                    || writing.iter().any(thread::ScopedJoinHandle::is_finished)
            });
            // Not to wait for something: the moment is to be any.
            thread::park_timeout(moment);
            is_over.store(true, Ordering::Release);
            let fixture = server.cut();
            for writer in writing {
                writer.join().expect("no writer panics");
            }
            fixture
        });
        acknowledged = done.into_inner();
        check(&fixture, &mut writers, &place);
    }
    let least = crashes * WRITES_MAX / 4;
    assert!(
        acknowledged > least,
        "seed {seed}: {acknowledged} writes were acknowledged"
    );
}

/// What is there of a thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Thing {
    parts: u32,
    state: u32,
    /// Notes on its parts.
    notes: u32,
}

/// A connection that writes, and what it knows.
struct Writer {
    number: u32,
    random: Random,
    next: u32,
    /// What was acknowledged.
    things: BTreeMap<u32, Thing>,
    /// What may have been done or not, when the server was killed.
    pending: Option<Write>,
}

/// One request.
#[derive(Clone, Debug)]
struct Write {
    request: Request,
    thing: u32,
    /// What is there afterwards.
    after: Thing,
    /// Whether it may be sent again.
    is_keyed: bool,
}

impl Writer {
    fn new(number: u32, seed: u64) -> Self {
        Self {
            number,
            random: Random::new(seed),
            next: 0,
            things: BTreeMap::new(),
            pending: None,
        }
    }

    /// Writes until the server is gone, and counts what is acknowledged.
    fn write(&mut self, address: SocketAddr, is_over: &AtomicBool, done: &AtomicU64, place: &str) {
        let Ok(mut connection) = Connection::try_open(address) else {
            assert!(is_over.load(Ordering::Acquire), "{place}: no connection");
            return;
        };
        loop {
            // What was sent with a key and not answered is sent again: it is done once.
            let write = match self.pending.take() {
                Some(write) => write,
                None => self.choose(),
            };
            match connection.try_send(&write.request) {
                Ok(response) => {
                    let answer = || response.text();
                    assert!(response.status < 300, "{place}: {write:?}: {}", answer());
                    done.fetch_add(1, Ordering::Relaxed);
                    self.done(&write);
                }
                Err(error) => {
                    assert!(is_over.load(Ordering::Acquire), "{place}: {error}");
                    self.pending = Some(write);
                    return;
                }
            }
        }
    }

    fn done(&mut self, write: &Write) {
        if write.after.parts == 0 {
            self.things.remove(&write.thing);
        } else {
            self.things.insert(write.thing, write.after);
        }
    }

    fn choose(&mut self) -> Write {
        let known = self.things.len() as u64;
        if known > 0 && self.random.below(3) == 0 {
            let place = self.random.below(known);
            let mut things = self.things.iter();
            let (thing, now) = things
                .nth(usize::try_from(place).expect("few"))
                .expect("there are so many");
            let (thing, now) = (*thing, *now);
            // Notes refer to parts.
            let removes = now.notes == 0 && self.random.below(3) > 0;
            return if removes {
                self.remove(thing)
            } else {
                self.change(thing, now)
            };
        }
        let thing = self.next;
        self.next += 1;
        match self.random.below(8) {
            0..4 => self.make(thing, 1, None),
            4..6 => {
                let parts = self.parts();
                self.make(thing, parts, None)
            }
            6 => {
                let parts = self.parts();
                let key = format!("{}-{thing}", self.number);
                self.make(thing, parts, Some(&key))
            }
            _ => self.batch(thing),
        }
    }

    fn parts(&mut self) -> u32 {
        2 + u32::try_from(self.random.below(20)).expect("few")
    }

    fn rows(&self, thing: u32, parts: u32) -> Value {
        let filler = "x".repeat(1_000);
        (0..parts)
            .map(|part| {
                json!({"writer": self.number, "thing": thing, "part": part, "state": 0, "filler": filler})
            })
            .collect()
    }

    fn path(&self, thing: u32) -> String {
        format!("/parts?writer=eq.{}&thing=eq.{thing}", self.number)
    }

    fn make(&self, thing: u32, parts: u32, key: Option<&str>) -> Write {
        let rows = self.rows(thing, parts);
        let body = match rows.as_array().map(Vec::as_slice) {
            Some([row]) => row.to_string(),
            _ => rows.to_string(),
        };
        let mut request = Request::new("POST", "/parts").json(&body);
        if let Some(key) = key {
            request = request.field("Idempotency-Key", key);
        }
        Write {
            request,
            thing,
            after: Thing {
                parts,
                ..Thing::default()
            },
            is_keyed: key.is_some(),
        }
    }

    fn change(&self, thing: u32, now: Thing) -> Write {
        let after = Thing {
            state: now.state + 1,
            ..now
        };
        let body = json!({"state": after.state}).to_string();
        Write {
            request: Request::new("PATCH", &self.path(thing)).json(&body),
            thing,
            after,
            is_keyed: false,
        }
    }

    fn remove(&self, thing: u32) -> Write {
        Write {
            request: Request::new("DELETE", &self.path(thing)),
            thing,
            after: Thing::default(),
            is_keyed: false,
        }
    }

    /// Several requests that are done together: a thing, a note that refers to it, and a change of its state.
    fn batch(&mut self, thing: u32) -> Write {
        let parts = self.parts();
        let returning = json!({"Prefer": "return=representation"});
        let steps = json!([
            {"method": "POST", "path": "/parts?select=id", "headers": returning, "body": self.rows(thing, parts)},
            {"method": "POST", "path": "/notes", "body": {"part_id": {"$response": "/0/body/0/id"}, "note": "first"}},
            {"method": "PATCH", "path": self.path(thing), "body": {"state": 1}},
        ]);
        Write {
            request: Request::new("POST", "/-/batch").json(&steps.to_string()),
            thing,
            after: Thing {
                parts,
                state: 1,
                notes: 1,
            },
            is_keyed: false,
        }
    }
}

/// Compares what is there with what was acknowledged.
fn check(fixture: &Fixture, writers: &mut [Writer], place: &str) {
    let connection = fixture.open();
    // The log stays as the server has left it: the next one has to live with it.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .expect("it can be set");
    let whole: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("an answer");
    assert_eq!(whole, "ok", "{place}");
    let mut there = BTreeMap::new();
    let mut select = connection
        .prepare(
            "SELECT writer, thing, count(DISTINCT parts.id), min(state), max(state), count(notes.id)
             FROM parts LEFT JOIN notes ON part_id = parts.id GROUP BY writer, thing",
        )
        .expect("the tables are there");
    let mut rows = select.query([]).expect("no parameters");
    while let Some(row) = rows.next().expect("rows can be read") {
        let number = |column: usize| row.get::<_, u32>(column).expect("a number");
        let thing = Thing {
            parts: number(2),
            state: number(3),
            notes: number(5),
        };
        let (writer, name) = (number(0), number(1));
        assert_eq!(
            number(3),
            number(4),
            "{place}: half of thing {name} of writer {writer} is changed"
        );
        there.insert((writer, name), thing);
    }
    for writer in writers {
        writer.check(&there, place);
    }
}

impl Writer {
    fn check(&mut self, there: &BTreeMap<(u32, u32), Thing>, place: &str) {
        let pending = self.pending.take();
        let is_pending = |name: u32| {
            let pending = pending.as_ref();
            pending.filter(|write| write.thing == name)
        };
        for name in 0..self.next {
            let found = there.get(&(self.number, name)).copied().unwrap_or_default();
            let known = self.things.get(&name).copied().unwrap_or_default();
            let pending = is_pending(name);
            let is_right = found == known || pending.is_some_and(|write| write.after == found);
            assert!(
                is_right,
                "{place}: thing {name} of writer {} is {found:?}; acknowledged was {known:?}, sent {pending:?}",
                self.number
            );
        }
        match pending {
            // It is sent again, whether it was done or not.
            Some(write) if write.is_keyed => self.pending = Some(write),
            Some(write) => {
                let found = there.get(&(self.number, write.thing)) == Some(&write.after);
                if found
                    || write.after.parts == 0 && !there.contains_key(&(self.number, write.thing))
                {
                    self.done(&write);
                }
            }
            None => {}
        }
    }
}
