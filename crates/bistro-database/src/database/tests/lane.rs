//! Reads that are run at once: as fresh as any, never in anybody's way.

use std::ops::ControlFlow;
use std::sync::Arc;

use bistro_plan::value::{Row, Sink, ValueRef};

use super::harness::{Fixture, get};
use crate::{Database, Error, Lane, Tried};

const SCRIPT: &str = "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 10)";

/// The numbers in the first column.
#[derive(Default)]
struct Numbers(Vec<i64>);

impl Sink for Numbers {
    fn row(&mut self, row: &dyn Row) -> ControlFlow<()> {
        if let ValueRef::Integer(number) = row.value(0) {
            self.0.push(number);
        }
        ControlFlow::Continue(())
    }
}

fn numbers(lane: &Lane, database: &Database, url: &str) -> Result<Tried<Vec<i64>>, Error> {
    let read = get(url).read(database);
    lane.read(database.catalog().version, |snapshot| {
        let mut numbers = Numbers::default();
        snapshot.read(&read, &mut numbers)?;
        Ok(numbers.0)
    })
}

/// Lets the task that ends snapshots run as an event loop would, once.
async fn turn() {
    tokio::task::yield_now().await;
}

#[tokio::test]
async fn a_read_sees_every_commit_before_it_within_a_turn_and_after_it() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let lane = Arc::new(database.lane());
    let tended = Arc::clone(&lane);
    let tending = tokio::spawn(async move { tended.tend().await });
    turn().await;
    let other = fixture.other();
    for number in 0..200 {
        other.execute("UPDATE t SET n = ?1", [number]).unwrap();
        for _ in 0..3 {
            let found = numbers(&lane, &database, "/t?select=n").unwrap();
            assert_eq!(found, Tried::Done(vec![number]));
        }
        if number % 3 == 0 {
            turn().await;
        }
    }
    tending.abort();
}

#[tokio::test]
async fn an_idle_lane_does_not_keep_the_log_from_starting_again() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let lane = Arc::new(database.lane());
    let tended = Arc::clone(&lane);
    let tending = tokio::spawn(async move { tended.tend().await });
    turn().await;
    let other = fixture.other();
    for number in 0..20 {
        other.execute("UPDATE t SET n = ?1", [number]).unwrap();
        numbers(&lane, &database, "/t?select=n").unwrap();
        turn().await;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let is_busy: i64 = other.query_row(checkpoint, [], |row| row.get(0)).unwrap();
        assert_eq!(is_busy, 0, "turn {number}");
    }
    tending.abort();
}

#[test]
fn without_anybody_who_ends_turns_each_read_ends_its_own() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let lane = database.lane();
    numbers(&lane, &database, "/t").unwrap();
    let is_busy: i64 = fixture
        .other()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .unwrap();
    assert_eq!(is_busy, 0);
}

#[test]
fn what_takes_long_is_declined_and_the_next_read_is_not() {
    let fixture = Fixture::new(&format!(
        "{SCRIPT}; WITH RECURSIVE c (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) INSERT INTO t SELECT n, n FROM c"
    ));
    let database = fixture.open();
    let lane = database.lane();
    for _ in 0..3 {
        let scan = numbers(&lane, &database, "/t?n=eq.-1").unwrap();
        assert_eq!(scan, Tried::Long);
        let item = numbers(&lane, &database, "/t/7?select=n").unwrap();
        assert_eq!(item, Tried::Done(vec![7]));
    }
    // A hundred rows are not long.
    let page = numbers(&lane, &database, "/t?limit=100").unwrap();
    assert!(matches!(page, Tried::Done(rows) if rows.len() == 101));
}

#[tokio::test]
async fn a_turn_may_last_as_long_as_it_likes() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let lane = Arc::new(database.lane());
    let tended = Arc::clone(&lane);
    let tending = tokio::spawn(async move { tended.tend().await });
    turn().await;
    for _ in 0..100 {
        // Longer than a read may take, in the thread's own time.
        let work = (0..300_000_u64).fold(0_u64, |sum, number| std::hint::black_box(sum ^ number));
        assert_ne!(work, 1);
        for _ in 0..5 {
            let found = numbers(&lane, &database, "/t/1?select=n");
            assert!(matches!(found, Ok(Tried::Done(_))), "{found:?}");
        }
        turn().await;
    }
    tending.abort();
}

#[test]
fn many_short_reads_do_not_add_up_to_a_long_one() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let lane = database.lane();
    for _ in 0..5_000 {
        let found = numbers(&lane, &database, "/t/1?select=n").unwrap();
        assert_eq!(found, Tried::Done(vec![10]));
    }
}

#[test]
fn a_schema_that_has_changed_is_noticed() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let lane = database.lane();
    numbers(&lane, &database, "/t").unwrap();
    fixture
        .other()
        .execute_batch("ALTER TABLE t ADD COLUMN more")
        .unwrap();
    assert_eq!(numbers(&lane, &database, "/t"), Err(Error::Stale));
}

#[test]
fn a_locked_database_is_declined_at_once_and_read_when_it_is_free() {
    let fixture = Fixture::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 10)",
    );
    let other = fixture.other();
    // Serving leaves a database in its mode if somebody stands in the way.
    other.execute_batch("BEGIN; SELECT * FROM t").unwrap();
    let database = fixture.open();
    other.execute_batch("COMMIT").unwrap();
    let lane = database.lane();
    let read = || numbers(&lane, &database, "/t?select=n").unwrap();
    assert_eq!(read(), Tried::Done(vec![10]));
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(read(), Tried::Declined);
    other.execute_batch("UPDATE t SET n = 11; COMMIT").unwrap();
    assert_eq!(read(), Tried::Done(vec![11]));
}

#[tokio::test]
async fn a_closed_database_has_no_lanes() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let lane = database.lane();
    numbers(&lane, &database, "/t").unwrap();
    database.close().await;
    assert_eq!(numbers(&lane, &database, "/t"), Ok(Tried::Declined));
    assert_eq!(lane.generation(), None);
    let log = fixture.path.with_file_name("test.db-wal");
    assert!(!log.exists(), "the last connection has gone");
}
