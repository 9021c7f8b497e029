//! How fast the machine is while it is measured, told by the same small work again and again.
//!
//! Where a host gives a machine less for some milliseconds, the client still has all of its core: only everything takes longer. That
//! moves the latency that one request in a hundred exceeds, and a rate hardly at all.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::clock::{float, nanos, now};

/// How long there is between two beats.
const EVERY: Duration = Duration::from_micros(250);

/// Steps of the work: some 250 ns.
const STEPS: u32 = 250;

/// A beat that takes so many times as long as the middle one is slow.
const SLOW: u64 = 3;

/// What comes so long before a slow beat may have had to wait in what it told.
const BEFORE: Duration = Duration::from_millis(2);

/// What comes so long after a slow beat may have had to wait behind what was left undone.
const AFTER: Duration = Duration::from_millis(10);

/// Beats, each of which did the same.
#[derive(Clone, Debug)]
pub(crate) struct Pulse {
    due: Instant,
    /// When each was, and how long it took, in nanoseconds.
    beats: Vec<(Instant, u64)>,
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
        self.due = at + EVERY;
        // Of two in a row the shorter one: an interrupt meets only one of them.
        self.beats.push((at, work().min(work())));
    }

    /// When the machine was slow.
    pub(crate) fn slow(&self) -> Slow {
        let mut sorted: Vec<u64> = self.beats.iter().map(|(_, beat)| *beat).collect();
        sorted.sort_unstable();
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
        let slow = self.beats.iter().filter(|(_, beat)| *beat > middle * SLOW);
        let moments: Vec<Instant> = slow.map(|(at, _)| *at).collect();
        let beats = u64::try_from(self.beats.len()).unwrap_or(u64::MAX);
        let count = u64::try_from(moments.len()).unwrap_or(u64::MAX);
        Slow {
            share: float(count) / float(beats.max(1)),
            moments,
        }
    }
}

/// When a machine was slow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slow {
    /// In how much of the time, of 1.
    pub(crate) share: f64,
    /// When its beats were slow, in order.
    moments: Vec<Instant>,
}

impl Slow {
    /// Whether what is due at a moment may have been kept by that. It depends on when it is due alone, and not on how long it took.
    pub(crate) fn touches(&self, due: Instant) -> bool {
        let from = self.moments.partition_point(|slow| *slow + AFTER < due);
        self.moments
            .get(from)
            .is_some_and(|slow| *slow < due + BEFORE)
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

    /// A beat each 20 ms.
    fn beaten(start: Instant, beats: &[u64]) -> Slow {
        let at = |number: u32| start + Duration::from_millis(20) * number;
        let beats = (0..).map(at).zip(beats.iter().copied()).collect();
        Pulse { due: start, beats }.slow()
    }

    #[test]
    fn what_takes_several_times_as_long_as_usual_is_slow() {
        let share = |beats: &[u64]| beaten(now(), beats).share;
        assert!(share(&[]).abs() < 1e-9);
        assert!(share(&[5]).abs() < 1e-9);
        assert!(share(&[100, 90, 300, 110]).abs() < 1e-9);
        assert!((share(&[100, 1_000, 90, 110]) - 0.25).abs() < 1e-9);
    }

    #[test]
    fn what_is_due_around_a_slow_beat_is_touched_by_it() {
        let start = now();
        let slow = beaten(start, &[100, 1_000, 100, 100, 1_000]);
        let touches = |due| slow.touches(start + Duration::from_millis(due));
        let touched: Vec<u64> = (0..100).filter(|due| touches(*due)).collect();
        let expected: Vec<u64> = (19..=30).chain(79..=90).collect();
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
        assert!(pulse.beats[0].1 > 0);
    }
}
