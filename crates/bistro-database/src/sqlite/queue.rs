//! A bounded queue between those who ask and the threads that work.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;

/// Work that waits, and the threads that take it.
#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// The most that may wait.
    waiting_max: usize,
    /// The most threads that may work.
    threads_max: usize,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    /// Threads that take work.
    threads: usize,
    /// Threads that have not let go of everything: those that take work, and those that are about to end.
    alive: usize,
    /// Threads among them that wait for work.
    idle: usize,
    is_closed: bool,
}

/// What whoever added work has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// A thread will take it.
    Taken,
    /// Start a thread; it is counted already. If it cannot be started, tell with [`Queue::not_started`].
    StartThread,
}

impl<T> Queue<T> {
    pub(super) fn new(waiting_max: usize, threads_max: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            threads: 0,
            alive: 0,
            idle: 0,
            is_closed: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            waiting_max: waiting_max.max(1),
            threads_max: threads_max.max(1),
        }
    }

    /// Adds work.
    ///
    /// # Errors
    /// The queue is full or closed.
    pub(super) fn add(&self, work: T) -> Result<Added, Error> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(Error::Closed);
        }
        let starts = state.waiting.len() >= state.idle && state.threads < self.threads_max;
        if !starts && state.waiting.len() >= self.waiting_max {
            return Err(Error::Overloaded);
        }
        state.waiting.push_back(work);
        if starts {
            state.threads += 1;
            state.alive += 1;
            return Ok(Added::StartThread);
        }
        drop(state);
        self.changed.notify_one();
        Ok(Added::Taken)
    }

    /// The thread asked for could not be started. If there is none at all, what waits is dropped.
    ///
    /// # Errors
    /// Nobody will do the work.
    pub(super) fn not_started(&self) -> Result<(), Error> {
        let mut state = self.lock();
        state.threads -= 1;
        state.alive -= 1;
        if state.threads > 0 {
            return Ok(());
        }
        let dropped = std::mem::take(&mut state.waiting);
        drop(state);
        drop(dropped);
        Err(Error::Overloaded)
    }

    /// Waits for work and takes up to `most` of it, which is asked when work is there: it may change while nothing is. Empty: the thread is to end, because the queue is closed, or because
    /// nothing came for `patience` and more than `core` threads are there.
    pub(super) fn take(&self, most: impl Fn() -> usize, patience: Duration, core: usize) -> Vec<T> {
        let mut state = self.lock();
        state.idle += 1;
        loop {
            if !state.waiting.is_empty() {
                state.idle -= 1;
                let count = most().min(state.waiting.len());
                return state.waiting.drain(..count).collect();
            }
            if state.is_closed {
                break;
            }
            let (again, wait) = self
                .changed
                .wait_timeout(state, patience)
                .unwrap_or_else(PoisonError::into_inner);
            state = again;
            if wait.timed_out() && state.waiting.is_empty() && state.threads > core {
                break;
            }
        }
        state.idle -= 1;
        state.threads -= 1;
        Vec::new()
    }

    /// What a thread holds for as long as it holds anything else.
    pub(super) fn life(&self) -> Life<'_, T> {
        Life { queue: self }
    }

    /// Refuses what comes from now on; what waits is still done.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Waits until a closed queue's last thread has let go of everything.
    pub(super) fn join(&self) {
        let mut state = self.lock();
        while state.alive > 0 {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that works for a queue.
#[derive(Debug)]
pub(super) struct Life<'a, T> {
    queue: &'a Queue<T>,
}

impl<T> Drop for Life<'_, T> {
    fn drop(&mut self) {
        self.queue.lock().alive -= 1;
        self.queue.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
