//! Stored queries: what compiles, what a change in the folder does, and what a call gives.

use std::fs;
use std::path::{Path, PathBuf};

use bistro_http::method::Method;
use bistro_plan::catalog::Kind;

use crate::database::tests::harness::{Ask, Fixture, get, shown};
use crate::{Database, Error, Settings};

const SONGS: &str = "\
CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, year INTEGER, data JSON);
INSERT INTO songs VALUES (1, 'Creep', 1992, '{\"a\":1}'), (2, 'One', 1991, NULL), (3, 'Loser', 1993, NULL);";

/// A database and a folder of queries beside it.
struct House {
    fixture: Fixture,
    folder: PathBuf,
}

impl House {
    fn new(queries: &[(&str, &str)]) -> Self {
        let fixture = Fixture::new(SONGS);
        let folder = fixture.path.with_file_name("queries");
        fs::create_dir(&folder).unwrap();
        let house = Self { fixture, folder };
        for (name, text) in queries {
            house.put(name, text);
        }
        house
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.folder.join(format!("{name}.sql")), text).unwrap();
    }

    fn open(&self) -> Result<Database, Error> {
        Database::open(Settings {
            queries: Some(self.folder.clone()),
            ..Settings::new(&self.fixture.path)
        })
    }
}

/// What is wrong with a query, where: `3:8: …`.
fn refusal(text: &str) -> String {
    let house = House::new(&[("q", text)]);
    let message = house.open().expect_err(text).to_string();
    let place = format!("{}:", house.folder.join("q.sql").display());
    message.strip_prefix(&place).expect("the file").to_owned()
}

#[tokio::test]
async fn a_query_is_read_like_a_table() {
    let house = House::new(&[(
        "since",
        "-- Songs since a year.\n-- @param year integer\n-- @param like text = '%'\n\
         SELECT title, year, data, year - 1990 AS age FROM songs WHERE year >= :year AND title LIKE :like ORDER BY year -- oldest first",
    )]);
    let database = house.open().unwrap();
    let catalog = database.catalog();
    let function = &catalog.functions["since"];
    assert!(function.is_read_only && function.takes_get);
    assert_eq!(function.description, "Songs since a year.");
    let kinds: Vec<_> = function
        .rows
        .columns
        .iter()
        .map(|column| column.kind)
        .collect();
    assert_eq!(kinds, [Kind::Text, Kind::Integer, Kind::Json, Kind::Any]);
    for (url, expected) in [
        (
            "/rpc/since?year=1992&select=title,age",
            "'Creep' 2|'Loser' 3",
        ),
        ("/rpc/since?year=1990&select=title&limit=1", "'One'|'Creep'"),
        (
            "/rpc/since?year=1990&like=%25o%25&select=title&order=title",
            "'Loser'|'One'",
        ),
        (
            "/rpc/since?year=1990&and=(year.lt.1993)&select=title&order=title.desc",
            "'One'|'Creep'",
        ),
        ("/rpc/since?year=1990&select=count(),year.max()", "3 1993"),
        ("/rpc/since?year=1990&data->>a=eq.1&select=title", "'Creep'"),
    ] {
        let rows = get(url).rows(&database).await.unwrap();
        assert_eq!(shown(&rows), expected, "{url}");
    }
}

#[tokio::test]
async fn a_query_that_changes_something_returns_rows_to_be_read_like_a_table() {
    let house = House::new(&[
        (
            "retire",
            "DELETE FROM songs WHERE year < :before RETURNING title, year AS \"the year\"",
        ),
        ("age", "UPDATE songs SET year = year + 1"),
        (
            "add",
            "INSERT INTO songs (title) VALUES ($title), (upper($title)) RETURNING *",
        ),
    ]);
    let database = house.open().unwrap();
    let post = |url, body| Ask {
        method: Method::Post,
        url,
        body,
        prefer: "",
    };
    let retire = post(
        "/rpc/retire?order=title&select=the year,title",
        r#"{"before":1993}"#,
    );
    assert_eq!(
        shown(&retire.rows(&database).await.unwrap()),
        "1992 'Creep'|1991 'One'"
    );
    let add = post("/rpc/add?title=neq.x&select=id,title", r#"{"title":"x"}"#);
    assert_eq!(shown(&add.rows(&database).await.unwrap()), "5 'X'");
    // What a filter leaves out was added all the same.
    assert_eq!(house.fixture.number("SELECT count(*) FROM songs"), 3);
    assert_eq!(
        shown(&post("/rpc/age", "{}").rows(&database).await.unwrap()),
        ""
    );
    assert_eq!(house.fixture.number("SELECT max(year) FROM songs"), 1994);
}

#[tokio::test]
async fn what_a_query_computes_may_fail_and_is_no_mistake_of_ours() {
    let house = House::new(&[
        ("like", "SELECT title LIKE 'x' ESCAPE :sign AS n FROM songs"),
        ("part", "SELECT ntile(:parts) OVER () AS n FROM songs"),
        ("many", "SELECT :title AS n FROM songs LIMIT :n"),
    ]);
    let database = house.open().unwrap();
    let refusal = async |url| get(url).rows(&database).await.unwrap_err().to_string();
    for (url, expected) in [
        (
            "/rpc/like?sign=ab",
            "what `like` computes fails: ESCAPE expression must be a single character",
        ),
        (
            "/rpc/part?parts=0",
            "what `part` computes fails: argument of ntile must be a positive integer",
        ),
        ("/rpc/many?title=a&n=b", "datatype mismatch"),
    ] {
        assert_eq!(refusal(url).await, expected, "{url}");
    }
}

#[tokio::test]
async fn rows_of_a_query_embed_along_the_keys_of_tables_that_they_show() {
    let fixture = Fixture::new(
        "CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT, artist_id INTEGER REFERENCES artists (id));
         CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, song_id INTEGER REFERENCES songs (id));
         INSERT INTO artists VALUES (1, 'Beck');
         INSERT INTO songs VALUES (7, 'Loser', 1), (8, 'Devils', 1);
         INSERT INTO notes VALUES (1, 'x', 7), (2, 'y', 7);",
    );
    let folder = fixture.path.with_file_name("queries");
    fs::create_dir(&folder).unwrap();
    let text = "SELECT id AS song, title, artist_id FROM songs WHERE title LIKE :like ORDER BY id";
    fs::write(folder.join("like.sql"), text).unwrap();
    let settings = Settings {
        queries: Some(folder),
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let url = "/rpc/like?like=%25&select=title,artists(name),notes(body)&notes.order=body.desc&notes.limit=1";
    assert_eq!(
        shown(&get(url).rows(&database).await.unwrap()),
        r#"'Loser' '{"name":"Beck"}' '[{"body":"y"}]'|'Devils' '{"name":"Beck"}' '[]'"#
    );
}

#[test]
fn what_does_not_compile_is_refused_with_its_place() {
    for (text, expected) in [
        (
            "-- a\n\nSELECT titel\nFROM songs",
            "3:8: no such column: titel",
        ),
        ("SELECT *\nFROM sogns", "1:1: no such table: sogns"),
        (
            "SELECT title,\n  FROM songs",
            "2:3: near \"FROM\": syntax error",
        ),
        ("-- nothing\n", "1:1: there is no statement in it"),
        (
            "SELECT 1;\nSELECT 2;",
            "2:1: another statement begins here; a query is one statement",
        ),
        (
            "DROP TABLE songs",
            "1:1: a query begins with SELECT, VALUES, WITH, INSERT, REPLACE, UPDATE, DELETE, not with `DROP`",
        ),
        (
            "PRAGMA table_info(songs)",
            "1:1: a query begins with SELECT, VALUES, WITH, INSERT, REPLACE, UPDATE, DELETE, not with `PRAGMA`",
        ),
        (
            "SELECT ?",
            "1:1: the parameter `?` has no name; write `:year`",
        ),
        (
            "SELECT ?1",
            "1:1: the parameter `?1` has no name; write `:year`",
        ),
        (
            "SELECT :a, @a",
            "1:1: `a` is written with two signs; use `:a`",
        ),
        (
            "SELECT :limit",
            "1:1: a parameter cannot be called `limit`: in a URL that is a word of the dialect",
        ),
        (
            "SELECT $a::b",
            "1:1: the parameter `$a::b` is more than letters, digits and `_`",
        ),
        (
            "-- x\n-- @param yaer integer\nSELECT :year",
            "2:1: `@param yaer`: the statement has no `:yaer`; did you mean `:year`?",
        ),
        (
            "-- @column x json\nSELECT 1 AS y",
            "1:1: `@column x`: the statement has no `x`; did you mean `y`?",
        ),
        (
            "-- @get yes\nDELETE FROM songs",
            "2:1: it changes something, so it cannot be called with GET: leave out `@get yes`",
        ),
        (
            "SELECT id, id FROM songs",
            "1:1: two of its columns are called `id`; give one another name with AS",
        ),
        (
            "-- @parm x text\nSELECT 1",
            "1:1: unknown word `@parm`; did you mean `@param`?",
        ),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[tokio::test]
async fn a_change_in_the_folder_is_seen_and_a_broken_one_leaves_what_was() {
    let house = House::new(&[("one", "SELECT 1 AS n")]);
    let database = house.open().unwrap();
    let rows = async |url| shown(&get(url).rows(&database).await.unwrap());
    assert_eq!(rows("/rpc/one").await, "1");
    house.put("one", "SELECT 2 AS n WHERE :really");
    house.put("two", "SELECT 'two' AS n");
    database.refresh().await.unwrap();
    assert_eq!(rows("/rpc/one?really=1").await, "2");
    assert_eq!(rows("/rpc/two").await, "'two'");
    assert!(database.broken().is_empty());
    house.put("two", "SELECT FROM");
    let broken = database.refresh().await.unwrap();
    assert_eq!(rows("/rpc/two").await, "'two'");
    let told = database.broken();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "rpc/two");
    assert!(
        told[0]
            .1
            .ends_with("two.sql:1:8: near \"FROM\": syntax error"),
        "{}",
        told[0].1
    );
    let same = database.refresh().await.unwrap();
    assert!(
        std::sync::Arc::ptr_eq(&broken, &same),
        "nothing has changed"
    );
    fs::remove_dir_all(&house.folder).unwrap();
    assert!(database.refresh().await.unwrap().functions.is_empty());
}

#[tokio::test]
async fn a_folder_that_cannot_be_looked_at_any_more_leaves_what_was() {
    let house = House::new(&[("one", "SELECT 1 AS n")]);
    let database = house.open().unwrap();
    let aside = house.folder.with_file_name("aside");
    fs::rename(&house.folder, &aside).unwrap();
    fs::write(&house.folder, "no folder").unwrap();
    let before = database.refresh().await.unwrap();
    assert_eq!(shown(&get("/rpc/one").rows(&database).await.unwrap()), "1");
    assert!(database.broken()[0].1.contains("cannot be read"));
    let same = database.refresh().await.unwrap();
    assert!(
        std::sync::Arc::ptr_eq(&before, &same),
        "it is told once that something is wrong"
    );
    fs::remove_file(&house.folder).unwrap();
    fs::rename(&aside, &house.folder).unwrap();
    house.put("one", "SELECT 2 AS n");
    database.refresh().await.unwrap();
    assert_eq!(shown(&get("/rpc/one").rows(&database).await.unwrap()), "2");
    assert!(database.broken().is_empty());
}

#[test]
fn a_default_is_a_value_of_its_type() {
    for (text, expected) in [
        (
            "-- x\n-- @param a integer = 'x'\nSELECT :a",
            "2:1: the default of `a` is no value of type integer",
        ),
        (
            "-- @param a json = 'x'\nSELECT :a",
            "1:1: the default of `a` is no value of type json",
        ),
        (
            "-- @param a boolean = 7\nSELECT :a",
            "1:1: the default of `a` is no value of type boolean",
        ),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn what_changes_something_returns_no_more_than_a_table_can_keep() {
    let columns: Vec<String> = (0..2_000).map(|place| format!("1 AS c{place}")).collect();
    let text = format!("DELETE FROM songs RETURNING {}", columns.join(", "));
    assert_eq!(
        refusal(&text),
        "1:1: it returns 2000 columns; what changes something may return 1999"
    );
}

#[tokio::test]
async fn a_change_of_the_schema_is_one_of_the_queries_over_it() {
    let house = House::new(&[("all", "SELECT * FROM songs"), ("one", "SELECT 1 AS n")]);
    let database = house.open().unwrap();
    let columns = |database: &Database| {
        let catalog = database.catalog();
        let all = catalog.functions.get("all");
        all.map(|function| function.rows.columns.len())
    };
    assert_eq!(columns(&database), Some(4));
    house
        .fixture
        .other()
        .execute_batch("ALTER TABLE songs ADD COLUMN genre TEXT")
        .unwrap();
    database.refresh().await.unwrap();
    assert_eq!(columns(&database), Some(5));
    house
        .fixture
        .other()
        .execute_batch("ALTER TABLE songs RENAME TO pieces")
        .unwrap();
    database.refresh().await.unwrap();
    assert_eq!(columns(&database), None);
    assert!(database.catalog().functions.contains_key("one"));
    assert!(
        database.broken()[0]
            .1
            .ends_with("all.sql:1:1: no such table: songs")
    );
}

#[test]
fn a_folder_that_is_none_is_refused_and_one_that_is_not_there_is_empty() {
    let fixture = Fixture::new(SONGS);
    let open = |folder: &Path| {
        Database::open(Settings {
            queries: Some(folder.to_owned()),
            ..Settings::new(&fixture.path)
        })
    };
    assert!(matches!(open(&fixture.path), Err(Error::Queries { .. })));
    let none = open(&fixture.path.with_file_name("none")).unwrap();
    assert!(none.catalog().functions.is_empty());
}
