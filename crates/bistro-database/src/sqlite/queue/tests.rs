//! The queue's bounds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::{Added, Queue};
use crate::error::Error;

#[test]
fn threads_are_started_until_there_are_enough_and_then_work_waits_up_to_a_bound() {
    let queue = Queue::new(2, 2);
    assert_eq!(queue.add(1), Ok(Added::StartThread));
    assert_eq!(queue.add(2), Ok(Added::StartThread));
    assert_eq!(
        queue.add(3),
        Err(Error::Overloaded),
        "two wait, since no thread has taken any yet"
    );
    assert_eq!(queue.take(|| 1, Duration::ZERO, 0), [1]);
    assert_eq!(queue.add(3), Ok(Added::Taken));
    assert_eq!(queue.take(|| 9, Duration::ZERO, 0), [2, 3]);
}

#[test]
fn a_closed_queue_finishes_what_waits_and_takes_nothing_new() {
    let queue = Queue::new(2, 1);
    assert_eq!(queue.add(1), Ok(Added::StartThread));
    queue.close();
    assert_eq!(queue.add(2), Err(Error::Closed));
    assert_eq!(queue.take(|| 1, Duration::MAX, 1), [1]);
    assert!(queue.take(|| 1, Duration::MAX, 1).is_empty());
    drop(queue.life());
    queue.join();
}

#[test]
fn an_idle_thread_ends_unless_it_is_one_of_the_core() {
    let queue = Queue::new(2, 2);
    assert_eq!(queue.add(1), Ok(Added::StartThread));
    assert_eq!(queue.take(|| 1, Duration::ZERO, 0), [1]);
    assert!(queue.take(|| 1, Duration::ZERO, 0).is_empty());
    assert_eq!(
        queue.add(2),
        Ok(Added::StartThread),
        "there is no thread left"
    );
}

#[test]
fn work_nobody_can_do_is_dropped() {
    let queue = Queue::new(2, 2);
    assert_eq!(queue.add(1), Ok(Added::StartThread));
    assert_eq!(queue.add(2), Ok(Added::StartThread));
    assert_eq!(queue.not_started(), Ok(()), "there is another thread");
    assert_eq!(queue.not_started(), Err(Error::Overloaded));
    assert_eq!(queue.add(3), Ok(Added::StartThread));
    assert_eq!(queue.take(|| 9, Duration::ZERO, 0), [3]);
}

#[test]
fn how_much_is_taken_is_asked_when_there_is_work() {
    let queue = Queue::new(4, 1);
    let most = AtomicUsize::new(9);
    assert_eq!(queue.add(0), Ok(Added::StartThread));
    assert_eq!(queue.take(|| 1, Duration::MAX, 1), [0]);
    thread::scope(|scope| {
        let idle =
            scope.spawn(|| queue.take(|| most.load(Ordering::Relaxed), Duration::from_mins(1), 1));
        most.store(1, Ordering::Relaxed);
        assert_eq!(queue.add(1), Ok(Added::Taken));
        assert_eq!(idle.join().expect("it does not panic"), [1]);
    });
    assert_eq!(queue.add(2), Ok(Added::Taken));
    most.store(9, Ordering::Relaxed);
    assert_eq!(queue.add(3), Ok(Added::Taken));
    let both = queue.take(|| most.load(Ordering::Relaxed), Duration::ZERO, 1);
    assert_eq!(both, [2, 3]);
}
