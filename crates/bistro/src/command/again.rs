//! Reading a configuration again that is in use.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use bistro_database::Database;
use bistro_server::settings::Settings;

use crate::command::overrides::Overrides;
use crate::config::Configuration;

/// What was asked for on the command line holds on, whatever the file says when it is read again.
pub(super) struct Again {
    /// The configuration.
    pub(super) path: PathBuf,
    /// What the command line says.
    pub(super) overrides: Overrides,
    /// How the database was opened.
    pub(super) opened: bistro_database::Settings,
}

/// What was read.
pub(super) struct Reread {
    /// The server's settings.
    pub(super) settings: Settings,
    /// Keys of the database's that say something else than when it was opened.
    pub(super) fixed: Vec<&'static str>,
}

impl Again {
    /// Reads the file, whose rules hold for the tables of `database` as they are now.
    ///
    /// # Errors
    /// Whatever would keep a server from starting with it.
    pub(super) async fn read(&self, database: &Database) -> Result<Reread> {
        database.refresh().await?;
        let configuration = Configuration::read(&self.path, self.overrides.environment.clone())?;
        let wanted = self.overrides.database(&configuration)?;
        let wanted = wanted.ok_or_else(|| anyhow!("it names no database any more"))?;
        Ok(Reread {
            settings: self.overrides.server(&configuration, database)?,
            fixed: self.differing(&wanted),
        })
    }

    fn differing(&self, now: &bistro_database::Settings) -> Vec<&'static str> {
        let before = &self.opened;
        let differing = [
            ("database.url", before.path != now.path),
            ("database.queries", before.queries != now.queries),
            (
                "database.busy_timeout",
                before.busy_timeout != now.busy_timeout,
            ),
            (
                "database.statement_timeout",
                before.statement_timeout != now.statement_timeout,
            ),
            ("database.readers", before.readers != now.readers),
            ("database.queue", before.queue != now.queue),
            (
                "database.queue_max",
                before.queue_octets != now.queue_octets,
            ),
        ];
        differing
            .into_iter()
            .filter_map(|(key, differs)| differs.then_some(key))
            .collect()
    }
}
