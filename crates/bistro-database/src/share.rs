//! How the threads of a server share a core.
//!
//! A short read takes microseconds, and whoever waits for it waits for its thread's turn as well. Linux gives each thread some milliseconds before
//! another has its turn. One that asks for shorter slices has its turn sooner, and at once if whoever runs asked for longer ones
//! (6.12 and later), but is given no more time than others for that: after some reads in a row it would wait until all others
//! had had as much. So they are nicer as well. Where the system has none of this, or does not allow it, everything works all the same.
//!
//! That is not enough where a short read waits for a lock: whoever was stopped while he held it may have the smallest share of all, and
//! everybody else would go before him. So it is known where a thread takes locks that others take too ([`Crossing`]), and who
//! comes to run on the same core before that is over steps aside ([`give_way`]).

use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(target_os = "linux")]
use std::{thread, time::Duration};

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

/// Crossings that have begun and not ended, by the core on which they began.
///
/// A core whose number is too large for that shares a place with another, whose threads step aside once too often.
static CROSSINGS: [AtomicU32; 256] = [const { AtomicU32::new(0) }; 256];

/// The calling thread takes or lets go of locks that threads of other shares take, too, for as long as this lives. It takes microseconds.
#[derive(Debug)]
pub(crate) struct Crossing {
    place: &'static AtomicU32,
}

impl Crossing {
    /// Begins one.
    pub(crate) fn begin() -> Self {
        let place = here();
        place.fetch_add(1, Ordering::Relaxed);
        Self { place }
    }
}

impl Drop for Crossing {
    fn drop(&mut self) {
        self.place.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The crossings of the core that this runs on.
fn here() -> &'static AtomicU32 {
    #[cfg(target_os = "linux")]
    let core = rustix::thread::sched_getcpu();
    #[cfg(not(target_os = "linux"))]
    let core = 0;
    let [first, ..] = &CROSSINGS;
    CROSSINGS.get(core % CROSSINGS.len()).unwrap_or(first)
}

/// Lets threads go first that have more right to the core. Whoever has a small share calls this every now and then, but not in a
/// crossing of his own.
///
/// It has the kernel compare the calling thread with those that are ready to run on the same core, as it does whenever it brings a thread's
/// processor time up to date. Otherwise one that was woken when it had had its share to the microsecond would wait for a tick, some
/// milliseconds later. Whose turn it is goes by their shares, as always. (A thread that yields its core again and again gets next to
/// nothing of a busy one.)
///
/// A crossing that has not ended, on the core that the caller runs on, was stopped. Then the caller sleeps for a moment, so that whoever is
/// waited for has his turn, however small his share.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    if here().load(Ordering::Relaxed) == 0 {
        let _what_it_tells_is_of_no_interest = clock_gettime(ClockId::ThreadCPUTime);
    } else {
        // The shortest that there is, some 50 µs.
        thread::sleep(Duration::from_nanos(1));
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::thread;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

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

    /// How often the calling thread has slept, or waited for something.
    fn times_slept() -> Option<u32> {
        let status = fs::read_to_string("/proc/thread-self/status").ok()?;
        let mut lines = status.lines();
        let times = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        times?.trim().parse().ok()
    }

    #[test]
    fn who_comes_to_run_in_the_middle_of_a_crossing_sleeps() {
        let allowed = sched_getaffinity(None).unwrap();
        let core = (0..CpuSet::MAX_CPU).find(|core| allowed.is_set(*core));
        let mut one = CpuSet::new();
        one.set(core.unwrap());
        // The one that it starts has the same core.
        let crosses = thread::spawn(move || {
            sched_setaffinity(None, &one).unwrap();
            let _crossing = Crossing::begin();
            let comes = thread::spawn(|| {
                let before = times_slept().unwrap();
                give_way();
                times_slept().unwrap() - before
            });
            comes.join().unwrap()
        });
        assert!(crosses.join().unwrap() >= 1);
    }
}
