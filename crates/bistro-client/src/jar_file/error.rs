//! What can be wrong with a session's file.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::format::Unsound;

/// A session that cannot be found, read or written. A file that cannot be read is never overwritten.
#[derive(Debug, Error)]
pub enum Error {
    /// A name that would be no good name for a file.
    #[error(
        "`{name}` is no name for a session: use at most {max} letters, digits, `.`, `-` and `_`, not beginning with `.`, or a path with a `/`"
    )]
    Name {
        /// The name.
        name: String,
        /// How many characters it may have.
        max: usize,
    },
    /// A target without a host, which has no sessions.
    #[error("the target has no host that a session could belong to")]
    NoHost,
    /// Nobody says where the state of programs is kept.
    #[error(
        "there is no place to keep sessions: set `HOME` or `XDG_STATE_HOME`, or give the session's path"
    )]
    NoPlace {
        /// Why.
        source: io::Error,
    },
    /// The file, or the directory of sessions, cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A directory, a pipe or a device.
    #[error("`{}` is no file: give the session another path", path.display())]
    NotAFile {
        /// What it is called.
        path: PathBuf,
    },
    /// Longer than any session that is written here.
    #[error(
        "`{}` is longer than the {max} bytes that a session may have: move it away to begin a new one, it was left as it is",
        path.display()
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The limit.
        max: u64,
    },
    /// Not what a session's file says.
    #[error(
        "`{}` is no session that could be read: repair it or move it away to begin a new one, it was left as it is",
        path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Unsound,
    },
    /// Another run holds the file, and waiting for it failed.
    #[error("`{}` cannot be locked, which keeps runs side by side from losing cookies", path.display())]
    Lock {
        /// The file that stands for the lock.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The session would be longer than what is read again.
    #[error(
        "the session would be longer than the {max} bytes that `{}` may have: clear some of it with `bistro jar clear`",
        path.display()
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// The limit.
        max: u64,
    },
    /// The file cannot be written. What was there before is there still.
    #[error("`{}` cannot be written: the session is as it was before", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
