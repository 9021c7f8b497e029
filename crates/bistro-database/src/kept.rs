//! Answers kept with the changes they tell of.

/// The answer to a write that may be asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Tells requests apart that use the same key.
    pub fingerprint: Vec<u8>,
    /// The answer, in whatever form its keeper reads.
    pub answer: Vec<u8>,
}
