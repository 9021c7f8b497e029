//! From the command line to a command, and from its failure to an exit code.

use std::process::ExitCode;

use anyhow::Result;
use bistro_client::escape::{self, Keep};
use http::Method;

use crate::cli::{self, Arguments, Command};
use crate::command::{accounts, check, client, demo, house, init, openapi, serve, shell};

/// Does what was asked.
///
/// # Errors
/// Whatever keeps it from being done; [`report`] tells it.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Serve(arguments) => serve::run(&arguments)?,
        Command::Demo(arguments) => demo::run(&arguments)?,
        Command::Init(arguments) => init::run(&arguments)?,
        Command::Check(arguments) => check::run(&arguments)?,
        Command::User(arguments) => accounts::user(arguments.command)?,
        Command::Session(arguments) => accounts::session(arguments.command)?,
        Command::Token(arguments) => accounts::token(arguments.command)?,
        Command::OpenApi(arguments) => openapi::run(&arguments)?,
        Command::Client(command) => return ask(*command),
    }
    Ok(ExitCode::SUCCESS)
}

/// Does what was asked of the client. The exit code may say more than whether it was done.
fn ask(command: cli::client::Command) -> Result<ExitCode> {
    use cli::client::Command;

    match command {
        Command::Get(arguments) => client::ask(&Method::GET, &arguments),
        Command::Head(arguments) => client::ask(&Method::HEAD, &arguments),
        Command::Post(arguments) => client::ask(&Method::POST, &arguments),
        Command::Put(arguments) => client::ask(&Method::PUT, &arguments),
        Command::Patch(arguments) => client::ask(&Method::PATCH, &arguments),
        Command::Delete(arguments) => client::ask(&Method::DELETE, &arguments),
        Command::Options(arguments) => client::ask(&Method::OPTIONS, &arguments),
        Command::Trace(arguments) => client::ask(&Method::TRACE, &arguments),
        Command::Query(arguments) => client::ask(&Method::from_bytes(b"QUERY")?, &arguments),
        Command::Connect(arguments) => client::connect(&arguments),
        Command::Login(arguments) => client::sign_in(&arguments),
        Command::Logout(arguments) => client::sign_out(&arguments),
        Command::Jar(arguments) => client::jar(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
    }
}

/// Tells what went wrong, once. The exit code is 2 if the command line makes no sense, otherwise 1.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        house::say(usage.to_string().trim_end());
        return ExitCode::from(2);
    }
    // It repeats what was typed, or what a server has said.
    let message = message(error);
    house::say(&format!("error: {}", escape::text(&message, Keep::Lines)));
    let request = error.downcast_ref::<bistro_client::request::Error>();
    if request.is_some_and(bistro_client::request::Error::is_slip) {
        return ExitCode::from(2);
    }
    ExitCode::FAILURE
}

/// The error and its causes. One that repeats its cause in its own words does not say it twice.
fn message(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message.push_str(": ");
            message.push_str(&cause);
        }
    }
    message
}
