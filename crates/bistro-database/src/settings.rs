//! How a database is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What has to have happened before a write is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It is on disk: it survives a loss of power (`synchronous=FULL`).
    #[default]
    Full,
    /// The operating system has it: it survives the end of the process, not of the machine (`synchronous=NORMAL`). Only for
    /// measuring what durability costs, and for tests that prove the difference; no configuration sets it.
    Normal,
}

/// How a database is opened and how much of the machine it may use.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file.
    pub path: PathBuf,
    /// The folder of stored queries, `{name}.sql` each; one that is not there has none.
    pub queries: Option<PathBuf>,
    /// Open it for reading only.
    pub is_read_only: bool,
    /// Threads that read, at most. They are started when needed. Default 32.
    pub readers: usize,
    /// Requests that wait for a reader or for the writer, at most; more are refused. Default 1 024.
    pub queue: usize,
    /// What an answered write survives. Default [`Durability::Full`].
    pub durability: Durability,
    /// Writes that share a transaction, at most, and so one wait for the disk. Default 256.
    pub jobs_per_transaction: usize,
    /// How long a lock held by another process is waited for. Default 2 s.
    pub busy_timeout: Duration,
    /// How long a statement may run without producing a row; the clock starts anew with each row that its sink has
    /// taken. Default 30 s.
    pub statement_timeout: Duration,
}

impl Settings {
    /// The defaults, for a file.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            queries: None,
            is_read_only: false,
            readers: 32,
            queue: 1_024,
            durability: Durability::Full,
            jobs_per_transaction: 256,
            busy_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(30),
        }
    }
}
