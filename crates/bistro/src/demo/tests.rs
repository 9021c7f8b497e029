//! What the demo promises.

use std::fs;
use std::path::Path;

use bistro_database::{Database, Settings, create_from_script};
use bistro_plan::catalog::{Generated, Kind};
use rusqlite::Connection;

use crate::demo::files::{FILES, MADE, hash};
use crate::demo::{SALES, TODAY, is_demo, put_files, script};

fn open() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&script()).unwrap();
    connection
}

fn number(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn text(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn the_database_is_sound() {
    let connection = open();
    assert_eq!(text(&connection, "PRAGMA integrity_check"), "ok");
    assert_eq!(
        number(&connection, "SELECT count(*) FROM pragma_foreign_key_check"),
        0
    );
}

#[test]
fn there_are_songs_of_the_nineties_and_others() {
    let connection = open();
    let nineties = "year >= 1990 AND year < 2000";
    let count = |filter: &str| {
        number(
            &connection,
            &format!("SELECT count(*) FROM songs WHERE {filter}"),
        )
    };
    assert!(count(nineties) >= 200);
    assert!(count("year < 1990") >= 5);
    assert!(count("year >= 2000") >= 5);
    assert_eq!(
        number(&connection, "SELECT count(*) FROM songs_of_the_nineties"),
        count(nineties)
    );
    let korean = "artist_id IN (SELECT id FROM artists WHERE country = 'South Korea')";
    assert!(count(&format!("{nineties} AND {korean}")) >= 15);
    assert!(count("title = '난 알아요' AND year = 1992") == 1);
}

#[test]
fn twenty_cities_have_weather_of_today_that_admits_to_be_a_sample() {
    let connection = open();
    assert_eq!(
        number(
            &connection,
            "SELECT count(*) FROM weather WHERE observed_on = date('now') AND is_sample AND note LIKE 'Sample data%'"
        ),
        20
    );
    assert_eq!(
        number(
            &connection,
            "SELECT count(*) FROM weather WHERE city = 'Seoul'"
        ),
        1
    );
}

#[test]
fn the_weather_of_an_old_demo_becomes_todays_and_nothing_else_does() {
    let connection = open();
    connection
        .execute_batch(
            "UPDATE weather SET observed_on = '2026-01-01', is_sample = (city <> 'Seoul');
             INSERT INTO weather (city, name, country, observed_on, temperature_c, humidity, sky, is_sample)
             VALUES ('Paris', 'Paris', 'France', date('now'), 1, 1, 'fog', 0);",
        )
        .unwrap();
    connection.execute_batch(TODAY).unwrap();
    let old = "SELECT group_concat(city, ' ') FROM (SELECT city FROM weather WHERE observed_on = '2026-01-01' ORDER BY city)";
    assert_eq!(text(&connection, old), "Paris Seoul");
    assert_eq!(
        number(
            &connection,
            "SELECT count(*) FROM weather WHERE observed_on = date('now')"
        ),
        19
    );
}

#[test]
fn a_comment_needs_no_more_than_a_post_an_author_and_a_body() {
    let connection = open();
    connection
        .execute(
            "INSERT INTO comments (post_id, author, body) VALUES (1, 'Ada', '안녕하세요!')",
            [],
        )
        .unwrap();
    let id = connection.last_insert_rowid();
    let is_complete =
        format!("SELECT created_at IS NOT NULL AND is_approved FROM comments WHERE id = {id}");
    assert_eq!(number(&connection, &is_complete), 1);
}

#[test]
fn the_shop_has_composite_keys_computed_totals_and_pictures() {
    let connection = open();
    assert_eq!(
        number(
            &connection,
            "SELECT count(*) FROM pragma_table_info('order_lines') WHERE pk > 0"
        ),
        2
    );
    assert_eq!(
        number(
            &connection,
            "SELECT count(*) FROM order_lines WHERE total_cents <> quantity * unit_price_cents"
        ),
        0
    );
    assert_eq!(
        number(&connection, "SELECT sum(total_cents) FROM order_totals"),
        number(&connection, "SELECT sum(total_cents) FROM order_lines")
    );
    let png = "89504E470D0A1A0A";
    assert_eq!(
        number(
            &connection,
            &format!(
                "SELECT count(*) FROM products WHERE thumbnail IS NOT NULL AND hex(substr(thumbnail, 1, 8)) <> '{png}'"
            )
        ),
        0
    );
    assert!(
        number(
            &connection,
            "SELECT count(*) FROM products WHERE thumbnail IS NOT NULL"
        ) > 0
    );
}

#[test]
fn the_guestbook_can_be_written() {
    let connection = open();
    connection
        .execute_batch(
            "INSERT INTO guestbook (name, message) VALUES ('Ada', 'Hello');
             UPDATE guestbook SET message = 'Goodbye' WHERE name = 'Ada' AND message = 'Hello';",
        )
        .unwrap();
    assert_eq!(
        number(
            &connection,
            "SELECT count(*) FROM comments WHERE body = 'Goodbye'"
        ),
        1
    );
    connection
        .execute_batch("DELETE FROM guestbook WHERE message = 'Goodbye'")
        .unwrap();
    assert_eq!(
        number(
            &connection,
            "SELECT count(*) FROM comments WHERE body = 'Goodbye'"
        ),
        0
    );
}

#[test]
fn what_a_song_costs_is_what_the_shop_says() {
    let connection = open();
    connection
        .execute_batch(
            "INSERT INTO purchases (id, user_id) VALUES (1, 'ada');
             INSERT INTO purchase_lines (purchase_id, song_id, quantity, unit_price_cents) VALUES (1, 7, 3, 1);",
        )
        .unwrap();
    let price = number(&connection, "SELECT price_cents FROM songs WHERE id = 7");
    assert!(price > 1);
    assert_eq!(
        number(&connection, "SELECT total_cents FROM purchase_lines"),
        3 * price
    );
    assert_eq!(
        number(&connection, "SELECT count(*) FROM catalogue"),
        number(&connection, "SELECT count(*) FROM songs")
    );
}

#[test]
fn an_older_demo_becomes_like_a_new_one() {
    let older = Connection::open_in_memory().unwrap();
    older.execute_batch(&script().replace(SALES, "")).unwrap();
    older
        .execute_batch("UPDATE songs SET title = 'mine' WHERE id = 7")
        .unwrap();
    older.execute_batch(SALES).unwrap();
    let schema =
        "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema ORDER BY name)";
    assert_eq!(text(&older, schema), text(&open(), schema));
    let song = "SELECT title || ' ' || price_cents FROM songs WHERE id = 7";
    assert_eq!(text(&older, song), "mine 99");
}

#[test]
fn files_are_written_once_and_are_then_whoever_changes_them() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    assert!(put_files(folder.path()).unwrap().is_empty());
    for (name, text) in FILES {
        assert_eq!(read(name), text, "{name}");
    }
    // What is changed stays.
    write("public/shop.css", "mine");
    fs::remove_file(folder.path().join("public/cart.js")).unwrap();
    assert!(put_files(folder.path()).unwrap().is_empty());
    assert_eq!(read("public/shop.css"), "mine");
    assert!(!read("public/cart.js").is_empty());
    // An earlier version had others, of which one was changed since.
    let earlier = |text: &str, name: &str| {
        let made = read(MADE);
        let lines = made.lines().map(|line| match line.split_once("  ") {
            Some((_, known)) if known == name => format!("{}  {name}\n", hash(text.as_bytes())),
            _ => format!("{line}\n"),
        });
        write(MADE, &lines.collect::<String>());
    };
    earlier("old", "public/main.js");
    earlier("old", "public/shop.css");
    write("public/main.js", "old");
    assert_eq!(put_files(folder.path()).unwrap(), ["public/shop.css"]);
    assert_eq!(read("public/shop.css"), "mine");
    assert!(read("public/main.js").contains("import"));
}

#[test]
fn every_file_of_the_site_is_part_of_the_program() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/site/public");
    for entry in fs::read_dir(here).unwrap() {
        let name = format!("public/{}", entry.unwrap().file_name().display());
        assert!(FILES.iter().any(|(known, _)| *known == name), "{name}");
    }
    let modules = FILES
        .iter()
        .filter(|(name, _)| Path::new(name).extension().is_some_and(|kind| kind == "js"));
    for (name, text) in modules {
        assert!(text.starts_with("//"), "{name} says what it is");
        assert!(!text.contains("://"), "{name} needs nobody else");
    }
}

#[test]
fn every_foreign_key_has_an_index() {
    let connection = open();
    let without = "
        SELECT count(*) FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f
        WHERE t.type = 'table' AND NOT EXISTS (
            SELECT 1 FROM pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
            WHERE c.seqno = 0 AND c.name = f.\"from\")";
    assert_eq!(number(&connection, without), 0);
}

#[test]
fn a_demo_is_told_from_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let make = |path: &Path, sql: &str| Connection::open(path).unwrap().execute_batch(sql).unwrap();
    make(&path("demo.db"), &script());
    make(&path("other.db"), "CREATE TABLE songs (title)");
    fs::write(path("empty.db"), "").unwrap();
    fs::write(path("text.db"), "Bist".repeat(16)).unwrap();
    assert!(is_demo(&path("demo.db")).unwrap());
    assert!(!is_demo(&path("other.db")).unwrap());
    assert!(!is_demo(&path("empty.db")).unwrap());
    assert!(!is_demo(&path("text.db")).unwrap());
    assert!(is_demo(&path("missing.db")).is_err());
}

#[test]
fn bistro_sees_what_the_demo_shows_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    create_from_script(&path, &script()).unwrap();
    assert!(is_demo(&path).unwrap());

    let database = Database::open(Settings::new(&path)).unwrap();
    // Served once, the file is still known for what it is.
    assert!(is_demo(&path).unwrap());
    let catalog = database.catalog();
    let column = |relation: &str, name: &str| {
        let columns = &catalog.relations[relation].columns;
        columns
            .iter()
            .find(|column| column.name == name)
            .unwrap()
            .clone()
    };
    for (relation, name, kind) in [
        ("artists", "genres", Kind::Json),
        ("artists", "is_group", Kind::Boolean),
        ("songs", "year", Kind::Integer),
        ("songs", "title", Kind::Text),
        ("weather", "observed_on", Kind::Temporal),
        ("weather", "temperature_c", Kind::Real),
        ("weather", "is_sample", Kind::Boolean),
        ("comments", "created_at", Kind::Temporal),
        ("products", "attributes", Kind::Json),
        ("products", "thumbnail", Kind::Blob),
    ] {
        assert_eq!(column(relation, name).kind, kind, "{relation}.{name}");
    }
    assert_eq!(
        column("order_lines", "total_cents").generated,
        Generated::Stored
    );
    assert_eq!(catalog.relations["order_lines"].primary_key.len(), 2);
    // The view shows to whom a song refers: songs of the nineties can be embedded, and embed.
    for relation in ["comments", "songs_of_the_nineties"] {
        assert_eq!(
            catalog.relations[relation].foreign_keys.len(),
            1,
            "{relation}"
        );
    }
    for (name, can_insert) in [
        ("guestbook", true),
        ("songs_of_the_nineties", false),
        ("songs", true),
    ] {
        assert_eq!(
            catalog.relations[name].writable.can_insert, can_insert,
            "{name}"
        );
    }
}
