//! How long we wait, and what is said when that was not enough.

use std::future::Future;
use std::time::Duration;

use tokio::time::{self, Instant};

use crate::error::{Error, Leg};

/// A moment until which something must have happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    /// The moment.
    pub(crate) at: Instant,
    /// How far it was away when it was set.
    pub(crate) after: Duration,
    /// Who set it.
    pub(crate) setting: &'static str,
}

impl Deadline {
    /// A moment so long after the start; none for a time that no clock can show.
    pub(crate) fn new(
        start: Instant,
        after: Option<Duration>,
        setting: &'static str,
    ) -> Option<Self> {
        let after = after?;
        let at = start.checked_add(after)?;
        Some(Self { at, after, setting })
    }

    /// The failure when it is over.
    pub(crate) fn missed(self, leg: Leg) -> Error {
        let Self { after, setting, .. } = self;
        Error::TimedOut {
            leg,
            after,
            setting,
        }
    }
}

/// The earlier of two.
pub(crate) fn earlier(one: Option<Deadline>, other: Option<Deadline>) -> Option<Deadline> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.at < one.at { other } else { one }),
        (one, other) => one.or(other),
    }
}

/// Does the work, or fails in its leg when the time is over.
pub(crate) async fn within<T>(
    deadline: Option<Deadline>,
    leg: Leg,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match deadline {
        None => work.await,
        Some(deadline) => match time::timeout_at(deadline.at, work).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(deadline.missed(leg)),
        },
    }
}
