//! How the threads of a server share a core.
//!
//! A short read takes microseconds, and whoever waits for it waits for its thread's turn as well. Linux gives each thread some milliseconds before
//! another has its turn. One that asks for shorter slices has its turn sooner, and at once if whoever runs asked for longer ones
//! (6.12 and later), but is given no more time than others for that: after some reads in a row it would wait until all others
//! had had as much. So they are nicer as well. Where the system has none of this, or does not allow it, everything works all the same.

#[cfg(target_os = "linux")]
use rustix::process::{getpid, getpriority_process, setpriority_process};
#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

/// The shortest slices that the kernel grants.
#[cfg(target_os = "linux")]
const SHORT_NANOSECONDS: u64 = 100_000;

/// Longer ones than threads have that ask for none.
#[cfg(target_os = "linux")]
const LONG_NANOSECONDS: u64 = 10_000_000;

/// What a thread does most of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Serves connections that only read, and runs their short reads (`Lane`).
    ShortReads,
    /// Serves connections that change something. It has a quarter of a core beside short reads that never stop.
    Changes,
    /// Writes, or copies the log.
    ///
    /// Among equals it would, after each burst of requests, be given as much of the core as they took, and short reads would
    /// wait for that. So it has a tenth of a core beside short reads that never stop, which is some thousands of rows a second.
    Writes,
    /// Runs reads that take long. For them a few milliseconds more do not matter.
    LongReads,
}

impl Share {
    /// Gives it to the thread that this is called on, and to those that it starts.
    pub fn take(self) {
        #[cfg(target_os = "linux")]
        {
            self.be_nice();
            self.ask_for_slices();
        }
    }

    /// Makes the thread nicer than the process is, whoever has started it. On Linux each thread has a niceness of its own.
    #[cfg(target_os = "linux")]
    fn be_nice(self) {
        let more = match self {
            Self::ShortReads => 0,
            Self::Changes => 5,
            Self::Writes | Self::LongReads => 10,
        };
        if let Ok(whole) = getpriority_process(Some(getpid())) {
            let _only_slower = setpriority_process(None, whole.saturating_add(more));
        }
    }

    #[cfg(target_os = "linux")]
    #[expect(
        unsafe_code,
        reason = "no library that is kept well offers `sched_setattr(2)`"
    )]
    fn ask_for_slices(self) {
        let nanoseconds = match self {
            // A thread that yields its core gives up the rest of its slice.
            Self::ShortReads | Self::LongReads => SHORT_NANOSECONDS,
            Self::Changes | Self::Writes => LONG_NANOSECONDS,
        };
        let size = u32::try_from(size_of::<libc::sched_attr>()).unwrap_or(u32::MAX);
        let attributes = libc::sched_attr {
            size,
            sched_policy: 0,
            sched_flags: libc::SCHED_FLAG_KEEP_POLICY.unsigned_abs().into(),
            // What it is now.
            sched_nice: getpriority_process(None).unwrap_or_default(),
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
}

/// Has the kernel compare the calling thread with those that are ready to run on the same core.
///
/// It does so whenever it brings a thread's processor time up to date. Otherwise a thread that was woken when it had had its share to the
/// microsecond would wait for a tick, some milliseconds later. Whose turn it is goes by their shares, as always. (A thread that yields its core
/// again and again gets next to nothing of a busy one.)
pub fn be_compared() {
    #[cfg(target_os = "linux")]
    let _what_it_tells_is_of_no_interest = clock_gettime(ClockId::ThreadCPUTime);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_is_as_nice_as_what_it_does_and_not_as_who_started_it() {
        let whole = getpriority_process(Some(getpid())).unwrap();
        let started = move || getpriority_process(None).unwrap() - whole;
        let nicer = thread::spawn(move || {
            Share::Changes.take();
            let own = started();
            let inherited = thread::spawn(started).join().unwrap();
            let writes = thread::spawn(move || {
                Share::Writes.take();
                started()
            });
            (own, inherited, writes.join().unwrap())
        });
        assert_eq!(nicer.join().unwrap(), (5, 5, 10));
        // The others are as they were.
        assert_eq!(started(), 0);
    }
}
