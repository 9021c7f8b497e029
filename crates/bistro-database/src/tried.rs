//! Reads that are tried where they are asked for.

/// What became of a read that was tried at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried<T> {
    /// It was done.
    Done(T),
    /// It takes longer than others should wait, or has to wait itself.
    Declined,
}
