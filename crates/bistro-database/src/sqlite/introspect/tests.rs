//! Schemas as people make them, and the catalog of each.

use bistro_plan::catalog::{Column, Generated, Kind, Relation, RelationKind, Writable};
use rusqlite::Connection;

use super::{Connected, Found, introspect};

fn found(script: &str) -> Found {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(script).unwrap();
    introspect(&Connected::new(connection)).unwrap()
}

fn relation(script: &str, name: &str) -> Relation {
    found(script)
        .catalog
        .relations
        .get(name)
        .map(|relation| (**relation).clone())
        .unwrap()
}

fn names(script: &str) -> Vec<String> {
    found(script).catalog.relations.into_keys().collect()
}

fn column<'a>(relation: &'a Relation, name: &str) -> &'a Column {
    relation
        .columns
        .iter()
        .find(|column| column.name == name)
        .unwrap()
}

#[test]
fn a_default_that_is_a_name_is_a_text() {
    let table = relation(
        r#"CREATE TABLE t (a DEFAULT "b", b DEFAULT open, c DEFAULT [it's], d DEFAULT `x"y`, e DEFAULT "q""r", f DEFAULT True,
            g DEFAULT current_date, h DEFAULT -1, i DEFAULT (upper('b')), j DEFAULT x'00')"#,
        "t",
    );
    let defaults: Vec<_> = table
        .columns
        .iter()
        .map(|column| column.default.as_deref().unwrap())
        .collect();
    assert_eq!(
        defaults,
        [
            "'b'",
            "'open'",
            "'it''s'",
            "'x\"y'",
            "'q\"r'",
            "True",
            "current_date",
            "-1",
            "upper('b')",
            "x'00'",
        ]
    );
}

#[test]
fn columns_keep_their_names_types_defaults_and_order() {
    let table = relation(
        r#"CREATE TABLE "odd ""name" ("a b" VARCHAR(10) NOT NULL DEFAULT 'x''y', flag BOOLEAN DEFAULT (1 = 1), [c]]
            , `data` JSON, "밤" BLOB, none, price DECIMAL(10, 2), "when" DATETIME DEFAULT CURRENT_TIMESTAMP)"#
            .replace("[c]]\n", "[c]\n")
            .as_str(),
        "odd \"name",
    );
    let columns: Vec<(&str, &str, Option<&str>)> = table
        .columns
        .iter()
        .map(|column| {
            (
                column.name.as_str(),
                column.declared.as_str(),
                column.default.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        columns,
        [
            ("a b", "VARCHAR(10)", Some("'x''y'")),
            ("flag", "BOOLEAN", Some("1 = 1")),
            ("c", "", None),
            ("data", "JSON", None),
            ("밤", "BLOB", None),
            ("none", "", None),
            ("price", "DECIMAL(10, 2)", None),
            ("when", "DATETIME", Some("CURRENT_TIMESTAMP")),
        ]
    );
    assert!(!column(&table, "a b").is_nullable);
    assert!(column(&table, "flag").is_nullable);
    assert_eq!(column(&table, "flag").kind, Kind::Boolean);
    assert_eq!(column(&table, "data").kind, Kind::Json);
    assert!(table.primary_key.is_empty());
    assert!(table.has_rowid);
    assert_eq!(table.kind, RelationKind::Table);
    assert_eq!(
        table.writable,
        Writable {
            can_insert: true,
            can_update: true,
            can_delete: true
        }
    );
}

#[test]
fn a_primary_key_is_in_its_own_order() {
    let table = relation("CREATE TABLE t (a, b, c, PRIMARY KEY (c, a))", "t");
    assert_eq!(table.primary_key, [2, 0]);
    assert!(
        column(&table, "a").is_nullable,
        "an old promise of SQLite's"
    );
    let table = relation(
        "CREATE TABLE t (a, b, c, PRIMARY KEY (c, a)) WITHOUT ROWID",
        "t",
    );
    assert_eq!(table.primary_key, [2, 0]);
    assert!(!table.has_rowid);
    assert!(!column(&table, "a").is_nullable);
    let table = relation("CREATE TABLE t (a TEXT PRIMARY KEY, b INT) STRICT", "t");
    assert!(!column(&table, "a").is_nullable);
    assert!(column(&table, "b").is_nullable);
}

#[test]
fn only_a_key_that_is_the_rowid_is_never_null_by_itself() {
    for (declared, is_nullable) in [
        ("INTEGER PRIMARY KEY", false),
        ("INTEGER PRIMARY KEY AUTOINCREMENT", false),
        ("INT PRIMARY KEY", true),
        ("INTEGER PRIMARY KEY DESC", true),
        ("INT PRIMARY KEY NOT NULL", false),
    ] {
        let table = relation(&format!("CREATE TABLE t (id {declared})"), "t");
        assert_eq!(table.primary_key, [0]);
        assert_eq!(column(&table, "id").is_nullable, is_nullable, "{declared}");
    }
}

#[test]
fn generated_columns_are_known_as_such() {
    let table = relation(
        "CREATE TABLE t (a, v INT GENERATED ALWAYS AS (a * 2) VIRTUAL, b, s TEXT AS (a || b) STORED, UNIQUE (v))",
        "t",
    );
    let generated: Vec<Generated> = table
        .columns
        .iter()
        .map(|column| column.generated)
        .collect();
    assert_eq!(
        generated,
        [
            Generated::No,
            Generated::Virtual,
            Generated::No,
            Generated::Stored
        ]
    );
    assert_eq!(table.uniques[0].columns, [1]);
}

#[test]
fn unique_constraints_and_indexes_over_plain_columns_are_listed() {
    let table = relation(
        "CREATE TABLE t (id TEXT PRIMARY KEY, a UNIQUE, b, c, UNIQUE (c, b));
         CREATE UNIQUE INDEX part ON t (b) WHERE c IS NULL;
         CREATE UNIQUE INDEX expression ON t (lower(a));
         CREATE INDEX ordinary ON t (c);",
        "t",
    );
    let uniques: Vec<(&[usize], bool)> = table
        .uniques
        .iter()
        .map(|unique| (unique.columns.as_slice(), unique.is_partial))
        .collect();
    assert_eq!(
        uniques,
        [
            ([1].as_slice(), false),
            ([3, 2].as_slice(), false),
            ([2].as_slice(), true)
        ]
    );
    assert_eq!(table.uniques[2].name, "part");
}

#[test]
fn foreign_keys_have_exact_names_on_both_ends() {
    let table = relation(
        "CREATE TABLE Parent (Id INTEGER PRIMARY KEY, code UNIQUE);
         CREATE TABLE pair (a, b, PRIMARY KEY (b, a));
         CREATE TABLE child (one REFERENCES parent, two REFERENCES PARENT (ID), code, x, y, gone REFERENCES nowhere,
             wrong REFERENCES pair,
             FOREIGN KEY (x, y) REFERENCES pair, FOREIGN KEY (CODE) REFERENCES parent (CODE));",
        "child",
    );
    let keys: Vec<(&str, &[usize], &str, Vec<&str>)> = table
        .foreign_keys
        .iter()
        .map(|key| {
            let targets = key.target_columns.iter().map(String::as_str).collect();
            (
                key.name.as_str(),
                key.columns.as_slice(),
                key.target.as_str(),
                targets,
            )
        })
        .collect();
    assert_eq!(
        keys,
        [
            ("child_one_fkey", [0].as_slice(), "Parent", vec!["Id"]),
            ("child_two_fkey", [1].as_slice(), "Parent", vec!["Id"]),
            ("child_x_y_fkey", [3, 4].as_slice(), "pair", vec!["b", "a"]),
            ("child_code_fkey", [2].as_slice(), "Parent", vec!["code"]),
        ]
    );
}

#[test]
fn a_view_can_do_what_its_triggers_do_and_shows_the_types_behind_it() {
    let script = "CREATE TABLE t (id INTEGER PRIMARY KEY, done BOOLEAN, tags JSON, untyped);
         CREATE VIEW V AS SELECT id, done AS \"is done\", tags, untyped, count(*) OVER () AS n, CAST(id AS TEXT) AS s FROM t;
         CREATE TRIGGER i /* the view's */ INSTEAD OF INSERT ON v BEGIN INSERT INTO t (done) VALUES (NEW.\"is done\"); END;
         CREATE TRIGGER d INSTEAD OF DELETE ON V BEGIN DELETE FROM t WHERE id = OLD.id; END;
         CREATE TRIGGER other AFTER UPDATE ON t BEGIN SELECT 'INSTEAD OF UPDATE'; END;";
    let view = relation(script, "V");
    assert_eq!(view.kind, RelationKind::View);
    assert_eq!(
        view.writable,
        Writable {
            can_insert: true,
            can_update: false,
            can_delete: true
        }
    );
    let declared: Vec<(&str, &str)> = view
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.declared.as_str()))
        .collect();
    assert_eq!(
        declared,
        [
            ("id", "INTEGER"),
            ("is done", "BOOLEAN"),
            ("tags", "JSON"),
            ("untyped", ""),
            ("n", ""),
            ("s", "TEXT")
        ]
    );
    assert!(view.primary_key.is_empty() && !view.has_rowid);
}

#[test]
fn virtual_tables_show_only_what_is_theirs() {
    let script = "CREATE VIRTUAL TABLE search USING fts5(title, body);
         CREATE VIRTUAL TABLE area USING rtree(id, x0, x1);
         CREATE VIRTUAL TABLE pages USING dbstat(main);
         CREATE TABLE bistro_sessions (id); CREATE TEMP TABLE scratch (a); ANALYZE;";
    assert_eq!(names(script), ["area", "pages", "search"]);
    let search = relation(script, "search");
    assert_eq!(search.kind, RelationKind::Search);
    let columns: Vec<&str> = search
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(columns, ["title", "body"]);
    assert!(search.has_rowid);
    assert!(search.writable.can_insert);
    assert!(
        !relation(script, "pages").writable.can_insert,
        "it only reports"
    );
}

#[test]
fn what_cannot_be_read_is_left_out_and_reported() {
    let found = found(
        "CREATE TABLE good (a); CREATE TABLE bad (a); CREATE VIEW broken AS SELECT a FROM bad;
         CREATE VIEW loop AS SELECT * FROM looped; CREATE VIEW looped AS SELECT * FROM loop;
         CREATE VIEW fine AS SELECT a FROM good; DROP TABLE bad;",
    );
    assert_eq!(
        found.catalog.relations.keys().collect::<Vec<_>>(),
        ["fine", "good"]
    );
    let broken: Vec<&str> = found.broken.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(broken, ["broken", "loop", "looped"]);
    assert!(
        found.broken[0].1.contains("no such table: main.bad"),
        "{}",
        found.broken[0].1
    );
}

#[test]
fn writes_that_cannot_work_whatever_is_written_are_not_offered() {
    let found = found(
        "CREATE TABLE pair (a, b, PRIMARY KEY (a, b));
         CREATE TABLE child (a, pair_a REFERENCES pair);
         CREATE TABLE t (a);
         CREATE TRIGGER bad AFTER DELETE ON t BEGIN INSERT INTO gone VALUES (1); END;
         CREATE VIEW some AS SELECT a FROM t;
         CREATE TRIGGER \"instead of delete\" INSTEAD OF UPDATE OF a ON some BEGIN SELECT 'INSTEAD OF INSERT'; END;",
    );
    let writable = |name: &str| {
        let Writable {
            can_insert,
            can_update,
            can_delete,
        } = found.catalog.relations[name].writable;
        (can_insert, can_update, can_delete)
    };
    assert_eq!(writable("child"), (false, false, false));
    assert_eq!(writable("pair"), (false, false, false));
    assert_eq!(writable("t"), (true, true, false));
    assert_eq!(writable("some"), (false, true, false));
    let reasons: Vec<(&str, bool)> = found
        .broken
        .iter()
        .map(|(name, reason)| (name.as_str(), reason.contains("mismatch")))
        .collect();
    assert_eq!(reasons, [("child", true), ("pair", true), ("t", false)]);
}

#[test]
fn statistics_are_used_if_there_are_any() {
    let script = "CREATE TABLE t (a, b); CREATE INDEX i ON t (a); CREATE INDEX p ON t (b) WHERE b > 2; CREATE TABLE e (a);
         INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);";
    assert_eq!(relation(script, "t").rows_estimated, None);
    let analyzed = format!("{script} ANALYZE;");
    assert_eq!(relation(&analyzed, "t").rows_estimated, Some(3));
    assert_eq!(
        relation(&analyzed, "e").rows_estimated,
        None,
        "an empty table has no statistics"
    );
}

#[test]
fn a_schema_that_can_undo_a_whole_transaction_is_noticed() {
    for (script, expected) in [
        ("CREATE TABLE t (a)", false),
        ("CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK)", true),
        (
            "CREATE TABLE t (a REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
            true,
        ),
    ] {
        assert_eq!(
            found(script).hazards.needs_own_transaction,
            expected,
            "{script}"
        );
    }
}

#[test]
fn a_schema_where_a_statement_may_leave_something_behind_is_noticed() {
    for (script, expected) in [
        (
            "CREATE TABLE t (a PRIMARY KEY, b REFERENCES t ON DELETE NO ACTION)",
            false,
        ),
        ("CREATE TABLE t (a UNIQUE ON CONFLICT FAIL)", true),
        (
            "CREATE TABLE t (a PRIMARY KEY, b REFERENCES t ON DELETE CASCADE)",
            true,
        ),
        (
            "CREATE TABLE t (a PRIMARY KEY, b REFERENCES t ON UPDATE SET NULL)",
            true,
        ),
        (
            "CREATE TABLE t (a); CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
            true,
        ),
        ("CREATE VIRTUAL TABLE t USING fts5 (a)", true),
    ] {
        assert_eq!(found(script).hazards.needs_savepoints, expected, "{script}");
    }
}

#[test]
fn only_an_integer_primary_key_is_the_rowid() {
    for (script, expected) in [
        ("CREATE TABLE t (a INTEGER PRIMARY KEY)", true),
        ("CREATE TABLE t (a INTEGER, PRIMARY KEY (a DESC))", true),
        ("CREATE TABLE t (a INTEGER PRIMARY KEY DESC)", false),
        ("CREATE TABLE t (a INT PRIMARY KEY)", false),
        (
            "CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID",
            false,
        ),
        ("CREATE TABLE t (a INTEGER, b, PRIMARY KEY (a, b))", false),
        ("CREATE TABLE t (a)", false),
    ] {
        assert_eq!(relation(script, "t").has_rowid_key, expected, "{script}");
    }
}
