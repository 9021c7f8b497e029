//! What a database refuses, in SQLSTATE's words.

/// A statement or a file that did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Placeholder of the skeleton.
    #[error("closed")]
    Closed,
}
