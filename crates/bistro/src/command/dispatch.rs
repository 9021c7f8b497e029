//! From the command line to a command, and from its failure to an exit code.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Arguments, Command};
use crate::command::{demo, house, serve};

/// Does what was asked.
///
/// # Errors
/// Whatever keeps it from being done; [`report`] tells it.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
    }
}

/// Tells what went wrong, once. The exit code is 2 if the command line makes no sense, otherwise 1.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        house::say(usage.to_string().trim_end());
        return ExitCode::from(2);
    }
    house::say(&format!("error: {error:#}"));
    ExitCode::FAILURE
}
