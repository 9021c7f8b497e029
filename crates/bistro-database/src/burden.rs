//! What a job lays upon the writer.

/// What a job lays upon the writer, told before it runs. Nothing that is said here changes what a job does, only what it costs
/// others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burden {
    /// Octets that it holds while it waits, such as its body. Jobs of many have a transaction of their own, so that others do
    /// not wait for them; and there is a bound on what all that wait hold together.
    pub octets: usize,
    /// Nothing of it is left when it fails, without help: it runs one statement that changes something, and does not fail once
    /// that has succeeded. If it is said and not so, the jobs that share its transaction fail with it.
    pub undoes_itself: bool,
}
