//! Load drivers: `cargo run --release -p bench` builds nothing but itself, so build `bistro` first; `README.md` says what the
//! numbers mean. `cargo run --release -p bench -- NAME` runs one of them.
#![expect(
    clippy::print_stdout,
    reason = "a table of numbers is what this program is for"
)]

mod server;
mod memory;
mod stream;
mod pin;
mod client;
mod embedding;

use std::env;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// Rows in the large table.
const ROWS: u64 = 2_000_000;

/// What makes its databases in a directory, and prints a table.
type Measurement = fn(&Path) -> Result<()>;

/// Every one by its name.
const MEASUREMENTS: [(&str, Measurement); 2] = [("memory", memory), ("embedding", embedding)];

fn main() -> Result<()> {
    let wanted: Vec<String> = env::args().skip(1).collect();
    for name in &wanted {
        let is_known = MEASUREMENTS.iter().any(|(known, _)| known == name);
        ensure!(
            is_known,
            "there is no measurement `{name}`; there are {}",
            names()
        );
    }
    let directory = TempDir::new().context("no directory for the database")?;
    for (name, measure) in MEASUREMENTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            measure(directory.path())?;
        }
    }
    Ok(())
}

fn names() -> String {
    let names: Vec<&str> = MEASUREMENTS.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn memory(directory: &Path) -> Result<()> {
    let database = directory.join("large.db");
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

fn embedding(directory: &Path) -> Result<()> {
    let database = directory.join("songs.db");
    embedding::fill(&database).context("the tables could not be filled")?;
    let server = server::Server::start(&database)?;
    let run = embedding::run(&server, &database)?;
    println!("| KiB | SQLite, µs | server, µs | ratio | middle half | pinned |");
    println!("| --- | --- | --- | --- | --- | --- |");
    println!("{run}");
    Ok(())
}
