//! What the command line says goes before what the environment says, and that before the file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use bistro_database::Database;
use bistro_server::settings::Settings;

use crate::cli;
use crate::config::{Configuration, Environment};

/// What goes before the file.
#[derive(Clone, Debug)]
pub(super) struct Overrides {
    /// Of the database, and of what is open.
    pub(super) source: cli::Source,
    /// What the environment says.
    pub(super) environment: Environment,
    /// Where to listen.
    pub(super) listen: Option<SocketAddr>,
    /// The folder of static files.
    pub(super) files: Option<PathBuf>,
}

impl Overrides {
    /// What goes before the file where nothing listens.
    ///
    /// # Errors
    /// A variable of the environment cannot be read.
    pub(super) fn of_source(source: cli::Source) -> Result<Self> {
        Ok(Self {
            source,
            environment: Environment::read()?,
            listen: None,
            files: None,
        })
    }

    /// How the database of a configuration is opened; `None` if nobody names one.
    ///
    /// # Errors
    /// What is named is not there, or of a kind that cannot be opened.
    pub(super) fn database(
        &self,
        configuration: &Configuration,
    ) -> Result<Option<bistro_database::Settings>> {
        let source = &self.source;
        let Some(mut settings) = configuration.database(source.database.as_deref())? else {
            return Ok(None);
        };
        settings.is_read_only = source.read_only;
        if let Some(folder) = &source.queries {
            settings.queries = Some(existing(folder, "stored queries")?);
        }
        Ok(Some(settings))
    }

    /// The server's settings under a configuration whose rules hold for the tables of `database`, as it was last read.
    ///
    /// # Errors
    /// The configuration is about something that is not there.
    pub(super) fn server(
        &self,
        configuration: &Configuration,
        database: &Database,
    ) -> Result<Settings> {
        configuration.validate(database)?;
        let mut settings = configuration.server(&database.catalog())?;
        if let Some(listen) = self.listen {
            settings.listen = listen;
        }
        if let Some(folder) = &self.files {
            settings.files = Some(existing(folder, "static files")?);
        }
        settings.policy.is_read_only = self.source.read_only;
        Ok(settings)
    }
}

/// A folder that was asked for by name has to be there.
fn existing(folder: &Path, what: &str) -> Result<PathBuf> {
    if !folder.is_dir() {
        bail!("there is no folder `{}` of {what}", folder.display());
    }
    Ok(folder.to_owned())
}
