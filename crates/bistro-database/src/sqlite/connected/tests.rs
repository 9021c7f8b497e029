//! Statements are kept and run again, and their values are what SQLite has.

use bistro_plan::value::{Value, ValueRef};
use rusqlite::Connection;
use rusqlite::limits::Limit;
use tempfile::TempDir;

use super::{Connected, KEPT, Keeping};
use crate::error::Error;
use crate::sqlite::error;

fn connected(script: &str) -> Connected {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(script).unwrap();
    Connected::new(connection)
}

/// All rows of a statement, with as many columns as are asked for.
fn rows(
    connected: &Connected,
    text: &str,
    parameters: &[Value],
    columns: usize,
) -> Result<Vec<Vec<Value>>, rusqlite::Error> {
    let mut run = connected.start(text, parameters, Keeping::Kept)?;
    let mut rows = Vec::new();
    while let Some(row) = run.step()? {
        rows.push(row.all(0, columns));
    }
    Ok(rows)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn values_come_back_as_they_were_given() {
    let values = [
        Value::Null,
        Value::Integer(i64::MIN),
        Value::Real(-0.5),
        text(""),
        text("Björk\0서울"),
        Value::Blob(Vec::new()),
        Value::Blob(vec![0, 255, 0]),
    ];
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let connected = connected(&format!(
            "PRAGMA encoding = '{encoding}'; CREATE TABLE kept (value ANY) STRICT;"
        ));
        for value in &values {
            let given = std::slice::from_ref(value);
            rows(&connected, "INSERT INTO kept VALUES (?1)", given, 0).unwrap();
            let [straight, stored] = ["SELECT ?1", "SELECT value FROM kept WHERE value IS ?1"]
                .map(|text| rows(&connected, text, given, 1).unwrap());
            assert_eq!(straight, [given], "{encoding}");
            assert_eq!(stored, [given], "{encoding}");
        }
    }
}

#[test]
fn a_value_may_be_looked_at_more_than_once_and_beside_others() {
    let connected = connected("PRAGMA encoding = 'UTF-16le';");
    let select = "SELECT 'one' || 1, zeroblob(3), 'two'";
    let mut run = connected.start(select, &[], Keeping::Once).unwrap();
    let row = run.step().unwrap().unwrap();
    let first = [row.value(0), row.value(1), row.value(2)];
    let second = [row.value(0), row.value(1), row.value(2)];
    let expected = [
        ValueRef::Text(b"one1"),
        ValueRef::Blob(&[0; 3]),
        ValueRef::Text(b"two"),
    ];
    assert_eq!(first, expected);
    assert_eq!(second, expected);
    assert_eq!(row.after(2).value(0), ValueRef::Text(b"two"));
    assert_eq!(row.value(3), ValueRef::Null);
    assert_eq!(row.value(usize::MAX / 2), ValueRef::Null);
}

#[test]
fn text_that_is_not_utf_8_is_kept_as_octets() {
    let connected = connected("");
    let found = rows(&connected, "SELECT CAST(x'61ff' AS TEXT)", &[], 1).unwrap();
    assert_eq!(found, [[Value::Blob(vec![b'a', 0xff])]]);
}

#[test]
fn a_statement_is_kept_and_knows_nothing_of_the_last_time() {
    let connected = connected(
        "CREATE TABLE numbers (number INTEGER); INSERT INTO numbers VALUES (1), (2), (3);",
    );
    let select = "SELECT number FROM numbers WHERE number >= ?1";
    {
        // It is left in the middle.
        let mut run = connected
            .start(select, &[Value::Integer(1)], Keeping::Kept)
            .unwrap();
        assert!(run.step().unwrap().is_some());
    }
    assert_eq!(connected.idle.borrow().len(), 1);
    let found = rows(&connected, select, &[Value::Integer(3)], 1).unwrap();
    assert_eq!(found, [[Value::Integer(3)]]);
    assert_eq!(connected.idle.borrow().len(), 1);
    drop(
        connected
            .start(select, &[Value::Null], Keeping::Once)
            .unwrap(),
    );
    assert_eq!(connected.idle.borrow().len(), 0);
}

#[test]
fn a_statement_that_is_being_run_can_be_run_beside() {
    let connected = connected("");
    let text = "SELECT ?1 UNION ALL SELECT 10 * ?1";
    let mut outer = connected
        .start(text, &[Value::Integer(1)], Keeping::Kept)
        .unwrap();
    assert_eq!(outer.step().unwrap().unwrap().owned(0), Value::Integer(1));
    let inner = rows(&connected, text, &[Value::Integer(2)], 1).unwrap();
    assert_eq!(inner, [[Value::Integer(2)], [Value::Integer(20)]]);
    assert_eq!(outer.step().unwrap().unwrap().owned(0), Value::Integer(10));
    assert!(outer.step().unwrap().is_none());
}

#[test]
fn the_statements_run_last_are_kept() {
    let connected = connected("");
    let number = |number: usize| format!("SELECT {number}");
    for place in 0..KEPT + 10 {
        connected.finish(&number(place)).unwrap();
        connected.finish(&number(0)).unwrap();
    }
    let idle = connected.idle.borrow();
    assert_eq!(idle.len(), KEPT);
    let is_kept = |text: &str| idle.iter().any(|statement| &*statement.text == text);
    assert!(is_kept(&number(0)));
    assert!(!is_kept(&number(1)));
    assert!(is_kept(&number(KEPT + 9)));
}

#[test]
fn a_change_of_the_schema_reaches_statements_that_are_kept() {
    let connected = connected("CREATE TABLE things (a); INSERT INTO things VALUES (1);");
    let select = "SELECT * FROM things";
    assert_eq!(rows(&connected, select, &[], 1).unwrap().len(), 1);
    connected
        .execute_batch("ALTER TABLE things ADD COLUMN b DEFAULT 2")
        .unwrap();
    let found = rows(&connected, select, &[], 2).unwrap();
    assert_eq!(found, [[Value::Integer(1), Value::Integer(2)]]);
    connected.execute_batch("DROP TABLE things").unwrap();
    let failure = rows(&connected, select, &[], 1).unwrap_err();
    assert!(
        failure.to_string().contains("no such table: things"),
        "{failure}"
    );
}

#[test]
fn failures_say_what_sqlite_says_and_leave_the_statement_usable() {
    let connected =
        connected("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;");
    let insert = "INSERT INTO things (name) VALUES (?1)";
    rows(&connected, insert, &[text("a")], 0).unwrap();
    let failure = rows(&connected, insert, &[text("a")], 0).unwrap_err();
    assert_eq!(
        error::meaning(failure, Some("things")),
        Error::Unique {
            relation: "things".to_owned(),
            columns: vec!["name".to_owned()],
        }
    );
    rows(&connected, insert, &[text("b")], 0).unwrap();
    let count = "SELECT count(*) FROM things";
    assert_eq!(
        rows(&connected, count, &[], 1).unwrap(),
        [[Value::Integer(2)]]
    );

    let failure = rows(&connected, "SELECT 1 FROM nowhere", &[], 1).unwrap_err();
    assert_eq!(
        error::meaning(failure, None),
        Error::Internal {
            message: "no such table: nowhere in `SELECT 1 FROM nowhere`".to_owned()
        }
    );
    for (text, parameters) in [("SELECT ?1", 0), ("SELECT 1", 1), ("SELECT ?2", 1)] {
        let parameters = vec![Value::Null; parameters];
        let failure = rows(&connected, text, &parameters, 1).unwrap_err();
        assert!(
            matches!(failure, rusqlite::Error::InvalidParameterCount(..)),
            "{text}: {failure}"
        );
    }
    for text in ["", " -- nothing\n", ";"] {
        rows(&connected, text, &[], 1).expect_err("there is nothing to run");
    }
    for text in ["SELECT 1;", "SELECT 1; -- and no more", "SELECT 1;;\n"] {
        assert_eq!(
            rows(&connected, text, &[], 1).unwrap(),
            [[Value::Integer(1)]]
        );
    }
    for text in ["SELECT 1; SELECT 2", "SELECT 1; DROP TABLE things"] {
        let failure = rows(&connected, text, &[], 1).unwrap_err();
        assert!(
            matches!(failure, rusqlite::Error::MultipleStatement),
            "{text}: {failure}"
        );
    }
    rows(&connected, "SELECT 1; nonsense", &[], 1).expect_err("what follows is not read over");
}

#[test]
fn what_is_too_long_for_sqlite_is_said_to_be() {
    let connected = connected("");
    connected
        .set_limit(Limit::SQLITE_LIMIT_LENGTH, 100)
        .unwrap();
    for value in [text(&"a".repeat(101)), Value::Blob(vec![0; 101])] {
        let failure = rows(&connected, "SELECT ?1", &[value], 1).unwrap_err();
        let meaning = error::meaning(failure, None);
        assert!(matches!(meaning, Error::TooBig { .. }), "{meaning:?}");
    }
}

#[test]
fn a_connection_with_statements_is_closed_when_it_is_dropped() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("a.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE things (id INTEGER)")
        .unwrap();
    let connected = Connected::new(connection);
    connected.finish("SELECT * FROM things").unwrap();
    let log = directory.path().join("a.db-wal");
    assert!(log.exists());
    drop(connected);
    // The last to close removes the log.
    assert!(!log.exists());
}
