//! Related rows on a real database: what they look like, and that they are looked up rather than searched for.

use bistro_dialect::preference::Count;
use bistro_http::method::Method;
use bistro_plan::plan::Plan;
use bistro_plan::sql;
use bistro_plan::value::Value;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::{Connection, ToSql};

use super::harness::{Fixture, change, get, shown};
use crate::{Database, Error};

const SCHEMA: &str = r#"
    CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT, code TEXT UNIQUE);
    INSERT INTO artists VALUES (1, 'Ann', 'a'), (2, 'Bob', 'b'), (3, 'Cy', NULL);
    CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT, artist_id INTEGER REFERENCES artists, live BOOLEAN,
        data JSON, cover BLOB, rating REAL, big BIGINT, any_thing);
    CREATE INDEX songs_artist ON songs (artist_id);
    INSERT INTO songs VALUES
      (1, 'x "y"', 1, 1, '{"a": [1, null]}', x'00ff', 9e999, 9223372036854775807, 'text'),
      (2, NULL, 1, 0, 'no json', NULL, -9e999, -9223372036854775808, 1.5),
      (3, '난', 2, NULL, 'null', x'', 0.1, NULL, x'01');
    CREATE TABLE genres (id INTEGER PRIMARY KEY, name TEXT, parent INTEGER CONSTRAINT up REFERENCES genres);
    CREATE INDEX genres_parent ON genres (parent);
    INSERT INTO genres VALUES (1, 'rock', NULL), (2, 'punk', 1);
    CREATE TABLE song_genres (song INTEGER REFERENCES songs, genre INTEGER REFERENCES genres, PRIMARY KEY (song, genre))
        WITHOUT ROWID;
    CREATE INDEX genre_songs ON song_genres (genre, song);
    INSERT INTO song_genres VALUES (1, 1), (1, 2), (3, 2);
    CREATE TABLE fans (id INTEGER PRIMARY KEY, code TEXT REFERENCES artists (code));
    CREATE INDEX fans_code ON fans (code);
    INSERT INTO fans VALUES (1, 'a'), (2, 'b'), (3, 'a');
    CREATE TABLE pairs (x INTEGER, y INTEGER, PRIMARY KEY (x, y)) WITHOUT ROWID;
    INSERT INTO pairs VALUES (1, 1), (1, 2);
    CREATE TABLE points (id INTEGER PRIMARY KEY, x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES pairs);
    CREATE INDEX points_pair ON points (x, y);
    INSERT INTO points VALUES (1, 1, 2), (2, 1, 2), (3, 1, NULL);
    CREATE TABLE labels (name TEXT PRIMARY KEY);
    CREATE TABLE singles (id INTEGER PRIMARY KEY, label TEXT REFERENCES labels);
    CREATE INDEX singles_label ON singles (label);
    CREATE TABLE towns (name TEXT PRIMARY KEY);
    CREATE TABLE label_towns (label TEXT REFERENCES labels, town TEXT REFERENCES towns, PRIMARY KEY (label, town));
    CREATE VIEW hits AS SELECT songs.id AS song, title, artist_id AS by, artists.name AS artist
        FROM songs JOIN artists ON artists.id = artist_id WHERE rating > 0;
    CREATE VIEW bands AS SELECT id, name AS title, code FROM artists WHERE code IS NOT NULL;
    CREATE VIEW first_bands AS SELECT id, title FROM bands;
    CREATE VIEW counts AS SELECT artist_id, count(*) AS songs FROM songs GROUP BY artist_id;
    CREATE VIEW places AS SELECT id, x AS column, y AS line FROM points;
    CREATE VIEW squares AS SELECT x, y FROM pairs;
    CREATE VIEW everybody AS SELECT id, name FROM artists UNION ALL SELECT id, code FROM fans;
"#;

async fn check(database: &Database, table: &[(&str, &str)]) {
    for (url, expected) in table {
        let rows = get(url)
            .rows(database)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        // Nothing that is stored here has a single quote: those around texts only stand in the way.
        assert_eq!(shown(&rows).replace('\'', ""), *expected, "{url}");
    }
}

#[tokio::test]
async fn a_value_inside_is_written_as_it_is_outside() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    check(
        &database,
        &[
            (
                "/artists?select=songs(title,live,data,cover)&id=eq.1",
                r#"[{"title":"x \"y\"","live":true,"data":{"a": [1, null]},"cover":"AP8="},{"title":null,"live":false,"data":"no json","cover":null}]"#,
            ),
            (
                "/artists?select=songs(rating,big)&id=eq.1",
                r#"[{"rating":"Infinity","big":9223372036854775807},{"rating":"-Infinity","big":-9223372036854775808}]"#,
            ),
            (
                "/artists?select=songs(data,cover,rating,any_thing)&id=eq.2",
                r#"[{"data":null,"cover":"","rating":0.1,"any_thing":"AQ=="}]"#,
            ),
            (
                "/songs?select=artists(songs(big))&id=eq.1",
                r#"{"songs":[{"big":9223372036854775807},{"big":-9223372036854775808}]}"#,
            ),
            (
                "/artists?select=...songs(live,data)&id=eq.1",
                r#"[true,false] [{"a": [1, null]},"no json"]"#,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn rows_are_found_along_every_kind_of_key() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    check(
        &database,
        &[
            (
                "/fans?select=artists(name)&order=id",
                r#"{"name":"Ann"}|{"name":"Bob"}|{"name":"Ann"}"#,
            ),
            (
                "/artists?select=fans(id)&order=id",
                r#"[{"id":1},{"id":3}]|[{"id":2}]|[]"#,
            ),
            (
                "/points?select=pairs(x,y)&order=id",
                r#"{"x":1,"y":2}|{"x":1,"y":2}|"#,
            ),
            (
                "/pairs?select=points(id)&order=y",
                r#"[]|[{"id":1},{"id":2}]"#,
            ),
            (
                "/songs?select=genres(name)&order=id",
                r#"[{"name":"rock"},{"name":"punk"}]|[]|[{"name":"punk"}]"#,
            ),
            (
                "/genres?select=parent(name)&order=id",
                r#"|{"name":"rock"}"#,
            ),
            (
                "/genres?select=genres!up(name)&order=id",
                r#"[{"name":"punk"}]|[]"#,
            ),
            ("/artists/1/fans?select=id", "1|3"),
            ("/genres/2/songs?select=id", "1|3"),
            ("/pairs/1,2/points?select=id", "1|2"),
            ("/songs/3/artists?select=name", "Bob"),
            (
                "/songs?select=...artists(code),id.count()&order=artists(code)",
                "a 2|b 1",
            ),
            ("/songs?select=...artists(id.sum())", "4"),
        ],
    )
    .await;
}

#[tokio::test]
async fn rows_of_views_are_found_along_the_keys_they_show() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    check(
        &database,
        &[
            (
                "/hits?select=title,artists(name)&order=song",
                r#"x "y" {"name":"Ann"}|난 {"name":"Bob"}"#,
            ),
            (
                "/artists?select=name,hits(title)&order=id",
                r#"Ann [{"title":"x \"y\""}]|Bob [{"title":"난"}]|Cy []"#,
            ),
            // Who refers to what the view leaves out refers to nothing.
            (
                "/songs?select=bands(title)&order=id",
                r#"{"title":"Ann"}|{"title":"Ann"}|{"title":"Bob"}"#,
            ),
            ("/fans?select=bands(id)&order=id", r#"{"id":1}|{"id":2}|{"id":1}"#),
            (
                "/first_bands?select=title,hits(title,genres(name))&order=id",
                r#"Ann [{"title":"x \"y\"","genres":[{"name":"rock"},{"name":"punk"}]}]|Bob [{"title":"난","genres":[{"name":"punk"}]}]"#,
            ),
            (
                "/genres?select=name,hits(title)&order=id",
                r#"rock [{"title":"x \"y\""}]|punk [{"title":"x \"y\""},{"title":"난"}]"#,
            ),
            (
                "/artists?select=name,counts(songs)&order=id",
                r#"Ann [{"songs":2}]|Bob [{"songs":1}]|Cy []"#,
            ),
            ("/counts?select=songs,...artists(name)&order=artists(name).desc", "1 Bob|2 Ann"),
            (
                "/places?select=id,squares(x,y)&order=id",
                r#"1 {"x":1,"y":2}|2 {"x":1,"y":2}|3"#,
            ),
            ("/squares?select=places(id)&order=y", r#"[]|[{"id":1},{"id":2}]"#),
            ("/artists/1/hits?select=title", r#"x "y""#),
            ("/songs/3/bands?select=title", "Bob"),
        ],
    )
    .await;
    for (url, expected) in [
        (
            "/songs?select=everybody(name)",
            "no relationship between `songs` and `everybody`",
        ),
        (
            "/everybody?select=songs(title)",
            "no relationship between `everybody` and `songs`",
        ),
    ] {
        let refused = get(url).try_plan(&database);
        assert_eq!(refused.unwrap_err(), expected, "{url}");
    }
}

#[tokio::test]
async fn keys_are_compared_by_the_collation_of_what_they_refer_to() {
    let fixture = Fixture::new(
        "CREATE TABLE codes (code TEXT COLLATE NOCASE PRIMARY KEY, parent TEXT REFERENCES codes);
         INSERT INTO codes VALUES ('AB', NULL), ('C', 'ab');
         CREATE TABLE uses (id INTEGER PRIMARY KEY, code TEXT REFERENCES codes);
         INSERT INTO uses VALUES (1, 'ab'), (2, 'AB');
         CREATE TABLE places (id INTEGER PRIMARY KEY);
         INSERT INTO places VALUES (1);
         CREATE TABLE used (code TEXT REFERENCES codes, place INTEGER REFERENCES places, PRIMARY KEY (code, place));
         INSERT INTO used VALUES ('Ab', 1);
         CREATE VIEW shown AS SELECT code FROM codes;",
    );
    let table = [
        (
            "/uses?select=id,codes(code)",
            "1 {\"code\":\"AB\"}|2 {\"code\":\"AB\"}",
        ),
        (
            "/codes?select=uses(id)&code=eq.AB",
            "[{\"id\":1},{\"id\":2}]",
        ),
        ("/codes?select=places(id)&code=eq.AB", "[{\"id\":1}]"),
        (
            "/shown?select=uses(id)&code=eq.AB",
            "[{\"id\":1},{\"id\":2}]",
        ),
        ("/places?select=codes(code)", "[{\"code\":\"AB\"}]"),
        ("/codes?select=codes(code)&code=eq.AB", "[{\"code\":\"C\"}]"),
        ("/codes?select=parent(code)&code=eq.C", "{\"code\":\"AB\"}"),
        ("/codes/ab/uses?select=id", "1|2"),
        ("/codes/AB/places?select=id", "1"),
        ("/uses/1/codes?select=code", "AB"),
        ("/places/1/codes?select=code", "AB"),
    ];
    check(&fixture.open(), &table).await;
}

#[tokio::test]
async fn nothing_belongs_to_a_row_that_is_not_there() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let missing = Error::NoSuchRow {
        relation: "artists".to_owned(),
    };
    assert_eq!(
        get("/artists/9/songs").rows(&database).await,
        Err(missing.clone())
    );
    let created = change(Method::Post, "/artists/9/songs", r#"{"title":"t"}"#);
    assert_eq!(created.rows(&database).await, Err(missing));
    assert_eq!(fixture.number("SELECT count(*) FROM songs"), 3);
    let created = change(
        Method::Post,
        "/artists/3/songs?select=title,artist_id",
        r#"{"title":"t"}"#,
    );
    assert_eq!(shown(&created.rows(&database).await.unwrap()), "'t' 3");
}

#[tokio::test]
async fn a_total_counts_parents_that_have_some() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let mut read = get("/artists?select=songs!inner(id)&songs.live=is.true").read(&database);
    read.count = Some(Count::Exact);
    let version = database.catalog().version;
    let total = database
        .read(version, move |snapshot| snapshot.count(&read))
        .await;
    assert_eq!(total, Ok(1));
}

#[tokio::test]
async fn a_wide_table_is_embedded_whole() {
    let columns: Vec<String> = (0..500)
        .map(|number| format!("c{number} INTEGER"))
        .collect();
    let fixture = Fixture::new(&format!(
        "CREATE TABLE wide (id INTEGER PRIMARY KEY, {});
         CREATE TABLE narrow (id INTEGER PRIMARY KEY, wide_id INTEGER REFERENCES wide);
         INSERT INTO wide (id, c499) VALUES (1, 7);
         INSERT INTO narrow VALUES (1, 1);",
        columns.join(", ")
    ));
    let rows = get("/narrow?select=wide(*)")
        .rows(&fixture.open())
        .await
        .unwrap();
    assert!(shown(&rows).ends_with("\"c499\":7}'"), "{}", shown(&rows));
}

/// Stands in for what a connection of ours knows.
struct Nothing;

impl Aggregate<(), i64> for Nothing {
    fn init(&self, _context: &mut Context<'_>) -> rusqlite::Result<()> {
        Ok(())
    }

    fn step(&self, _context: &mut Context<'_>, _state: &mut ()) -> rusqlite::Result<()> {
        Ok(())
    }

    fn finalize(&self, _context: &mut Context<'_>, _state: Option<()>) -> rusqlite::Result<i64> {
        Ok(0)
    }
}

fn explained(connection: &Connection, statement: &sql::Statement) -> Vec<String> {
    let flags = FunctionFlags::SQLITE_UTF8;
    connection
        .create_scalar_function("bistro_object", -1, flags, |_| Ok(0))
        .unwrap();
    for aggregate in ["bistro_objects", "bistro_values"] {
        connection
            .create_aggregate_function(aggregate, -1, flags, Nothing)
            .unwrap();
    }
    let mut explain = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {}", statement.text))
        .unwrap();
    let parameters: Vec<Box<dyn ToSql>> = statement
        .parameters
        .iter()
        .map(|value| -> Box<dyn ToSql> {
            match value {
                Value::Integer(integer) => Box::new(*integer),
                Value::Text(text) => Box::new(text.clone()),
                Value::Null | Value::Real(_) | Value::Blob(_) => Box::new(None::<i64>),
            }
        })
        .collect();
    let parameters = rusqlite::params_from_iter(parameters);
    let details = explain
        .query_map(parameters, |row| row.get("detail"))
        .unwrap();
    details.map(Result::unwrap).collect()
}

#[tokio::test]
async fn related_rows_are_looked_up_by_an_index() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    for url in [
        "/songs?select=title,artists(name)",
        "/songs?select=title,...artists(name)",
        "/songs?select=title,artists!inner(name)&artists.name=eq.Ann",
        "/songs?select=title,artists(name)&order=artists(name)",
        "/artists?select=name,songs(title)",
        "/artists?select=name,songs(title)&songs.order=title&songs.limit=3",
        "/artists?select=name,songs!inner(title)&songs.live=is.true",
        "/artists?select=name,songs()&songs=is.null",
        "/artists?select=name,songs(live,count())",
        "/artists?select=name,...songs(title)",
        "/artists?select=name,songs(title,genres(name,parent(name)))",
        "/songs?select=title,genres(name)",
        "/songs?select=title,genres!inner(name)&genres.name=eq.rock",
        "/genres?select=name,genres(name),songs(title)",
        "/pairs?select=x,points(id)",
        "/points?select=pairs(x)",
        "/artists?select=fans(id)",
        "/fans?select=artists(name)",
        "/artists/1/songs?select=title",
        "/songs/1/genres?select=name",
        "/artists/1/fans?select=id",
        "/songs/1/artists?select=id",
        "/songs/1/bands?select=id",
        "/labels/1/singles?select=id",
        "/labels/1/towns?select=name",
        "/hits?select=title,artists(name)",
        "/artists?select=name,hits(title)",
        "/artists?select=name,hits!inner(title)&hits.title=eq.x",
        "/songs?select=bands(title)",
        "/songs?select=...first_bands(title)",
        "/fans?select=bands(id)",
        "/first_bands?select=hits(title,genres(name))",
        "/songs?select=genres(name,hits(title))",
        "/places?select=squares(x)",
        "/squares?select=places(id)",
        "/artists/1/hits?select=title",
    ] {
        let read = get(url).read(&database);
        let statement = sql::read(&read);
        let details = explained(&fixture.other(), &statement);
        // Only the parents are gone through, and what belongs to one row is found by it, too. A view goes by the names of
        // the tables it reads.
        let scans = details
            .iter()
            .filter(|detail| detail.starts_with("SCAN") && !detail.contains("(subquery"));
        let expected = usize::from(!url.contains("/1/"));
        assert!(
            scans.count() <= expected,
            "{url}\n{}\n{details:#?}",
            statement.text
        );
        assert!(matches!(get(url).plan(&database), Plan::Read(_)));
    }
}
