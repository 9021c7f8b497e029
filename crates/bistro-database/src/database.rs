//! A database: its catalog, its readers and its one writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bistro_plan::catalog::Catalog;
use bistro_plan::plan::{Read, Write};
use bistro_plan::sql::Shape;
use bistro_plan::value::{Sink, Value};

use crate::error::Error;

/// How a database is opened and how much of the machine it may use.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file.
    pub path: PathBuf,
    /// Open it for reading only.
    pub is_read_only: bool,
    /// Threads that read, at most. They are started when needed. Default 32.
    pub readers: usize,
    /// Requests that wait for a reader or for the writer, at most; more are refused. Default 1 024.
    pub queue: usize,
    /// How long a lock held by another process is waited for. Default 2 s.
    pub busy_timeout: Duration,
    /// How long a statement may run until its first megabyte is out. Default 30 s.
    pub statement_timeout: Duration,
}

impl Settings {
    /// The defaults, for a file.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            is_read_only: false,
            readers: 32,
            queue: 1_024,
            busy_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// An open database. Cheap to clone; closed when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Database {}

/// What a write did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Rows inserted, updated or deleted.
    pub affected: u64,
    /// Of these, rows that were not there before.
    pub created: u64,
    /// The primary key of the first row touched, if the relation has one.
    pub key: Option<Vec<Value>>,
}

/// A consistent view of the database, on one of its reading threads or inside a write.
#[derive(Debug)]
pub struct Snapshot<'a> {
    _connection: &'a (),
}

/// The one writing transaction.
#[derive(Debug)]
pub struct Transaction<'a> {
    snapshot: Snapshot<'a>,
}

impl Database {
    /// Opens a file, checks that it is a database, and reads its catalog.
    ///
    /// # Errors
    /// The file is missing, is no database, cannot be read, or is locked.
    pub fn open(_settings: Settings) -> Result<Self, Error> {
        unreachable!("skeleton")
    }

    /// The catalog as last read. [`Database::refresh`] reads it anew if it has changed.
    pub fn catalog(&self) -> Arc<Catalog> {
        unreachable!("skeleton")
    }

    /// The catalog as it is in the file now.
    pub async fn refresh(&self) -> Result<Arc<Catalog>, Error> {
        unreachable!("skeleton")
    }

    /// Runs `job` on a reading thread, in one snapshot. Dropping the future interrupts a job that runs.
    ///
    /// # Errors
    /// `Error::Stale` if the schema is no longer that of `version`: plan again with [`Database::refresh`].
    pub async fn read<T, F>(&self, _version: i64, _job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T, Error> + Send + 'static,
    {
        unreachable!("skeleton")
    }

    /// Runs `job` in the writing transaction (or in a savepoint of it). `Ok((value, true))` keeps the change: the future
    /// completes when it is on disk. `Ok((value, false))` and `Err` undo all of it.
    ///
    /// # Errors
    /// As [`Database::read`], and what `job` fails with.
    pub async fn write<T, E, F>(&self, _version: i64, _job: F) -> Result<Result<T, E>, Error>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<(T, bool), E> + Send + 'static,
    {
        unreachable!("skeleton")
    }

    /// Finishes what is queued, checkpoints, and closes every connection.
    pub async fn close(&self) {
        unreachable!("skeleton")
    }
}

impl Snapshot<'_> {
    /// Runs a read. The sink may run other reads of this snapshot while it takes a row.
    pub fn read(&self, _read: &Read, _sink: &mut dyn Sink) -> Result<(), Error> {
        unreachable!("skeleton")
    }

    /// The total of a read: exact, planned or estimated as it asks.
    pub fn count(&self, _read: &Read) -> Result<u64, Error> {
        unreachable!("skeleton")
    }

    /// How many rows the page of a read has, up to one more than its limit.
    pub fn extent(&self, _read: &Read) -> Result<u64, Error> {
        unreachable!("skeleton")
    }

    /// The last row of a full page goes to `sink`; nothing if the page is not full.
    pub fn last(&self, _read: &Read, _sink: &mut dyn Sink) -> Result<(), Error> {
        unreachable!("skeleton")
    }
}

impl<'a> Transaction<'a> {
    /// The database as this transaction sees it.
    pub fn snapshot(&self) -> &Snapshot<'a> {
        &self.snapshot
    }

    /// Runs a write; the rows of its representation go to `sink`, in `shape` if they come from `RETURNING`.
    pub fn write(&self, _write: &Write, _sink: &mut dyn Sink) -> Result<Outcome, Error> {
        unreachable!("skeleton")
    }
}

/// Kept here so the skeleton compiles.
pub type RowShape = Shape;
