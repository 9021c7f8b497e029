//! Places for long responses: each keeps a reading thread for as long as its client takes.
//!
//! Without a bound of their own, as many slow clients as there are readers would leave none for anybody else.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The places there are. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct LongResponses {
    places: Arc<Semaphore>,
}

/// One of them, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl LongResponses {
    /// Places for three readers of four; one at least, so that a database with a single reader has long responses, too.
    pub(crate) fn among(readers: usize) -> Self {
        let places = (readers - readers.div_ceil(4)).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// A place, if one is free and nobody waits for it.
    pub(crate) fn enter(&self) -> Option<Place> {
        Arc::clone(&self.places)
            .try_acquire_owned()
            .ok()
            .map(|permit| Place { _permit: permit })
    }

    /// The next place that is free; `None` if there is none for that long. Who came first gets it.
    pub(crate) async fn wait(&self, patience: Duration) -> Option<Place> {
        let acquired = timeout(patience, Arc::clone(&self.places).acquire_owned()).await;
        acquired
            .ok()
            .and_then(Result::ok)
            .map(|permit| Place { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use super::LongResponses;

    fn check(readers: usize, places: usize) {
        let long = LongResponses::among(readers);
        let taken: Vec<_> = std::iter::from_fn(|| long.enter()).collect();
        assert_eq!(taken.len(), places, "{readers} readers");
        drop(taken);
        assert!(long.enter().is_some(), "a place is free again");
    }

    #[test]
    fn a_quarter_of_the_readers_is_never_lent_for_long() {
        for (readers, places) in [(1, 1), (2, 1), (3, 2), (4, 3), (5, 3), (32, 24)] {
            check(readers, places);
        }
    }
}
