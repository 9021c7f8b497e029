//! The release binary, started as a user would.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// A running `bistro serve`; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts the `bistro` that was built beside this program.
    pub(crate) fn start(database: &Path) -> Result<Self> {
        let program = env::current_exe()?.with_file_name("bistro");
        let mut process = Command::new(&program)
            .arg("serve")
            .arg(database)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} does not start; build it first", program.display()))?;
        let stdout = process.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .rsplit("http://")
            .next()
            .context("no address")?
            .parse()
            .with_context(|| format!("no address in {line:?}"))?;
        Ok(Self { process, address })
    }

    /// The process, for `/proc`.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _killed = self.process.kill();
        let _waited = self.process.wait();
    }
}
