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
    match command::run(cli::Arguments::parse()) {
        Ok(code) => code,
        Err(error) => command::report(&error),
    }
}
