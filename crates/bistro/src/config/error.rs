//! What is wrong with a configuration, and where.

use std::fmt::{self, Display};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bistro_plan::catalog::nearest;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be read.
    #[error("cannot read the configuration `{}`: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// The file says something that cannot be meant, or cannot be done.
    #[error("{position}: {problem}")]
    Content {
        /// Where it says so.
        position: Position,
        /// What it says.
        problem: Box<Problem>,
    },
    /// The database cannot say whether it understands a rule.
    #[error(transparent)]
    Database(#[from] bistro_database::Error),
}

/// A place in what was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// In the file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The character in it, from 1.
        column: usize,
    },
    /// A variable of the environment.
    Variable(String),
}

/// What is wrong at a place in the file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// It is not TOML, or a value does not fit its key.
    #[error("{0}")]
    Value(String),
    /// There is no such key, or no such word.
    #[error("unknown {what} `{name}`{}", suggestion(nearest.as_deref(), valid))]
    Unknown {
        /// "key", "word" or "audience".
        what: &'static str,
        /// As written.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
        /// All that could stand here.
        valid: Vec<String>,
    },
    /// A known key that this version cannot honor. To go on without it could open what it closes.
    #[error(
        "this version of Bistro does not have `{name}` yet, so it will not start: {lost} would be ignored"
    )]
    NotYet {
        /// As written.
        name: String,
        /// What would be lost by going on.
        lost: &'static str,
    },
    /// There is no such stored query.
    #[error("there is no stored query `{name}`{}", suggestion(nearest.as_deref(), &[]))]
    UnknownFunction {
        /// As written, without `rpc/`.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// Its table, view or stored query has no such column.
    #[error("`{on}` has no column `{name}`{}", suggestion(nearest.as_deref(), &[]))]
    UnknownColumn {
        /// What the rule is about.
        on: String,
        /// As written.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A condition that cannot be understood.
    #[error("`{key}`: {reason}")]
    Condition {
        /// `where` or `check`
        key: &'static str,
        /// Why not.
        reason: String,
    },
    /// There is no such table or view.
    #[error("there is no table or view `{name}`{}", suggestion(nearest.as_deref(), &[]))]
    UnknownRelation {
        /// As written.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
}

/// Keys that Bistro's design knows and this version does not have, and what each would have done.
const NOT_YET: [(&str, &str); 2] = [
    ("access", "who decides about access"),
    ("tunnel", "the list of tunnels"),
];

impl Position {
    /// The place of an octet, as line and column from 1; columns count characters.
    pub(super) fn new(path: &Path, text: &str, span: Option<Range<usize>>) -> Self {
        let octet = span.map_or(0, |span| span.start);
        let before = text.get(..octet).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self::File {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.chars().count() - before.get(..line_start).unwrap_or("").chars().count()
                + 1,
        }
    }
}

impl Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::Variable(name) => write!(f, "the environment variable {name}"),
        }
    }
}

impl Problem {
    /// Reads what the TOML reader says. Of an unknown key or word it says the name and then every valid one, each in
    /// backticks; a test holds it to that.
    pub(super) fn from_toml(message: &str) -> Self {
        let mut quoted = message.split('`').skip(1).step_by(2).map(str::to_owned);
        let what = if message.starts_with("unknown field") {
            "key"
        } else if message.starts_with("unknown variant") {
            "word"
        } else {
            return Self::Value(message.lines().collect::<Vec<_>>().join(", "));
        };
        let name = quoted.next().unwrap_or_default();
        if let Some((_, lost)) = NOT_YET.into_iter().find(|(key, _)| *key == name) {
            return Self::NotYet { name, lost };
        }
        let valid: Vec<String> = quoted.collect();
        Self::Unknown {
            nearest: nearest(&name, valid.iter().map(String::as_str)).map(str::to_owned),
            what,
            name,
            valid,
        }
    }
}

/// How a message goes on that has named something unknown.
fn suggestion(nearest: Option<&str>, valid: &[String]) -> String {
    match (nearest, valid) {
        (Some(nearest), _) => format!("; did you mean `{nearest}`?"),
        (None, []) => String::new(),
        (None, valid) => format!("; valid here: {}", valid.join(", ")),
    }
}
