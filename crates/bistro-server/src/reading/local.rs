//! What the requests of one core share, and no other core's.

use bistro_database::{Database, Lane};
use bistro_session::store::redis::RedisStore;

use crate::reading::memory::Memory;
use crate::session::known::Known;
use crate::turnstile::Turnstile;

/// What the requests of one core share.
#[derive(Debug)]
pub(crate) struct Local {
    /// Where short reads are run.
    pub(crate) lane: Lane,
    /// Where changes wait for each other.
    pub(crate) turnstile: Turnstile,
    /// What is remembered of them.
    pub(crate) memory: Memory,
    /// The sessions that were shown lately.
    pub(crate) known: Known,
    /// Where sessions are, if Redis has them.
    pub(crate) redis: Option<RedisStore>,
}

impl Local {
    /// For a core, with so much room for answers, in octets.
    pub(crate) fn new(database: &Database, room: usize, redis: Option<RedisStore>) -> Self {
        Self {
            lane: database.lane(),
            turnstile: Turnstile::default(),
            memory: Memory::new(room),
            known: Known::default(),
            redis,
        }
    }
}
