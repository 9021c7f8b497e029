//! The resident memory of a process, as Linux accounts it.

use std::fs;

use anyhow::{Context as _, Result};

/// A field of `/proc/{process}/status`, in KiB.
fn field(process: u32, name: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .with_context(|| format!("no {name} in /proc/{process}/status"))?;
    let number = line.split_whitespace().nth(1).context("no number")?;
    Ok(number.parse()?)
}

/// What it has now, in KiB.
pub(crate) fn resident(process: u32) -> Result<u64> {
    field(process, "VmRSS:")
}

/// The most it ever had, in KiB.
pub(crate) fn resident_max(process: u32) -> Result<u64> {
    field(process, "VmHWM:")
}
