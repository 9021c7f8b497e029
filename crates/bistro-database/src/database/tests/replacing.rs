//! Another file is put in the place of the one that is open: whoever holds a connection lets go of it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use bistro_plan::value::Value;
use rusqlite::Connection;

use super::harness::{Fixture, collect, get, shown};
use crate::{Burden, Database, Error, Lane, News, Tried};

const SCRIPT: &str = "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (1, 10)";

/// Another database with the same schema.
fn make(fixture: &Fixture, number: u32) {
    let path = fixture.path.with_extension("new");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(SCRIPT).unwrap();
    connection.execute("UPDATE t SET n = ?1", [number]).unwrap();
    drop(connection);
    fs::rename(path, &fixture.path).unwrap();
}

fn by_lane(lane: &Lane, database: &Database) -> Result<Tried<String>, Error> {
    let read = get("/t?select=n").read(database);
    lane.read(database.catalog().version, |snapshot| {
        Ok(shown(&collect(|sink| snapshot.read(&read, sink))?))
    })
}

/// Database files that this process has open and that have no name any more.
fn nameless(directory: &Path) -> usize {
    let open = fs::read_dir("/proc/self/fd").unwrap();
    open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter(|target| {
            target.starts_with(directory) && target.to_string_lossy().ends_with(" (deleted)")
        })
        .count()
}

#[tokio::test]
async fn lanes_readers_and_the_writer_let_go_of_a_file_whose_place_another_takes() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let lane = Arc::new(database.lane());
    assert_eq!(by_lane(&lane, &database), Ok(Tried::Done("10".to_owned())));
    assert_eq!(
        shown(&get("/t?select=n").rows(&database).await.unwrap()),
        "10"
    );
    let version = database.catalog().version;
    let write = || database.write(version, Burden::default(), |_| Ok::<_, ()>(((), true)));
    assert_eq!(write().await, Ok(Ok(())));
    let before = lane.generation();
    assert!(before.is_some());

    make(&fixture, 20);
    // Whoever may not wait goes on for a moment, and declines until the other file is open.
    while by_lane(&lane, &database).is_ok() {
        thread::yield_now();
    }
    assert_eq!(
        by_lane(&lane, &database),
        Err(Error::Stale),
        "planned for the old file"
    );
    assert_eq!(database.read(version, |_| Ok(())).await, Err(Error::Stale));
    assert_eq!(write().await, Err(Error::Stale));
    assert_ne!(lane.generation(), before);
    assert_ne!(database.refresh().await.unwrap().version, version);
    assert_eq!(by_lane(&lane, &database), Ok(Tried::Done("20".to_owned())));
    assert_eq!(
        get("/t?select=n").rows(&database).await,
        Ok(vec![vec![Value::Integer(20)]])
    );
    assert_eq!(nameless(fixture.path.parent().unwrap()), 0);
    assert_eq!(database.news().await, News::Replaced);
    assert_eq!(database.news().await, News::Served);
}

#[tokio::test]
async fn a_log_that_another_process_still_reads_is_waited_for() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let kept = fixture.path.with_extension("old");
    let other = fixture.other();
    other.execute_batch("BEGIN; SELECT * FROM t").unwrap();
    other.query_row("SELECT n FROM t", [], |_| Ok(())).unwrap();
    fixture.other().execute("UPDATE t SET n = 11", []).unwrap();
    fs::hard_link(&fixture.path, &kept).unwrap();
    make(&fixture, 20);
    let version = database.catalog().version;
    while database.read(version, |_| Ok(())).await.is_ok() {}
    assert_eq!(
        database.read(version, |_| Ok(())).await,
        Err(Error::Replaced)
    );
    assert_eq!(database.news().await, News::Replaced);
    assert!(matches!(database.news().await, News::LogKept(_)));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(database.news().await, News::Served);
    assert_eq!(database.read(version, |_| Ok(())).await, Err(Error::Stale));
    database.refresh().await.unwrap();
    assert_eq!(
        get("/t?select=n").rows(&database).await,
        Ok(vec![vec![Value::Integer(20)]])
    );
    drop(other);
    let old: i64 = Connection::open(kept)
        .unwrap()
        .query_row("SELECT n FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(old, 11, "completed before anything else was opened");
}
