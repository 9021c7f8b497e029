//! Stops statements that nobody waits for, or that run too long without a row.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::error::Error;
use crate::share::give_way;

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
    /// What is done at each look for others on the same core.
    courtesy: Courtesy,
}

/// What is done for threads that are ready to run on the same core: not every kernel stops one in the middle of its slice for
/// another that needs only a few microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Courtesy {
    /// Nothing: it is such a thread itself.
    None,
    /// They are compared with it.
    Comparing,
    /// They go first.
    Yielding,
}

/// How long what is brief may take with all that it waits for: pages that are not in memory, or other processes.
const BRIEF_AT_ALL: Duration = Duration::from_millis(50);

impl Allowance {
    /// What others on the same thread hardly notice: some 4 000 steps, a page of a hundred rows or more; and no longer than a
    /// millisecond of the thread's own time, for steps that compute something large do not all take the same.
    pub(super) const BRIEF: Self = Self {
        time: Duration::from_millis(1),
        is_of_rows: false,
        steps: 500,
        looks: 8,
        courtesy: Courtesy::None,
    };

    /// This long for each row, of a thread that reads for long. A look every 20 µs or so.
    pub(super) fn of_rows(time: Duration) -> Self {
        Self {
            time,
            is_of_rows: true,
            steps: 1_000,
            looks: u32::MAX,
            courtesy: Courtesy::Yielding,
        }
    }

    /// The same of the thread that writes: there is only one, so it must not wait for all others.
    pub(super) fn of_written_rows(time: Duration) -> Self {
        Self {
            courtesy: Courtesy::Comparing,
            ..Self::of_rows(time)
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
    /// Set when nothing is to run on the connection any more.
    is_over: AtomicBool,
    /// Why the statement was stopped, if it was.
    cause: AtomicU8,
}

const NOT_STOPPED: u8 = 0;
const TOO_LONG: u8 = 1;
const ABANDONED: u8 = 2;
const TOO_MUCH: u8 = 3;
const OVER: u8 = 4;

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
            is_over: AtomicBool::new(false),
            cause: AtomicU8::new(NOT_STOPPED),
        });
        let mut clock = Clock::start(if allowance.is_of_rows {
            real_time
        } else {
            thread_time
        });
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

    /// Stops what runs now, and whatever is begun after.
    pub(super) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
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
            OVER => Error::Replaced,
            _ => Error::Interrupted,
        }
    }

    fn must_stop(&self, clock: &mut Clock) -> bool {
        if self.is_over.load(Ordering::Relaxed) {
            self.cause.store(OVER, Ordering::Relaxed);
            return true;
        }
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
        if clock.looks > self.allowance.looks {
            self.cause.store(TOO_MUCH, Ordering::Relaxed);
            return true;
        }
        let is_kept_waiting = !self.allowance.is_of_rows && clock.real_elapsed() > BRIEF_AT_ALL;
        if elapsed > self.allowance.time || is_kept_waiting {
            self.cause.store(TOO_LONG, Ordering::Relaxed);
            return true;
        }
        match self.allowance.courtesy {
            Courtesy::None => {}
            Courtesy::Comparing => give_way(),
            Courtesy::Yielding => thread::yield_now(),
        }
        false
    }
}

/// When progress was last seen.
struct Clock {
    time: fn() -> Duration,
    progress: u64,
    since: Duration,
    real_since: Duration,
    /// Looks taken since then.
    looks: u32,
}

impl Clock {
    fn start(time: fn() -> Duration) -> Self {
        Self {
            time,
            progress: 0,
            since: time(),
            real_since: real_time(),
            looks: 0,
        }
    }

    fn elapsed_since(&mut self, progress: u64) -> Duration {
        let now = (self.time)();
        if progress != self.progress {
            *self = Self {
                progress,
                since: now,
                real_since: real_time(),
                looks: 0,
                ..*self
            };
        }
        self.looks = self.looks.saturating_add(1);
        now.saturating_sub(self.since)
    }

    fn real_elapsed(&self) -> Duration {
        real_time().saturating_sub(self.real_since)
    }
}

/// What a clock on the wall shows, from some moment on: SQLite cannot be stepped by a clock that can be stopped.
fn real_time() -> Duration {
    duration(clock_gettime(ClockId::Monotonic))
}

/// How long this thread has had a core. What it waits for, the disk or other processes, does not count.
fn thread_time() -> Duration {
    duration(clock_gettime(ClockId::ThreadCPUTime))
}

fn duration(time: Timespec) -> Duration {
    Duration::try_from(time).unwrap_or_default()
}

/// The time by which transactions are ended.
#[expect(
    clippy::disallowed_methods,
    reason = "a transaction's time is real time: SQLite cannot be stepped by a stopped clock"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}
