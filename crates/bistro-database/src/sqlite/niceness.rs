//! How threads of the database step back behind those that serve connections.

#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

/// Threads that read for long: a few milliseconds more do not matter to what they do, but they are more than a short read takes in
/// all.
pub(super) const READER: i32 = 10;

/// The thread that writes, and the one that tidies up behind it. Among equals the kernel lets whoever serves connections wait, after a
/// burst of requests, until the writer has had as much of the core as they took. The nicer the writer, the shorter
/// that is, and the less is left to it beside reads that never stop: a seventh of a core.
pub(super) const WRITER: i32 = 8;

/// Makes the thread that this is called on nicer, by so much. On Linux each thread has a niceness of its own, and gives it to
/// those that it starts.
pub(super) fn step_back(by: i32) {
    #[cfg(target_os = "linux")]
    // Where it is not allowed, everything works all the same.
    let _only_slower = rustix::process::nice(by);
    #[cfg(not(target_os = "linux"))]
    let _elsewhere_it_is_the_process = by;
}

/// Has the kernel compare this thread with those that are ready to run on the same core, as it does whenever it brings a thread's
/// processor time up to date: otherwise a tick comes first, some milliseconds later. Whose turn it is then goes by their shares, as
/// always. (A thread that yields its core again and again gets next to nothing of a busy one.)
pub(super) fn be_compared() {
    #[cfg(target_os = "linux")]
    let _what_it_tells_is_of_no_interest = clock_gettime(ClockId::ThreadCPUTime);
}
