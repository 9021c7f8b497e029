//! What one core remembers of the reads it has answered: what was decided about them, and what they were answered with.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bistro_database::Generation;
use quick_cache::Weighter;
use quick_cache::unsync::Cache;

use crate::reading::given::Given;
use crate::reading::key::Key;
use crate::reading::prepared::Prepared;

/// Room for decisions, in octets.
const PREPARED_BYTES: u64 = 1024 * 1024;

/// How much of the room for answers one of them may take: the others should not have to make way for it.
const SHARE: usize = 4;

/// What an answer is expected to take, in octets, to begin with.
const ANSWER_BYTES: u64 = 8 * 1024;

/// What a decision is expected to take.
const DECISION_BYTES: u64 = 4 * 1024;

/// What a core remembers.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Only the core's own thread locks these: they are locks because connections are tasks that could be moved.
    prepared: Mutex<Cache<Box<[u8]>, Arc<Prepared>, Weight>>,
    given: Mutex<Cache<Box<[u8]>, Arc<Given>, Weight>>,
    /// Room for answers, in octets; none are kept if there is none.
    room: usize,
}

impl Memory {
    /// One with so much room for answers, in octets.
    pub(crate) fn new(room: usize) -> Self {
        let room_for = |octets: u64, each: u64| {
            let expected = usize::try_from(octets / each).unwrap_or(usize::MAX);
            Mutex::new(Cache::with_weighter(expected.max(1), octets, Weight))
        };
        let expected = usize::try_from(PREPARED_BYTES / DECISION_BYTES).unwrap_or(usize::MAX);
        Self {
            prepared: Mutex::new(Cache::with_weighter(expected, PREPARED_BYTES, Weight)),
            given: room_for(room as u64, ANSWER_BYTES),
            room,
        }
    }

    /// What was decided about a request like this.
    pub(crate) fn prepared(&self, key: &Key) -> Option<Arc<Prepared>> {
        let prepared = lock(&self.prepared);
        prepared
            .get(key.kind())
            .or_else(|| prepared.get(key.whole()))
            .map(Arc::clone)
    }

    /// Remembers what was decided.
    pub(crate) fn prepare(&self, key: &Key, prepared: &Arc<Prepared>) {
        let place = if key.may_be_row() && prepared.is_of_any_row() {
            key.kind()
        } else {
            key.whole()
        };
        lock(&self.prepared).insert(place.into(), Arc::clone(prepared));
    }

    /// Forgets what was decided: the schema has changed.
    pub(crate) fn forget(&self, key: &Key) {
        let mut prepared = lock(&self.prepared);
        prepared.remove(key.kind());
        prepared.remove(key.whole());
    }

    /// The answer remembered by this, if it was given in this state of the database.
    pub(super) fn given(&self, key: &[u8], generation: Option<Generation>) -> Option<Arc<Given>> {
        let given = lock(&self.given);
        let given = given.get(key)?;
        (generation? == given.generation?).then(|| Arc::clone(given))
    }

    /// Remembers an answer.
    pub(super) fn give(&self, key: &[u8], given: &Arc<Given>) {
        if given.weight() <= self.room / SHARE {
            lock(&self.given).insert(key.into(), Arc::clone(given));
        }
    }
}

/// What something takes of the room there is for its like, in octets.
#[derive(Clone, Copy, Debug)]
struct Weight;

impl Weighter<Box<[u8]>, Arc<Prepared>> for Weight {
    fn weight(&self, key: &Box<[u8]>, prepared: &Arc<Prepared>) -> u64 {
        (key.len() + prepared.weight()) as u64
    }
}

impl Weighter<Box<[u8]>, Arc<Given>> for Weight {
    fn weight(&self, key: &Box<[u8]>, given: &Arc<Given>) -> u64 {
        (key.len() + given.weight()) as u64
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing of ours panics while it is held, and a cache is as good without its last entry.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
