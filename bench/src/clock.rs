//! The clock, and numbers made of what it says.

use std::time::{Duration, Instant};

/// Now.
#[expect(clippy::disallowed_methods, reason = "time is what a bench measures")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A time in whole nanoseconds.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A count as a number to divide with.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is counted here is far below 2^53"
)]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
