//! A program that is run from its start to its end: how long it takes, what it writes, and how much memory it has at most.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::clock::now;
use crate::process;

/// How often its memory is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What is read of its output at once.
const ROOM: usize = 256 * 1024;

/// What became of one that had much to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// From its start to its end.
    pub(crate) time: Duration,
    /// How many octets it wrote.
    pub(crate) octets: u64,
    /// The most resident memory it had, in KiB.
    pub(crate) most_kib: u64,
}

/// Runs it, and keeps what it writes.
pub(crate) fn output(command: &mut Command) -> Result<(Duration, Vec<u8>)> {
    let start = now();
    let output = command.stdin(Stdio::null()).output();
    let time = start.elapsed();
    let output = output.with_context(|| format!("{command:?} does not start; build it first"))?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok((time, output.stdout))
}

/// Runs it, counts what it writes, and looks at its memory meanwhile. `last` is part of what is timed.
pub(crate) fn watch(command: &mut Command, last: impl FnOnce() -> Result<()>) -> Result<Ended> {
    let start = now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{command:?} does not start; build it first"))?;
    let id = child.id();
    let has_ended = AtomicBool::new(false);
    let (outcome, most_kib) = thread::scope(|scope| {
        let watcher = scope.spawn(|| most(id, &has_ended));
        let outcome = read(&mut child).and_then(|octets| Ok((octets, child.wait()?)));
        let outcome = outcome.and_then(|ended| last().map(|()| (start.elapsed(), ended)));
        has_ended.store(true, Ordering::Relaxed);
        (outcome, watcher.join())
    });
    let (time, (octets, status)) = outcome?;
    ensure!(status.success(), "{command:?} ended with {status}");
    let most_kib = most_kib.ok().flatten();
    Ok(Ended {
        time,
        octets,
        most_kib: most_kib.context("it had ended before its memory could be looked at")?,
    })
}

/// How many octets it writes.
fn read(child: &mut Child) -> Result<u64> {
    let mut stdout = child.stdout.take().context("no standard output")?;
    let mut room = vec![0; ROOM];
    let mut octets = 0;
    loop {
        match stdout.read(&mut room)? {
            0 => return Ok(octets),
            read => octets += u64::try_from(read)?,
        }
    }
}

/// The most memory it had when it was last looked at: Linux keeps the maximum, so that a peak between two looks counts.
fn most(process: u32, has_ended: &AtomicBool) -> Option<u64> {
    let mut most = None;
    while !has_ended.load(Ordering::Relaxed) {
        // Of one that has ended there is none.
        most = process::resident_max(process).ok().or(most);
        thread::sleep(LOOK);
    }
    most
}
