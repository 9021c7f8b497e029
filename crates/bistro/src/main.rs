//! `bistro`: every table of a database has a URL.
#![forbid(unsafe_code)]

mod config;
mod cli;
mod demo;
mod command;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match command::run(cli::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => command::report(&error),
    }
}
