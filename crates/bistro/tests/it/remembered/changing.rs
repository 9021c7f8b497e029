//! What changes a database: somebody's requests, and another process with whatever SQL it likes.

use rusqlite::Connection;
use serde_json::json;

use crate::http::Request;
use crate::random::Random;

/// Few, so that what was there before comes back.
const TITLES: &[&str] = &["Zombie", "Creep", "Dreams", "Kid A", "Jóga", "<b> & \"c\""];

const CHECKPOINTS: &[&str] = &["PASSIVE", "FULL", "RESTART", "TRUNCATE"];

/// A column, table, view or index that is there or not: how to find out, what makes it, what removes it.
const TOGGLES: &[[&str; 3]] = &[
    [
        "SELECT count(*) FROM pragma_table_info('songs') WHERE name = 'extra'",
        "ALTER TABLE songs ADD COLUMN extra TEXT DEFAULT 'more'",
        "ALTER TABLE songs DROP COLUMN extra",
    ],
    [
        "SELECT count(*) FROM pragma_table_info('artists') WHERE name = 'land'",
        "ALTER TABLE artists RENAME COLUMN country TO land",
        "ALTER TABLE artists RENAME COLUMN land TO country",
    ],
    [
        "SELECT count(*) FROM sqlite_schema WHERE name = 'by_year'",
        "CREATE INDEX by_year ON songs (year)",
        "DROP INDEX by_year",
    ],
    [
        "SELECT count(*) FROM sqlite_schema WHERE name = 'by_title'",
        "CREATE INDEX by_title ON songs (title DESC)",
        "DROP INDEX by_title",
    ],
    [
        "SELECT count(*) FROM pragma_table_info('shelves') WHERE name = 'width'",
        "DROP TABLE IF EXISTS shelves; CREATE TABLE shelves (id INTEGER PRIMARY KEY, width INTEGER);
         INSERT INTO shelves VALUES (1, 1), (2, 2)",
        "DROP TABLE shelves; CREATE TABLE shelves (name TEXT PRIMARY KEY, id INTEGER) WITHOUT ROWID;
         INSERT INTO shelves VALUES ('2', 1), ('low', 2)",
    ],
    [
        "SELECT count(*) FROM sqlite_schema WHERE name = 'shelves'",
        "CREATE TABLE shelves (id INTEGER PRIMARY KEY, width INTEGER)",
        "DROP TABLE shelves",
    ],
    [
        "SELECT count(*) FROM sqlite_schema WHERE name = 'recent' AND sql LIKE '%1995%'",
        "DROP VIEW recent; CREATE VIEW recent AS SELECT id, title FROM songs WHERE year > 1995",
        "DROP VIEW recent; CREATE VIEW recent AS SELECT title, year FROM songs WHERE year > 1990",
    ],
];

/// SQL that changes rows.
pub(super) fn rows_in_sql(random: &mut Random) -> String {
    let (key, other) = (1 + random.below(12), 1 + random.below(6));
    let year = 1990 + random.below(10);
    let title = random.pick(TITLES);
    match random.below(11) {
        0 => format!("UPDATE songs SET title = '{title}' WHERE id = {key}"),
        1 => format!("UPDATE songs SET year = {year} WHERE id = {key}"),
        2 => format!(
            "INSERT OR REPLACE INTO songs (id, title, artist_id, year) VALUES ({key}, '{title}', {other}, {year})"
        ),
        3 => format!("DELETE FROM songs WHERE id = {key}"),
        4 => format!("UPDATE artists SET name = name || '.' WHERE id = {other}"),
        5 => "UPDATE artists SET name = rtrim(name, '.')".to_owned(),
        6 => format!("INSERT OR IGNORE INTO songs_tags VALUES ({other}, {})", 1 + key % 3),
        7 => format!("DELETE FROM songs_tags WHERE song_id = {other}"),
        8 => format!(
            "INSERT OR REPLACE INTO lyrics (rowid, title, words) VALUES ({other}, '{title}', 'a day in {year}')"
        ),
        9 => "UPDATE counters SET n = n + 1".to_owned(),
        _ => "UPDATE counters SET n = n - 1; UPDATE songs SET year = year + 1; UPDATE songs SET year = year - 1"
            .to_owned(),
    }
}

/// SQL that changes what rows there can be.
pub(super) fn schema_in_sql(random: &mut Random, connection: &Connection) -> String {
    let [is_there, make, remove] = random.pick(TOGGLES);
    let count: i64 = connection
        .query_row(is_there, [], |row| row.get(0))
        .expect("a count");
    let sql = if count == 0 { make } else { remove };
    format!("BEGIN IMMEDIATE; {sql}; COMMIT")
}

/// SQL that changes nothing that can be asked for. Not `ANALYZE`: each connection learns of it when it likes, and rows that
/// nobody has put in order then come in another.
pub(super) fn upkeep_in_sql(random: &mut Random) -> String {
    match random.below(8) {
        0 => "VACUUM".to_owned(),
        1 => format!("PRAGMA user_version = {}", random.below(100)),
        _ => format!("PRAGMA wal_checkpoint({})", random.pick(CHECKPOINTS)),
    }
}

/// A request that changes rows, or is refused.
pub(super) fn request(random: &mut Random) -> Request {
    let (key, other) = (1 + random.below(12), 1 + random.below(6));
    let song =
        json!({"title": random.pick(TITLES), "artist_id": other, "year": 1990 + random.below(10)});
    let mut row = song.clone();
    row["id"] = json!(key);
    let send = |method: &str, target: &str, body: &serde_json::Value| {
        Request::new(method, target).json(&body.to_string())
    };
    match random.below(12) {
        0 => send("POST", "/songs", &row),
        1 => send("POST", "/songs", &json!([row])).field(
            "Prefer",
            "resolution=merge-duplicates, return=representation",
        ),
        2 => send("PUT", &format!("/songs/{key}"), &row),
        3 => send("PATCH", &format!("/songs/{key}"), &song),
        4 => send("PATCH", "/songs?year=lt.1995", &json!({"year": 1999})),
        5 => send(
            "PATCH",
            &format!("/rest/v1/artists?id=eq.{other}"),
            &json!({"name": song["title"]}),
        ),
        6 => Request::new("DELETE", &format!("/songs/{key}")),
        7 => Request::new(
            "DELETE",
            &format!("/songs?year=eq.{}", 1990 + random.below(10)),
        )
        .field("Prefer", "return=representation"),
        8 => send(
            "POST",
            "/songs_tags",
            &json!({"song_id": other, "tag_id": 1 + random.below(3)}),
        ),
        9 => send("PATCH", "/counters/1", &json!({"n": random.below(3)})),
        // All of it is done, or nothing: the last step is refused every other time.
        _ => send(
            "POST",
            "/-/batch",
            &json!([
                {"method": "PATCH", "path": "/counters/1", "body": {"n": 100 + random.below(9)}},
                {"method": "PUT", "path": format!("/songs/{key}"), "body": row},
                {"method": "PATCH", "path": format!("/songs/{key}"), "body": {
                    "artist_id": if random.once_in(2) { 999 } else { other },
                }},
            ]),
        ),
    }
}
