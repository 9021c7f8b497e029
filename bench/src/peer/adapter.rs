//! What is known of a peer.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::load::Requests;
use crate::load::capture::Captured;
use crate::server::Server;
use crate::songs;

/// A server that others wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Fills a directory with its files and starts it there.
    pub(crate) serve: fn(&Path) -> Result<Server>,
    /// The target of a row by its key.
    pub(crate) point: &'static str,
    /// The target of a page.
    pub(crate) list: &'static str,
    /// Where new rows are posted and the status of the answer; `None` if it takes none.
    pub(crate) post: Option<(&'static str, u16)>,
}

/// Requests, and the status of their answers.
pub(crate) type Asked = (Requests, u16);

/// One that runs.
#[derive(Debug)]
pub(crate) struct Running {
    /// The process.
    pub(crate) server: Server,
    /// What is asked of it.
    pub(crate) peer: Peer,
}

impl Peer {
    /// Starts it, in a folder of its own.
    ///
    /// # Errors
    /// It is not there, does not start, or answers something else than the rows.
    pub(crate) fn start(self, directory: &Path) -> Result<Running> {
        let folder = directory.join(self.name.replace(' ', "-"));
        std::fs::create_dir_all(&folder)?;
        let running = Running {
            server: (self.serve)(&folder)?,
            peer: self,
        };
        running.check().with_context(|| self.name.to_owned())?;
        Ok(running)
    }
}

impl Running {
    /// One row by its key, at random.
    pub(crate) fn point(&self) -> Result<Requests> {
        Requests::get(self.peer.point)
    }

    /// A page of a year at random.
    pub(crate) fn list(&self) -> Result<Requests> {
        Requests::get(self.peer.list)
    }

    /// A new row, and the status of the answer.
    pub(crate) fn post(&self) -> Result<Option<Asked>> {
        let Some((target, status)) = self.peer.post else {
            return Ok(None);
        };
        Ok(Some((Requests::post(target, songs::SONG)?, status)))
    }

    /// Whether it has the same rows, and as many of them on a page.
    fn check(&self) -> Result<()> {
        let rows = |requests: &Requests| -> Result<usize> {
            let answer = Captured::from_server(self.server.address, requests)?;
            ensure!(answer.status()? == 200, "{}", answer.head);
            let content = String::from_utf8_lossy(&answer.content);
            Ok(content.matches("A song with the number").count())
        };
        let (of_key, of_page) = (rows(&self.point()?)?, rows(&self.list()?)?);
        ensure!(of_key == 1, "{of_key} rows by one key");
        ensure!(
            u64::try_from(of_page)? == songs::PAGE,
            "{of_page} rows on a page"
        );
        Ok(())
    }
}

/// A program that a variable names, or that is where programs are.
#[expect(
    clippy::disallowed_methods,
    reason = "where other servers are is what the environment says"
)]
pub(crate) fn program(variable: &str, name: &str) -> Result<PathBuf> {
    if let Ok(named) = env::var(variable) {
        return Ok(PathBuf::from(named));
    }
    let path = env::var("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    match found {
        Some(program) => Ok(program),
        None => bail!("no `{name}` on the PATH, and {variable} names none"),
    }
}
