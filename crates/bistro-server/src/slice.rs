//! The time slices of threads that serve connections.
//!
//! What the thread of reads does takes microseconds, and whoever waits for it waits for their turn as well. Linux gives each thread some
//! milliseconds before another has its turn; one that asks for shorter slices has its turn sooner, and at once if whoever runs
//! asked for longer ones (6.12 and later). It is given no more time than others for that.

#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

/// Asks for the shortest slices there are, for the thread that this is called on. Where they cannot be had, everything works all
/// the same.
pub(crate) fn shorten() {
    /// A tenth of a millisecond: the kernel grants no shorter ones.
    const SHORTEST_NANOSECONDS: u64 = 100_000;
    ask(SHORTEST_NANOSECONDS);
}

/// Asks for slices longer than usual, for a thread that may wait for such as asked for short ones, and for those that it starts.
pub(crate) fn lengthen() {
    const LONG_NANOSECONDS: u64 = 10_000_000;
    ask(LONG_NANOSECONDS);
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "no library that is kept well offers `sched_setattr(2)`"
)]
fn ask(nanoseconds: u64) {
    let size = u32::try_from(size_of::<libc::sched_attr>()).unwrap_or(u32::MAX);
    let attributes = libc::sched_attr {
        size,
        sched_policy: 0,
        sched_flags: libc::SCHED_FLAG_KEEP_POLICY.unsigned_abs().into(),
        // What it is now.
        sched_nice: rustix::process::getpriority_process(None).unwrap_or_default(),
        sched_priority: 0,
        sched_runtime: nanoseconds,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: the second argument points to a `sched_attr` that lives until the call returns, and whose `size` says how much of it
    // there is; the kernel reads that much and writes only to `size` ("sched_setattr(2)"). 0 is the calling thread, and no flags.
    let _only_slower = unsafe {
        libc::syscall(
            libc::SYS_sched_setattr,
            0,
            std::ptr::from_ref(&attributes),
            0,
        )
    };
}

/// Elsewhere slices are as they are.
#[cfg(not(target_os = "linux"))]
fn ask(_nanoseconds: u64) {}

/// Has the kernel compare this thread with those that are ready to run on the same core, as it does whenever it brings a thread's
/// processor time up to date. One that was woken when it had had its share to the microsecond would otherwise wait for a tick, some
/// milliseconds later.
pub(crate) fn be_compared() {
    #[cfg(target_os = "linux")]
    let _what_it_tells_is_of_no_interest = clock_gettime(ClockId::ThreadCPUTime);
}
