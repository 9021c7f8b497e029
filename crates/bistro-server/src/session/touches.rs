//! What is to be noted of sessions that are used: many are noted in one write.

use std::collections::HashSet;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use bistro_session::key::Hash;

/// How many wait to be noted at most: beyond, a session may seem a little older than it is.
const WAITING_MAX: usize = 100_000;

/// Sessions that were used and of which that is not written down yet. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touches(Arc<Mutex<HashSet<Hash>>>);

impl Touches {
    /// The session of this hash is used now.
    pub(crate) fn note(&self, hash: Hash) {
        // Whoever panicked while holding it left a set that is as good as before.
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING_MAX {
            waiting.insert(hash);
        }
    }

    /// All that were used since this was asked last.
    pub(crate) fn take(&self) -> Vec<Hash> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mem::take(&mut *waiting).into_iter().collect()
    }
}
