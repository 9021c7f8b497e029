//! From the command line to a command, and from its failure to an exit code.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Arguments, Command};
use crate::command::{accounts, check, demo, house, init, openapi, serve};

/// Does what was asked.
///
/// # Errors
/// Whatever keeps it from being done; [`report`] tells it.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::User(arguments) => accounts::user(arguments.command),
        Command::Session(arguments) => accounts::session(arguments.command),
        Command::Token(arguments) => accounts::token(arguments.command),
        Command::OpenApi(arguments) => openapi::run(&arguments),
    }
}

/// Tells what went wrong, once. The exit code is 2 if the command line makes no sense, otherwise 1.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        house::say(usage.to_string().trim_end());
        return ExitCode::from(2);
    }
    house::say(&format!("error: {}", message(error)));
    ExitCode::FAILURE
}

/// The error and its causes. One that repeats its cause in its own words does not say it twice.
fn message(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.ends_with(&cause) {
            message.push_str(": ");
            message.push_str(&cause);
        }
    }
    message
}
