//! Stops statements that nobody waits for, or that run too long without a row.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::error::Error;

/// How long a job may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// The time it may take, or a row of it.
    time: Duration,
    /// Whether the time starts anew with each row.
    is_of_rows: bool,
    /// How many of SQLite's virtual machine steps lie between two looks at the clock.
    steps: c_int,
    /// How many looks a job may take.
    looks: u32,
}

impl Allowance {
    /// What others on the same thread hardly notice: some 4 000 steps, a page of a hundred rows or more; and no longer than a
    /// millisecond, for steps that wait for the disk or compute something large do not take the same time.
    pub(super) const BRIEF: Self = Self {
        time: Duration::from_millis(1),
        is_of_rows: false,
        steps: 200,
        looks: 20,
    };

    /// This long for each row. A look every 20 µs or so.
    pub(super) fn of_rows(time: Duration) -> Self {
        Self {
            time,
            is_of_rows: true,
            steps: 1_000,
            looks: u32::MAX,
        }
    }
}

/// One connection's watch. The work it watches and the progress handler run on the same thread.
#[derive(Debug)]
pub(super) struct Watch {
    allowance: Allowance,
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
        allowance: Allowance,
    ) -> rusqlite::Result<Arc<Self>> {
        let watch = Arc::new(Self {
            allowance,
            progress: AtomicU64::new(0),
            abandoned: Mutex::new(None),
            cause: AtomicU8::new(NOT_STOPPED),
        });
        let mut clock = Clock::start();
        let watched = Arc::clone(&watch);
        connection
            .progress_handler(allowance.steps, Some(move || watched.must_stop(&mut clock)))?;
        Ok(watch)
    }

    /// Starts watching a job. `abandoned` turns true when nobody waits for it; `None` if it is run whoever waits.
    pub(super) fn begin(&self, abandoned: Option<Arc<AtomicBool>>) {
        *self
            .abandoned
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = abandoned;
        self.cause.store(NOT_STOPPED, Ordering::Relaxed);
        self.start_anew();
    }

    /// A row was taken.
    pub(super) fn advance(&self) {
        if self.allowance.is_of_rows {
            self.start_anew();
        }
    }

    fn start_anew(&self) {
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// Why SQLite said "interrupted".
    pub(super) fn cause(&self) -> Error {
        match self.cause.load(Ordering::Relaxed) {
            TOO_LONG => Error::Timeout {
                limit: self.allowance.time,
            },
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
        let elapsed = clock.elapsed_since(self.progress.load(Ordering::Relaxed));
        if elapsed > self.allowance.time || clock.looks > self.allowance.looks {
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
    /// Looks taken since then.
    looks: u32,
}

impl Clock {
    fn start() -> Self {
        Self {
            progress: 0,
            since: now(),
            looks: 0,
        }
    }

    fn elapsed_since(&mut self, progress: u64) -> Duration {
        let now = now();
        if progress != self.progress {
            *self = Self {
                progress,
                since: now,
                looks: 0,
            };
        }
        self.looks = self.looks.saturating_add(1);
        now.duration_since(self.since)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a statement's time is real time: SQLite cannot be stepped by a stopped clock"
)]
fn now() -> Instant {
    Instant::now()
}
