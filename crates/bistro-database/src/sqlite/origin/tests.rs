//! Views as people make them, and what their columns are.

use rusqlite::Connection;

use super::origins;

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, up INTEGER REFERENCES a);
    CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a, \"ROWID\" TEXT);
    CREATE TABLE \"odd \"\"name\" (\"the key\" INTEGER PRIMARY KEY);
    CREATE TABLE plain (x);
    CREATE VIEW both AS SELECT id FROM a UNION ALL SELECT id FROM b;";

/// The origins of the columns of a view made so, `-` for none.
fn found(definition: &str) -> String {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(TABLES).unwrap();
    let create = format!("CREATE VIEW v AS {definition}");
    connection.execute_batch(&create).unwrap();
    let shown = origins(&connection, "SELECT * FROM v")
        .unwrap()
        .into_iter()
        .map(|origin| {
            origin.map_or("-".to_owned(), |origin| {
                format!("{}.{}", origin.relation, origin.column)
            })
        });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_column_that_is_shown_as_it_is_has_an_origin() {
    for (definition, expected) in [
        ("SELECT id, name AS called FROM a", "a.id a.name"),
        ("SELECT A.ID FROM A", "a.id"),
        (
            "SELECT * FROM a WHERE name > 'm' ORDER BY name LIMIT 3",
            "a.id a.name a.up",
        ),
        (
            "SELECT b.id, name, a_id FROM b JOIN a ON a.id = a_id",
            "b.id a.name b.a_id",
        ),
        (
            "SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a_id = a.id",
            "a.id b.id",
        ),
        (
            "SELECT a_id, count(*) AS n FROM b GROUP BY a_id",
            "b.a_id -",
        ),
        ("SELECT DISTINCT a_id FROM b", "b.a_id"),
        (
            "SELECT below.id, above.id AS up FROM a AS below JOIN a AS above ON above.id = below.up",
            "a.id a.id",
        ),
        ("SELECT id FROM (SELECT id FROM a ORDER BY name)", "a.id"),
        (
            "WITH c AS (SELECT id FROM a) SELECT id, (SELECT max(id) FROM c) AS m FROM c",
            "a.id -",
        ),
        ("SELECT id, (SELECT 1) AS one FROM a", "a.id -"),
        ("SELECT id FROM a WHERE id IN (1, 2, 3)", "a.id"),
        (
            "SELECT \"the key\" FROM \"odd \"\"name\"",
            "odd \"name.the key",
        ),
        (
            "SELECT id + 0, CAST(id AS TEXT), id || '', max(id) FROM a GROUP BY id",
            "- - - -",
        ),
        ("SELECT rowid AS r FROM a", "a.id"),
        // The first is the row's number, and the second a column of that name; SQLite calls them the same.
        ("SELECT _rowid_ AS r, x FROM plain", "- plain.x"),
        ("SELECT \"ROWID\" AS r FROM b", "-"),
        (
            "SELECT value, a.id FROM a, json_each(name)",
            "json_each.value a.id",
        ),
    ] {
        assert_eq!(found(definition), expected, "{definition}");
    }
}

#[test]
fn rows_of_several_selects_have_none() {
    for definition in [
        "SELECT id FROM a UNION ALL SELECT id FROM b",
        "SELECT id FROM a UNION SELECT id FROM b",
        "SELECT id FROM a EXCEPT SELECT id FROM b",
        "SELECT id FROM a INTERSECT SELECT id FROM b",
        "SELECT id FROM a UNION ALL SELECT id FROM b ORDER BY 1",
        "SELECT id FROM a UNION SELECT id FROM b ORDER BY 1 LIMIT 3",
        "SELECT id FROM a WHERE 0 UNION ALL SELECT id FROM b",
        "SELECT id FROM a UNION ALL SELECT id FROM b WHERE 1 = 0",
        "SELECT id FROM (SELECT id FROM a LIMIT 0) UNION ALL SELECT 5",
        "SELECT id FROM a UNION ALL VALUES (5), (6)",
        "SELECT id FROM both",
        "SELECT id FROM both WHERE id = 1",
        "SELECT id FROM (SELECT id FROM both ORDER BY id LIMIT 3)",
        "SELECT max(id) OVER (), id FROM both",
        "SELECT both.id FROM plain LEFT JOIN both ON both.id = x",
        "SELECT both.id FROM plain, both",
        "SELECT (SELECT id FROM both LIMIT 1)",
        "WITH c AS (SELECT id FROM a UNION ALL SELECT x FROM plain) SELECT id FROM c",
        "WITH c AS MATERIALIZED (SELECT id FROM both) SELECT one.id FROM c AS one, c AS two",
        "WITH RECURSIVE c (n) AS (SELECT id FROM a UNION ALL SELECT n + 1 FROM c WHERE n < 9) SELECT n FROM c",
        "WITH RECURSIVE c (n) AS (SELECT id FROM a UNION SELECT n + 1 FROM c WHERE n < 9) SELECT n FROM c",
        "WITH c (n) AS (VALUES ((SELECT id FROM a)), (5), (6)) SELECT n FROM c",
        "VALUES ((SELECT id FROM a)), ((SELECT id FROM b))",
    ] {
        let found = found(definition);
        assert!(
            found.split(' ').all(|origin| origin == "-"),
            "{definition}: {found}"
        );
    }
}
