//! The two programs that ask in the terminal, each in an environment in which nobody has left anything.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::peer::adapter::program;
use crate::server::bistro;

/// curl, and Bistro.
#[derive(Debug)]
pub(crate) struct Askers {
    curl: PathBuf,
    bistro: PathBuf,
    /// Where they keep what they keep.
    home: PathBuf,
}

impl Askers {
    /// Finds them.
    ///
    /// # Errors
    /// There is no curl.
    pub(crate) fn find(home: &Path) -> Result<Self> {
        Ok(Self {
            curl: program("BENCH_CURL", "curl")?,
            bistro: bistro()?,
            home: home.to_owned(),
        })
    }

    /// `curl`, which says nothing but what it gets and what goes wrong.
    pub(crate) fn curl(&self) -> Command {
        let mut command = self.alone(&self.curl);
        command.args(["-q", "--silent", "--show-error"]);
        command
    }

    /// `bistro get`.
    pub(crate) fn bistro(&self) -> Command {
        let mut command = self.alone(&self.bistro);
        command.arg("get");
        command
    }

    fn alone(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", &self.home);
        command
    }
}
