//! Variables of the environment that go before what the file says: `BISTRO_HTTP_LISTEN` is `listen` under `[http]`.

use std::env;
use std::ffi::OsString;

use bistro_server::settings::Secret;

use crate::config::error::{Error, Position, Problem};

/// How the names of Bistro's variables begin.
const PREFIX: &str = "BISTRO_";

/// What seals cookies. In the file only the path of a file with it can stand, so this is no key's variable.
const SESSION_KEYS: &str = "BISTRO_SESSION_KEYS";

/// Where the client asks if no host is typed. It says nothing to a server.
pub(crate) const CLIENT_URL: &str = "BISTRO_URL";

/// What there may be any number of, so that no variable can name one of it.
const PLURAL: [&str; 2] = ["allow", "adopt"];

/// The variables that say how Bistro is set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    variables: Vec<Variable>,
    session_keys: Option<Secret>,
}

/// A variable for one key of one section. Its value may be a secret.
#[derive(Clone)]
pub(super) struct Variable {
    /// The name of the variable.
    pub(super) name: String,
    /// The name of the section.
    pub(super) section: String,
    /// The key in it.
    pub(super) key: String,
    /// What it says.
    pub(super) value: String,
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl Environment {
    /// Reads those of this process.
    ///
    /// # Errors
    /// One has a name that says nothing, or a value that is no text.
    pub(crate) fn read() -> Result<Self, Error> {
        Self::of(env::vars_os())
    }

    /// Picks out Bistro's.
    ///
    /// # Errors
    /// One has a name that says nothing, or a value that is no text.
    pub(super) fn of(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Error> {
        let mut environment = Self::default();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            let Ok(value) = value.into_string() else {
                let problem = Problem::Value("its value is not UTF-8".to_owned());
                return Err(error(name, problem));
            };
            if name == CLIENT_URL {
                continue;
            }
            if name == SESSION_KEYS {
                environment.session_keys = Some(Secret(value));
            } else {
                environment.variables.push(Variable::read(name, value)?);
            }
        }
        // Of several mistakes the same one is told each time.
        environment
            .variables
            .sort_by(|one, other| one.name.cmp(&other.name));
        Ok(environment)
    }

    /// Those that stand for keys of the file.
    pub(super) fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// What seals cookies.
    pub(super) fn session_keys(&self) -> Option<&Secret> {
        self.session_keys.as_ref()
    }
}

impl Variable {
    fn read(name: &str, value: String) -> Result<Self, Error> {
        let named = name
            .strip_prefix(PREFIX)
            .filter(|rest| !rest.contains(|letter: char| letter.is_lowercase()))
            .and_then(|rest| rest.split_once('_'));
        let Some((section, key)) = named else {
            let problem = Problem::Value(
                "no setting has this name; it is BISTRO_, a section and a key, such as BISTRO_HTTP_LISTEN"
                    .to_owned(),
            );
            return Err(error(name, problem));
        };
        let section = section.to_lowercase();
        if PLURAL.contains(&&*section) {
            let problem = Problem::Value(format!("`{section}` only stands in the file"));
            return Err(error(name, problem));
        }
        Ok(Self {
            name: name.to_owned(),
            section,
            key: key.to_lowercase(),
            value,
        })
    }

    /// What a variable for a key is called.
    pub(super) fn name_of(section: &str, key: &str) -> String {
        format!("{PREFIX}{section}_{key}").to_uppercase()
    }
}

fn error(name: &str, problem: Problem) -> Error {
    Error::Content {
        position: Position::Variable(name.to_owned()),
        problem: Box::new(problem),
    }
}
