//! Keys that compare otherwise than they look like, or tell nothing apart, open nothing.

use bistro_http::method::Method::{Patch, Post, Put};

use super::*;

/// Everybody makes, reads and changes rows of his own, as long as they are not locked then.
fn rules(table: &str) -> Vec<Rule> {
    vec![
        Rule {
            owner: Some("owner".to_owned()),
            ..open(table, &[Operation::Read, Operation::Create])
        },
        Rule {
            owner: Some("owner".to_owned()),
            check: Some(sql("locked = 0")),
            ..open(table, &[Operation::Update])
        },
    ]
}

#[tokio::test]
async fn an_upsert_that_meets_a_row_by_its_index_alone_changes_it_by_no_other_rule() {
    const MERGE: &str = "resolution=merge-duplicates";
    const COLUMNS: &str = "owner TEXT, locked INTEGER DEFAULT 0";
    for table in [
        format!(
            "CREATE TABLE t (k TEXT, {COLUMNS}); CREATE UNIQUE INDEX u ON t (k COLLATE NOCASE);"
        ),
        format!("CREATE TABLE t (k TEXT, {COLUMNS}, PRIMARY KEY (k COLLATE NOCASE));"),
        format!(
            "CREATE TABLE t (k TEXT, {COLUMNS}, PRIMARY KEY (k COLLATE NOCASE)) WITHOUT ROWID;"
        ),
    ] {
        let is_keyed = table.contains("PRIMARY");
        let script = format!("{table} INSERT INTO t VALUES ('A', 'ann', 0), ('B', 'bob', 0);");
        let shop = Shop::over(&script, rules("t"));
        let all = "SELECT k, owner, locked FROM t ORDER BY k";
        let before = shop.all(all);
        for (key, expected) in [
            ("A", "new row violates"),
            ("B", "new row violates"),
            ("a", "t has a row with the same k"),
            ("b", "t has a row with the same k"),
        ] {
            let body = format!(r#"{{"k":"{key}","locked":1}}"#);
            let answer = shop
                .write("ann", Post, "/t?on_conflict=k", MERGE, &body)
                .await;
            assert!(answer.starts_with(expected), "{table} {key}: {answer}");
            if is_keyed {
                let url = format!("/t/{key}");
                let answer = shop.write("ann", Put, &url, "", r#"{"locked":1}"#).await;
                assert!(answer.starts_with(expected), "{table} {url}: {answer}");
            }
            assert_eq!(shop.all(all), before, "{table} {key}");
        }
        let body = r#"[{"k":"A","locked":0},{"k":"C","locked":1}]"#;
        shop.write("ann", Post, "/t?on_conflict=k", MERGE, body)
            .await;
        assert_eq!(
            shop.all(all),
            "'A' 'ann' 0|'B' 'bob' 0|'C' 'ann' 1",
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_row_that_nothing_tells_apart_is_not_written() {
    let script = "CREATE TABLE t (k TEXT PRIMARY KEY, rowid TEXT, oid TEXT, _rowid_ TEXT, owner TEXT, locked INTEGER);
        INSERT INTO t (owner, rowid, locked) VALUES ('ann', 'x', 0), ('ann', 'y', 0);";
    let shop = Shop::over(script, rules("t"));
    let all = "SELECT rowid, owner, locked FROM t";
    for (method, url, body) in [
        (Patch, "/t?rowid=eq.x", r#"{"owner":"bob"}"#),
        (Patch, "/t?rowid=eq.x", r#"{"locked":1}"#),
        (Post, "/t", r#"{"rowid":"z","owner":"bob"}"#),
    ] {
        let answer = shop.write("ann", method, url, "", body).await;
        assert!(
            answer.starts_with("this write is not possible on `t`"),
            "{body}: {answer}"
        );
        assert_eq!(shop.all(all), "'x' 'ann' 0|'y' 'ann' 0", "{body}");
    }
}
