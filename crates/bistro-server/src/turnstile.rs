//! Lets changes in a few at a time: who only reads does not wait behind all of them.
//!
//! The answers to many writes leave together, and so the next requests of their clients come together. To understand and plan one of them
//! takes several times as long as to answer a short read, and tasks have their turn in the order in which they were
//! woken. So in each turn of the event loop only a few go on, and whatever has come meanwhile is looked at before the next few. Where turns
//! take long, because much is read, as many go on as take about as long: neither keeps the other from its share.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::yield_now;
use tokio::time::Instant;

/// How many go on in a turn of the event loop, however short it is.
const EACH_TURN: usize = 2;

/// How long the serving thread needs for a change, more or less.
const EACH: Duration = Duration::from_micros(50);

/// The most that go on in a turn.
const MOST: u128 = 1_024;

/// The turnstile of one core.
#[derive(Debug)]
pub(crate) struct Turnstile {
    /// How many more may go on in this turn.
    places: Semaphore,
    is_used: Notify,
}

impl Default for Turnstile {
    fn default() -> Self {
        Self {
            places: Semaphore::new(EACH_TURN),
            is_used: Notify::new(),
        }
    }
}

impl Turnstile {
    /// Waits for a turn in which one more may go on: for none, where changes come one by one.
    pub(crate) async fn pass(&self) {
        // It is never closed.
        if let Ok(place) = self.places.acquire().await {
            place.forget();
        }
        self.is_used.notify_one();
    }

    /// Lets the next ones go on, turn by turn.
    pub(crate) async fn tend(&self) -> Infallible {
        loop {
            self.is_used.notified().await;
            loop {
                let start = Instant::now();
                // Goes on once the event loop has looked for what has come.
                yield_now().await;
                match self.places.available_permits() {
                    EACH_TURN => break,
                    // Those who wait take them at once.
                    0 => self.places.add_permits(fitting(start.elapsed())),
                    left => {
                        self.places.forget_permits(left.saturating_sub(EACH_TURN));
                        self.places.add_permits(EACH_TURN.saturating_sub(left));
                    }
                }
            }
        }
    }
}

/// How many changes take about as long as a turn did.
fn fitting(turn: Duration) -> usize {
    let many = (turn.as_micros() / EACH.as_micros()).min(MOST);
    usize::try_from(many).unwrap_or(EACH_TURN).max(EACH_TURN)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn as_many_go_on_as_take_as_long_as_the_rest() {
        assert_eq!(fitting(Duration::ZERO), EACH_TURN);
        assert_eq!(fitting(Duration::from_micros(120)), EACH_TURN);
        assert_eq!(fitting(Duration::from_micros(500)), 10);
        assert_eq!(fitting(Duration::from_mins(1)), 1_024);
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
                        turnstile.pass().await;
                        passed.fetch_add(1, Ordering::Relaxed);
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
                assert!(turns >= all / EACH_TURN, "all passed in {turns} turns");
            }
        });
    }
}
