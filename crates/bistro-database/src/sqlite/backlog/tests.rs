//! Turns and bounds.

use std::thread;
use std::time::Duration;

use super::{Backlog, Lane, SMALL_OCTETS_MAX, Turn};
use crate::error::Error;
use crate::sqlite::queue::Added;

const LARGE: usize = SMALL_OCTETS_MAX + 1;

/// Takes all that waits, `most` small jobs a turn: the turns, each with its jobs.
fn turns(backlog: &Backlog<u32>, most: usize) -> Vec<Vec<u32>> {
    let mut turns = Vec::new();
    while let Turn::Of(lane) = backlog.turn(Some(Duration::ZERO)) {
        let most = if lane == Lane::Large { 1 } else { most };
        turns.push((0..most).map_while(|_| backlog.next(lane)).collect());
    }
    turns
}

fn filled(jobs: &[(u32, usize)]) -> Backlog<u32> {
    let backlog = Backlog::new(100, usize::MAX);
    for (job, octets) in jobs {
        backlog.add(*job, *octets).unwrap();
    }
    backlog
}

#[test]
fn small_jobs_share_turns_in_the_order_in_which_they_came() {
    let backlog = filled(&[(1, 0), (2, 9), (3, SMALL_OCTETS_MAX), (4, 0)]);
    assert_eq!(turns(&backlog, 3), [vec![1, 2, 3], vec![4]]);
}

#[test]
fn what_came_before_a_large_job_is_done_before_it_and_what_came_after_does_not_wait_for_two() {
    let backlog = filled(&[
        (1, 0),
        (2, 0),
        (3, 0),
        (10, LARGE),
        (20, LARGE),
        (4, 0),
        (30, LARGE),
        (5, 0),
    ]);
    let expected = [
        vec![1, 2],
        vec![3, 4],
        vec![10],
        vec![5],
        vec![20],
        vec![30],
    ];
    assert_eq!(turns(&backlog, 2), expected);
}

#[test]
fn large_jobs_have_their_turn_while_small_ones_keep_coming() {
    let backlog = filled(&[(10, LARGE), (20, LARGE)]);
    let mut order = Vec::new();
    for job in 1..5 {
        backlog.add(job, 0).unwrap();
        if let Turn::Of(lane) = backlog.turn(None) {
            order.extend(backlog.next(lane));
        }
    }
    assert_eq!(order, [1, 10, 2, 20]);
}

#[test]
fn jobs_wait_up_to_a_number_and_a_size() {
    let backlog = Backlog::new(3, 100);
    assert_eq!(
        backlog.add(1, 101),
        Ok(Added::StartThread),
        "one alone may be as large as it likes"
    );
    assert_eq!(backlog.add(2, 0), Err(Error::Overloaded));
    assert_eq!(backlog.next(Lane::Small), Some(1));
    assert_eq!(backlog.add(2, 60), Ok(Added::Taken));
    assert_eq!(backlog.add(3, 41), Err(Error::Overloaded));
    assert_eq!(backlog.add(3, 40), Ok(Added::Taken));
    assert_eq!(backlog.next(Lane::Small), Some(2));
    assert_eq!(backlog.add(4, 0), Ok(Added::Taken));
    assert_eq!(backlog.add(5, 0), Ok(Added::Taken));
    assert_eq!(backlog.add(6, 0), Err(Error::Overloaded));
}

#[test]
fn an_idle_thread_is_woken_and_told_when_nothing_comes() {
    let backlog = Backlog::new(1, 0);
    assert_eq!(backlog.add(1, 0), Ok(Added::StartThread));
    assert_eq!(backlog.next(Lane::Small), Some(1));
    assert_eq!(backlog.turn(Some(Duration::ZERO)), Turn::Idle);
    thread::scope(|scope| {
        let idle = scope.spawn(|| backlog.turn(None));
        assert_eq!(backlog.add(2, 0), Ok(Added::Taken));
        assert_eq!(idle.join().unwrap(), Turn::Of(Lane::Small));
    });
}

#[test]
fn a_closed_backlog_finishes_what_waits_and_takes_nothing_new() {
    let backlog = filled(&[(1, 0)]);
    backlog.close();
    assert_eq!(backlog.add(2, 0), Err(Error::Closed));
    assert_eq!(turns(&backlog, 9), [[1]]);
    assert_eq!(backlog.turn(None), Turn::Over);
    drop(backlog.life());
    backlog.join();
}

#[test]
fn work_nobody_can_do_is_dropped() {
    let backlog = filled(&[(1, 0), (2, LARGE)]);
    assert_eq!(backlog.not_started(), Err(Error::Overloaded));
    assert_eq!(backlog.add(3, 0), Ok(Added::StartThread));
    assert_eq!(turns(&backlog, 9), [[3]]);
}
