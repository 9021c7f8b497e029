//! What a process uses of the machine, as Linux accounts it, and the limits it has.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

/// The core that servers are kept on.
pub(crate) const OF_SERVERS: u32 = 0;

/// The core of whoever asks them.
pub(crate) const OF_CLIENTS: u32 = 1;

/// In what Linux tells processor time.
const TICK: Duration = Duration::from_millis(10);

/// A line of a file in `/proc/{process}` that begins with `name`, in KiB.
fn field(process: u32, file: &str, name: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/{file}"))?;
    let line = text
        .lines()
        .find(|line| line.starts_with(name))
        .with_context(|| format!("no {name} in /proc/{process}/{file}"))?;
    let number = line.split_whitespace().nth(1).context("no number")?;
    Ok(number.parse()?)
}

/// The resident memory it has now, in KiB.
pub(crate) fn resident(process: u32) -> Result<u64> {
    field(process, "status", "VmRSS:")
}

/// The most it ever had, in KiB.
pub(crate) fn resident_max(process: u32) -> Result<u64> {
    field(process, "status", "VmHWM:")
}

/// What of its resident memory nobody else has and no file backs, in KiB.
pub(crate) fn private(process: u32) -> Result<u64> {
    field(process, "smaps_rollup", "Private_Dirty:")
}

/// The processor time that it and its threads have used so far.
pub(crate) fn cpu_time(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name of the program stands in brackets, and may contain anything.
    let (_, fields) = stat.rsplit_once(')').context("no name in /proc/…/stat")?;
    let mut ticks: u32 = 0;
    for field in fields.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<u32>()?;
    }
    Ok(TICK * ticks)
}

/// Waits until it does next to nothing: a server that is still at work on what it was asked would slow down the next one.
pub(crate) fn settle(process: u32) -> Result<()> {
    const LOOKS: usize = 200;
    let mut before = cpu_time(process)?;
    for _ in 0..LOOKS {
        thread::sleep(Duration::from_millis(100));
        let after = cpu_time(process)?;
        if after.saturating_sub(before) <= TICK {
            break;
        }
        before = after;
    }
    Ok(())
}

/// Keeps this thread, and those it starts, on a core; `false` where that cannot be.
pub(crate) fn stay_on(core: u32) -> bool {
    let mut set = CpuSet::new();
    usize::try_from(core).is_ok_and(|core| {
        set.set(core);
        sched_setaffinity(None, &set).is_ok()
    })
}

/// Takes as many descriptors as this process may have, for itself and for what it starts.
pub(crate) fn take_descriptors() -> Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).context("the limit of descriptors cannot be raised")?;
    Ok(limit.maximum.unwrap_or(1_000_000))
}
