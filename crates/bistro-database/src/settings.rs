//! How a database is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

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
            busy_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(30),
        }
    }
}
