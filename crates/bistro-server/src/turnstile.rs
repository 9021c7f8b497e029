//! Lets changes in one at a time: who only reads does not wait behind all of them.
//!
//! The answers to many writes leave together, and so the next requests of their clients come together. To understand and plan one of them
//! takes several times as long as to answer a short read, and tasks have their turn in the order in which they were
//! woken. So in each turn of the event loop only one goes on, and whatever has come meanwhile is looked at before the next. Where turns
//! take long, because much is read, as many go on as take about as long: neither keeps the other from its share.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bistro_database::give_way;
use tokio::sync::{Notify, Semaphore};
use tokio::task::yield_now;
use tokio::time::Instant;

/// How many go on in a turn of the event loop, however short it is: the fewest.
const EACH_TURN: usize = 1;

/// The most that go on in a turn.
const MOST: u128 = 1_024;

/// The turnstile of one core.
#[derive(Debug)]
pub(crate) struct Turnstile {
    /// How many more may go on in this turn.
    places: Semaphore,
    is_used: Notify,
    /// How long changes have taken in this turn, in nanoseconds.
    taken: AtomicU64,
}

impl Default for Turnstile {
    fn default() -> Self {
        Self {
            places: Semaphore::new(EACH_TURN),
            is_used: Notify::new(),
            taken: AtomicU64::new(0),
        }
    }
}

impl Turnstile {
    /// Waits for a turn in which one more may go on (for none, where changes come one by one), and goes on with `change`.
    pub(crate) async fn pass<F: Future>(&self, mut change: Pin<&mut F>) -> F::Output {
        // It is never closed.
        if let Ok(place) = self.places.acquire().await {
            place.forget();
        }
        self.is_used.notify_one();
        poll_fn(|context| {
            let start = Instant::now();
            let outcome = change.as_mut().poll(context);
            let taken = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.taken.fetch_add(taken, Ordering::Relaxed);
            outcome
        })
        .await
    }

    /// Lets the next ones go on, turn by turn.
    pub(crate) async fn tend(&self) -> Infallible {
        loop {
            self.is_used.notified().await;
            let mut let_in = EACH_TURN;
            loop {
                let start = Instant::now();
                self.taken.store(0, Ordering::Relaxed);
                // Goes on once the event loop has looked for what has come.
                yield_now().await;
                give_way();
                match self.places.available_permits() {
                    EACH_TURN => break,
                    0 => {
                        let taken = Duration::from_nanos(self.taken.load(Ordering::Relaxed));
                        let_in = fitting(start.elapsed(), taken, let_in);
                        // Those who wait take them at once.
                        self.places.add_permits(let_in);
                    }
                    // More were let in than came.
                    left => {
                        self.places.forget_permits(left.saturating_sub(EACH_TURN));
                        let_in = EACH_TURN;
                    }
                }
            }
        }
    }
}

/// How many changes take about as long as everything else did in a turn of which changes took some, as many as were let in.
///
/// It is told by their own time, and not by what one takes as a rule: where a machine is slow for a while, the turn and each of
/// them are, and as many as before must do.
fn fitting(turn: Duration, taken: Duration, let_in: usize) -> usize {
    let rest = turn.saturating_sub(taken).as_nanos();
    let let_in = u128::try_from(let_in).unwrap_or(MOST);
    let many = (rest * let_in).checked_div(taken.as_nanos());
    usize::try_from(many.unwrap_or_default().min(MOST))
        .unwrap_or(EACH_TURN)
        .max(EACH_TURN)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn as_many_go_on_as_take_as_long_as_the_rest() {
        let fit = |turn, taken, let_in| {
            fitting(
                Duration::from_micros(turn),
                Duration::from_micros(taken),
                let_in,
            )
        };
        // Hardly anything else was done, or nothing is known.
        assert_eq!(fit(60, 50, 1), 1);
        assert_eq!(fit(0, 0, 1), 1);
        assert_eq!(fit(500, 0, 1), 1);
        // The clock may have gone on between the two.
        assert_eq!(fit(50, 60, 1), 1);
        // Ten take as long as the rest did, on a machine that is ten times slower as well.
        assert_eq!(fit(600, 100, 2), 10);
        assert_eq!(fit(6_000, 1_000, 2), 10);
        // And so it stays.
        assert_eq!(fit(1_000, 500, 10), 10);
        assert_eq!(fit(60_000_000, 1, 1), 1_024);
    }

    #[test]
    fn everybody_passes_and_nobody_else_waits_for_all_of_them() {
        // No time passes, so that only a few go on in each turn.
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("it can be made");
        runtime.block_on(async {
            let turnstile = Arc::new(Turnstile::default());
            let tended = Arc::clone(&turnstile);
            let _tender = tokio::spawn(async move { tended.tend().await });
            for round in 1..4 {
                let passed = Arc::new(AtomicUsize::new(0));
                let all = 50;
                for number in 0..2 * all {
                    let (turnstile, passed) = (Arc::clone(&turnstile), Arc::clone(&passed));
                    let waiting = tokio::spawn(async move {
                        let change = pin!(async { passed.fetch_add(1, Ordering::Relaxed) });
                        turnstile.pass(change).await;
                    });
                    // Who goes away while he waits keeps nobody.
                    if number % 2 == 0 {
                        waiting.abort();
                    }
                }
                let mut turns = 0;
                while passed.load(Ordering::Relaxed) < all {
                    yield_now().await;
                    turns += 1;
                    assert!(turns < 1_000, "round {round}: somebody waits for ever");
                }
                assert!(turns >= all, "all passed in {turns} turns");
            }
        });
    }
}
