//! The time, for cookies that end and for servers that say when to come back.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time of day.
#[expect(
    clippy::disallowed_methods,
    reason = "here it is read, to be handed on as an argument"
)]
pub(super) fn time() -> SystemTime {
    SystemTime::now()
}

/// The same in whole seconds since 1970.
pub(super) fn now() -> u64 {
    time()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
