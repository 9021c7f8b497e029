//! What the public face promises, on real files.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::{Database, Error, Settings};

/// A directory with a database in it, made by somebody else.
struct Fixture {
    _directory: TempDir,
    path: PathBuf,
}

impl Fixture {
    fn new(script: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch(script)
            .unwrap();
        Self {
            _directory: directory,
            path,
        }
    }

    fn open(&self) -> Database {
        Database::open(Settings::new(&self.path)).unwrap()
    }

    /// Another process, as far as SQLite is concerned.
    fn other(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }
}

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
        .execute_batch("CREATE TABLE b (id INTEGER PRIMARY KEY)")
        .unwrap();
    assert_eq!(
        database.read(before.version, |_| Ok(1)).await,
        Err(Error::Stale)
    );
    assert_eq!(
        database
            .write(before.version, |_| Ok::<_, ()>((1, true)))
            .await,
        Err(Error::Stale)
    );
    let after = database.refresh().await.unwrap();
    assert_eq!(after.relations.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(database.read(after.version, |_| Ok(2)).await, Ok(2));
    assert_eq!(
        database
            .write(after.version, |_| Ok::<_, ()>((2, true)))
            .await,
        Ok(Ok(2))
    );
    database.close().await;
    assert_eq!(
        database.read(after.version, |_| Ok(3)).await,
        Err(Error::Closed)
    );
}
