//! From a configuration, or from none, to the settings of the server and the database.

use std::num::NonZero;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bistro_database::Database;
use bistro_dialect::Limits;
use bistro_plan::catalog::Catalog;
use bistro_plan::rule::{Access, Operation, Policy};
use bistro_server::settings::{Bounds, Settings};

use crate::config::accounts;
use crate::config::address;
use crate::config::duration::{KeepAlive, Positive};
use crate::config::environment::Environment;
use crate::config::error::{Error, Problem};
use crate::config::file::File;
use crate::config::rules::{self, Rules};
use crate::config::size::{Room, Size};
use crate::config::source::Source;

/// The folder of stored queries unless another is named: beside the configuration, or where Bistro is started.
pub(crate) const QUERIES: &str = "queries";

/// What one rule opens, in the words of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening<'a> {
    /// The resource.
    pub(crate) on: &'a str,
    /// To whom.
    pub(crate) to: &'a str,
    /// What they may do.
    pub(crate) operations: Vec<Operation>,
    /// Of which rows and columns.
    pub(crate) conditions: Vec<String>,
}

/// A configuration that was read and understood. Only the names of tables are still to be checked, once the database is
/// open.
#[derive(Debug)]
pub(crate) struct Configuration {
    source: Source,
    file: File,
}

impl Configuration {
    /// Reads a file. What the environment says goes before it.
    ///
    /// # Errors
    /// It cannot be read, or says something that is not understood.
    pub(crate) fn read(path: &Path, environment: Environment) -> Result<Self, Error> {
        Self::of(Source::open(path, environment)?)
    }

    /// Without a file: development mode, in which the environment has its say, too.
    ///
    /// # Errors
    /// It says something that is not understood.
    pub(crate) fn development(environment: Environment) -> Result<Self, Error> {
        Self::of(Source::new(None, String::new(), environment))
    }

    /// Understands what a source says.
    ///
    /// # Errors
    /// It says something that is not understood.
    pub(super) fn of(source: Source) -> Result<Self, Error> {
        let file = source.read()?;
        let configuration = Self { source, file };
        configuration.rules().check()?;
        Ok(configuration)
    }

    /// How its database is opened; `database` is the file to open instead of the one it names. `None` if neither names
    /// one.
    ///
    /// # Errors
    /// It names a database of a kind that cannot be opened.
    pub(crate) fn database(
        &self,
        database: Option<&Path>,
    ) -> Result<Option<bistro_database::Settings>, Error> {
        let path = match database {
            Some(path) => path.to_owned(),
            None => match self.url()? {
                Some(path) => path,
                None => return Ok(None),
            },
        };
        let section = &self.file.database;
        let mut settings = bistro_database::Settings::new(&path);
        settings.queries = Some(self.queries()?);
        if let Some(Positive(time)) = section.busy_timeout {
            settings.busy_timeout = time;
        }
        if let Some(Positive(time)) = section.statement_timeout {
            settings.statement_timeout = time;
        }
        if let Some(readers) = section.readers {
            settings.readers = usize::from(readers.get());
        }
        if let Some(queue) = section.queue {
            settings.queue = queue.get() as usize;
        }
        if let Some(Size(octets)) = section.queue_max {
            settings.queue_octets = octets;
        }
        Ok(Some(settings))
    }

    /// The server's settings. Rules hold for tables and views of `catalog`.
    ///
    /// # Errors
    /// A rule is about a table, view, stored query or column that does not exist, or says what cannot be held.
    pub(crate) fn server(&self, catalog: &Catalog) -> Result<Settings, Error> {
        let http = &self.file.http;
        let is_development = self.path().is_none();
        let usual = if is_development {
            Settings::development(address::DEFAULT)
        } else {
            Settings::closed(address::DEFAULT)
        };
        let mut bounds = Bounds::default();
        if let Some(Size(octets)) = http.body_max {
            bounds.body_bytes = octets;
        }
        if let Some(Size(octets)) = http.target_max {
            bounds.target_bytes = octets;
        }
        if let Some(Size(octets)) = http.head_max {
            bounds.head_bytes = octets;
        }
        if let Some(connections) = http.connections {
            bounds.connections = connections.get() as usize;
        }
        Ok(Settings {
            listen: http.listen.as_ref().map_or(usual.listen, |listen| listen.0),
            is_development,
            hosts: http.hosts.iter().map(|host| host.0.clone()).collect(),
            origins: http.origins.iter().map(|origin| origin.0.clone()).collect(),
            trace: http.trace.unwrap_or(usual.trace),
            keep_alive: match http.keep_alive {
                Some(KeepAlive::Off) => None,
                Some(KeepAlive::For(time)) => Some(time),
                None => usual.keep_alive,
            },
            threads: http.threads.and_then(|count| NonZero::new(count.0)),
            cache_bytes: match http.cache {
                Some(Room::Off) => 0,
                Some(Room::Of(octets)) => octets,
                None => usual.cache_bytes,
            },
            bounds,
            policy: Policy {
                access: if is_development {
                    Access::Open
                } else {
                    Access::Rules(self.rules().about(catalog)?)
                },
                is_read_only: false,
                allows_unfiltered_writes: http.unfiltered_writes,
                rows_max: http.rows_max.map(NonZero::get),
                limits: self.limits(),
            },
            files: self.files()?,
            trusted_proxies: http.trusted_proxies.iter().map(|one| one.0).collect(),
            session: accounts::session(&self.source, &self.file.session)?,
            users: accounts::users(&self.source, &self.file.users)?,
            jwt: accounts::jwt(&self.source, self.file.jwt.as_ref())?,
            adopt: accounts::adopt(&self.source, &self.file.adopt, catalog)?,
        })
    }

    /// What a request may ask at once.
    fn limits(&self) -> Limits {
        let section = &self.file.limits;
        let usual = Limits::default();
        Limits {
            query_bytes: section.query_max.map_or(usual.query_bytes, |size| size.0),
            depth: section.depth.map_or(usual.depth, |count| count.0),
            terms: section.terms.map_or(usual.terms, |count| count.0),
            list: section.list.map_or(usual.list, |count| count.0),
            rows: section.rows.map_or(usual.rows, |count| count.0),
            columns: section.columns.map_or(usual.columns, |count| count.0),
            requests: section.requests.map_or(usual.requests, |count| count.0),
        }
    }

    /// What its rules open, in the order of the file.
    pub(crate) fn openings(&self) -> impl Iterator<Item = Opening<'_>> {
        self.file.allow.iter().map(|allow| Opening {
            on: allow.on.get_ref(),
            to: allow.to.get_ref(),
            operations: allow
                .operations
                .get_ref()
                .iter()
                .map(|&verb| verb.into())
                .collect(),
            conditions: rules::conditions(allow),
        })
    }

    /// The file it was read from, if there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.source.path()
    }

    fn url(&self) -> Result<Option<PathBuf>, Error> {
        let Some(url) = &self.file.database.url else {
            return Ok(None);
        };
        let name = url.get_ref();
        let Some(file) = name.strip_prefix("sqlite:") else {
            let problem = if name.starts_with("postgres:") || name.starts_with("postgresql:") {
                Problem::NotYet {
                    name: "postgres:".to_owned(),
                    lost: "the database it names",
                }
            } else {
                Problem::Value(format!(
                    "`{name}` is not the URL of a SQLite file, such as \"sqlite:shop.db\""
                ))
            };
            return Err(self.error(url.span(), problem));
        };
        let file = file.strip_prefix("//").unwrap_or(file);
        if file.is_empty() {
            let problem = Problem::Value(format!("`{name}` does not name a file"));
            return Err(self.error(url.span(), problem));
        }
        Ok(Some(self.source.folder().join(file)))
    }

    /// The folder of stored queries. One that is named has to be there.
    fn queries(&self) -> Result<PathBuf, Error> {
        let here = self.source.folder();
        let Some(named) = &self.file.database.queries else {
            return Ok(here.join(QUERIES));
        };
        let folder = here.join(named.get_ref());
        if !folder.is_dir() {
            let problem = Problem::Value(format!("there is no folder `{}`", folder.display()));
            return Err(self.error(named.span(), problem));
        }
        Ok(folder)
    }

    /// The folder of static files, which has to be there.
    fn files(&self) -> Result<Option<PathBuf>, Error> {
        let Some(named) = &self.file.http.files else {
            return Ok(None);
        };
        let folder = self.source.folder().join(named.get_ref());
        if !folder.is_dir() {
            let problem = Problem::Value(format!("there is no folder `{}`", folder.display()));
            return Err(self.error(named.span(), problem));
        }
        Ok(Some(folder))
    }

    /// Finds out whether the database understands the conditions of all rules.
    ///
    /// # Errors
    /// It does not, or cannot be asked.
    pub(crate) fn validate(&self, database: &Database) -> Result<(), Error> {
        self.rules().validate(database)
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            source: &self.source,
            allow: &self.file.allow,
            roles: &self.file.users.roles,
        }
    }

    fn error(&self, span: Range<usize>, problem: Problem) -> Error {
        self.source.error(span, problem)
    }
}
