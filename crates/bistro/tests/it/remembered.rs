//! Not one stale answer: what is remembered is compared with what the database says, while everything happens to it that can.
//!
//! `BISTRO_ANSWERS=1000000 cargo test -p bistro --test it remembered` is the long mode: so many answers are compared by
//! each of the two tests. What happens is decided by a seed that a failure tells, except for how threads meet;
//! `BISTRO_ANSWERS_SEED` sets it.

mod asking;
mod changing;
mod meeting;
mod callers;

use std::fs;
use std::time::Duration;

use rusqlite::Connection as Outside;

use crate::fixture::Fixture;
use crate::http::{Connection, Request, Response};
use crate::random::{Random, number_of};
use crate::remembered::asking::Asked;
use crate::server::{Server, bistro, until};

/// Answers that are compared by each test.
const ANSWERS: u64 = 15_000;

/// Connections that ask the same: they are served by different threads, each with a memory of its own.
const CONNECTIONS: usize = 4;

/// What is asked for again after each change of a round, in two ways each.
const TARGETS: usize = 2;

/// Changes that follow each other while the same is asked.
const CHANGES: usize = 8;

/// Rounds until another file is put in the place of the first.
const ROUNDS: u64 = 40;

const SCHEMA: &str = "PRAGMA journal_mode = wal;
    CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT);
    CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, artist_id INTEGER REFERENCES artists (id), year INTEGER);
    CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE songs_tags (song_id INTEGER REFERENCES songs (id) ON DELETE CASCADE, tag_id INTEGER REFERENCES tags (id),
        PRIMARY KEY (song_id, tag_id));
    CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
    CREATE TABLE shelves (id INTEGER PRIMARY KEY, width INTEGER);
    CREATE VIEW recent AS SELECT title, year FROM songs WHERE year > 1990;
    CREATE VIRTUAL TABLE lyrics USING fts5 (title, words);
    INSERT INTO artists VALUES (1, 'A', 'Ireland'), (2, 'B', NULL), (3, 'C', 'Iceland'), (4, 'D', NULL), (5, 'E', ''), (6, 'F', 'x');
    INSERT INTO songs SELECT id, 'Song ' || id, id, 1990 + id FROM artists;
    INSERT INTO tags VALUES (1, 'rock'), (2, 'pop'), (3, 'live');
    INSERT INTO songs_tags VALUES (1, 1), (1, 2), (2, 3);
    INSERT INTO counters VALUES (1, 0);
    INSERT INTO lyrics (rowid, title, words) VALUES (1, 'Song 1', 'every day'), (2, 'Song 2', 'night');";

const TABLES: &[&str] = &[
    "artists",
    "songs",
    "tags",
    "songs_tags",
    "counters",
    "shelves",
    "recent",
    "lyrics",
];

/// What decides all: said wherever something is not as it should be.
fn seed() -> u64 {
    number_of("BISTRO_ANSWERS_SEED").unwrap_or(1)
}

fn answers() -> u64 {
    number_of("BISTRO_ANSWERS").unwrap_or(ANSWERS)
}

fn configure(fixture: &Fixture, cache: &str, tables: &[&str]) {
    let mut text = format!("[http]\nthreads = 3\ncache = \"{cache}\"\n");
    for table in tables {
        text += &format!(
            "\n[[allow]]\non = \"{table}\"\nto = \"anyone\"\ndo = [\"read\", \"create\", \"update\", \"delete\"]\n"
        );
    }
    fs::write(fixture.directory().join("bistro.toml"), text).expect("the directory is ours");
}

/// One that remembers.
fn remembering(schema: &str, tables: &[&str]) -> Server {
    let fixture = Fixture::of(schema);
    configure(&fixture, "1MiB", tables);
    Server::serve(fixture, &[])
}

/// One that does not, on the same file.
fn forgetful(other: &Server, tables: &[&str]) -> Server {
    let fixture = Fixture::empty();
    configure(&fixture, "off", tables);
    let mut command = bistro(fixture.directory());
    command.arg("serve").arg(other.fixture().path());
    command.args(["--listen", "127.0.0.1:0"]);
    Server::spawn(command, fixture)
}

/// Everything is changed, one thing after the other; after each change the same is asked over several connections, and each
/// answer is compared with that of a server that remembers nothing.
#[test]
fn no_answer_is_older_than_the_last_change() {
    let remembering = remembering(SCHEMA, TABLES);
    let forgetful = forgetful(&remembering, TABLES);
    let mut driver = Driver::new(&remembering, &forgetful);
    let mut rounds = 0;
    while driver.compared < answers() {
        rounds += 1;
        if rounds % ROUNDS == 0 {
            driver.put_another_file();
        }
        driver.round();
    }
    let Driver {
        done, not_modified, ..
    } = driver;
    assert!(done > rounds, "{done} requests have changed something");
    assert!(not_modified > rounds, "{not_modified} were not modified");
    for server in [&remembering, &forgetful] {
        if rounds >= ROUNDS {
            server.logged("another file stands in its place");
            server.logged("it is served again");
        }
    }
}

/// What differs in one respect alone is not given the other's answer, in whichever order it is asked. All is asked of one thread,
/// so of one memory.
#[test]
fn each_field_that_an_answer_depends_on_tells_requests_apart() {
    let server = remembering(SCHEMA, TABLES);
    let mut connection = server.connect();
    let plain = || Request::new("GET", "/songs").field("Accept", "application/json");
    let cases = [
        (plain(), "content-range", Some("0-5/*")),
        (
            plain().field("Prefer", "count=exact"),
            "content-range",
            Some("0-5/6"),
        ),
        (
            plain().field("Range", "1-2"),
            "content-range",
            Some("1-2/*"),
        ),
        (
            Request::new("GET", "/songs").field("Accept", "text/csv"),
            "content-type",
            Some("text/csv; charset=utf-8"),
        ),
        (
            plain().field("Accept-Profile", "elsewhere"),
            "content-range",
            None,
        ),
        (
            Request::new("GET", "/songs?limit=3").field("Accept", "application/json"),
            "content-range",
            Some("0-2/*"),
        ),
        (plain().field("If-None-Match", "*"), "content-range", None),
        (
            Request::new("HEAD", "/songs").field("Accept", "application/json"),
            "content-range",
            Some("0-5/*"),
        ),
    ];
    for _ in 0..3 {
        for (request, name, expected) in cases.iter().chain(cases.iter().rev()) {
            let answer = connection.send(request);
            assert_eq!(answer.field(name), *expected, "{request:?}");
            assert_eq!(
                answer.text().is_empty(),
                request.method() == "HEAD" || answer.status == 304,
                "{request:?}"
            );
        }
        for key in 1..=3 {
            let answer =
                connection.send(&Request::new("GET", &format!("/songs/{key}?select=title")));
            assert_eq!(answer.text(), format!("{{\"title\":\"Song {key}\"}}"));
        }
    }
}

struct Driver<'a> {
    servers: [&'a Server; 2],
    random: Random,
    remembering: Vec<Connection>,
    forgetful: Connection,
    /// Another process, which may be in a transaction.
    outside: Outside,
    /// One that sees only what is committed.
    witness: Outside,
    /// What was done last.
    last: String,
    /// Answers that were compared.
    compared: u64,
    /// Requests that have changed something.
    done: u64,
    /// Answers of 304.
    not_modified: u64,
}

impl<'a> Driver<'a> {
    fn new(remembering: &'a Server, forgetful: &'a Server) -> Self {
        let fixture = remembering.fixture();
        Self {
            servers: [remembering, forgetful],
            random: Random::new(seed()),
            remembering: (0..CONNECTIONS).map(|_| remembering.connect()).collect(),
            forgetful: forgetful.connect(),
            outside: outside(fixture),
            witness: outside(fixture),
            last: String::new(),
            compared: 0,
            done: 0,
            not_modified: 0,
        }
    }

    /// The same is asked again and again, and something changes each time.
    fn round(&mut self) {
        let mut asked: Vec<Asked> = (0..TARGETS)
            .flat_map(|_| Asked::two(&mut self.random))
            .collect();
        for _ in 0..CHANGES {
            self.ask(&mut asked);
            self.change();
        }
        self.ask(&mut asked);
    }

    fn ask(&mut self, asked: &mut [Asked]) {
        let requests: Vec<Request> = asked
            .iter()
            .map(|asked| asked.again(&mut self.random))
            .collect();
        let padding = padding();
        for request in &requests {
            let request = request.clone().field("Prefer", &padding);
            self.forgetful.ask(&request).expect("sent");
        }
        for connection in &mut self.remembering {
            for request in &requests {
                connection.ask(request).expect("sent");
            }
        }
        for (request, asked) in requests.iter().zip(asked) {
            let fresh = receive(&mut self.forgetful, request);
            for connection in &mut self.remembering {
                let answer = receive(connection, request);
                assert_eq!(
                    told(&answer),
                    told(&fresh),
                    "seed {}, answer {}, after {:?}: {request:?} is not as fresh as it should be",
                    seed(),
                    self.compared,
                    self.last
                );
                self.compared += 1;
                self.not_modified += u64::from(answer.status == 304);
            }
            assert!(fresh.status < 500, "{request:?}: {}", fresh.text());
            asked.learn(&fresh);
        }
        self.ask_what_sql_knows();
    }

    /// The second server could be as wrong as the first; SQL is not.
    fn ask_what_sql_knows(&mut self) {
        let sql = "SELECT '[' || coalesce(group_concat(json_object('id', id, 'title', title, 'year', year),
            ',' || char(10) ORDER BY id), '') || ']' FROM songs";
        let expected: String = self
            .witness
            .query_row(sql, [], |row| row.get(0))
            .expect("a text");
        let request = Request::new("GET", "/songs?select=id,title,year&order=id");
        let answer = self.any().send(&request);
        assert_eq!(
            answer.text(),
            expected,
            "seed {}, answer {}, after {:?}",
            seed(),
            self.compared,
            self.last
        );
        self.compared += 1;
    }

    /// Any connection to the server that remembers.
    fn any(&mut self) -> &mut Connection {
        let place = self.random.below(CONNECTIONS as u64);
        &mut self.remembering[usize::try_from(place).expect("few")]
    }

    fn change(&mut self) {
        if !self.outside.is_autocommit() {
            // It goes on, or ends.
            let sql = match self.random.below(3) {
                0 => changing::rows_in_sql(&mut self.random),
                1 => "COMMIT".to_owned(),
                _ => "ROLLBACK".to_owned(),
            };
            return self.run(&sql);
        }
        match self.random.below(16) {
            0..7 => self.send(),
            7..10 => {
                let sql = changing::rows_in_sql(&mut self.random);
                self.run(&sql);
            }
            10 => {
                let sql = changing::schema_in_sql(&mut self.random, &self.outside);
                self.run(&sql);
            }
            11..13 => {
                let sql = changing::upkeep_in_sql(&mut self.random);
                self.run(&sql);
            }
            13 => {
                let sql = changing::rows_in_sql(&mut self.random);
                self.run(&format!("BEGIN IMMEDIATE; {sql}"));
            }
            // So much that it is in the log before it is committed.
            14 => self.run(
                "PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE counters SET n = n + 1;
                 CREATE TABLE filler (t); INSERT INTO filler VALUES (zeroblob(300000)); DROP TABLE filler",
            ),
            _ => "nothing".clone_into(&mut self.last),
        }
    }

    /// One of the servers is asked to change something.
    fn send(&mut self) {
        let request = changing::request(&mut self.random);
        let answer = if self.random.once_in(3) {
            self.forgetful.send(&request)
        } else {
            self.any().send(&request)
        };
        assert!(answer.status < 500, "{request:?}: {}", answer.text());
        self.done += u64::from(answer.status < 300);
        self.last = format!("{request:?}");
    }

    /// Another process does something.
    fn run(&mut self, sql: &str) {
        self.outside
            .execute_batch(sql)
            .unwrap_or_else(|error| panic!("seed {}: {sql}: {error}", seed()));
        sql.clone_into(&mut self.last);
    }

    /// A file that is much like the one that is served takes its place.
    fn put_another_file(&mut self) {
        if !self.outside.is_autocommit() {
            self.run("ROLLBACK");
        }
        let fixture = self.servers[0].fixture();
        let new = fixture.directory().join("new.db");
        self.run(&format!("VACUUM INTO '{}'", new.display()));
        let other = Outside::open(&new).expect("just made");
        let sql = changing::rows_in_sql(&mut self.random);
        other
            .execute_batch(&format!(
                "PRAGMA foreign_keys = off; PRAGMA journal_mode = wal; {sql}"
            ))
            .expect("the SQL is right");
        other.close().expect("nothing is open");
        fs::rename(new, fixture.path()).expect("both are ours");
        // What is written is never written to the old file: it is noticed at once, while reads alone notice it soon.
        for server in self.servers {
            let request = Request::new("PATCH", "/counters/1").json(r#"{"n": 7}"#);
            until("the new file is served", || {
                let answer = server.send(&request);
                assert!(
                    [200, 204, 503].contains(&answer.status),
                    "{}",
                    answer.text()
                );
                answer.status < 300
            });
        }
        self.outside = outside(fixture);
        self.witness = outside(fixture);
        self.last = format!("another file, and {sql}");
    }
}

/// What another process has open.
fn outside(fixture: &Fixture) -> Outside {
    let connection = fixture.open();
    connection
        .busy_timeout(Duration::from_secs(10))
        .expect("it can be set");
    connection
        .execute_batch("PRAGMA foreign_keys = off; PRAGMA cache_size = 10")
        .expect("it can be set");
    connection
}

fn receive(connection: &mut Connection, request: &Request) -> Response {
    connection
        .receive(request.method())
        .unwrap_or_else(|error| panic!("no answer to {request:?}: {error}"))
}

/// A preference that nobody knows, too long for anything to be remembered by: not even what was decided.
fn padding() -> String {
    format!("padding={}", "x".repeat(4_096))
}

/// All that an answer says, besides when.
fn told(answer: &Response) -> (u16, String, String) {
    let fields = answer.fields.iter();
    let fields = fields.filter(|(name, _)| !name.eq_ignore_ascii_case("date"));
    let fields: Vec<String> = fields
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    (answer.status, fields.join("\n"), answer.text())
}
