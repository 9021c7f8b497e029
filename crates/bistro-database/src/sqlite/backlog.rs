//! What waits for the writer. Small jobs share turns and large ones have each their own; both their number and their octets are
//! bounded.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;
use crate::sqlite::queue::Added;

/// A job of more octets is a large one: some 400 rows, or 2 ms.
const SMALL_OCTETS_MAX: usize = 64 * 1024;

/// Jobs that wait for the one thread that writes.
#[derive(Debug)]
pub(super) struct Backlog<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// The most jobs that may wait.
    jobs_max: usize,
    /// The most octets that they may hold together.
    octets_max: usize,
}

#[derive(Debug)]
struct State<T> {
    small: VecDeque<Waiting<T>>,
    large: VecDeque<Waiting<T>>,
    /// Of all that waits.
    octets: usize,
    /// How many jobs have come.
    arrived: u64,
    last: Lane,
    thread: Thread,
    is_closed: bool,
}

/// The thread that takes jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thread {
    /// There is none, or it has let go of everything.
    Absent,
    Working,
    /// It waits for a job.
    Idle,
}

#[derive(Debug)]
struct Waiting<T> {
    /// Its place among all that have come.
    number: u64,
    octets: usize,
    job: T,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Jobs that share a transaction.
    Small,
    /// One that has a transaction of its own.
    Large,
}

/// What a thread that asked for work is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Take the jobs of this lane.
    Of(Lane),
    /// Nothing came for as long as it would wait.
    Idle,
    /// Nothing will come any more.
    Over,
}

impl<T> Backlog<T> {
    pub(super) fn new(jobs_max: usize, octets_max: usize) -> Self {
        let state = State {
            small: VecDeque::new(),
            large: VecDeque::new(),
            octets: 0,
            arrived: 0,
            last: Lane::Large,
            thread: Thread::Absent,
            is_closed: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            jobs_max: jobs_max.max(1),
            octets_max,
        }
    }

    /// Adds a job that holds this many octets.
    ///
    /// # Errors
    /// Too much waits already, or the backlog is closed.
    pub(super) fn add(&self, job: T, octets: usize) -> Result<Added, Error> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(Error::Closed);
        }
        let waiting = state.small.len() + state.large.len();
        // One job alone may hold more than all together: how large a body may be is not decided here.
        let is_too_much = waiting > 0 && state.octets.saturating_add(octets) > self.octets_max;
        if waiting >= self.jobs_max || is_too_much {
            return Err(Error::Overloaded);
        }
        state.octets += octets;
        state.arrived += 1;
        let waiting = Waiting {
            number: state.arrived,
            octets,
            job,
        };
        if octets > SMALL_OCTETS_MAX {
            state.large.push_back(waiting);
        } else {
            state.small.push_back(waiting);
        }
        let before = mem::replace(&mut state.thread, Thread::Working);
        drop(state);
        match before {
            Thread::Absent => return Ok(Added::StartThread),
            Thread::Working => {}
            // Told once: waking takes a system call.
            Thread::Idle => self.changed.notify_all(),
        }
        Ok(Added::Taken)
    }

    /// The thread asked for could not be started: what waits is dropped.
    ///
    /// # Errors
    /// Nobody will do the work.
    pub(super) fn not_started(&self) -> Result<(), Error> {
        let mut state = self.lock();
        state.thread = Thread::Absent;
        state.octets = 0;
        let dropped = (mem::take(&mut state.small), mem::take(&mut state.large));
        drop(state);
        drop(dropped);
        Err(Error::Overloaded)
    }

    /// Waits for work, and tells whose turn it is. `None` waits for as long as it takes.
    pub(super) fn turn(&self, patience: Option<Duration>) -> Turn {
        let mut state = self.lock();
        loop {
            if let Some(lane) = state.lane() {
                state.last = lane;
                return Turn::Of(lane);
            }
            if state.is_closed {
                return Turn::Over;
            }
            state.thread = Thread::Idle;
            let (again, has_waited_long) = self.wait(state, patience);
            state = again;
            let is_idle = mem::replace(&mut state.thread, Thread::Working) == Thread::Idle;
            if has_waited_long && is_idle {
                return Turn::Idle;
            }
        }
    }

    /// The next job of a lane, if one waits.
    pub(super) fn next(&self, lane: Lane) -> Option<T> {
        let mut state = self.lock();
        let waiting = match lane {
            Lane::Small => state.small.pop_front(),
            Lane::Large => state.large.pop_front(),
        }?;
        state.octets -= waiting.octets;
        Some(waiting.job)
    }

    /// What the thread holds for as long as it holds anything else.
    pub(super) fn life(&self) -> Life<'_, T> {
        Life { backlog: self }
    }

    /// Refuses what comes from now on; what waits is still done.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Waits until the thread of a closed backlog has let go of everything.
    pub(super) fn join(&self) {
        let mut state = self.lock();
        while state.thread != Thread::Absent {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State<T>>,
        patience: Option<Duration>,
    ) -> (MutexGuard<'a, State<T>>, bool) {
        let Some(patience) = patience else {
            let state = self.changed.wait(state);
            return (state.unwrap_or_else(PoisonError::into_inner), false);
        };
        let (state, waited) = self
            .changed
            .wait_timeout(state, patience)
            .unwrap_or_else(PoisonError::into_inner);
        (state, waited.timed_out())
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// Whose turn it is: what came first, but never two large jobs while small ones wait.
    fn lane(&self) -> Option<Lane> {
        match (self.small.front(), self.large.front()) {
            (None, None) => None,
            (Some(_), None) => Some(Lane::Small),
            (None, Some(_)) => Some(Lane::Large),
            (Some(small), Some(large)) => {
                let is_small = self.last == Lane::Large || small.number < large.number;
                Some(if is_small { Lane::Small } else { Lane::Large })
            }
        }
    }
}

/// The thread that works for a backlog.
#[derive(Debug)]
pub(super) struct Life<'a, T> {
    backlog: &'a Backlog<T>,
}

impl<T> Drop for Life<'_, T> {
    fn drop(&mut self) {
        self.backlog.lock().thread = Thread::Absent;
        self.backlog.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
