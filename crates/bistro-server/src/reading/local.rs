//! What the reads of one core share, and no other core's.

use bistro_database::{Database, Lane};

use crate::reading::memory::Memory;

/// What the reads of one core share.
#[derive(Debug)]
pub(crate) struct Local {
    /// Where short ones are run.
    pub(crate) lane: Lane,
    /// What is remembered of them.
    pub(crate) memory: Memory,
}

impl Local {
    /// For a core, with so much room for answers, in octets.
    pub(crate) fn new(database: &Database, room: usize) -> Self {
        Self {
            lane: database.lane(),
            memory: Memory::new(room),
        }
    }
}
