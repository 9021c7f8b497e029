//! `bistro serve`: a database as resources.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Result, bail};
use bistro_database::Database;
use bistro_plan::catalog::Catalog;
use bistro_plan::rule::Access;
use bistro_server::settings::Settings;

use crate::cli;
use crate::command::again::Again;
use crate::command::house;
use crate::command::overrides::Overrides;
use crate::config::{Configuration, Environment, address};

/// The configuration that is used without being named.
const CONFIGURATION: &str = "bistro.toml";

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be served.
    Serve,
    /// To be described: not even its journal is touched.
    Describe,
    /// To see whether it could be served; likewise.
    Check,
    /// To look at what is kept of users, by this command; likewise.
    Consult(&'static str),
    /// To change what is kept of users, by this command.
    Manage(&'static str),
}

impl Purpose {
    /// The command that has it.
    fn command(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Describe => "openapi",
            Self::Check => "check",
            Self::Consult(command) | Self::Manage(command) => command,
        }
    }

    /// How the command is told of a database.
    fn database(self) -> &'static str {
        match self {
            Self::Serve | Self::Describe | Self::Check => "a PATH",
            Self::Consult(_) | Self::Manage(_) => "--database PATH",
        }
    }

    /// Whether nothing is changed.
    fn is_read_only(self) -> bool {
        match self {
            Self::Serve | Self::Manage(_) => false,
            Self::Describe | Self::Check | Self::Consult(_) => true,
        }
    }
}

/// A database that can be served, and how.
pub(super) struct Ready {
    /// How.
    pub(super) settings: Settings,
    /// The database.
    pub(super) database: Database,
    /// What to tell the person at the terminal about it.
    mode: String,
    /// What it is from.
    pub(super) configuration: Configuration,
    /// How to read the configuration again; `None` if there is none.
    again: Option<Again>,
}

/// Serves until a signal asks to end.
///
/// # Errors
/// Whatever keeps it from serving: all of it before anything listens.
pub(super) fn run(arguments: &cli::Serve) -> Result<()> {
    let overrides = Overrides {
        source: arguments.source.clone(),
        environment: Environment::read()?,
        listen: arguments.listen,
        files: arguments.files.clone(),
    };
    open(Purpose::Serve, overrides)?.serve(|_| None)
}

impl Ready {
    /// Serves until a signal asks to end. What `invite` makes of the address is printed below the line that has it.
    ///
    /// # Errors
    /// The address cannot be listened on, or the server fails.
    pub(super) fn serve(self, invite: impl FnOnce(SocketAddr) -> Option<String>) -> Result<()> {
        house::serve(self.settings, self.database, self.again, &self.mode, invite)
    }
}

/// Makes everything ready.
///
/// # Errors
/// Whatever keeps it from being served.
pub(super) fn open(purpose: Purpose, overrides: Overrides) -> Result<Ready> {
    let configuration = configuration(&overrides)?;
    let Some(mut opened) = overrides.database(&configuration)? else {
        let given = purpose.database();
        let message = match configuration.path() {
            Some(path) => {
                let named = path.display();
                format!("no database: give {given}, or `url` under `[database]` in `{named}`")
            }
            None => format!(
                "no database: give {given}, or a {CONFIGURATION} that names one; `bistro init DATABASE` writes such a file"
            ),
        };
        return Err(cli::usage(purpose.command(), &message).into());
    };
    opened.is_read_only |= purpose.is_read_only();
    let database = Database::open(opened.clone())?;
    let settings = overrides.server(&configuration, &database)?;
    let catalog = database.hold(&settings.policy)?;
    if purpose == Purpose::Serve
        && settings.is_development
        && !address::is_loopback(settings.listen)
    {
        bail!(refusal(&opened.path, settings.listen));
    }
    Ok(Ready {
        mode: mode(&configuration, &settings, &catalog),
        again: configuration.path().map(|path| Again {
            path: path.to_owned(),
            overrides,
            opened,
        }),
        settings,
        database,
        configuration,
    })
}

/// The configuration that was named, or the one that lies here, or none.
fn configuration(overrides: &Overrides) -> Result<Configuration> {
    let environment = overrides.environment.clone();
    if let Some(path) = &overrides.source.config {
        return Ok(Configuration::read(path, environment)?);
    }
    let here = Path::new(CONFIGURATION);
    // A configuration that cannot be seen must not be taken for none: without one everything is open.
    if here.try_exists()? {
        return Ok(Configuration::read(here, environment)?);
    }
    Ok(Configuration::development(environment)?)
}

/// What to tell the person at the terminal.
fn mode(configuration: &Configuration, settings: &Settings, catalog: &Catalog) -> String {
    let Some(path) = configuration.path() else {
        let open = match catalog.functions.len() {
            0 => "every table is".to_owned(),
            1 => "every table and one stored query are".to_owned(),
            many => format!("every table and {many} stored queries are"),
        };
        return format!(
            "Development mode: no {CONFIGURATION}, so {open} open, and only this machine can connect"
        );
    };
    let named = path.display();
    if settings.policy.access == Access::Rules(Vec::new()) {
        format!("Nothing is open: {named} has no [[allow]], so every table is refused to everyone")
    } else {
        format!("Configuration: {named}")
    }
}

/// Why Bistro does not listen there, and what it takes to do so.
fn refusal(path: &Path, listen: SocketAddr) -> String {
    let path = path.display();
    format!(
        "without a configuration Bistro listens on loopback only, and {listen} can be reached by others
hint: `bistro init {path}` writes a {CONFIGURATION}, in which you say what is open to whom; then run `bistro serve --listen {listen}`"
    )
}
