//! Whatever can be planned runs: nothing a client can say ends in an error that is nobody's.

use bistro_http::method::Method;
use bistro_plan::plan::Plan;

use super::harness::{Ask, Fixture, Rows, get};
use crate::{Burden, Database, Error, Prepared};

const SCHEMA: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT, rating REAL, live BOOLEAN, tags JSON, cover BLOB, released DATE,
        price DECIMAL(6, 2), uid UUID, loose, computed INTEGER AS (id * 2));
    INSERT INTO t (title, rating, live, tags, cover, released, price, uid, loose) VALUES
        ('a', 1.5, 1, '{\"a\":[1,\"x\",null,{\"b\":true}]}', x'00', '2020-01-01', 1.25, 'u', 5),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        ('', -0.0, 0, '[1,2.5,\"a\"]', x'', '', 0, '', ''),
        (x'ff', 'text', 'text', 'no json', 'text', 7, 'text', 7, x'ff'),
        ('9223372036854775807', 9e999, 7, '17', x'ff', 2451545.5, -9e999, '\u{1F600}', 9223372036854775807);
    CREATE VIEW v AS SELECT * FROM t;
    CREATE TABLE strict (id INTEGER PRIMARY KEY, n INTEGER, r REAL, s TEXT, b BLOB, a ANY) STRICT;
    INSERT INTO strict VALUES (1, 1, 1.5, 'a', x'00', 'any'), (2, NULL, NULL, NULL, NULL, NULL);
    CREATE VIRTUAL TABLE search USING fts5(title, body);
    INSERT INTO search VALUES ('a', 'b c');";

const FIELDS: &[(&str, &str)] = &[
    (
        "t",
        "id title rating live tags cover released price uid loose computed tags->a tags->>a tags->a->>1 tags->0 tags->>-1 loose->x",
    ),
    ("v", "id title live tags loose tags->>a"),
    ("strict", "id n r s b a"),
    ("search", "title body"),
];

const OPERANDS: &[&str] = &[
    "eq.",
    "eq.1",
    "eq.a",
    "neq.1.5",
    "gt.9223372036854775808",
    "gte.-1e400",
    "lt.true",
    "lte.2020-01-01",
    "eq.AA%3D%3D",
    "isdistinct.1",
    "isdistinct.null",
    "like.*",
    "like.a*",
    "like.%25_",
    "like.%5C",
    "ilike.*A*",
    "like(any).{a*,*b}",
    "match.a",
    "match.(",
    "imatch.%5CA",
    "in.(1,a,\"x,y\",null)",
    "in.()",
    "eq(any).{1,2}",
    "gt(all).{1,2}",
    "is.null",
    "is.not_null",
    "is.true",
    "is.false",
    "is.unknown",
    "cs.{a}",
    "cs.[1]",
    "cs.{\"a\":1}",
    "cs.1",
    "cs.{}",
    "cd.[1,2]",
    "cd.{}",
    "ov.[1]",
    "ov.{1,2}",
    "fts.a",
    "plfts.a",
    "fts.%22",
    "fts.a%26%21b|(c",
    "fts.a:*",
    "phfts.a%22b%20*",
    "wfts.a%20-b%20or%20%22c",
    "plfts.%27%20^%20NEAR(a,b)",
    "fts.",
    "fts.%00",
    "sl.(1,2)",
    "adj.(1,2)",
    "eq.%00",
    "eq.%F0%9F%98%80",
];

const TRANSFORMS: &[&str] = &[
    "",
    "::text",
    "::integer",
    "::bigint",
    "::numeric",
    "::float8",
    "::boolean",
    "::json",
    "::jsonb",
    "::date",
    "::time",
    "::timestamptz",
    "::uuid",
    ".count()",
    ".sum()",
    ".avg()",
    ".min()",
    ".max()",
    ".sum()::text",
    "::integer.sum()",
];

/// Runs what can be planned, and gives how much that was.
async fn sweep(database: &Database, asks: impl IntoIterator<Item = Ask<'_>>) -> usize {
    let version = database.catalog().version;
    let mut run = 0;
    for ask in asks {
        let Ok(plan) = ask.try_plan(database) else {
            continue;
        };
        run += 1;
        let result: Result<(), Error> = match plan {
            Plan::Read(read) => {
                let job = move |snapshot: &crate::Snapshot<'_>| {
                    let rows = snapshot.read(&read, &mut Rows::default());
                    let total = snapshot.count(&read);
                    snapshot.extent(&read)?;
                    snapshot.last(&read, &mut Rows::default())?;
                    rows.and(total.map(drop))
                };
                database.read(version, job).await
            }
            Plan::Write(write) => {
                let job = move |transaction: &crate::Transaction<'_>| {
                    transaction.write(&Prepared::new(write), &mut Rows::default())?;
                    Ok(((), false))
                };
                database
                    .write(version, Burden::default(), job)
                    .await
                    .and_then(|result| result)
            }
            Plan::Call(_) => panic!("{} is a call", ask.url),
        };
        if let Err(error @ (Error::Internal { .. } | Error::Corrupt { .. } | Error::Io { .. })) =
            result
        {
            panic!("{} {} {}: {error}", ask.method.name(), ask.url, ask.body);
        }
    }
    run
}

#[tokio::test]
async fn every_operator_runs_on_every_kind_of_column() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let mut urls = Vec::new();
    for (table, fields) in FIELDS {
        for field in fields.split(' ') {
            for operand in OPERANDS {
                urls.push(format!("/{table}?{field}={operand}"));
                urls.push(format!("/{table}?{field}=not.{operand}&limit=1"));
                urls.push(format!("/{table}?or=({field}.{operand},{field}.is.null)"));
            }
        }
    }
    let run = sweep(&database, urls.iter().map(|url| get(url))).await;
    assert!(run > 1_500, "{run}");
}

#[tokio::test]
async fn every_cast_and_aggregate_runs_on_every_kind_of_column() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let mut urls = Vec::new();
    for (table, fields) in FIELDS {
        for field in fields.split(' ') {
            for transform in TRANSFORMS {
                urls.push(format!("/{table}?select={field}{transform}"));
                urls.push(format!(
                    "/{table}?select=x:{field}{transform},n:count()&order={field}"
                ));
            }
            for order in ["", ".desc", ".nullsfirst", ".desc.nullslast"] {
                urls.push(format!("/{table}?order={field}{order}&limit=2&offset=1"));
            }
        }
    }
    let run = sweep(&database, urls.iter().map(|url| get(url))).await;
    assert!(run > 600, "{run}");
}

#[tokio::test]
async fn every_write_of_every_value_runs_or_says_what_is_wrong() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let values = [
        "null",
        "true",
        "1",
        "-1.5",
        "9223372036854775808",
        "1e400",
        "\"\"",
        "\"a\"",
        "\"1\"",
        "\"AA==\"",
        "\"2020-01-01\"",
        "[1]",
        "{\"a\":null}",
        "\"\\u0000\"",
    ];
    let mut asks = Vec::new();
    for (table, fields) in FIELDS {
        for field in fields.split(' ').filter(|field| !field.contains('>')) {
            for value in values {
                let body = format!("{{\"{field}\":{value}}}");
                asks.push((Method::Post, format!("/{table}"), body.clone()));
                asks.push((
                    Method::Patch,
                    format!("/{table}?{field}=not.is.null"),
                    body.clone(),
                ));
                asks.push((Method::Put, format!("/{table}/1"), body.clone()));
                asks.push((Method::Patch, format!("/{table}/1"), body));
            }
            asks.push((
                Method::Delete,
                format!("/{table}?{field}=is.null"),
                String::new(),
            ));
        }
    }
    let mut run = 0;
    for prefer in [
        "return=representation",
        "resolution=merge-duplicates",
        "missing=default, return=representation",
    ] {
        let asks = asks.iter().map(|(method, url, body)| Ask {
            method: *method,
            url,
            prefer,
            body,
        });
        run += sweep(&database, asks).await;
    }
    assert!(run > 1_000, "{run}");
}
