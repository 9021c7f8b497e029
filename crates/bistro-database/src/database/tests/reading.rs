//! Planned reads on a real database: every statement prepares, runs, and gives the rows it should.

use std::fmt::Write as _;

use super::harness::{Fixture, get, shown};
use crate::{Database, Error};

const SONGS: &str = r#"
    CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, year INTEGER, rating REAL, live BOOLEAN,
        tags JSON, cover BLOB, released DATE, price DECIMAL(6, 2), any_thing, "odd ""name" TEXT,
        decade INTEGER GENERATED ALWAYS AS (year / 10 * 10) VIRTUAL);
    INSERT INTO songs (id, title, year, rating, live, tags, cover, released, price, any_thing, "odd ""name") VALUES
      (1, 'Wonderwall', 1995, 4.5, 0, '["rock","britpop"]', x'00ff', '1995-10-30', 1.5, 5, 'x'),
      (2, 'Creep', 1992, 4.0, 1, '["rock"]', NULL, '1992-09-21', 2, '5', NULL),
      (3, '난 알아요', 1992, NULL, NULL, '{"a":{"b c":[1,2,{"d":"deep"}]}}', NULL, NULL, NULL, NULL, 'y'),
      (4, 'Été 100%', NULL, 3.25, 1, NULL, NULL, NULL, 0.1, 'text', NULL),
      (9007199254740993, 'wonderwall', 2000, 1e300, 0, 'no json', NULL, '2000-01-01', NULL, 6, 'z');
"#;

async fn check(database: &Database, table: &[(&str, &str)]) {
    for (url, expected) in table {
        let rows = get(url)
            .rows(database)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(shown(&rows), *expected, "{url}");
    }
}

/// The ids of the songs that filters let through, in order.
async fn check_ids(table: &[(&str, &str)]) {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    for (filters, expected) in table {
        let url = format!("/songs?select=id&order=id&{filters}");
        check(&database, &[(url.as_str(), *expected)]).await;
    }
}

const LAST: &str = "9007199254740993";

#[tokio::test]
async fn comparisons_never_let_null_through_unless_asked_for() {
    check_ids(&[
        ("year=eq.1992", "2|3"),
        ("year=neq.1992", &format!("1|{LAST}")),
        ("year=not.eq.1992", &format!("1|{LAST}")),
        ("year=gt.1992", &format!("1|{LAST}")),
        ("year=gte.1992&year=lt.2000", "1|2|3"),
        ("year=lte.1992", "2|3"),
        ("year=is.null", "4"),
        ("year=not.is.null", &format!("1|2|3|{LAST}")),
        ("year=is.not_null", &format!("1|2|3|{LAST}")),
        ("year=isdistinct.1992", &format!("1|4|{LAST}")),
        ("year=not.isdistinct.1992", "2|3"),
        ("year=in.(1992,1995)", "1|2|3"),
        ("year=not.in.(1992,1995)", LAST),
        ("year=in.()", ""),
        ("year=eq(any).{1995,2000}", &format!("1|{LAST}")),
        ("year=gt(all).{1991,1994}", &format!("1|{LAST}")),
        ("live=is.true", "2|4"),
        ("live=is.false", &format!("1|{LAST}")),
        ("live=is.unknown", "3"),
        ("live=not.is.true", &format!("1|3|{LAST}")),
        ("live=eq.true", "2|4"),
        ("id=eq.9007199254740993", LAST),
        ("id=eq.9007199254740992", ""),
        ("rating=eq.4.5", "1"),
        ("rating=gt.4", &format!("1|{LAST}")),
        ("price=lt.1", "4"),
        ("price=eq.2.0", "2"),
        ("released=gte.1995-01-01", &format!("1|{LAST}")),
        ("decade=eq.1990", "1|2|3"),
        ("cover=eq.AP8%3D", "1"),
        ("cover=not.is.null", "1"),
        ("any_thing=eq.5", "1|2"),
        ("any_thing=gt.4", &format!("1|2|4|{LAST}")),
        ("any_thing=eq.text", "4"),
        (r#""odd \"name"=eq.x"#, "1"),
    ])
    .await;
}

#[tokio::test]
async fn patterns_fit_or_not_by_case_and_letter() {
    check_ids(&[
        ("title=like.Wonder*", "1"),
        ("title=like.wonder*", LAST),
        ("title=ilike.WONDER*", &format!("1|{LAST}")),
        ("title=ilike.*É*", "4"),
        ("title=ilike.*é*", "4"),
        ("title=like.*100%25", "4"),
        ("title=like.난*", "3"),
        ("title=like._reep", "2"),
        ("title=not.like.*e*", "3|4"),
        ("title=like(any).{W*,C*}", "1|2"),
        ("title=ilike(all).{*wall,w*}", &format!("1|{LAST}")),
        ("title=match.^[A-Z]", "1|2"),
        ("title=imatch.^w", &format!("1|{LAST}")),
        ("title=match.^.{5}$", "2|3"),
        ("year=like.199*", "1|2|3"),
        ("year=not.like.199*", LAST),
    ])
    .await;
}

#[tokio::test]
async fn trees_follow_sql_s_three_values() {
    check_ids(&[
        ("or=(year.eq.1995,title.eq.Creep)", "1|2"),
        (
            "and=(year.eq.1992,or(title.eq.Creep,rating.is.null))",
            "2|3",
        ),
        ("not.or=(year.eq.1995,title.eq.Creep)", &format!("3|{LAST}")),
        (
            "not.and=(year.eq.1992,live.is.true)",
            &format!("1|3|{LAST}"),
        ),
        (
            "or=(year.is.null,not.and(year.gte.1990,year.lt.2000))",
            &format!("4|{LAST}"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn json_is_compared_by_what_it_holds() {
    check_ids(&[
        (r#"tags=cs.["rock"]"#, "1|2"),
        ("tags=cs.{rock}", "1|2"),
        (r#"tags=cs.{"a":{"b c":[2]}}"#, "3"),
        (r#"tags=cd.["rock","pop"]"#, "2"),
        (r#"tags=ov.["pop","britpop"]"#, "1"),
        ("tags->>0=eq.rock", "1|2"),
        ("tags->>-1=eq.britpop", "1"),
        ("tags->a->\"b c\"->2->>d=eq.deep", "3"),
        ("tags->a->\"b c\"->>0=eq.1", "3"),
        ("tags->a->\"b c\"->0=gte.1", "3"),
        ("tags->a=is.null", &format!("1|2|4|{LAST}")),
        ("tags->>0=like.ro*", "1|2"),
        ("tags->>0=in.(rock,x)", "1|2"),
        (r#"tags=eq.["rock"]"#, "2"),
    ])
    .await;
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        write!(encoded, "%{byte:02X}").unwrap();
    }
    encoded
}

#[tokio::test]
async fn json_members_are_found_whatever_they_are_called() {
    let names = [
        "plain",
        "a.b",
        "a b",
        "$",
        "$.x",
        "[0]",
        "a\"b",
        "back\\slash",
        "#",
        "é",
        "한글",
        "",
        "'",
        "a]b",
        "*",
    ];
    let mut script = "CREATE TABLE t (id INTEGER PRIMARY KEY, j JSON);".to_owned();
    for (id, name) in names.iter().enumerate() {
        let document = serde_json::json!({ *name: "it", "other": 1 })
            .to_string()
            .replace('\'', "''");
        writeln!(script, "INSERT INTO t VALUES ({id}, '{document}');").unwrap();
    }
    let fixture = Fixture::new(&script);
    let database = fixture.open();
    for (id, name) in names.iter().enumerate() {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let encoded = percent_encoded(&format!("\"{quoted}\""));
        let url = format!("/t?select=id,j->>{encoded}&j->>{encoded}=eq.it");
        check(&database, &[(url.as_str(), &format!("{id} 'it'"))]).await;
        let url = format!("/t?select=j->{encoded}&id=eq.{id}");
        check(&database, &[(url.as_str(), r#"'"it"'"#)]).await;
    }
}

#[tokio::test]
async fn select_gives_aliases_casts_paths_and_aggregates() {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    check(
        &database,
        &[
            (
                "/songs?id=eq.1&select=name:title,year::text",
                "'Wonderwall' '1995'",
            ),
            (
                "/songs?id=eq.1&select=rating::integer,live::text,cover",
                "5 'false' x[00, FF]",
            ),
            (
                "/songs?id=eq.3&select=tags->a->\"b c\"->1,tags->a->\"b c\"->2->>d",
                "'2' 'deep'",
            ),
            (
                "/songs?id=eq.1&select=released::date,price::text",
                "'1995-10-30' '1.5'",
            ),
            ("/songs?select=count()", "5"),
            (
                "/songs?select=year.max(),rating.min(),year.sum(),rating.count()",
                "2000 3.25 7979 4",
            ),
            (
                "/songs?select=decade,count()&order=decade",
                "1990 3|2000 1|NULL 1",
            ),
            (
                "/songs?select=decade,n:id.count()&decade=not.is.null&order=decade.desc",
                "2000 1|1990 3",
            ),
            ("/songs?select=year.avg()::integer", "1995"),
            ("/songs/1?select=title", "'Wonderwall'"),
            ("/songs/7?select=title", ""),
            ("/songs?select=&id=eq.1", ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn order_puts_nulls_where_it_says() {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    check(
        &database,
        &[
            (
                "/songs?select=id&order=year,id.desc",
                &format!("3|2|1|{LAST}|4"),
            ),
            (
                "/songs?select=id&order=year.desc,id",
                &format!("4|{LAST}|1|2|3"),
            ),
            (
                "/songs?select=id&order=year.nullsfirst,id",
                &format!("4|2|3|1|{LAST}"),
            ),
            (
                "/songs?select=id&order=year.desc.nullslast,id",
                &format!("{LAST}|1|2|3|4"),
            ),
            (
                "/songs?select=id&order=tags->>0.nullslast,id&limit=2",
                "1 'rock' 1|2 'rock' 2|3 NULL 3",
            ),
            ("/songs?select=id&order=id&limit=2&offset=1", "2 2|3 3|4 4"),
            ("/songs?select=id&order=id&offset=4", LAST),
        ],
    )
    .await;
}

#[tokio::test]
async fn counts_and_extents_agree_with_the_rows() {
    let fixture = Fixture::new(&format!("{SONGS} ANALYZE;"));
    let database = fixture.open();
    for (url, prefer, expected) in [
        ("/songs?limit=2", "count=exact", (5, 3)),
        ("/songs?limit=2&offset=4", "count=exact", (5, 1)),
        ("/songs?year=eq.1992", "count=planned", (2, 2)),
        ("/songs?year=eq.1992", "count=estimated", (2, 2)),
        ("/songs?limit=0", "count=planned", (5, 1)),
        ("/songs?select=decade,count()", "count=exact", (3, 3)),
        ("/songs?limit=9", "", (5, 5)),
    ] {
        let read = super::harness::Ask { prefer, ..get(url) }.read(&database);
        let found = database
            .read(database.catalog().version, move |snapshot| {
                Ok((snapshot.count(&read)?, snapshot.extent(&read)?))
            })
            .await;
        assert_eq!(found, Ok(expected), "{url} {prefer}");
    }
}

#[tokio::test]
async fn statistics_answer_planned_counts_although_rows_have_come_since() {
    let fixture = Fixture::new(&format!("{SONGS} ANALYZE; DELETE FROM songs WHERE id > 2"));
    let database = fixture.open();
    for (prefer, expected) in [
        ("count=planned", 5),
        ("count=estimated", 2),
        ("count=exact", 2),
    ] {
        let read = super::harness::Ask {
            prefer,
            ..get("/songs")
        }
        .read(&database);
        let found = database
            .read(database.catalog().version, move |snapshot| {
                snapshot.count(&read)
            })
            .await;
        // Without an index there is nothing that ANALYZE could have noted.
        let expected = if database.catalog().relations["songs"]
            .rows_estimated
            .is_none()
        {
            2
        } else {
            expected
        };
        assert_eq!(found, Ok(expected), "{prefer}");
    }
}

#[tokio::test]
async fn a_pattern_that_is_none_is_the_client_s_mistake() {
    let fixture = Fixture::new(SONGS);
    let database = fixture.open();
    for url in [
        "/songs?title=match.(",
        "/songs?title=imatch.[",
        "/songs?title=match.%5Cw{1000}{1000}",
    ] {
        match get(url).rows(&database).await {
            Err(error @ Error::InvalidPattern { .. }) => assert_eq!(error.sqlstate(), "2201B"),
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_sum_that_does_not_fit_says_so() {
    let fixture =
        Fixture::new("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (9223372036854775807), (1)");
    let database = fixture.open();
    assert_eq!(
        get("/t?select=n.sum()").rows(&database).await,
        Err(Error::Overflow)
    );
    check(&database, &[("/t?select=n.max()", "9223372036854775807")]).await;
}

#[tokio::test]
async fn names_with_quotes_and_statements_in_them_are_only_names() {
    let fixture = Fixture::new(
        r#"CREATE TABLE "a""; DROP TABLE t; --" ("c""d" TEXT PRIMARY KEY, "e f" INTEGER);
           INSERT INTO "a""; DROP TABLE t; --" VALUES ('it''s', 1);
           CREATE TABLE "select" ("order" INTEGER PRIMARY KEY, "limit");
           INSERT INTO "select" VALUES (1, 2);
           CREATE TABLE touched (id INTEGER PRIMARY KEY); INSERT INTO touched VALUES (7);"#,
    );
    let database = fixture.open();
    check(
        &database,
        &[
            (
                "/a%22;%20DROP%20TABLE%20t;%20--?select=%22c%5C%22d%22,%22e%20f%22",
                "'it's' 1",
            ),
            (
                "/a%22;%20DROP%20TABLE%20t;%20--?%22e%20f%22=eq.1&select=%22e%20f%22",
                "1",
            ),
            (
                "/a%22;%20DROP%20TABLE%20t;%20--/it's?select=%22e%20f%22",
                "1",
            ),
            ("/touched", "7"),
        ],
    )
    .await;
}

#[tokio::test]
async fn views_and_search_tables_are_read_like_tables() {
    let fixture = Fixture::new(&format!(
        "{SONGS} CREATE VIEW nineties AS SELECT id, title, live FROM songs WHERE year < 2000;
         CREATE VIRTUAL TABLE search USING fts5(title, body); INSERT INTO search VALUES ('a', 'some words');"
    ));
    let database = fixture.open();
    check(
        &database,
        &[
            ("/nineties?live=is.true&select=title", "'Creep'"),
            ("/nineties?order=id&limit=1&select=id", "1|2"),
            ("/search", "'a' 'some words'"),
            ("/search?title=eq.a&select=body", "'some words'"),
            ("/search?body=like.some*&select=title", "'a'"),
            ("/search?body=fts.words&select=title", "'a'"),
            ("/search?title=fts.words&select=title", ""),
            ("/search?body=wfts.words%20-other&select=title", "'a'"),
            ("/search?body=phfts.words%20some&select=title", ""),
            (
                "/search?or=(body.plfts.nothing,title.eq.a)&select=title",
                "'a'",
            ),
            ("/search?body=not.fts.words&select=title", ""),
        ],
    )
    .await;
}
