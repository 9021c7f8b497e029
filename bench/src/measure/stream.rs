//! One `GET` of a table of two million rows: how much memory does the server need for it?

use std::fmt::{self, Display};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::Connection;

use crate::process;
use crate::server::Server;

/// Rows in the table.
const ROWS: u64 = 2_000_000;

/// How fast the client takes what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As fast as it comes.
    Fast,
    /// A pause after each MiB, so that the server always has more than it can send.
    Slow,
}

/// What one run showed.
#[derive(Debug)]
pub(crate) struct Run {
    pace: Pace,
    rows: u64,
    bytes: u64,
    time: Duration,
    before_kib: u64,
    most_kib: u64,
}

/// Makes a table of rows of about 150 octets of JSON.
pub(crate) fn fill(path: &Path) -> Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, artist TEXT NOT NULL, year INTEGER, seconds REAL, note TEXT)",
    )?;
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO songs SELECT i, 'Song number ' || i, 'Artist ' || i % 1000, 1950 + i % 75, i % 400 + 0.5,
                                  'The quick brown fox jumps over the lazy dog' FROM n",
        [i64::try_from(ROWS)?],
    )?;
    Ok(())
}

/// Reads the whole table once.
#[expect(clippy::disallowed_methods, reason = "time is what a bench measures")]
pub(crate) fn run(server: &Server, pace: Pace) -> Result<Run> {
    get(server, "/songs?limit=100", Pace::Fast)?;
    let before_kib = process::resident(server.id())?;
    let start = Instant::now();
    let (rows, bytes) = get(server, "/songs", pace)?;
    let time = start.elapsed();
    ensure!(rows == ROWS, "{rows} rows came instead of {ROWS}");
    Ok(Run {
        pace,
        rows,
        bytes,
        time,
        before_kib,
        most_kib: process::resident_max(server.id())?,
    })
}

/// Rows and octets of a response, whose rows are told by their one `"id":`.
fn get(server: &Server, target: &str, pace: Pace) -> Result<(u64, u64)> {
    let mut stream = TcpStream::connect(server.address)?;
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut buffer = vec![0; 1024 * 1024];
    let mut kept = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok((rows, bytes));
        }
        bytes += u64::try_from(read)?;
        kept.extend_from_slice(&buffer[..read]);
        rows += u64::try_from(
            kept.windows(NEEDLE.len())
                .filter(|window| *window == NEEDLE)
                .count(),
        )?;
        kept.drain(..kept.len().saturating_sub(NEEDLE.len() - 1));
        if pace == Pace::Slow && bytes % (1024 * 1024) < u64::try_from(read)? {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

const NEEDLE: &[u8] = b"\"id\":";

impl Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "| {:?} | {} | {} | {:.1} | {} | {} | {} |",
            self.pace,
            self.rows,
            self.bytes / (1024 * 1024),
            self.time.as_secs_f64(),
            self.before_kib / 1024,
            self.most_kib / 1024,
            self.most_kib.saturating_sub(self.before_kib) / 1024,
        )
    }
}
