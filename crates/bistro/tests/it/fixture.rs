//! Fresh databases: one template for each SQL file of `spec/`, copied for each server.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use rusqlite::Connection;
use tempfile::TempDir;

/// A database in a directory of its own, removed when dropped.
#[derive(Debug)]
pub(crate) struct Fixture {
    directory: TempDir,
}

static TEMPLATES: LazyLock<Mutex<BTreeMap<String, Vec<u8>>>> = LazyLock::new(Mutex::default);

impl Fixture {
    /// A copy of what `spec/{name}` makes.
    pub(crate) fn copy(name: &str) -> Self {
        let octets = {
            let mut templates = TEMPLATES
                .lock()
                .expect("no test panics while it holds this");
            templates
                .entry(name.to_owned())
                .or_insert_with(|| template(name))
                .clone()
        };
        let fixture = Self::empty();
        fs::write(fixture.path(), octets).expect("the directory is ours");
        fixture
    }

    /// A database made by some SQL.
    pub(crate) fn of(sql: &str) -> Self {
        let fixture = Self::empty();
        fixture.run(sql);
        fixture
    }

    /// A directory where nothing is yet.
    pub(crate) fn empty() -> Self {
        Self {
            directory: TempDir::new().expect("a temporary directory"),
        }
    }

    /// The database file.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("it.db")
    }

    /// The directory it lies in.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A connection as another process would open it.
    pub(crate) fn open(&self) -> Connection {
        Connection::open(self.path()).expect("the file can be opened")
    }

    /// Runs some SQL as another process would.
    pub(crate) fn run(&self, sql: &str) {
        self.open().execute_batch(sql).expect("the SQL is right");
    }

    /// The one value a query finds, as text.
    pub(crate) fn value(&self, sql: &str) -> String {
        self.open()
            .query_row(&format!("SELECT CAST(({sql}) AS TEXT)"), [], |row| {
                row.get::<_, Option<String>>(0)
            })
            .expect("the SQL is right")
            .unwrap_or_else(|| "NULL".to_owned())
    }

    /// Everything in the database, as SQL would say it: the schema, and each table's rows.
    pub(crate) fn dump(&self) -> String {
        let connection = self.open();
        let mut schema = connection
            .prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")
            .expect("every database has a schema");
        let entries: Vec<(String, String, String)> = schema
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .and_then(Iterator::collect)
            .expect("three texts");
        let mut dump = String::new();
        for (kind, name, sql) in entries {
            dump += &format!("{sql}\n");
            if kind == "table" {
                let table = name.replace('"', "\"\"");
                let mut rows = connection
                    .prepare(&format!("SELECT * FROM \"{table}\" ORDER BY 1, 2"))
                    .or_else(|_| connection.prepare(&format!("SELECT * FROM \"{table}\"")))
                    .expect("a table can be read");
                let width = rows.column_count();
                let mut rows = rows.query([]).expect("no parameters");
                while let Some(row) = rows.next().expect("rows can be read") {
                    for column in 0..width {
                        dump += &format!("{:?}\t", row.get_ref(column).expect("in range"));
                    }
                    dump.push('\n');
                }
            }
        }
        dump
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn template(name: &str) -> Vec<u8> {
    let sql = fs::read_to_string(root().join("spec").join(name))
        .unwrap_or_else(|error| panic!("spec/{name}: {error}"));
    let fixture = Fixture::of(&sql);
    fs::read(fixture.path()).expect("just written")
}
