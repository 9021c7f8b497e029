//! How fast the machine is while it is measured, told by the same small work again and again.
//!
//! Where a host gives a machine less for some milliseconds, the client still has all of its core: only everything takes longer. That
//! moves the latency that one request in a hundred exceeds, and a rate hardly at all.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::clock::{nanos, now};

/// How long there is between two beats.
const EVERY: Duration = Duration::from_micros(250);

/// Steps of the work: it takes long to the clock, and short to the time between two beats.
const STEPS: u32 = 250;

/// A beat that takes so many times as long as the middle one is slow.
const SLOW: u64 = 3;

/// A client that never sleeps beats on time; one that is so late did not run at all.
const PAUSE: Duration = Duration::from_millis(1);

/// What comes so long before a slow beat may have had to wait in what it told.
const BEFORE: Duration = Duration::from_millis(2);

/// What comes so long after a slow beat may have had to wait behind what was left undone.
const AFTER: Duration = Duration::from_millis(10);

/// Beats, each of which did the same.
#[derive(Clone, Debug)]
pub(crate) struct Pulse {
    due: Instant,
    beats: Vec<Beat>,
}

/// The work once.
#[derive(Clone, Copy, Debug)]
struct Beat {
    /// When it was due.
    due: Instant,
    /// When it was done.
    at: Instant,
    /// How long it took, in nanoseconds.
    took: u64,
}

impl Pulse {
    /// Beats from a moment on.
    pub(crate) fn from(start: Instant) -> Self {
        Self {
            due: start,
            beats: Vec::new(),
        }
    }

    /// Does the work if it is time to.
    pub(crate) fn beat(&mut self, at: Instant) {
        if at < self.due {
            return;
        }
        self.beats.push(Beat {
            due: self.due,
            at,
            // Of two in a row the shorter one: an interrupt meets only one of them.
            took: work().min(work()),
        });
        self.due = at + EVERY;
    }

    /// When the machine was slow.
    pub(crate) fn slow(&self) -> Slow {
        let mut sorted: Vec<u64> = self.beats.iter().map(|beat| beat.took).collect();
        sorted.sort_unstable();
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
        let is_slow = |beat: &&Beat| beat.took > middle * SLOW || beat.at - beat.due > PAUSE;
        let slow: Vec<Beat> = self.beats.iter().filter(is_slow).copied().collect();
        let share = match (self.beats.first(), self.beats.last()) {
            (Some(first), Some(last)) => {
                let lost: Duration = slow.iter().map(|beat| beat.at - beat.due + EVERY).sum();
                lost.as_secs_f64() / (last.at - first.due + EVERY).as_secs_f64()
            }
            _ => 0.0,
        };
        Slow { share, beats: slow }
    }
}

/// When a machine was slow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slow {
    /// In how much of the time, of 1.
    pub(crate) share: f64,
    /// Beats that were slow, or late, in order.
    beats: Vec<Beat>,
}

impl Slow {
    /// Whether what is due at a moment may have been kept by that. It depends on when it is due alone, and not on how long it took.
    pub(crate) fn touches(&self, due: Instant) -> bool {
        let from = self.beats.partition_point(|slow| slow.at + AFTER < due);
        self.beats
            .get(from)
            .is_some_and(|slow| slow.due < due + BEFORE)
    }
}

/// How long it takes, in nanoseconds.
fn work() -> u64 {
    let start = now();
    let mut state = 1_u64;
    for _ in 0..STEPS {
        // Each step needs the one before.
        state = black_box(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        );
    }
    nanos(start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beats that took so long, 20 ms after each other, so late in milliseconds.
    fn beaten(start: Instant, beats: &[(u64, u64)]) -> Slow {
        let beat = |(number, (took, late)): (u32, &(u64, u64))| {
            let due = start + Duration::from_millis(20) * number;
            Beat {
                due,
                at: due + Duration::from_millis(*late),
                took: *took,
            }
        };
        let beats = (0..).zip(beats).map(beat).collect();
        Pulse { due: start, beats }.slow()
    }

    #[test]
    fn what_takes_several_times_as_long_as_usual_is_slow() {
        let share = |beats: &[(u64, u64)]| beaten(now(), beats).share;
        assert!(share(&[]).abs() < 1e-9);
        assert!(share(&[(5, 0)]).abs() < 1e-9);
        assert!(share(&[(100, 0), (90, 1), (300, 0), (110, 0)]).abs() < 1e-9);
        // 0.25 ms of 40.25, and 10.25 of 40.25.
        assert!((share(&[(100, 0), (1_000, 0), (90, 0)]) - 0.0062).abs() < 1e-4);
        assert!((share(&[(100, 0), (100, 10), (90, 0)]) - 0.2547).abs() < 1e-4);
    }

    #[test]
    fn what_is_due_around_a_slow_beat_is_touched_by_it() {
        let start = now();
        let slow = beaten(start, &[(100, 0), (1_000, 0), (100, 0), (100, 5)]);
        let touches = |due| slow.touches(start + Duration::from_millis(due));
        let touched: Vec<u64> = (0..100).filter(|due| touches(*due)).collect();
        let expected: Vec<u64> = (19..=30).chain(59..=75).collect();
        assert_eq!(touched, expected);
        assert!(!Slow::default().touches(start));
    }

    #[test]
    fn beats_come_when_they_are_due() {
        let start = now();
        let mut pulse = Pulse::from(start + EVERY);
        pulse.beat(start);
        assert!(pulse.beats.is_empty());
        for _ in 0..2 {
            pulse.beat(start + EVERY);
        }
        assert_eq!(pulse.beats.len(), 1);
        assert!(pulse.beats[0].took > 0);
    }
}
