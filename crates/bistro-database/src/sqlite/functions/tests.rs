//! The functions as SQL sees them.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::register;

fn check(table: &[(&str, Value)]) {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection).unwrap();
    for (expression, expected) in table {
        let found: Value = connection
            .query_row(&format!("SELECT {expression}"), [], |row| row.get(0))
            .unwrap();
        assert_eq!(found, *expected, "{expression}");
    }
}

const TRUE: Value = Value::Integer(1);
const FALSE: Value = Value::Integer(0);

#[test]
fn null_in_gives_null() {
    for function in [
        "bistro_like",
        "bistro_ilike",
        "bistro_match",
        "bistro_imatch",
        "bistro_contains",
        "bistro_overlaps",
    ] {
        check(&[
            (&format!("{function}(NULL, '[]')"), Value::Null),
            (&format!("{function}('[]', NULL)"), Value::Null),
            (&format!("{function}(NULL, NULL)"), Value::Null),
        ]);
    }
}

#[test]
fn numbers_and_blobs_are_matched_by_their_text() {
    check(&[
        ("bistro_like(1995, '19%')", TRUE),
        ("bistro_like(9223372036854775807, '%807')", TRUE),
        ("bistro_like(1.5, '1.5')", TRUE),
        ("bistro_like(2.0, '2.0')", TRUE),
        ("bistro_like(x'616263', 'a%')", TRUE),
        ("bistro_like(x'ff', '_')", TRUE),
        ("bistro_match(1995, '^\\d{4}$')", TRUE),
        ("bistro_ilike('ÉTÉ', 'é%')", TRUE),
        ("bistro_like('ÉTÉ', 'é%')", FALSE),
        ("bistro_imatch('SEOUL', '^s')", TRUE),
    ]);
}

#[test]
fn what_is_stored_and_no_json_holds_nothing() {
    check(&[
        ("bistro_contains('{', '{}')", Value::Null),
        ("bistro_contains('{\"a\":[1,2]}', '{\"a\":[2]}')", TRUE),
        ("bistro_contains(1, '1')", TRUE),
        ("bistro_overlaps('[1,2]', '[2,3]')", TRUE),
        ("bistro_overlaps('[1,2]', '[3]')", FALSE),
    ]);
}

#[test]
fn views_and_indexes_may_use_them_although_the_schema_is_not_trusted() {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection).unwrap();
    connection
        .execute_batch(
            "PRAGMA trusted_schema = OFF;
             CREATE TABLE t (a);
             INSERT INTO t VALUES ('Abc'), ('xyz'), (NULL);
             CREATE INDEX i ON t (bistro_ilike(a, 'a%'));
             CREATE VIEW v AS SELECT count(*) AS n FROM t WHERE bistro_ilike(a, 'a%');",
        )
        .unwrap();
    assert_eq!(
        connection.query_row("SELECT n FROM v", [], |row| row.get(0)),
        Ok(1)
    );
}

#[test]
fn each_row_may_have_a_pattern_of_its_own() {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection).unwrap();
    connection
        .execute_batch("CREATE TABLE t (a, p); INSERT INTO t VALUES ('ab', 'a%'), ('ab', 'b%'), ('b', '_'), ('b', NULL)")
        .unwrap();
    let found: Vec<Option<bool>> = connection
        .prepare("SELECT bistro_like(a, p) FROM t ORDER BY rowid")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(found, [Some(true), Some(false), Some(true), None]);
}

#[test]
fn what_is_embedded_is_put_together_as_json() {
    check(&[
        (
            "bistro_object('[[\"a\",\"b\"],[\"c\",\"w\"]]', 1, '[2]')",
            Value::Text("{\"a\":true,\"c\":[2]}".to_owned()),
        ),
        ("bistro_object('[]')", Value::Text("{}".to_owned())),
        (
            "(SELECT bistro_objects('[[\"a\",\"i\"],[\"c\",\"w\"]]', column1, column2) FROM (VALUES (1, '[2]'), (NULL, NULL)))",
            Value::Text("[{\"a\":1,\"c\":[2]},{\"a\":null,\"c\":null}]".to_owned()),
        ),
        (
            "(SELECT bistro_values('[[\"\",\"t\"]]', column1) FROM (VALUES ('1'), ('{}'), (NULL)))",
            Value::Text("[\"1\",\"{}\",null]".to_owned()),
        ),
        (
            "(SELECT bistro_values('[[\"\",\"t\"]]', 1) WHERE 0)",
            Value::Text("[]".to_owned()),
        ),
        // Each array by what its own members say.
        (
            "(SELECT group_concat(a, ' ' ORDER BY g) FROM (SELECT column1 AS g, bistro_values(column1, column2) AS a
                FROM (VALUES ('[[\"\",\"b\"]]', 1), ('[[\"\",\"i\"]]', 1), ('[[\"\",\"b\"]]', 0)) GROUP BY column1))",
            Value::Text("[true,false] [1]".to_owned()),
        ),
    ]);
}

#[test]
fn what_is_embedded_has_a_bound() {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection).unwrap();
    let found = connection.query_row(
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 40)
         SELECT bistro_values('[[\"\",\"t\"]]', hex(zeroblob(262144))) FROM n",
        [],
        |row| row.get::<_, Value>(0),
    );
    let message = found.unwrap_err().to_string();
    assert!(message.starts_with("string or blob too big"), "{message}");
}
