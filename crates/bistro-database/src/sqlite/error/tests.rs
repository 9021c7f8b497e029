//! What SQLite really says, and what it means.

use rusqlite::Connection;

use super::meaning;
use crate::error::Error;
use crate::sqlite::functions;

const SCHEMA: &str = r#"
    PRAGMA foreign_keys = ON;
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (parent_id REFERENCES parent ON DELETE RESTRICT, plain REFERENCES parent);
    CREATE TABLE t (id INTEGER PRIMARY KEY, a, b NOT NULL DEFAULT 0, c CHECK (c > 0), UNIQUE (a, b),
        CONSTRAINT "c is small" CHECK (c < 10));
    CREATE UNIQUE INDEX "by lower" ON t (lower(a));
    CREATE TABLE "my.table, my" ("a.b", "c, d" NOT NULL DEFAULT 1, UNIQUE ("a.b", "c, d"));
    CREATE TABLE strict (id INTEGER PRIMARY KEY, n INTEGER) STRICT;
    CREATE TABLE doc (j CHECK (json_valid(j)));
    CREATE TRIGGER no AFTER INSERT ON doc WHEN NEW.j = '1' BEGIN SELECT RAISE(ABORT, 'no ones here'); END;
    CREATE VIRTUAL TABLE search USING fts5(body);
    CREATE VIRTUAL TABLE contentless USING fts5(body, content='');
    CREATE VIRTUAL TABLE area USING rtree(id, x0, x1);
    INSERT INTO contentless (rowid, body) VALUES (1, 'a');
    CREATE VIEW shown AS SELECT * FROM t;
    CREATE TABLE pair (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
    INSERT INTO pair VALUES (1, 2);
    INSERT INTO parent VALUES (1);
    INSERT INTO child (parent_id) VALUES (1);
    INSERT INTO t (id, a, b) VALUES (1, 'x', 1);
    INSERT INTO "my.table, my" VALUES (1, 1);
"#;

fn check(sql: &str, relation: Option<&str>, expected: &Error) {
    let connection = Connection::open_in_memory().unwrap();
    functions::register(&connection).unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    let run = || -> rusqlite::Result<()> {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        Ok(())
    };
    assert_eq!(meaning(run().unwrap_err(), relation), *expected, "{sql}");
}

fn unique(relation: &str, columns: &[&str]) -> Error {
    Error::Unique {
        relation: relation.to_owned(),
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
    }
}

#[test]
fn a_unique_constraint_tells_its_table_and_columns() {
    check(
        "INSERT INTO t (id, a) VALUES (1, 'y')",
        None,
        &unique("t", &["id"]),
    );
    check(
        "INSERT INTO t (a, b) VALUES ('x', 1)",
        None,
        &unique("by lower", &["the expressions of the index"]),
    );
    check(
        "INSERT INTO \"my.table, my\" VALUES (1, 1)",
        Some("my.table, my"),
        &unique("my.table, my", &["a.b", "c, d"]),
    );
    check(
        "INSERT INTO pair VALUES (1, 2)",
        Some("pair"),
        &unique("pair", &["a", "b"]),
    );
    check(
        "INSERT INTO pair VALUES (1, 2)",
        None,
        &unique("pair", &["a", "b"]),
    );
}

#[test]
fn other_constraints_tell_what_they_know() {
    let not_null = |relation: &str, column: &str| Error::NotNull {
        relation: relation.to_owned(),
        column: column.to_owned(),
    };
    check("INSERT INTO t (b) VALUES (NULL)", None, &not_null("t", "b"));
    check(
        "INSERT INTO \"my.table, my\" VALUES (1, NULL)",
        Some("my.table, my"),
        &not_null("my.table, my", "c, d"),
    );
    let check_of = |name: &str| Error::Check {
        name: name.to_owned(),
    };
    check("INSERT INTO t (c) VALUES (0)", None, &check_of("c > 0"));
    check(
        "INSERT INTO t (c) VALUES (11)",
        None,
        &check_of("c is small"),
    );
    check(
        "INSERT INTO child (plain) VALUES (7)",
        None,
        &Error::ForeignKey,
    );
    check("DELETE FROM parent", None, &Error::ForeignKey);
    check(
        "INSERT INTO doc VALUES ('1')",
        None,
        &Error::Raised {
            message: "no ones here".to_owned(),
        },
    );
}

#[test]
fn values_that_do_not_fit_are_told_apart() {
    let mismatch = |message: &str| Error::Mismatch {
        message: message.to_owned(),
    };
    check(
        "INSERT INTO t (id) VALUES ('x')",
        None,
        &mismatch("datatype mismatch"),
    );
    check(
        "INSERT INTO strict (n) VALUES ('x')",
        None,
        &mismatch("cannot store TEXT value in INTEGER column strict.n"),
    );
    check(
        "SELECT sum(value) FROM (SELECT 9223372036854775807 AS value UNION ALL SELECT 1)",
        None,
        &Error::Overflow,
    );
    check(
        "SELECT json_extract('{', '$')",
        None,
        &Error::InvalidJson {
            message: "malformed JSON".to_owned(),
        },
    );
    check(
        "SELECT json_extract('{}', 'x')",
        None,
        &Error::InvalidPath {
            message: "bad JSON path: 'x'".to_owned(),
        },
    );
    check(
        "SELECT zeroblob(2000000000)",
        None,
        &Error::TooBig {
            message: "string or blob too big".to_owned(),
        },
    );
    check(
        &format!("SELECT {}1", "NOT ".repeat(1_001)),
        None,
        &Error::TooBig {
            message: "Expression tree is too large (maximum depth 1000)".to_owned(),
        },
    );
    let tables: Vec<String> = (0..65)
        .map(|at| format!("sqlite_schema AS t{at}"))
        .collect();
    check(
        &format!("SELECT 1 FROM {}", tables.join(", ")),
        None,
        &Error::TooBig {
            message: "at most 64 tables in a join".to_owned(),
        },
    );
}

#[test]
fn a_collation_that_is_not_here_is_no_mistake_of_ours() {
    check(
        "SELECT 1 ORDER BY 'a' COLLATE klingon",
        None,
        &Error::UnknownCollation {
            message: "no such collation sequence: klingon".to_owned(),
        },
    );
}

#[test]
fn modules_and_views_may_refuse_in_their_own_words() {
    let raised = |message: &str| Error::Raised {
        message: message.to_owned(),
    };
    check(
        "DELETE FROM contentless",
        None,
        &raised("cannot DELETE from contentless fts5 table: contentless"),
    );
    check(
        "INSERT INTO shown DEFAULT VALUES",
        None,
        &raised("cannot modify shown because it is a view"),
    );
    check(
        "INSERT INTO area VALUES (1, 2, 1)",
        None,
        &Error::Check {
            name: "rtree constraint failed: area.(x0<=x1)".to_owned(),
        },
    );
}

#[test]
fn patterns_and_searches_that_are_none_say_so() {
    let connection = Connection::open_in_memory().unwrap();
    functions::register(&connection).unwrap();
    let failure = connection
        .query_row("SELECT bistro_match('a', '(')", [], |_| Ok(()))
        .unwrap_err();
    let Error::InvalidPattern { message } = meaning(failure, None) else {
        panic!()
    };
    assert!(message.contains("unclosed group"), "{message}");
    check(
        "SELECT * FROM search WHERE search MATCH '\"'",
        None,
        &Error::InvalidSearch {
            message: "unterminated string".to_owned(),
        },
    );
    check(
        "SELECT * FROM search WHERE search MATCH 'a AND'",
        None,
        &Error::InvalidSearch {
            message: "fts5: syntax error near \"\"".to_owned(),
        },
    );
}
