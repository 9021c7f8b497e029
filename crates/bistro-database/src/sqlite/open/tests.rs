//! How connections are opened.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{Purpose, examine, has_log, immutable_uri, is_wal, open};
use crate::error::Error;
use crate::settings::Settings;

fn made(script: &str) -> (tempfile::TempDir, Settings) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("odd ? name%41#.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(script)
        .unwrap();
    (directory, Settings::new(&path))
}

fn pragma(connection: &Connection, name: &str) -> String {
    connection
        .query_row(&format!("PRAGMA {name}"), [], |row| {
            row.get::<_, rusqlite::types::Value>(0)
        })
        .map(|value| match value {
            rusqlite::types::Value::Integer(integer) => integer.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        })
        .unwrap()
}

#[test]
fn a_writing_connection_keeps_what_it_says_it_has_written() {
    let (_directory, settings) = made("CREATE TABLE t (a)");
    let location = examine(&settings).unwrap();
    let opened = open(&location, &settings, Purpose::Write).unwrap();
    for (name, expected) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("trusted_schema", "0"),
        ("cell_size_check", "1"),
        ("busy_timeout", "2000"),
    ] {
        assert_eq!(pragma(&opened.connection, name), expected, "{name}");
    }
    let refusal = opened
        .connection
        .execute_batch("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema");
    assert!(refusal.is_err(), "the schema is no table to write to");
}

#[test]
fn sqlite_is_compiled_so_that_threads_keep_each_other_waiting_for_nothing() {
    let connection = Connection::open_in_memory().unwrap();
    let mut statement = connection.prepare("PRAGMA compile_options").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    let options: Vec<String> = rows.map(Result::unwrap).collect();
    // As `.cargo/config.toml` says.
    for option in ["DEFAULT_MEMSTATUS=0", "ENABLE_SETLK_TIMEOUT"] {
        let is_set = options.iter().any(|set| set.starts_with(option));
        assert!(is_set, "{option} is not in {options:?}");
    }
}

#[test]
fn a_reading_connection_writes_nothing() {
    let (_directory, mut settings) = made("CREATE TABLE t (a)");
    let location = examine(&settings).unwrap();
    let opened = open(&location, &settings, Purpose::Read).unwrap();
    assert!(
        opened
            .connection
            .execute_batch("INSERT INTO t VALUES (1)")
            .is_err()
    );

    settings.is_read_only = true;
    let location = examine(&settings).unwrap();
    let opened = open(&location, &settings, Purpose::Read).unwrap();
    assert!(opened.connection.is_readonly("main").unwrap());
}

#[test]
fn opening_for_reading_only_leaves_the_journal_mode_alone() {
    let (_directory, mut settings) = made("CREATE TABLE t (a)");
    settings.is_read_only = true;
    examine(&settings).unwrap();
    assert!(!is_wal(&settings.path));
    settings.is_read_only = false;
    examine(&settings).unwrap();
    assert!(is_wal(&settings.path));
}

#[test]
fn a_file_that_never_changes_is_opened_by_its_own_name() {
    let (_directory, settings) = made("CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(immutable_uri(&settings.path), flags).unwrap();
    assert_eq!(
        connection.query_row("SELECT a FROM t", [], |row| row.get(0)),
        Ok(7)
    );
    assert_eq!(
        immutable_uri(Path::new("/a b/é.db")),
        "file:///a%20b/%C3%A9.db?immutable=1"
    );
}

#[test]
fn a_log_with_changes_in_it_is_seen() {
    let (_directory, settings) = made("PRAGMA journal_mode = wal; CREATE TABLE t (a)");
    assert!(
        !has_log(&settings.path),
        "the last connection has emptied it"
    );
    let other = Connection::open(&settings.path).unwrap();
    other.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    assert!(has_log(&settings.path));
}

#[test]
fn a_database_that_somebody_keeps_locked_is_locked() {
    let (_directory, mut settings) = made("CREATE TABLE t (a)");
    settings.busy_timeout = std::time::Duration::ZERO;
    let other = Connection::open(&settings.path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(examine(&settings).unwrap_err(), Error::Locked);
    other.execute_batch("ROLLBACK; BEGIN IMMEDIATE").unwrap();
    assert!(
        examine(&settings).is_ok(),
        "somebody who only writes does not stop us from opening"
    );
    assert!(!is_wal(&settings.path));
}
