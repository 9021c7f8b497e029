//! How threads of the database step back behind those that serve connections.

#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

/// By how much threads that read for long or write are nicer than those that serve connections.
///
/// For a reader a few milliseconds more do not matter, but they are more than a short read takes in all. The writer would, among
/// equals, be given as much of the core after each burst of requests as they took, and short reads would wait for that; so it has a
/// tenth of a core beside reads that never stop, which is some thousands of rows a second.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Makes the thread that this is called on nicer. On Linux each thread has a niceness of its own, and gives it to those that it
/// starts.
pub(super) fn step_back() {
    #[cfg(target_os = "linux")]
    // Where it is not allowed, everything works all the same.
    let _only_slower = rustix::process::nice(NICENESS);
}

/// Has the kernel compare this thread with those that are ready to run on the same core, as it does whenever it brings a thread's
/// processor time up to date: otherwise a tick comes first, some milliseconds later. Whose turn it is then goes by their shares, as
/// always. (A thread that yields its core again and again gets next to nothing of a busy one.)
pub(super) fn be_compared() {
    #[cfg(target_os = "linux")]
    let _what_it_tells_is_of_no_interest = clock_gettime(ClockId::ThreadCPUTime);
}
