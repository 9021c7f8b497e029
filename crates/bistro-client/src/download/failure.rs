//! Why a download is no file, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::NAMES_MAX;
use crate::escape::{self, Keep};

/// Why a download is no file.
#[derive(Debug, Error)]
pub enum Error {
    /// A file cannot be opened, read, or renamed.
    #[error("{} cannot be used ({source})", shown(path))]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk, or the user's part of it, is full.
    #[error("the disk is full: {octets} octets are in {}; make room, then {}", shown(part), again(path, *is_resumable))]
    Full {
        /// What it was to become.
        path: PathBuf,
        /// Where it is.
        part: PathBuf,
        /// How many came, all in all.
        octets: u64,
        /// Whether it can be continued.
        is_resumable: bool,
    },
    /// The body ended, or the connection did, before it was whole.
    #[error("only {octets}{} octets came, which are in {}; {}", of(*expected), shown(part), again(path, *is_resumable))]
    Incomplete {
        /// What it was to become.
        path: PathBuf,
        /// Where it is.
        part: PathBuf,
        /// How many came, all in all.
        octets: u64,
        /// How many there are, if the server said so.
        expected: Option<u64>,
        /// Whether it can be continued.
        is_resumable: bool,
    },
    /// More came than the head of the response had announced.
    #[error(
        "{octets} octets came where {expected} were announced; they are in {}",
        shown(part)
    )]
    Excess {
        /// Where it is.
        part: PathBuf,
        /// How many came.
        octets: u64,
        /// How many should have.
        expected: u64,
    },
    /// What came is not what was asked for to continue.
    #[error(
        "the server answers with another part than the one behind {octets} octets; leave out --continue to begin again"
    )]
    OtherPart {
        /// How many octets are here.
        octets: u64,
    },
    /// The server has less than is here, or something else (416).
    #[error("the server has nothing behind the {octets} octets that are here{}; leave out --continue to begin again", of(*total))]
    NothingBehind {
        /// How many octets are here.
        octets: u64,
        /// How many the server has, if it says so.
        total: Option<u64>,
    },
    /// Another program is writing the same file.
    #[error(
        "{} is being written by another download; wait for it, or choose another name with --output",
        shown(part)
    )]
    Busy {
        /// The file.
        part: PathBuf,
    },
    /// Every name that was tried is taken.
    #[error(
        "{} and {NAMES_MAX} names like it are taken; choose another with --output",
        shown(path)
    )]
    Taken {
        /// The first of them.
        path: PathBuf,
    },
}

/// A path on one line, safe for a terminal.
pub(super) fn shown(path: &Path) -> String {
    escape::text(&path.to_string_lossy(), Keep::Nothing).into_owned()
}

fn of(total: Option<u64>) -> String {
    total
        .map(|total| format!(" of {total}"))
        .unwrap_or_default()
}

fn again(path: &Path, is_resumable: bool) -> String {
    if is_resumable {
        format!("get the rest with --continue --output {}", shown(path))
    } else {
        "begin again, for the server names no version that could be continued".to_owned()
    }
}
