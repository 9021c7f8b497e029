//! Measures Bistro: `README.md` says what the figures mean, how they are made, and what they were.
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    reason = "a table of numbers is what this program is for"
)]

mod clock;
mod process;
mod load;
mod songs;
mod command;
mod server;
mod hello;
mod baseline;
mod peer;
mod rounds;
mod table;
mod load_command;
mod client;
mod child;
mod askers;
mod authority;
mod curve;
mod plot;
mod measure;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser as _, ValueEnum as _};
use tempfile::TempDir;
use tikv_jemallocator::Jemalloc;

use crate::command::{Arguments, Command, Measurement};
use crate::measure::{
    embedding, growth, idle, latency, peers, reads, resident, sessions, stream, writes,
};
use crate::peer::handwritten;
use crate::rounds::Extent;
use crate::server::{Configuration, Server};
use crate::table::Figure;

/// As in Bistro: what is compared should differ in nothing else.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match &arguments.command {
        Some(Command::Hello { file, certificate }) => hello::serve(file, certificate.as_deref()),
        Some(Command::Baseline {
            durability,
            database,
        }) => baseline::serve(*durability, database),
        Some(Command::PeerAxum { database }) => handwritten::run(database),
        Some(Command::Load(load)) => {
            process::stay_on(process::OF_CLIENTS);
            println!("{}", load_command::run(load)?);
            Ok(())
        }
        None => measure_all(&arguments),
    }
}

fn measure_all(arguments: &Arguments) -> Result<()> {
    let extent = if arguments.quick {
        Extent::quick()
    } else {
        Extent::full()
    };
    process::take_descriptors()?;
    if !process::stay_on(process::OF_CLIENTS) {
        println!("Client and servers share their cores here: the figures say little.\n");
    }
    let mut failed = 0;
    let all = Measurement::value_variants();
    let is_wanted =
        |one: &&Measurement| arguments.names.is_empty() || arguments.names.contains(one);
    for measurement in all.iter().filter(is_wanted) {
        let directory = TempDir::new().context("no directory for the database")?;
        // The others can be measured all the same.
        if let Err(error) = measure_one(*measurement, directory.path(), &extent) {
            println!("{measurement:?} failed: {error:#}\n");
            failed += 1;
        }
    }
    ensure!(failed == 0, "{failed} of the measurements failed");
    Ok(())
}

fn measure_one(measurement: Measurement, directory: &Path, extent: &Extent) -> Result<()> {
    match measurement {
        Measurement::Reads => tell(&reads::run(directory, extent)?),
        Measurement::Sessions => tell(&sessions::run(directory, extent)?),
        Measurement::Writes => tell(&writes::run(directory, extent)?),
        Measurement::Latency => tell(&latency::run(directory, extent)?),
        Measurement::Idle => tell(&idle::run(directory, extent)?),
        Measurement::Resident => tell(&resident::run(directory, extent)?),
        Measurement::Peers => tell(&peers::run(directory, extent)?),
        Measurement::Growth => {
            let curves = growth::run(directory, extent)?;
            println!("{}", curve::HEAD);
            for curve in &curves {
                println!("{curve}");
            }
            println!("\nThe plot: {}", plot::write(&curves)?.display());
        }
        Measurement::Memory => memory(directory)?,
        Measurement::Embedding => embedding(directory)?,
        Measurement::Client => tell(&measure::client::run(directory, extent)?),
    }
    println!();
    Ok(())
}

fn tell(figures: &[Figure]) {
    println!("{}", table::HEAD);
    for figure in figures {
        println!("{figure}");
    }
}

fn memory(directory: &Path) -> Result<()> {
    let database = directory.join("large.db");
    stream::fill(&database).context("the large table could not be filled")?;
    println!(
        "| reader | rows | MiB received | seconds | resident before, MiB | at most, MiB | growth, MiB |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for pace in [stream::Pace::Fast, stream::Pace::Slow] {
        let server = Server::start(&database)?;
        let run = stream::run(&server, pace)?;
        println!("{run}");
    }
    Ok(())
}

fn embedding(directory: &Path) -> Result<()> {
    let database = directory.join("songs.db");
    embedding::fill(&database).context("the tables could not be filled")?;
    let tables = ["artists", "songs"].map(str::to_owned);
    // The same answer again from memory would say nothing about embedding.
    let server = Server::configured(&Configuration {
        tables: tables.into(),
        ..Configuration::of(&database, "artists").without_cache()
    })?;
    let run = embedding::run(&server, &database)?;
    println!("| KiB | SQLite, µs | server, µs | ratio | middle half |");
    println!("| --- | --- | --- | --- | --- |");
    println!("{run}");
    Ok(())
}
