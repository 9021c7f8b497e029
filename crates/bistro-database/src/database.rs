//! A database: its catalog, its readers and its one writer.
//!
//! These types are what the rest of Bistro sees. Each wraps what its backend has; with a second backend they become
//! enums, and nothing outside this crate changes.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use bistro_plan::catalog::Catalog;
use bistro_plan::plan::{Call, Read};
use bistro_plan::predicate::Predicate;
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Operation, Policy, Subject};
use bistro_plan::value::{Sink, Value};

use tokio::sync::watch;

use crate::burden::Burden;
use crate::error::Error;
use crate::kept::Kept;
use crate::misfit::Misfit;
use crate::news::News;
use crate::outcome::Outcome;
use crate::prepared::Prepared;
use crate::settings::Settings;
use crate::sqlite::{self, Changes, Generation, Register, Session, Store};
use crate::tried::Tried;

/// An open database. Cheap to clone; closed when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Database {
    store: Arc<Store>,
}

/// Where one thread runs reads that take next to no time, without handing them to another thread.
#[derive(Debug)]
pub struct Lane {
    lane: Arc<sqlite::Lane>,
}

/// A consistent view of the database, on one of its reading threads or inside a write.
#[derive(Debug)]
pub struct Snapshot<'a> {
    session: &'a Session<'a>,
    /// For whom reads are run that were planned for others of his class.
    caller: Option<&'a Principal>,
}

/// The one writing transaction.
#[derive(Debug)]
pub struct Transaction<'a> {
    snapshot: Snapshot<'a>,
}

impl Database {
    /// Opens a file, checks that it is a database, and reads its catalog. The file is never made.
    ///
    /// # Errors
    /// The file is missing, is no database, cannot be read, or is locked.
    pub fn open(settings: Settings) -> Result<Self, Error> {
        Ok(Self {
            store: Arc::new(Store::open(settings)?),
        })
    }

    /// The catalog as last read. [`Database::refresh`] reads it anew if it has changed.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.store.catalog()
    }

    /// What the catalog had to leave out because the database itself cannot read it, and tables that it cannot write, as
    /// of the catalog's last reading: their names with SQLite's reason. For the log.
    pub fn broken(&self) -> Arc<[(String, String)]> {
        self.store.broken()
    }

    /// Whether the schema as it is now understands a condition of a rule about `on` that opens these operations.
    ///
    /// # Errors
    /// The file cannot be read; or, inside, what is wrong with the condition.
    pub fn validate(
        &self,
        on: &Subject,
        operations: &[Operation],
        predicate: &Predicate,
    ) -> Result<Result<(), Misfit>, Error> {
        self.store.validate(on, operations, predicate)
    }

    /// Has every catalog from now on say which conditions of these rules its schema understands: a rule with any other admits
    /// nothing. Before that, none are understood. What is not understood [`Database::broken`] tells.
    ///
    /// It reads the catalog, and waits for that.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn hold(&self, policy: &Policy) -> Result<Arc<Catalog>, Error> {
        self.store.hold(policy.predicates().into())
    }

    /// The file, as it was named.
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// Waits for something to happen to the file that nobody was told yet. For the log.
    pub async fn news(&self) -> News {
        self.store.news().await
    }

    /// Reads that may run at once.
    pub fn readers(&self) -> usize {
        self.store.readers()
    }

    /// The catalog as it is in the file now.
    pub async fn refresh(&self) -> Result<Arc<Catalog>, Error> {
        self.store.refresh().await
    }

    /// Runs `job` on a reading thread, in one snapshot. Dropping the future interrupts a job that runs.
    ///
    /// # Errors
    /// `Error::Stale` if the schema is no longer that of `version`: plan again with [`Database::refresh`]. `None` is for what no
    /// catalog has a say in. `Error::Overloaded` if too many wait already.
    pub async fn read<T, F>(&self, version: impl Into<Option<i64>>, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.store
            .read(version.into(), move |session| job(&Snapshot::of(session)))
            .await
    }

    /// Runs `job` in the writing transaction (or in a savepoint of it). `Ok((value, true))` keeps the change: the future
    /// completes when it is on disk. `Ok((value, false))` and `Err` undo all of it.
    ///
    /// Dropping the future takes back a job that has not begun; one that has is finished.
    ///
    /// # Errors
    /// As [`Database::read`], and what `job` fails with. `Error::ReadOnly` if the database is open for reading only.
    pub async fn write<T, E, F>(
        &self,
        version: impl Into<Option<i64>>,
        burden: Burden,
        job: F,
    ) -> Result<Result<T, E>, Error>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<(T, bool), E> + Send + 'static,
    {
        self.store
            .write(version.into(), burden, move |session| {
                job(&Transaction {
                    snapshot: Snapshot::of(session),
                })
            })
            .await
    }

    /// A lane for the thread it is used on.
    pub fn lane(&self) -> Lane {
        Lane {
            lane: self.store.lane(),
        }
    }

    /// Why the log of changes cannot be moved into the file, such as a full disk; `None` while it can. It tells of each change:
    /// writes may go on for a while, so that nobody else would say it. For the log.
    pub fn checkpoints(&self) -> watch::Receiver<Option<Error>> {
        self.store.checkpoints()
    }

    /// Finishes what is queued, checkpoints, and closes every connection. What comes later is refused with
    /// `Error::Closed`.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

impl Lane {
    /// Runs `job` at once, on the calling thread, if that takes next to no time; the others wait for it. What it did before it
    /// was found to take long is thrown away: run it with [`Database::read`] then.
    ///
    /// # Errors
    /// `Error::Stale` as [`Database::read`], and what `job` fails with.
    pub fn read<T>(
        &self,
        version: impl Into<Option<i64>>,
        job: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>,
    ) -> Result<Tried<T>, Error> {
        self.lane
            .read(version.into(), |session| job(&Snapshot::of(session)))
    }

    /// The newest state of the database, whoever made it; `None` where that cannot be told without a statement.
    pub fn generation(&self) -> Option<Generation> {
        self.lane.generation()
    }

    /// Ends the snapshot that reads of one turn of the event loop share, when the turn is over: to be polled by a task of its
    /// own on the lane's thread. It never completes. Without it each read has a snapshot of its own.
    pub async fn tend(&self) -> Infallible {
        self.lane.tend().await
    }
}

impl<'a> Snapshot<'a> {
    fn of(session: &'a Session<'a>) -> Self {
        Self {
            session,
            caller: None,
        }
    }

    /// The same, where reads are run on behalf of `caller`, though they were planned for somebody else of his class. What
    /// [`Snapshot::select`] is given stays as it is.
    #[must_use]
    pub fn on_behalf_of(&self, caller: &'a Principal) -> Self {
        Self {
            session: self.session,
            caller: Some(caller),
        }
    }

    /// Runs the statement of a read ([`sql::read`](bistro_plan::sql::read)). Its parameters may mean the row at another
    /// address than the read does.
    pub fn select(
        &self,
        text: &str,
        parameters: &[Value],
        read: &Read,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.session
            .select(text, parameters, read, self.caller, sink)
    }

    /// The state of the database that is seen; `None` where it cannot be told, and inside a write.
    pub fn generation(&self) -> Option<Generation> {
        self.session.generation()
    }

    /// What is known of users, sessions and tokens.
    pub fn register(&self) -> Register<'_> {
        Register::over(self.session)
    }

    /// Runs a read. The sink may run other reads of this snapshot while it takes a row.
    pub fn read(&self, read: &Read, sink: &mut dyn Sink) -> Result<(), Error> {
        self.session.read(read, self.caller, sink)
    }

    /// The total of a read: exact, planned or estimated as it asks; exact where the statistics know nothing.
    pub fn count(&self, read: &Read) -> Result<u64, Error> {
        self.session.count(read, self.caller)
    }

    /// How many rows the page of a read has, up to one more than its limit.
    pub fn extent(&self, read: &Read) -> Result<u64, Error> {
        self.session.extent(read, self.caller)
    }

    /// The last row of a full page goes to `sink`; nothing if the page is not full.
    pub fn last(&self, read: &Read, sink: &mut dyn Sink) -> Result<(), Error> {
        self.session.last(read, self.caller, sink)
    }
}

impl<'a> Transaction<'a> {
    /// The database as this transaction sees it.
    pub fn snapshot(&self) -> &Snapshot<'a> {
        &self.snapshot
    }

    /// Changes what is known of users, sessions and tokens.
    pub fn accounts(&self) -> Changes<'_> {
        Changes::over(self.snapshot.session)
    }

    /// Runs a write; the rows of its representation go to `sink`, in `shape` if they come from `RETURNING`.
    pub fn write(&self, write: &Prepared, sink: &mut dyn Sink) -> Result<Outcome, Error> {
        self.snapshot.session.write(write, sink)
    }

    /// Runs a stored query that changes something. The rows it returns are read with the plan's own read, until the next
    /// call.
    pub fn call(&self, call: &Call) -> Result<Outcome, Error> {
        self.snapshot.session.call(call)
    }

    /// The answer kept under `key`, unless it is older than a day.
    pub fn recall(&self, key: &[u8]) -> Result<Option<Kept>, Error> {
        self.snapshot.session.recall(key)
    }

    /// Keeps an answer under `key`, together with the change: both are there, or neither.
    pub fn keep(&self, key: &[u8], kept: &Kept) -> Result<(), Error> {
        self.snapshot.session.keep(key, kept)
    }
}

#[cfg(test)]
mod tests;
