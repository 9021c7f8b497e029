//! The write-ahead log: short whatever is written, empty when nothing is, and what keeps it from that is told.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bistro_http::method::Method;
use rusqlite::Connection;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use super::harness::{Fixture, change};
use crate::{Database, Error};

const SONGS: &str = "CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT)";

/// A read of some milliseconds.
const LAST: &str =
    "SELECT sum(length(title)) FROM (SELECT title FROM songs ORDER BY id DESC LIMIT 100)";

/// Half as much again as the log is long where nobody stands in the way.
const LONG_OCTETS: u64 = 12_000 * 4_120;

impl Fixture {
    fn log(&self) -> PathBuf {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        log.into()
    }

    fn log_octets(&self) -> u64 {
        fs::metadata(self.log()).map_or(0, |metadata| metadata.len())
    }

    /// Waits until nothing is left in the log, which takes a while in which nothing is written.
    async fn log_is_empty(&self) {
        let emptied = async {
            while self.log_octets() > 0 {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = timeout(Duration::from_secs(30), emptied).await;
        waited.unwrap_or_else(|_| panic!("there are still {} octets", self.log_octets()));
    }
}

/// Writes `megabytes` in rows of 100 kB: the longest log there was.
async fn write(fixture: &Fixture, database: &Database, megabytes: usize) -> u64 {
    let body = format!(r#"{{"title":"{}"}}"#, "x".repeat(100_000));
    let mut longest = 0;
    for _ in 0..megabytes * 10 {
        let written = change(Method::Post, "/songs?select=id", &body);
        written.write(database).await.unwrap();
        longest = longest.max(fixture.log_octets());
    }
    longest
}

#[tokio::test]
async fn the_log_stays_short_while_writes_never_stop_and_readers_come_and_go() {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    let is_over = AtomicBool::new(false);
    let longest = thread::scope(|scope| {
        let reads = scope.spawn(|| {
            let other = fixture.other();
            let mut reads = 0;
            while !is_over.load(Ordering::Relaxed) {
                let octets = other.query_row(LAST, [], |row| row.get::<_, Option<i64>>(0));
                octets.unwrap();
                reads += 1;
            }
            reads
        });
        let longest = scope.spawn(|| {
            let runtime = Builder::new_current_thread().build().unwrap();
            runtime.block_on(write(&fixture, &database, 80))
        });
        let longest = longest.join().unwrap();
        is_over.store(true, Ordering::Relaxed);
        assert!(reads.join().unwrap() > 0, "it has read");
        longest
    });
    assert!(longest < LONG_OCTETS, "{longest} octets for 80 MB written");
    fixture.log_is_empty().await;
}

#[tokio::test]
async fn a_log_that_a_reader_has_let_grow_gives_its_room_back_when_the_reader_ends() {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    let reader = fixture.other();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM songs")
        .unwrap();
    let longest = write(&fixture, &database, 60).await;
    assert!(longest > 60_000_000, "nothing of it could be begun again");
    reader.execute_batch("COMMIT").unwrap();
    // While it is used it is begun again, and cut to the length that it has without readers.
    write(&fixture, &database, 30).await;
    assert!(fixture.log_octets() < LONG_OCTETS);
    fixture.log_is_empty().await;
}

#[tokio::test]
async fn one_small_write_is_in_the_file_soon_after() {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    let insert = change(Method::Post, "/songs", r#"{"title":"Firestarter"}"#);
    insert.write(&database).await.unwrap();
    let copy = fixture.path.with_extension("copy");
    let is_there = async {
        loop {
            // The file alone, without its log.
            fs::copy(&fixture.path, &copy).unwrap();
            let connection = Connection::open(&copy).unwrap();
            let found = connection.query_row("SELECT title FROM songs", [], |row| row.get(0));
            if found == Ok("Firestarter".to_owned()) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), is_there).await.unwrap();
}

#[tokio::test]
async fn what_keeps_checkpoints_from_working_is_told_once_and_so_is_its_end() {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    let mut checkpoints = database.checkpoints();
    let insert = || change(Method::Post, "/songs", r#"{"title":"Breathe"}"#).write(&database);
    insert().await.unwrap();
    let elsewhere = fixture.path.with_extension("elsewhere");
    fs::rename(&fixture.path, &elsewhere).unwrap();
    timeout(Duration::from_secs(30), checkpoints.changed())
        .await
        .unwrap()
        .unwrap();
    let trouble = checkpoints.borrow_and_update().clone();
    assert!(
        matches!(trouble, Some(Error::Missing { .. })),
        "{trouble:?}"
    );
    fs::rename(&elsewhere, &fixture.path).unwrap();
    timeout(Duration::from_secs(30), checkpoints.changed())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(*checkpoints.borrow_and_update(), None);
}

#[tokio::test]
async fn closing_leaves_no_thread_and_no_log() {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    let mut watched = database.checkpoints();
    write(&fixture, &database, 6).await;
    database.close().await;
    assert_eq!(fixture.log_octets(), 0);
    drop(database);
    let ended = timeout(Duration::from_secs(30), watched.changed()).await;
    assert!(ended.unwrap().is_err(), "who could tell anything has ended");
}
