//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Measures Bistro against what it is compared with; README.md says what the figures mean.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// What to measure; everything if none is named.
    pub(crate) names: Vec<Measurement>,
    /// Shorter rounds and smaller tables: to see whether it works.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Servers that measurements start, and a load for a server that runs already.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measurement {
    /// Reads to hello.
    Reads,
    /// Reads with a session to reads without.
    Sessions,
    /// Durable inserts to one transaction per request.
    Writes,
    /// Reads by key while scans run, and while others write.
    Latency,
    /// The memory of connections that do nothing.
    Idle,
    /// The memory of a server that has been through everything.
    Resident,
    /// Other servers, as far as they are installed.
    Peers,
    /// Cost against rows, depth, terms and columns.
    Growth,
    /// The memory of a long answer.
    Memory,
    /// The price of embedding.
    Embedding,
    /// The client in the terminal to curl: start-up, and long downloads.
    Client,
}

/// What else this program does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answers everything with the answer in a file.
    Hello {
        /// The answer as it was sent.
        file: PathBuf,
        /// A certificate and its key (PEM): over TLS.
        #[arg(long)]
        certificate: Option<PathBuf>,
    },
    /// Bistro with one transaction per request.
    Baseline {
        /// `normal` or `full`.
        durability: Synchronous,
        /// The database.
        database: PathBuf,
    },
    /// The server that is written by hand.
    PeerAxum {
        /// The database.
        database: PathBuf,
    },
    /// Asks a server that runs already.
    Load(Load),
}

/// `PRAGMA synchronous`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Synchronous {
    /// What was answered survives the end of the process.
    Normal,
    /// What was answered survives the end of the machine.
    Full,
}

/// A load.
#[derive(Debug, clap::Args)]
pub(crate) struct Load {
    /// The server.
    pub(crate) address: SocketAddr,
    /// `point`, `list`, `post`, `scan`, or a target in which `<1..9>` stands for a number from 1 to 9.
    pub(crate) what: String,
    /// Connections that are kept.
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// How long.
    #[arg(long, default_value_t = 3)]
    pub(crate) seconds: u64,
    /// Requests a second, answered or not; without it each connection asks again once it is answered.
    #[arg(long)]
    pub(crate) rate: Option<u32>,
    /// What 64 connections more ask all the time, beside.
    #[arg(long)]
    pub(crate) beside: Option<String>,
    /// Rows of `songs` that `point` chooses from.
    #[arg(long, default_value_t = crate::songs::ROWS)]
    pub(crate) rows: u64,
    /// The status that every answer must have; 201 for `post`, 200 for others, unless it is given.
    #[arg(long)]
    pub(crate) status: Option<u16>,
    /// Another header field, `Name: value`.
    #[arg(long)]
    pub(crate) header: Vec<String>,
    /// The server's process, to tell its processor time.
    #[arg(long)]
    pub(crate) pid: Option<u32>,
}
