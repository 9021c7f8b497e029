//! The command line; the doc comments here are the help text.

pub(crate) mod accounts;
pub(crate) mod client;
pub(crate) mod habits;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

/// A database on the web: point Bistro at a SQLite file, and every table and view has a URL.
#[derive(Debug, Parser)]
#[command(name = "bistro", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  bistro demo                            make a small shop full of music, and serve it
  bistro serve music.db                  serve every table and view of music.db to this machine
  bistro init music.db                   write a bistro.toml that names every table and opens none
  bistro check                           say whether it can be used, and what it opens to whom
  bistro serve --config bistro.toml      serve what bistro.toml opens, to whom it opens it
  bistro openapi music.db                describe what would be served, for other programs
  bistro get /songs year==gte.1990 --table      ask a server: this one, or any other
  bistro post /songs title='Song 2' year:=1997  create a row
  bistro login                           sign in, and stay signed in";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a database
    Serve(Serve),
    /// Make a small database to play with, and serve it
    Demo(Demo),
    /// Write a configuration to start from, for a database
    Init(Init),
    /// Check a configuration, and say what it opens to whom
    Check(Check),
    /// Add, list, change and remove users
    User(accounts::User),
    /// List and end sessions
    Session(accounts::Session),
    /// Make, list and end tokens, by which programs act for a user
    Token(accounts::Token),
    /// Describe what would be served, as an OpenAPI document
    #[command(name = "openapi")]
    OpenApi(OpenApi),
    #[command(flatten)]
    Client(Box<client::Command>),
}

/// Serve every table and view of a database as resources.
///
/// Without a configuration this is development mode: only this machine can connect, and every table is open to it. With a
/// configuration nothing is open that an `[[allow]]` in it does not open.
///
/// When Bistro accepts connections it prints one line that ends in its URL. Ctrl-C (or SIGTERM) finishes the requests
/// under way and ends; a second Ctrl-C ends at once.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) source: Source,

    /// Where to listen; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = crate::config::address::read)]
    pub(crate) listen: Option<SocketAddr>,

    /// A folder of files to serve as they are: a page at `/`, and all it needs
    #[arg(long = "static", value_name = "DIR")]
    pub(crate) files: Option<PathBuf>,
}

/// Which database, and what of it is open.
#[derive(Args, Clone, Debug)]
pub(crate) struct Source {
    /// The SQLite file; without it, the configuration's `[database] url`
    #[arg(value_name = "PATH")]
    pub(crate) database: Option<PathBuf>,

    /// The configuration; without it, bistro.toml in the current directory if there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The folder of stored queries: `NAME.sql` is `/rpc/NAME` [default: queries, beside the configuration]
    #[arg(long, value_name = "DIR")]
    pub(crate) queries: Option<PathBuf>,

    /// Refuse every write, whatever the configuration allows
    #[arg(long)]
    pub(crate) read_only: bool,
}

/// Describe what would be served, as an OpenAPI document.
///
/// It goes to standard output, and is what `GET /` of a server over the same database answers. Nothing listens.
#[derive(Args, Debug)]
pub(crate) struct OpenApi {
    #[command(flatten)]
    pub(crate) source: Source,

    /// The version of the OpenAPI Specification
    #[arg(long, value_name = "VERSION", value_enum, default_value_t)]
    pub(crate) spec: Specification,
}

/// A version of the OpenAPI Specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Specification {
    /// with `QUERY` in an extension
    #[default]
    #[value(name = "3.1")]
    V3_1,
    /// with `QUERY` as a method like others
    #[value(name = "3.2")]
    V3_2,
}

/// Make a small database to play with, and serve it.
///
/// The first time this makes DIR/shop.db: songs of the 1990s, today's weather, posts with comments, and a shop with
/// orders. Beside it DIR/bistro.toml says what is open to whom, DIR/public has the pages of the shop, and DIR/queries some
/// stored queries. From then on it serves these files, with whatever you have changed in them. Only this machine can connect.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Where the database is kept
    #[arg(long, value_name = "DIR", default_value = "bistro-demo")]
    pub(crate) dir: PathBuf,

    /// Where to listen, on this machine; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = crate::config::address::read)]
    pub(crate) listen: Option<SocketAddr>,

    /// Make the database anew: what was changed in it is lost
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// Write a configuration to start from, for a database.
///
/// It names the database, and for every table, view and stored query it suggests a rule. The rules are comments, so nothing
/// is open until you say so.
#[derive(Args, Debug)]
pub(crate) struct Init {
    /// The SQLite file
    #[arg(value_name = "DATABASE")]
    pub(crate) database: PathBuf,

    /// Where to write it
    #[arg(long, short, value_name = "FILE", default_value = "bistro.toml")]
    pub(crate) output: PathBuf,

    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Check a configuration, and say what it opens to whom.
///
/// It is read as `bistro serve` reads it, with the environment and these flags; nothing listens. What deserves a second look
/// is told below the table. The exit code is 0 if the configuration can be used, otherwise 1.
#[derive(Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) source: Source,
}

/// An error about the arguments of a command that only shows once files have been looked at.
pub(crate) fn usage(command: &str, message: &str) -> clap::Error {
    let mut program = Arguments::command();
    program.build();
    let command = program.find_subcommand_mut(command);
    command
        .expect("it is a variant of `Command`")
        .error(ErrorKind::MissingRequiredArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_missing_database_is_a_mistake_in_the_use_of_a_command() {
        for command in ["serve", "openapi", "check", "user"] {
            let error = usage(command, "no database").to_string();
            let expected = format!("Usage: bistro {command}");
            assert!(error.contains(&expected), "{error}");
        }
    }
}
