//! Where the client runs: its environment, and who looks at what it writes.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use bistro_client::colour::{Choice, Environment, Look};
use bistro_client::proxy;
use bistro_client::target;
use terminal_size::{Width, terminal_size_of};

use crate::config::environment::CLIENT_URL;

/// How wide a terminal is that does not say it, as one that has just been opened by a program.
const COLUMNS_UNSAID: usize = 80;

/// What the client finds around it.
pub(super) struct Surroundings {
    variables: BTreeMap<String, String>,
}

impl Surroundings {
    /// Looks around. What is no text is of no use to anything here.
    pub(super) fn look() -> Self {
        let texts = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self {
            variables: texts.collect(),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Where `/songs` leads.
    pub(super) fn base(&self) -> String {
        let said = self.get(CLIENT_URL).filter(|said| !said.is_empty());
        said.unwrap_or(target::BASE).to_owned()
    }

    /// What `~` means.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.get("HOME").map(PathBuf::from)
    }

    /// Which proxies the environment names.
    pub(super) fn proxies(&self) -> proxy::Environment {
        proxy::Environment::read(self.variables.clone())
    }

    /// How what is written to standard output has to look.
    pub(super) fn output(&self, choice: Choice) -> Look {
        let is_terminal = io::stdout().is_terminal();
        self.look_at(choice, is_terminal, terminal_size_of(io::stdout()))
    }

    /// How what is written to standard error has to look.
    pub(super) fn notes(&self, choice: Choice) -> Look {
        let is_terminal = io::stderr().is_terminal();
        self.look_at(choice, is_terminal, terminal_size_of(io::stderr()))
    }

    fn look_at(
        &self,
        choice: Choice,
        is_terminal: bool,
        size: Option<(Width, terminal_size::Height)>,
    ) -> Look {
        let environment = Environment {
            no_color: self.get("NO_COLOR"),
            clicolor_force: self.get("CLICOLOR_FORCE"),
            term: self.get("TERM"),
        };
        let columns = self.get("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = size.map(|(Width(columns), _)| usize::from(columns));
        let unsaid = is_terminal.then_some(COLUMNS_UNSAID);
        Look {
            is_terminal,
            is_coloured: choice.is_coloured(environment, is_terminal),
            width: width.filter(|_| is_terminal).or(columns).or(unsaid),
        }
    }
}
