//! One answer from the thread that writes to the task that waits for it. Tasks of one runtime are woken together: waking each from
//! outside would take a system call each.

use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio::task::yield_now;

use crate::error::Error;
use crate::share::give_way;

/// Where an answer is given and taken.
struct Place<T> {
    state: Mutex<State<T>>,
}

enum State<T> {
    /// Nobody waits yet, or any more.
    Empty,
    Awaited(Sleeper),
    Given(Result<T, Error>),
}

/// A task that waits.
struct Sleeper {
    waker: Waker,
    /// The runtime it belongs to.
    runtime: Option<Handle>,
}

/// The end that gives the answer. Dropped without one, it answers that the database is closed.
pub(super) struct Promise<T> {
    place: Option<Arc<Place<T>>>,
}

/// The end that waits for it.
pub(super) struct Answer<T> {
    place: Arc<Place<T>>,
}

/// A promise, and its answer.
pub(super) fn promise<T>() -> (Promise<T>, Answer<T>) {
    let place = Arc::new(Place {
        state: Mutex::new(State::Empty),
    });
    let promise = Promise {
        place: Some(Arc::clone(&place)),
    };
    (promise, Answer { place })
}

impl<T> Place<T> {
    /// Gives the answer; who waits for it is still to be woken.
    fn give(&self, answer: Result<T, Error>) -> Option<Sleeper> {
        match mem::replace(&mut *self.lock(), State::Given(answer)) {
            State::Awaited(sleeper) => Some(sleeper),
            State::Empty | State::Given(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Promise<T> {
    /// Gives the answer. Who waits for it is woken with `wakes`.
    pub(super) fn keep(mut self, answer: Result<T, Error>, wakes: &mut Wakes) {
        if let Some(place) = self.place.take() {
            wakes.sleepers.extend(place.give(answer));
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if let Some(sleeper) = self
            .place
            .take()
            .and_then(|place| place.give(Err(Error::Closed)))
        {
            sleeper.waker.wake();
        }
    }
}

impl<T> Future for Answer<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.place.lock();
        match mem::replace(&mut *state, State::Empty) {
            State::Given(answer) => Poll::Ready(answer),
            State::Empty | State::Awaited(_) => {
                *state = State::Awaited(Sleeper {
                    waker: context.waker().clone(),
                    runtime: Handle::try_current().ok(),
                });
                Poll::Pending
            }
        }
    }
}

/// Tasks that are to be woken.
#[derive(Default)]
pub(super) struct Wakes {
    sleepers: Vec<Sleeper>,
}

impl Wakes {
    /// Wakes them: from outside only one of each runtime, which wakes the others.
    pub(super) fn wake(&mut self) {
        let mut together: Vec<(Handle, Vec<Waker>)> = Vec::new();
        for Sleeper { waker, runtime } in self.sleepers.drain(..) {
            let Some(runtime) = runtime else {
                waker.wake();
                continue;
            };
            let mut known = together.iter_mut();
            match known.find(|(known, _)| known.id() == runtime.id()) {
                Some((_, wakers)) => wakers.push(waker),
                None => together.push((runtime, vec![waker])),
            }
        }
        for (runtime, wakers) in together {
            // A runtime that has ended drops this, and has no tasks to wake.
            drop(runtime.spawn(wake_in_turn(wakers)));
        }
    }
}

/// Wakes them, one at a time: each has some 20 µs of work, to answer and to read the next request, and before the next one the runtime looks
/// who else has come, or he would wait until all of a large transaction are answered and have asked again.
async fn wake_in_turn(wakers: Vec<Waker>) {
    for waker in wakers {
        waker.wake();
        give_way();
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn tasks_are_woken_together_and_each_has_its_own_answer() {
        let (promises, answers): (Vec<_>, Vec<_>) = (0..100).map(|_| promise()).unzip();
        let (polled, all_polled) = oneshot::channel();
        let tasks: Vec<_> = answers.into_iter().map(tokio::spawn).collect();
        // The tasks were spawned before this one, so they wait when it runs.
        tokio::spawn(async { polled.send(()) });
        all_polled.await.unwrap();
        thread::spawn(move || {
            let mut wakes = Wakes::default();
            for (number, promise) in promises.into_iter().enumerate() {
                promise.keep(Ok(number), &mut wakes);
            }
            assert_eq!(wakes.sleepers.len(), 100);
            wakes.wake();
        });
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), Ok(number));
        }
    }

    #[tokio::test]
    async fn an_answer_that_was_given_before_anybody_waits_is_there() {
        let (promise, answer) = promise();
        promise.keep(Ok(1), &mut Wakes::default());
        assert_eq!(answer.await, Ok(1));
    }

    #[tokio::test]
    async fn a_promise_that_is_dropped_is_an_answer() {
        let (promise, answer) = promise::<()>();
        let waits = tokio::spawn(answer);
        yield_now().await;
        thread::spawn(move || drop(promise));
        assert_eq!(waits.await.unwrap(), Err(Error::Closed));
    }
}
