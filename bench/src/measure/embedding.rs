//! Fifty artists with their songs: how much more does it take to ask the server than to ask SQLite?

use std::fmt::{self, Display};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::{Connection, Statement};

use crate::client::Client;
use crate::server::Server;

const ARTISTS: i64 = 1_000;
const SONGS_EACH: i64 = 20;

/// What is asked of the server.
const TARGET: &str = "/artists?select=id,name,songs(id,title,year)&limit=50";

/// The same, as one would write it by hand.
const SQL: &str = "
    SELECT id, name, (
        SELECT json_group_array(json_object('id', songs.id, 'title', title, 'year', year))
        FROM songs WHERE artist_id = artists.id
    ) FROM artists ORDER BY id LIMIT 50";

/// Pairs of questions: one to the server, one to SQLite.
const PAIRS: usize = 2_000;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Run {
    bytes: usize,
    /// For each answer.
    server: Vec<Duration>,
    library: Vec<Duration>,
}

/// Makes artists and their songs.
pub(crate) fn fill(path: &Path) -> Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT);
         CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, year INTEGER, seconds INTEGER,
             artist_id INTEGER NOT NULL REFERENCES artists (id));
         CREATE INDEX songs_artist ON songs (artist_id);",
    )?;
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO artists SELECT i, 'Artist number ' || i, 'Iceland' FROM n",
        [ARTISTS],
    )?;
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 * ?2 - 1)
         INSERT INTO songs SELECT i + 1, 'A song called ' || i, 1950 + i % 75, i % 400, i / ?2 + 1 FROM n",
        [ARTISTS, SONGS_EACH],
    )?;
    connection.execute_batch("ANALYZE")?;
    Ok(())
}

/// Asks both in turn, so that whatever else the machine does meets both alike.
pub(crate) fn run(server: &Server, path: &Path) -> Result<Run> {
    let mut client = Client::connect(server.address)?;
    let connection = Connection::open(path)?;
    let mut statement = connection.prepare(SQL)?;
    // The server puts each row on a line of its own.
    let told: Vec<u8> = client
        .get(TARGET)?
        .iter()
        .copied()
        .filter(|octet| *octet != b'\n')
        .collect();
    ensure!(told == library(&mut statement)?, "the answers differ");
    let mut run = Run {
        bytes: told.len(),
        server: Vec::new(),
        library: Vec::new(),
    };
    for pair in 0..PAIRS + 10 {
        let of_server = time(|| client.get(TARGET).map(<[u8]>::len))?;
        let of_library = time(|| library(&mut statement).map(|answer| answer.len()))?;
        // The first ones warm up.
        if pair >= 10 {
            run.server.push(of_server);
            run.library.push(of_library);
        }
    }
    Ok(run)
}

/// All rows as one array. The names are such that they need no escapes.
fn library(statement: &mut Statement<'_>) -> Result<Vec<u8>> {
    let mut answer = vec![b'['];
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let (name, songs) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        let comma = if answer.len() > 1 { "," } else { "" };
        write!(
            answer,
            "{comma}{{\"id\":{id},\"name\":\"{name}\",\"songs\":{songs}}}"
        )?;
    }
    answer.push(b']');
    Ok(answer)
}

/// The time that a question takes.
#[expect(clippy::disallowed_methods, reason = "time is what a bench measures")]
fn time(ask: impl FnOnce() -> Result<usize>) -> Result<Duration> {
    let start = Instant::now();
    let octets = ask()?;
    let elapsed = start.elapsed();
    ensure!(octets > 0, "an empty answer");
    Ok(elapsed)
}

fn middle<T: Copy + PartialOrd>(values: impl Iterator<Item = T>, part: usize) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() * part / 4).copied()
}

impl Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = |times: &[Duration]| {
            middle(times.iter().map(Duration::as_micros), 2).unwrap_or_default()
        };
        let ratio = |part: usize| {
            let pairs = self.server.iter().zip(&self.library);
            let ratios =
                pairs.map(|(server, library)| server.as_secs_f64() / library.as_secs_f64());
            middle(ratios, part).unwrap_or_default()
        };
        write!(
            f,
            "| {} | {} | {} | {:.2} | {:.2}–{:.2} |",
            self.bytes / 1024,
            micros(&self.library),
            micros(&self.server),
            ratio(2),
            ratio(1),
            ratio(3),
        )
    }
}
