//! Planned writes on a real database.

use bistro_http::method::Method;
use bistro_plan::plan::Plan;
use bistro_plan::value::Value;

use super::harness::{Ask, Fixture, Rows, change, get, shown};
use crate::{Burden, Database, Error, Outcome, Prepared};

const SCHEMA: &str = "
    CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, year INTEGER DEFAULT 1999, tags JSON,
        cover BLOB, live BOOLEAN NOT NULL DEFAULT 0, upper TEXT AS (upper(title)) STORED);
    INSERT INTO songs (id, title, year) VALUES (1, 'Creep', 1992), (2, 'Zombie', 1994);
    CREATE TABLE stock (shop TEXT, item INTEGER, count INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (shop, item)) WITHOUT ROWID;
    INSERT INTO stock VALUES ('a', 1, 5);
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT);
    INSERT INTO users VALUES (7, 'a@b.c', 'Ann');
    CREATE TABLE keyless (a, b);
    CREATE TABLE audit (what);
    CREATE TRIGGER noted AFTER UPDATE ON songs BEGIN INSERT INTO audit VALUES (NEW.id), (NEW.title); END;
";

struct Case<'a> {
    ask: Ask<'a>,
    affected: u64,
    created: u64,
    rows: &'a str,
}

fn case<'a>(ask: Ask<'a>, affected: u64, created: u64, rows: &'a str) -> Case<'a> {
    Case {
        ask,
        affected,
        created,
        rows,
    }
}

async fn check(database: &Database, cases: &[Case<'_>]) {
    for case in cases {
        let what = format!(
            "{} {} {}",
            case.ask.method.name(),
            case.ask.url,
            case.ask.body
        );
        let (outcome, rows) = case
            .ask
            .write(database)
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(
            (outcome.affected, outcome.created),
            (case.affected, case.created),
            "{what}"
        );
        assert_eq!(shown(&rows), case.rows, "{what}");
    }
}

#[tokio::test]
async fn inserts_tell_what_became_of_the_rows() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let post = |url, body| change(Method::Post, url, body);
    check(
        &database,
        &[
            case(
                post("/songs?select=id,title,year,upper", r#"{"title":"Été"}"#),
                1,
                1,
                "3 'Été' 1999 'ÉTé'",
            ),
            case(
                post(
                    "/songs?select=id,year,tags",
                    r#"[{"title":"a","year":null},{"title":"b","year":2}]"#,
                ),
                2,
                2,
                "4|5 2",
            ),
            case(
                post(
                    "/songs?select=tags,cover,live",
                    r#"{"title":"c","tags":{"a":[1]},"cover":"AP8=","live":true}"#,
                ),
                1,
                1,
                r#"'{"a":[1]}' x[00, FF] 1"#,
            ),
            case(
                post(
                    "/songs?select=id",
                    r#"{"id":9223372036854775806,"title":"big"}"#,
                ),
                1,
                1,
                "9223372036854775806",
            ),
            case(
                post("/stock?select=shop,item,count", r#"{"shop":"b","item":2}"#),
                1,
                1,
                "'b' 2 0",
            ),
            case(post("/keyless", r#"{"a":1.5,"b":"x"}"#), 1, 1, "1.5 'x'"),
            case(post("/songs", "[]"), 0, 0, ""),
        ],
    )
    .await;
    let (outcome, _) = post("/stock", r#"{"shop":"c","item":3}"#)
        .write(&database)
        .await
        .unwrap();
    let key = Some(vec![Value::Text("c".to_owned()), Value::Integer(3)]);
    assert_eq!(
        outcome,
        Outcome {
            affected: 1,
            created: 1,
            key
        }
    );
}

#[tokio::test]
async fn upserts_tell_new_rows_from_old_ones() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let upsert = |url, prefer, body| Ask {
        method: Method::Post,
        url,
        prefer,
        body,
    };
    let merge = "resolution=merge-duplicates, return=representation";
    let ignore = "resolution=ignore-duplicates, return=representation";
    check(
        &database,
        &[
            case(
                upsert(
                    "/songs?select=id,title,year",
                    merge,
                    r#"[{"id":1,"title":"x"},{"id":3,"title":"y"}]"#,
                ),
                2,
                1,
                "1 'x' 1992|3 'y' 1999",
            ),
            case(
                upsert(
                    "/songs?select=id,title",
                    ignore,
                    r#"[{"id":1,"title":"z"},{"id":4,"title":"w"}]"#,
                ),
                1,
                1,
                "4 'w'",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn upserts_meet_rows_by_any_unique_columns() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let upsert = |url, body| Ask {
        prefer: "resolution=merge-duplicates, return=representation",
        ..change(Method::Post, url, body)
    };
    check(
        &database,
        &[
            case(
                upsert(
                    "/users?on_conflict=email&select=id,name",
                    r#"{"email":"a@b.c","name":"Bea"}"#,
                ),
                1,
                0,
                "7 'Bea'",
            ),
            case(
                upsert(
                    "/users?on_conflict=email&select=id,name",
                    r#"{"email":"d@e.f","name":"Cy"}"#,
                ),
                1,
                1,
                "8 'Cy'",
            ),
            case(
                upsert(
                    "/stock",
                    r#"[{"shop":"a","item":1,"count":6},{"shop":"a","item":2,"count":7}]"#,
                ),
                2,
                1,
                "'a' 1 6|'a' 2 7",
            ),
            case(
                upsert("/stock", r#"{"shop":"a","item":1}"#),
                1,
                0,
                "'a' 1 6",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn put_replaces_or_creates_one_row() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let put = |url, body| change(Method::Put, url, body);
    check(
        &database,
        &[
            case(
                put("/songs/1?select=title,year", r#"{"title":"new"}"#),
                1,
                0,
                "'new' 1999",
            ),
            case(
                put("/songs/50?select=id,title", r#"{"title":"made"}"#),
                1,
                1,
                "50 'made'",
            ),
            case(
                put(
                    "/songs?id=eq.51&select=id,title",
                    r#"{"id":51,"title":"made"}"#,
                ),
                1,
                1,
                "51 'made'",
            ),
            case(put("/stock/a,1", r#"{"count":9}"#), 1, 0, "'a' 1 9"),
            case(
                put("/stock/a,1", r#"{"shop":"a","item":1}"#),
                1,
                0,
                "'a' 1 0",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn updates_and_deletes_count_only_their_own_rows() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    check(
        &database,
        &[
            case(
                change(
                    Method::Patch,
                    "/songs?year=lt.1995&select=id,year",
                    r#"{"year":2000}"#,
                ),
                2,
                0,
                "1 2000|2 2000",
            ),
            case(
                change(Method::Patch, "/songs/1?select=id,title", r#"{"id":10}"#),
                1,
                0,
                "10 'Creep'",
            ),
            case(
                change(Method::Patch, "/songs/77", r#"{"title":"none"}"#),
                0,
                0,
                "",
            ),
            case(
                change(Method::Patch, "/stock/a,1", r#"{"shop":"z","count":1}"#),
                1,
                0,
                "'z' 1 1",
            ),
            case(
                Ask {
                    prefer: "",
                    ..change(Method::Patch, "/songs", r#"{"title":"all"}"#)
                },
                2,
                0,
                "",
            ),
            case(
                change(Method::Delete, "/songs/10?select=id,title", ""),
                1,
                0,
                "10 'all'",
            ),
            case(
                change(Method::Delete, "/songs?select=title&order=id", ""),
                1,
                0,
                "'all'",
            ),
            case(change(Method::Delete, "/songs", ""), 0, 0, ""),
            case(change(Method::Delete, "/stock", ""), 1, 0, "'z' 1 1"),
        ],
    )
    .await;
    assert_eq!(fixture.number("SELECT count(*) FROM audit"), 10);
}

#[tokio::test]
async fn views_are_written_through_their_triggers() {
    let fixture = Fixture::new(&format!(
        "{SCHEMA} CREATE VIEW names AS SELECT id, title FROM songs;
         CREATE TRIGGER ni INSTEAD OF INSERT ON names BEGIN INSERT INTO songs (id, title) VALUES (NEW.id, NEW.title); END;
         CREATE TRIGGER nu INSTEAD OF UPDATE ON names BEGIN UPDATE songs SET title = NEW.title WHERE id = OLD.id; END;
         CREATE TRIGGER nd INSTEAD OF DELETE ON names BEGIN DELETE FROM songs WHERE id = OLD.id; END;"
    ));
    let database = fixture.open();
    check(
        &database,
        &[
            case(
                change(Method::Post, "/names", r#"{"id":9,"title":"nine"}"#),
                1,
                1,
                "9 'nine'",
            ),
            case(
                change(
                    Method::Patch,
                    "/names?id=lt.3&select=title",
                    r#"{"title":"x"}"#,
                ),
                2,
                0,
                "'x'|'x'",
            ),
            case(
                Ask {
                    prefer: "",
                    ..change(Method::Patch, "/names?id=eq.9", r#"{"title":"y"}"#)
                },
                1,
                0,
                "",
            ),
            case(change(Method::Delete, "/names?id=eq.9", ""), 1, 0, "9 'y'"),
        ],
    )
    .await;
    assert_eq!(
        shown(&get("/names?order=id").rows(&database).await.unwrap()),
        "1 'x'|2 'x'"
    );
}

#[tokio::test]
async fn search_tables_are_written_like_tables() {
    let fixture = Fixture::new("CREATE VIRTUAL TABLE search USING fts5(title, body)");
    let database = fixture.open();
    let plain = |method, url, body| Ask {
        prefer: "",
        ..change(method, url, body)
    };
    check(
        &database,
        &[
            case(
                plain(Method::Post, "/search", r#"{"title":"a","body":"b"}"#),
                1,
                1,
                "",
            ),
            case(
                plain(Method::Patch, "/search?title=eq.a", r#"{"body":"c"}"#),
                1,
                0,
                "",
            ),
        ],
    )
    .await;
    assert_eq!(
        shown(&get("/search").rows(&database).await.unwrap()),
        "'a' 'c'"
    );
    check(
        &database,
        &[case(
            plain(Method::Delete, "/search?title=eq.a", ""),
            1,
            0,
            "",
        )],
    )
    .await;
    assert_eq!(shown(&get("/search").rows(&database).await.unwrap()), "");
}

#[tokio::test]
async fn a_write_that_breaks_a_rule_of_the_schema_says_which_and_leaves_nothing() {
    let fixture = Fixture::new(&format!(
        "{SCHEMA} CREATE TABLE child (id INTEGER PRIMARY KEY, song_id INTEGER REFERENCES songs, n CHECK (n > 0));
         CREATE TABLE strict (id INTEGER PRIMARY KEY, n INTEGER) STRICT;"
    ));
    let database = fixture.open();
    let error = |method, url, body| {
        let database = database.clone();
        async move {
            change(method, url, body)
                .write(&database)
                .await
                .unwrap_err()
        }
    };
    let post = |url, body| error(Method::Post, url, body);
    assert_eq!(
        post("/songs", r#"[{"id":5,"title":"a"},{"id":5,"title":"b"}]"#).await,
        Error::Unique {
            relation: "songs".to_owned(),
            columns: vec!["id".to_owned()]
        }
    );
    assert_eq!(
        post("/songs", r#"{"title":null}"#).await,
        Error::NotNull {
            relation: "songs".to_owned(),
            column: "title".to_owned()
        }
    );
    assert_eq!(post("/child", r#"{"song_id":99}"#).await, Error::ForeignKey);
    assert_eq!(
        post("/child", r#"{"n":0}"#).await,
        Error::Check {
            name: "n > 0".to_owned()
        }
    );
    assert_eq!(
        error(Method::Patch, "/users", r#"{"id":null}"#).await,
        Error::Mismatch {
            message: "datatype mismatch".to_owned()
        }
    );
    assert_eq!(fixture.number("SELECT count(*) FROM songs"), 2);
}

#[tokio::test]
async fn a_write_that_is_taken_back_has_still_told_what_it_would_do() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let Plan::Write(write) =
        change(Method::Delete, "/songs?select=title&order=id", "").plan(&database)
    else {
        panic!();
    };
    let dry = database.write(
        database.catalog().version,
        Burden::default(),
        move |transaction| {
            let mut rows = Rows::default();
            let outcome = transaction.write(&Prepared::new(write), &mut rows)?;
            Ok::<_, Error>(((outcome.affected, shown(&rows.0)), false))
        },
    );
    assert_eq!(dry.await, Ok(Ok((2, "'Creep'|'Zombie'".to_owned()))));
    assert_eq!(fixture.number("SELECT count(*) FROM songs"), 2);
}

#[tokio::test]
async fn rows_in_a_row_refer_to_what_it_has_become() {
    let fixture = Fixture::new(
        "CREATE TABLE bands (code TEXT, no INTEGER, slug TEXT UNIQUE DEFAULT ('s' || abs(random())), PRIMARY KEY (code, no));
         CREATE TABLE gigs (id INTEGER PRIMARY KEY, code TEXT, band_no INTEGER, place TEXT CHECK (place <> ''),
             FOREIGN KEY (code, band_no) REFERENCES bands (code, no));
         CREATE TABLE fans (name TEXT, slug TEXT REFERENCES bands (slug));
         CREATE TRIGGER loud AFTER INSERT ON gigs WHEN new.place = 'Nowhere' BEGIN SELECT RAISE(ABORT, 'where?'); END;
         CREATE TRIGGER quiet BEFORE INSERT ON bands WHEN new.code = 'quiet' BEGIN SELECT RAISE(IGNORE); END;",
    );
    let database = fixture.open();
    let url = "/bands?select=code,no,gigs(place),fans(name)";
    // The key is a number in the table, whatever it was in the body.
    let body = r#"[{"code":"a","no":"1","gigs":[{"place":"Seoul"},{"place":"Busan"}],"fans":{"name":"Kim"}},
                   {"code":"b","no":2,"gigs":[],"fans":null}]"#;
    let rows = change(Method::Post, url, body)
        .rows(&database)
        .await
        .unwrap();
    assert_eq!(
        shown(&rows),
        r#"'a' 1 '[{"place":"Seoul"},{"place":"Busan"}]' '[{"name":"Kim"}]'|'b' 2 '[]' '[]'"#
    );
    assert_eq!(
        fixture.number("SELECT count(*) FROM gigs JOIN bands USING (code) WHERE band_no = no"),
        2
    );
    assert_eq!(
        fixture.number("SELECT count(*) FROM fans JOIN bands USING (slug)"),
        1
    );
    for (place, code) in [("", "c"), ("Nowhere", "c"), ("Seoul", "quiet")] {
        let body = format!(
            r#"[{{"code":"{code}","no":1,"gigs":[{{"place":"Jeju"}},{{"place":"{place}"}}]}}]"#
        );
        let error = change(Method::Post, url, &body)
            .rows(&database)
            .await
            .unwrap_err();
        let is_expected = match place {
            "" => matches!(error, Error::Check { .. }),
            "Nowhere" => matches!(error, Error::Raised { .. }),
            _ => matches!(error, Error::ForeignKey),
        };
        assert!(is_expected, "{error}");
    }
    assert_eq!(fixture.number("SELECT count(*) FROM bands"), 2);
    assert_eq!(fixture.number("SELECT count(*) FROM gigs"), 2);
}

#[tokio::test]
async fn rows_in_a_row_need_one_that_can_be_referred_to() {
    let fixture = Fixture::new(
        "CREATE TABLE bands (code TEXT UNIQUE);
         CREATE TABLE gigs (id INTEGER PRIMARY KEY, code TEXT REFERENCES bands (code));
         CREATE TRIGGER quiet BEFORE INSERT ON bands WHEN new.code = 'quiet' BEGIN SELECT RAISE(IGNORE); END;",
    );
    let database = fixture.open();
    for (body, is_taken) in [
        (r#"{"code":null,"gigs":[{}]}"#, false),
        (r#"{"code":"quiet","gigs":[{}]}"#, false),
        (r#"{"code":null,"gigs":[]}"#, true),
        (r#"{"code":"quiet","gigs":[]}"#, true),
    ] {
        let written = change(Method::Post, "/bands", body).write(&database).await;
        assert_eq!(written.is_ok(), is_taken, "{body}");
    }
    assert_eq!(fixture.number("SELECT count(*) FROM gigs"), 0);
}

#[tokio::test]
async fn rows_that_a_trigger_keeps_are_not_told_of_as_deleted() {
    let fixture = Fixture::new(
        "CREATE TABLE pages (id INTEGER PRIMARY KEY, title TEXT, parent INTEGER REFERENCES pages ON DELETE CASCADE);
         INSERT INTO pages VALUES (1, 'home', NULL), (2, 'a', NULL), (3, 'b', NULL), (4, 'c', 2);
         CREATE TABLE drafts (name TEXT, no INTEGER, PRIMARY KEY (name, no)) WITHOUT ROWID;
         INSERT INTO drafts VALUES ('keep', 1), ('x', 2);
         CREATE TABLE log (what);
         CREATE TRIGGER stays BEFORE DELETE ON pages WHEN old.title = 'home' BEGIN SELECT RAISE(IGNORE); END;
         CREATE TRIGGER goes AFTER DELETE ON pages BEGIN INSERT INTO log VALUES (old.id); END;
         CREATE TRIGGER kept BEFORE DELETE ON drafts WHEN old.name = 'keep' BEGIN SELECT RAISE(IGNORE); END;",
    );
    let database = fixture.open();
    let cases = [
        case(
            change(
                Method::Delete,
                "/pages?select=title,pages(title)&order=id.desc&id=lt.4",
                "",
            ),
            2,
            0,
            "'b' '[]'|'a' '[{\"title\":\"c\"}]'",
        ),
        case(
            change(Method::Delete, "/pages?select=count()&id=eq.1", ""),
            0,
            0,
            "0",
        ),
        case(change(Method::Delete, "/drafts?no=gt.0", ""), 1, 0, "'x' 2"),
    ];
    check(&database, &cases).await;
    assert_eq!(fixture.number("SELECT count(*) FROM pages"), 1);
    assert_eq!(fixture.number("SELECT count(*) FROM log"), 3);
}
