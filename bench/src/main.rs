//! Load drivers: `cargo run --release -p bench` builds nothing but itself, so build `bistro` first; `README.md` says what the
//! numbers mean.
#![expect(
    clippy::print_stdout,
    reason = "a table of numbers is what this program is for"
)]

mod server;
mod memory;
mod stream;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

/// Rows in the large table.
const ROWS: u64 = 2_000_000;

fn main() -> Result<()> {
    let directory = TempDir::new().context("no directory for the database")?;
    let database = directory.path().join("large.db");
    stream::fill(&database, ROWS).context("the large table could not be filled")?;
    println!(
        "| reader | rows | MiB received | seconds | resident before, MiB | at most, MiB | growth, MiB |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for pace in [stream::Pace::Fast, stream::Pace::Slow] {
        let server = server::Server::start(&database)?;
        let run = stream::run(&server, pace)?;
        println!("{run}");
    }
    Ok(())
}
