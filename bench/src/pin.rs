//! Processes kept on one core, so that they do not push each other around.

use std::process::{Command, Stdio};

/// Keeps all threads of a process on a core; `false` where `taskset` cannot.
pub(crate) fn to_core(process: u32, core: u32) -> bool {
    Command::new("taskset")
        .args(["-a", "-p", "-c", &core.to_string(), &process.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
