//! What the connections of a core read into and write from, when they do so themselves: none of them keeps anything here.

use crate::wire::plain::Clients;
use crate::wire::reply::Date;

/// How much is read at once, in octets. A head that is longer is left to hyper.
const INPUT_BYTES: usize = 8 * 1024;

/// What is read into, and what is written with.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// Octets as they come.
    pub(crate) input: Box<[u8]>,
    /// What answers to them are written with.
    pub(crate) desk: Desk,
}

/// What answers are written with.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// What clients say again and again.
    pub(crate) clients: Clients,
    /// Octets on their way out.
    pub(crate) output: Vec<u8>,
    /// The time as it is told.
    pub(crate) date: Date,
}

impl Default for Buffers {
    fn default() -> Self {
        Self {
            input: vec![0; INPUT_BYTES].into(),
            desk: Desk::default(),
        }
    }
}
