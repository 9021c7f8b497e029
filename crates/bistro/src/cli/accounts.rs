//! Users, their sessions and their tokens on the command line; the doc comments here are the help text.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

/// Where the users are.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The SQLite file; without it, the configuration's `[database] url`
    #[arg(long, value_name = "PATH")]
    pub(crate) database: Option<PathBuf>,

    /// The configuration; without it, bistro.toml in the current directory if there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Add, list, change and remove users.
///
/// A server that runs knows of it at once.
#[derive(Args, Debug)]
pub(crate) struct User {
    #[command(subcommand)]
    pub(crate) command: UserCommand,
}

/// What is done to users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user. The password is asked for, or read from standard input
    Add {
        /// The address to sign in with
        #[arg(value_name = "EMAIL")]
        email: String,
        /// A role the user has, one of `roles` under `[users]`; may be given several times
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// List all users
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Give a user another password, which ends all sessions
    Password {
        /// The address to sign in with
        #[arg(value_name = "EMAIL")]
        email: String,
        #[command(flatten)]
        place: Place,
    },
    /// Give a user these roles and no others, which ends all sessions
    Role {
        /// The address to sign in with
        #[arg(value_name = "EMAIL")]
        email: String,
        /// The roles, of those under `[users]`; none takes all away
        #[arg(value_name = "ROLE")]
        roles: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a user with all sessions and tokens. What belongs to the user in tables stays
    Remove {
        /// The address to sign in with
        #[arg(value_name = "EMAIL")]
        email: String,
        #[command(flatten)]
        place: Place,
    },
}

/// List and end sessions.
///
/// A server that runs knows of it at once.
#[derive(Args, Debug)]
pub(crate) struct Session {
    #[command(subcommand)]
    pub(crate) command: SessionCommand,
}

/// What is done to sessions.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List sessions, the one used last first
    List {
        /// Those of one user
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// End a session, or all of a user: give ID, or --user, or both
    #[command(override_usage = "bistro session revoke [OPTIONS] [ID] [--user <EMAIL>]")]
    Revoke {
        /// The session, as it is listed; without it, all of the user
        #[arg(value_name = "ID", required_unless_present = "user")]
        id: Option<String>,
        /// The user
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

/// Make, list and end tokens, by which programs act for a user.
#[derive(Args, Debug)]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) command: TokenCommand,
}

/// What is done to tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token, and print it. It is never shown again
    Create {
        /// The user for whom it acts
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// What it is limited to: `read`, `read:songs`, `call:rpc/top`; may be given several times [default: all that the user may do]
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// When it ends, such as 90d [default: never]
        #[arg(long, value_name = "DURATION", value_parser = crate::config::duration)]
        expires: Option<Duration>,
        /// What it is for, in your words
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "",
            hide_default_value = true
        )]
        label: String,
        #[command(flatten)]
        place: Place,
    },
    /// List all tokens
    List {
        #[command(flatten)]
        place: Place,
    },
    /// End a token
    Revoke {
        /// The token, as it is listed
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        place: Place,
    },
}
