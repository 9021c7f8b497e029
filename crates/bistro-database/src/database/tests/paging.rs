//! Walking a table by cursor meets every row once, in order, whatever is inserted meanwhile.

use std::ops::ControlFlow;

use bistro_dialect::page::Cursor;
use bistro_plan::plan::Read;
use bistro_plan::value::{Row, Sink, ValueRef};

use super::harness::{Fixture, get};
use crate::{Database, Error};

/// The first column of each row of a page, and the cursor after its last row, if there are more.
struct Walk<'a> {
    read: &'a Read,
    ids: Vec<i64>,
    cursor: Option<Cursor>,
    has_more: bool,
}

impl Sink for Walk<'_> {
    fn row(&mut self, row: &dyn Row) -> ControlFlow<()> {
        if self.read.limit == Some(self.ids.len() as u64) {
            self.has_more = true;
            return ControlFlow::Break(());
        }
        if let ValueRef::Integer(id) = row.value(0) {
            self.ids.push(id);
        }
        self.cursor = self.read.cursor(row);
        ControlFlow::Continue(())
    }
}

async fn page(database: &Database, url: &str) -> (Vec<i64>, Option<Cursor>) {
    let read = get(url).read(database);
    let walked = database.read(database.catalog().version, move |snapshot| {
        let mut walk = Walk {
            read: &read,
            ids: Vec::new(),
            cursor: None,
            has_more: false,
        };
        snapshot.read(&read, &mut walk)?;
        // What HEAD does finds the same cursor.
        let mut last = Walk {
            read: &read,
            ids: Vec::new(),
            cursor: None,
            has_more: false,
        };
        snapshot.last(&read, &mut last)?;
        if walk.has_more {
            assert_eq!(last.cursor, walk.cursor);
        }
        let cursor = walk.cursor.filter(|_| walk.has_more);
        Ok::<_, Error>((walk.ids, cursor))
    });
    walked
        .await
        .unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// Every id met on a walk, and `between` is run after each page.
async fn walk(
    database: &Database,
    order: &str,
    limit: u64,
    mut between: impl FnMut(usize),
) -> Vec<i64> {
    let base = format!("/t?select=id&order={order}&limit={limit}");
    let mut url = base.clone();
    let mut met = Vec::new();
    for turn in 0.. {
        let (ids, cursor) = page(database, &url).await;
        met.extend(ids);
        let Some(cursor) = cursor else { break };
        between(turn);
        url = format!("{base}&after={}", cursor.print());
    }
    met
}

const TABLE: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT COLLATE NOCASE, c REAL, d NOT NULL DEFAULT 'x', j JSON,
        e BLOB);
    CREATE INDEX by_a ON t (a);
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60)
    INSERT INTO t (id, a, b, c, d, j, e) SELECT n, nullif(n % 5, 0), nullif(substr('aAbBcé한😀', n % 9, 1), ''),
        nullif(n % 7, 0) / 3.0, iif(n % 2, n % 3, 'text'), iif(n % 4, json_array(n % 3, 'x'), NULL),
        iif(n % 6, zeroblob(n % 3), NULL) FROM n;
";

const ORDERS: &[&str] = &[
    "id",
    "id.desc",
    "a",
    "a.desc",
    "a.nullsfirst",
    "a.desc.nullslast",
    "a,b",
    "a.desc,b",
    "a,b.desc",
    "a.desc.nullslast,b.asc.nullsfirst,c.desc",
    "a.nullsfirst,c.desc.nullslast,id.desc",
    "b",
    "b.desc.nullsfirst,a",
    "c.desc",
    "c,a.desc",
    "d",
    "d.desc",
    "d,a.nullsfirst",
    "e.desc,a",
    "j->>0,a.desc",
    "j->1.desc.nullslast,d",
];

#[tokio::test]
async fn every_row_is_met_once_and_in_order() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    for order in ORDERS {
        let (expected, _) =
            page(&database, &format!("/t?select=id&order={order}&limit=1000")).await;
        assert_eq!(expected.len(), 60, "{order}");
        for limit in [1, 7, 59, 60] {
            let met = walk(&database, order, limit, |_| ()).await;
            assert_eq!(met, expected, "order={order}, limit={limit}");
        }
    }
}

#[tokio::test]
async fn rows_inserted_on_the_way_neither_repeat_nor_hide_others() {
    for order in ORDERS {
        let fixture = Fixture::new(TABLE);
        let database = fixture.open();
        let other = fixture.other();
        let met = walk(&database, order, 7, |turn| {
            let sql = "INSERT INTO t (id, a, b, c) VALUES (?1, NULL, NULL, NULL), (?1 + 1, 0, 'a', 0.0), (?1 + 2, 9, 'z', 9.5)";
            if turn < 4 {
                other.execute(sql, [1_000 + 10 * i64::try_from(turn).unwrap()]).unwrap();
            }
        })
        .await;
        let mut old: Vec<i64> = met.iter().copied().filter(|id| *id < 1_000).collect();
        old.sort_unstable();
        assert_eq!(old, (1..=60).collect::<Vec<_>>(), "{order}");
        let mut once = met.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), met.len(), "{order}: a row was met twice");
    }
}

#[tokio::test]
async fn keys_of_several_columns_and_of_text_walk_too() {
    let fixture = Fixture::new(
        "CREATE TABLE t (k TEXT COLLATE NOCASE, id INTEGER, v, PRIMARY KEY (k, id)) WITHOUT ROWID;
         INSERT INTO t VALUES ('a', 1, NULL), ('A', 2, 1), ('b', 1, NULL), ('é', 4, 2), ('B', 5, 1);",
    );
    let database = fixture.open();
    for order in ["k", "k.desc", "v", "v.desc,k", "id,k.desc"] {
        let (expected, _) =
            page(&database, &format!("/t?select=id&order={order}&limit=1000")).await;
        assert_eq!(expected.len(), 5);
        assert_eq!(walk(&database, order, 2, |_| ()).await, expected, "{order}");
    }
}
