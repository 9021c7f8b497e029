//! The sessions that requests of one core have shown lately: to find one again takes less than to ask for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bistro_database::Generation;
use quick_cache::Weighter;
use quick_cache::unsync::Cache;

use crate::session::held::Held;

/// Room for them, in octets.
const ROOM: u64 = 1024 * 1024;

/// What one of them is expected to take, in octets.
const EACH: usize = 1024;

/// What a core knows of the sessions it has seen.
#[derive(Debug)]
pub(crate) struct Known {
    /// By cookie. Only the core's own thread locks it.
    held: Mutex<Cache<Box<[u8]>, Arc<Held>, Weight>>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            held: Mutex::new(Cache::with_weighter(1024, ROOM, Weight)),
        }
    }
}

impl Known {
    /// What was found out about a cookie, if nothing at all has changed in the database since.
    pub(crate) fn get(&self, cookie: &[u8], generation: Option<Generation>) -> Option<Arc<Held>> {
        let held = self.lock();
        let held = held.get(cookie)?;
        (generation? == held.generation?).then(|| Arc::clone(held))
    }

    /// Remembers what was found out.
    pub(crate) fn put(&self, cookie: &[u8], held: &Arc<Held>) {
        if held.generation.is_some() {
            self.lock().insert(cookie.into(), Arc::clone(held));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Cache<Box<[u8]>, Arc<Held>, Weight>> {
        // Nothing of ours panics while it is held, and a cache is as good without its last entry.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a session takes of the room.
#[derive(Clone, Copy, Debug)]
struct Weight;

impl Weighter<Box<[u8]>, Arc<Held>> for Weight {
    fn weight(&self, cookie: &Box<[u8]>, held: &Arc<Held>) -> u64 {
        (cookie.len() + held.session.data.len() + EACH) as u64
    }
}
