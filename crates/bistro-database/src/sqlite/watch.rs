//! Stops statements that nobody waits for, or that run too long without a row.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::error::Error;

/// How many of SQLite's virtual machine steps lie between two looks at the clock: some 20 µs.
const STEPS: c_int = 1_000;

/// One connection's watch. The work it watches and the progress handler run on the same thread.
#[derive(Debug)]
pub(super) struct Watch {
    limit: Duration,
    /// Goes up with every job and every row, which starts the clock anew.
    progress: AtomicU64,
    /// Set by whoever drops the future of the job that runs.
    abandoned: Mutex<Option<Arc<AtomicBool>>>,
    /// Why the statement was stopped, if it was.
    cause: AtomicU8,
}

const NOT_STOPPED: u8 = 0;
const TOO_LONG: u8 = 1;
const ABANDONED: u8 = 2;

impl Watch {
    /// Watches a connection.
    pub(super) fn over(
        connection: &mut Connection,
        limit: Duration,
    ) -> rusqlite::Result<Arc<Self>> {
        let watch = Arc::new(Self {
            limit,
            progress: AtomicU64::new(0),
            abandoned: Mutex::new(None),
            cause: AtomicU8::new(NOT_STOPPED),
        });
        let mut clock = Clock::start();
        let watched = Arc::clone(&watch);
        connection.progress_handler(STEPS, Some(move || watched.must_stop(&mut clock)))?;
        Ok(watch)
    }

    /// Starts watching a job. `abandoned` turns true when nobody waits for it; `None` if it is run whoever waits.
    pub(super) fn begin(&self, abandoned: Option<Arc<AtomicBool>>) {
        *self
            .abandoned
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = abandoned;
        self.cause.store(NOT_STOPPED, Ordering::Relaxed);
        self.advance();
    }

    /// A row was taken: the clock starts anew.
    pub(super) fn advance(&self) {
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// Why SQLite said "interrupted".
    pub(super) fn cause(&self) -> Error {
        match self.cause.load(Ordering::Relaxed) {
            TOO_LONG => Error::Timeout { limit: self.limit },
            _ => Error::Interrupted,
        }
    }

    fn must_stop(&self, clock: &mut Clock) -> bool {
        let is_abandoned = self
            .abandoned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed));
        if is_abandoned {
            self.cause.store(ABANDONED, Ordering::Relaxed);
            return true;
        }
        if clock.elapsed_since(self.progress.load(Ordering::Relaxed)) > self.limit {
            self.cause.store(TOO_LONG, Ordering::Relaxed);
            return true;
        }
        false
    }
}

/// When progress was last seen.
struct Clock {
    progress: u64,
    since: Instant,
}

impl Clock {
    fn start() -> Self {
        Self {
            progress: 0,
            since: now(),
        }
    }

    fn elapsed_since(&mut self, progress: u64) -> Duration {
        let now = now();
        if progress != self.progress {
            *self = Self {
                progress,
                since: now,
            };
        }
        now.duration_since(self.since)
    }
}

/// The time by which statements, and transactions, are stopped.
#[expect(
    clippy::disallowed_methods,
    reason = "a statement's time is real time: SQLite cannot be stepped by a stopped clock"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}
