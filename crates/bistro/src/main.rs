//! `bistro`: every table of a database has a URL.
#![forbid(unsafe_code)]

mod config;
mod cli;
mod demo;
mod command;

use std::process::ExitCode;

use clap::Parser as _;
#[cfg(not(windows))]
use tikv_jemallocator::Jemalloc;

/// What is allocated for a burst of connections or for a long answer is given back soon after; `.cargo/config.toml` says how soon.
#[cfg(not(windows))]
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let arguments = cli::Arguments::try_parse().unwrap_or_else(|error| {
        let command = std::env::args_os().nth(1);
        let command = command.as_deref().and_then(|command| command.to_str());
        cli::habits::with_tip(error, command).exit()
    });
    match command::run(arguments) {
        Ok(code) => code,
        Err(error) => command::report(&error),
    }
}
