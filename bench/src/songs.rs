//! The table that is asked: `songs`, and the requests about it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use rusqlite::Connection;

use crate::load::Requests;

/// Rows, unless a measurement is about their number.
pub(crate) const ROWS: u64 = 100_000;

/// Rows of a page.
pub(crate) const PAGE: u64 = 50;

/// Songs have these years, all of them equally often.
const YEARS: &str = "<1950..2009>";

/// Eight columns, of which one is the key and two have an index. A row is about 155 octets of JSON.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE songs (
        id INTEGER PRIMARY KEY, title TEXT NOT NULL, artist TEXT NOT NULL, album TEXT NOT NULL, genre TEXT NOT NULL,
        year INTEGER NOT NULL, seconds INTEGER NOT NULL, rating REAL NOT NULL
    ) STRICT;
    CREATE INDEX songs_year ON songs (year);
    CREATE INDEX songs_artist ON songs (artist);";

/// Every column but the key, of the row whose number is `i`.
pub(crate) const VALUES: &str = "
    'A song with the number ' || i, 'Artist ' || (i * 7919 % 1000 + 1000), 'Album number ' || (i / 10 + 1000000),
    'electronic', 1950 + i % 60, 120 + i * 31 % 240, (i * 17 % 50) / 10.0";

/// A new song as JSON.
pub(crate) const SONG: &str = "{\"title\":\"A song with the number <100000..999999>\",\"artist\":\"Artist <1000..1999>\",\
    \"album\":\"Album number <1000000..9999999>\",\"genre\":\"electronic\",\"year\":<1950..2009>,\"seconds\":<120..359>,\
    \"rating\":<1..4>.5}";

/// Makes a file with so many of them.
pub(crate) fn fill(path: &Path, rows: u64) -> Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = off;")?;
    connection.execute_batch(SCHEMA)?;
    connection
        .execute(&insert_rows(rows), [])
        .context("the songs could not be made")?;
    connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")?;
    Ok(())
}

/// The statement that makes as many as there usually are.
pub(crate) fn insert() -> String {
    insert_rows(ROWS)
}

fn insert_rows(rows: u64) -> String {
    format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO songs SELECT i, {VALUES} FROM n"
    )
}

/// A fresh copy of a database that nobody has open, and nothing of an older one.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    for suffix in ["-wal", "-shm"] {
        let mut name = to.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    fs::copy(from, to)?;
    // What was copied is on disk before anything is timed that waits for the disk.
    fs::File::open(to)?.sync_all()?;
    Ok(())
}

/// One row by its key, at random.
pub(crate) fn point(rows: u64) -> Result<Requests> {
    Requests::get(&format!("/songs/<1..{rows}>"))
}

/// The target of a page: filtered and ordered by an index.
pub(crate) fn page(year: &str) -> String {
    format!("/songs?year=eq.{year}&order=id&limit={PAGE}")
}

/// A page of a year at random.
pub(crate) fn list() -> Result<Requests> {
    Requests::get(&page(YEARS))
}

/// A page that is hardly ever asked for twice.
pub(crate) fn varied() -> Result<Requests> {
    Requests::get(&format!(
        "/songs?year=eq.{YEARS}&id=gt.<1..90000>&order=id&limit={PAGE}"
    ))
}

/// A new row.
pub(crate) fn post() -> Result<Requests> {
    Requests::post("/songs", SONG)
}

/// All rows, and none is found.
pub(crate) fn scan() -> Result<Requests> {
    Requests::get("/songs?title=ilike.*zzz*")
}
