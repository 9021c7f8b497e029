//! `bistro serve`: a database as resources.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use bistro_database::Database;
use bistro_plan::rule::Access;
use bistro_server::settings::Settings;
use toml::Value;

use crate::cli;
use crate::command::house;
use crate::config::{self, Configuration, address};

/// The configuration that is used without being named.
const CONFIGURATION: &str = "bistro.toml";

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be served.
    Serve,
    /// To be looked at: not even its journal is touched.
    Describe,
}

impl Purpose {
    /// The command that has it.
    fn command(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Describe => "openapi",
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
}

/// Serves until a signal asks to end.
///
/// # Errors
/// Whatever keeps it from serving: all of it before anything listens.
pub(super) fn run(arguments: &cli::Serve) -> Result<()> {
    let ready = open(Purpose::Serve, &arguments.source, arguments.listen)?;
    house::serve(ready.settings, ready.database, &ready.mode, |_| None)
}

/// Makes everything ready.
///
/// # Errors
/// Whatever keeps it from being served.
pub(super) fn open(
    purpose: Purpose,
    source: &cli::Source,
    listen: Option<SocketAddr>,
) -> Result<Ready> {
    let mut ready = match configuration(source.config.as_deref())? {
        Some(configuration) => configured(purpose, source, listen, &configuration)?,
        None => in_development(purpose, source, listen)?,
    };
    ready.settings.policy.is_read_only = source.read_only;
    Ok(ready)
}

/// The configuration that was named, or the one that lies here.
fn configuration(named: Option<&Path>) -> Result<Option<Configuration>> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => {
            let here = PathBuf::from(CONFIGURATION);
            // A configuration that cannot be seen must not be taken for none: without one everything is open.
            if !here.try_exists()? {
                return Ok(None);
            }
            here
        }
    };
    Ok(Some(Configuration::read(&path)?))
}

fn configured(
    purpose: Purpose,
    source: &cli::Source,
    listen: Option<SocketAddr>,
    configuration: &Configuration,
) -> Result<Ready> {
    let named = configuration.path().display();
    let Some(mut settings) = configuration.database(source.database.as_deref())? else {
        let message = format!("no database: give a PATH, or `url` under `[database]` in `{named}`");
        return Err(cli::usage(purpose.command(), &message).into());
    };
    settings.is_read_only = source.read_only || purpose == Purpose::Describe;
    if let Some(folder) = &source.queries {
        settings.queries = Some(named_queries(folder)?);
    }
    let database = Database::open(settings)?;
    configuration.validate(&database)?;
    let mut settings = configuration.server(&database.catalog())?;
    database.hold(&settings.policy)?;
    if let Some(listen) = listen {
        settings.listen = listen;
    }
    let mode = if settings.policy.access == Access::Rules(Vec::new()) {
        format!("Nothing is open: {named} has no [[allow]], so every table is refused to everyone")
    } else {
        format!("Configuration: {named}")
    };
    Ok(Ready {
        settings,
        database,
        mode,
    })
}

fn in_development(
    purpose: Purpose,
    source: &cli::Source,
    listen: Option<SocketAddr>,
) -> Result<Ready> {
    let Some(path) = &source.database else {
        let message =
            format!("no database: give a PATH, or write a {CONFIGURATION} that names one");
        return Err(cli::usage(purpose.command(), &message).into());
    };
    let listen = listen.unwrap_or(address::DEFAULT);
    if !address::is_loopback(listen) {
        bail!(refusal(path, listen));
    }
    let mut settings = bistro_database::Settings::new(path);
    settings.is_read_only = source.read_only || purpose == Purpose::Describe;
    settings.queries = Some(match &source.queries {
        Some(folder) => named_queries(folder)?,
        None => PathBuf::from(config::QUERIES),
    });
    let database = Database::open(settings)?;
    let queries = database.catalog().functions.len();
    let open = match queries {
        0 => "every table is".to_owned(),
        1 => "every table and one stored query are".to_owned(),
        many => format!("every table and {many} stored queries are"),
    };
    let mode = format!(
        "Development mode: no {CONFIGURATION}, so {open} open, and only this machine can connect"
    );
    Ok(Ready {
        settings: config::development(listen),
        database,
        mode,
    })
}

/// A folder that was asked for by name has to be there.
fn named_queries(folder: &Path) -> Result<PathBuf> {
    if !folder.is_dir() {
        bail!(
            "there is no folder `{}` of stored queries",
            folder.display()
        );
    }
    Ok(folder.to_owned())
}

/// Why Bistro does not listen there, and the few lines with which it would.
fn refusal(path: &Path, listen: SocketAddr) -> String {
    format!(
        "without a configuration Bistro listens on loopback only, and {listen} can be reached by others
hint: write a {CONFIGURATION} here that says what is open to whom, then run `bistro serve`:\n{}",
        example(path, listen)
    )
}

/// The smallest configuration that listens there. The table is only an example.
fn example(path: &Path, listen: SocketAddr) -> String {
    let url = Value::String(format!("sqlite:{}", path.display()));
    format!(
        "    database.url = {url}
    http.listen = \"{listen}\"
    allow = [{{ on = \"songs\", to = \"anyone\", do = [\"read\"] }}]"
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_configuration_that_is_shown_can_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(CONFIGURATION);
        let listen = "0.0.0.0:80".parse().unwrap();
        fs::write(&file, example(Path::new("/srv/a \"b\".db"), listen)).unwrap();
        let configuration = Configuration::read(&file).unwrap();
        let database = configuration.database(None).unwrap().unwrap();
        assert_eq!(database.path, Path::new("/srv/a \"b\".db"));
    }
}
