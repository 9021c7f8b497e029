//! Files that are no databases, and schemas that change.

use std::path::Path;
use std::sync::Arc;

use super::harness::{Fixture, get, shown};
use crate::{Burden, Database, Error, Settings, create_from_script};

fn refusal(path: &Path) -> Error {
    Database::open(Settings::new(path)).unwrap_err()
}

#[test]
fn what_is_no_database_says_what_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let missing = directory.path().join("none.db");
    assert_eq!(
        refusal(&missing),
        Error::Missing {
            path: missing.clone()
        }
    );
    assert!(!missing.exists(), "opening must never make a file");

    let path = directory.path().to_owned();
    assert_eq!(
        refusal(&path),
        Error::NotAFile {
            path: path.clone(),
            found: "a directory"
        }
    );
    let path = file("empty.db", b"");
    assert_eq!(refusal(&path), Error::Empty { path: path.clone() });
    let path = file("text.db", b"name,year\nWonderwall,1995\n");
    assert_eq!(refusal(&path), Error::NotADatabase { path: path.clone() });
    // The header is right, and what follows is not.
    let mut garbage = b"SQLite format 3\0".to_vec();
    garbage.extend((0..4096_u32).map(|number| u8::try_from(number * 7 % 251).unwrap()));
    let path = file("garbage.db", &garbage);
    assert_eq!(refusal(&path), Error::NotADatabase { path: path.clone() });
}

#[tokio::test]
async fn a_schema_change_by_another_process_is_noticed_at_the_next_read() {
    let fixture = Fixture::new("CREATE TABLE a (id INTEGER PRIMARY KEY)");
    let database = fixture.open();
    let before = database.catalog();
    assert_eq!(database.read(before.version, |_| Ok(1)).await, Ok(1));
    fixture
        .other()
        .execute_batch("CREATE TABLE b (id INTEGER PRIMARY KEY); CREATE VIEW bad AS SELECT x")
        .unwrap();
    assert_eq!(
        database.read(before.version, |_| Ok(1)).await,
        Err(Error::Stale)
    );
    assert_eq!(
        database
            .write(before.version, Burden::default(), |_| Ok::<_, ()>((
                1, true
            )))
            .await,
        Err(Error::Stale)
    );
    let after = database.refresh().await.unwrap();
    assert_eq!(after.relations.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(database.broken()[0].0, "bad");
    assert_eq!(database.read(after.version, |_| Ok(2)).await, Ok(2));
    assert_eq!(
        database
            .write(after.version, Burden::default(), |_| Ok::<_, ()>((2, true)))
            .await,
        Ok(Ok(2))
    );
    database.close().await;
    assert_eq!(
        database.read(after.version, |_| Ok(3)).await,
        Err(Error::Closed)
    );
}

#[tokio::test]
async fn a_read_never_mixes_two_schemas() {
    let fixture =
        Fixture::new("CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 'x')");
    let database = fixture.open();
    assert_eq!(
        shown(&get("/t?select=a").rows(&database).await.unwrap()),
        "'x'"
    );
    fixture
        .other()
        .execute_batch("ALTER TABLE t RENAME COLUMN a TO b")
        .unwrap();
    // The old plan names a column that is gone; it is not run at all.
    assert_eq!(get("/t?select=a").rows(&database).await, Err(Error::Stale));
    database.refresh().await.unwrap();
    assert_eq!(
        shown(&get("/t?select=b").rows(&database).await.unwrap()),
        "'x'"
    );
}

#[tokio::test]
async fn closing_leaves_one_file_behind() {
    let fixture = Fixture::new("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    let database = fixture.open();
    let version = database.catalog().version;
    assert_eq!(
        database
            .write(version, Burden::default(), |_| Ok::<_, ()>(((), true)))
            .await,
        Ok(Ok(()))
    );
    database.close().await;
    let directory = fixture.path.parent().unwrap();
    let left: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["test.db"]);
}

#[tokio::test]
async fn a_database_open_for_reading_only_takes_no_writes() {
    let fixture = Fixture::new("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
    let settings = Settings {
        is_read_only: true,
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let version = database.catalog().version;
    assert_eq!(shown(&get("/t").rows(&database).await.unwrap()), "1");
    assert_eq!(
        database
            .write(version, Burden::default(), |_| Ok::<_, ()>(((), true)))
            .await,
        Err(Error::ReadOnly)
    );
    database.close().await;
}

#[test]
fn a_script_makes_a_whole_database_or_none() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new.db");
    let names = || -> Vec<_> {
        std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect()
    };
    assert!(
        create_from_script(&path, "CREATE TABLE t (a); INSERT INTO nowhere VALUES (1)").is_err()
    );
    assert!(names().is_empty(), "nothing is left of a failure");
    assert_eq!(
        create_from_script(&path, "CREATE TABLE t (a); INSERT INTO t VALUES (1)"),
        Ok(())
    );
    assert_eq!(names(), ["new.db"]);
    let again = create_from_script(&path, "CREATE TABLE other (a)");
    assert_eq!(again, Err(Error::Exists { path: path.clone() }));
    let database = Database::open(Settings::new(&path)).unwrap();
    assert_eq!(
        database.catalog().relations.keys().collect::<Vec<_>>(),
        ["t"]
    );
}

#[tokio::test]
async fn a_database_whose_directory_cannot_be_written_is_read_as_it_is() {
    let fixture = Fixture::new(
        "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)",
    );
    let mut shared = fixture.path.clone().into_os_string();
    shared.push("-shm");
    // Nothing can be made where something else stands: as good as a directory without the right to write, also for root.
    std::fs::create_dir(shared).unwrap();
    let settings = Settings {
        is_read_only: true,
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    assert_eq!(shown(&get("/t").rows(&database).await.unwrap()), "1");
}

#[tokio::test]
async fn all_who_notice_a_change_at_once_come_to_the_same_catalog() {
    let fixture = Fixture::new("CREATE TABLE a (id INTEGER PRIMARY KEY)");
    let database = fixture.open();
    for number in 0..10 {
        fixture
            .other()
            .execute_batch(&format!("CREATE TABLE b{number} (id INTEGER PRIMARY KEY)"))
            .unwrap();
        let (one, two, three) =
            tokio::join!(database.refresh(), database.refresh(), database.refresh());
        let one = one.unwrap();
        assert!(Arc::ptr_eq(&one, &two.unwrap()));
        assert!(Arc::ptr_eq(&one, &three.unwrap()));
    }
}
