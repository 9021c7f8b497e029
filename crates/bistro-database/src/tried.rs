//! Reads that are tried where they are asked for.

/// What became of a read that was tried at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried<T> {
    /// It was done.
    Done(T),
    /// It takes more work than others should wait for, and so it will the next time.
    Long,
    /// It would have to wait, or was kept from its work: whether it is long cannot be told.
    Declined,
}
