//! The mirror of `bistro.toml`: one struct for each section, one field for each key. `docs/configuration.md` explains them.

use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::path::{Path, PathBuf};

use bistro_plan::rule::Operation;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::config::address;
use crate::config::count::Count;
use crate::config::duration::{KeepAlive, Positive};
use crate::config::error::{Error, Position, Problem};
use crate::config::origin::{Host, Origin};
use crate::config::size::{Room, Size};
use crate::config::text::{self, Text};

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    /// `[database]`
    pub(super) database: Database,
    /// `[http]`
    pub(super) http: Http,
    /// `[limits]`
    pub(super) limits: Limits,
    /// `[users]`
    pub(super) users: Users,
    /// `[[allow]]`
    pub(super) allow: Vec<Allow>,
}

/// `[database]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Database {
    pub(super) url: Option<Spanned<String>>,
    pub(super) queries: Option<Spanned<PathBuf>>,
    pub(super) busy_timeout: Option<Positive>,
    pub(super) statement_timeout: Option<Positive>,
    pub(super) readers: Option<NonZeroU16>,
    pub(super) queue: Option<NonZeroU32>,
    pub(super) queue_max: Option<Size>,
}

/// `[http]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Http {
    pub(super) listen: Option<Listen>,
    pub(super) keep_alive: Option<KeepAlive>,
    pub(super) trace: bool,
    pub(super) hosts: Vec<Host>,
    pub(super) origins: Vec<Origin>,
    pub(super) body_max: Option<Size>,
    pub(super) target_max: Option<Size>,
    pub(super) head_max: Option<Size>,
    pub(super) connections: Option<NonZeroU32>,
    pub(super) threads: Option<Count<1024>>,
    pub(super) cache: Option<Room>,
    pub(super) unfiltered_writes: bool,
    pub(super) rows_max: Option<NonZeroU64>,
}

/// `[limits]`. Their ends keep every statement within what SQLite takes, or refused in words.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Limits {
    pub(super) query_max: Option<Size>,
    pub(super) depth: Option<Count<32>>,
    pub(super) terms: Option<Count<4096>>,
    pub(super) list: Option<Count<32_000>>,
    pub(super) rows: Option<Count<1_000_000>>,
    pub(super) columns: Option<Count<2_000>>,
    pub(super) requests: Option<Count<10_000>>,
}

/// `[users]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Users {
    pub(super) roles: Vec<Spanned<String>>,
}

/// One `[[allow]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Allow {
    pub(super) on: Spanned<String>,
    pub(super) to: Spanned<String>,
    #[serde(rename = "do")]
    pub(super) operations: Spanned<Vec<Verb>>,
    #[serde(rename = "where")]
    pub(super) rows: Option<Spanned<String>>,
    pub(super) check: Option<Spanned<String>>,
    pub(super) owner: Option<Spanned<String>>,
    pub(super) columns: Option<Spanned<Vec<Spanned<String>>>>,
}

/// An address to listen on.
#[derive(Debug)]
pub(super) struct Listen(pub(super) SocketAddr);

/// What a rule lets someone do.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verb {
    Read,
    Create,
    Update,
    Delete,
    Call,
}

impl File {
    /// Reads the text of a file; `path` is for messages only.
    ///
    /// # Errors
    /// Anything the file says that is not understood completely.
    pub(super) fn read(path: &Path, text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Content {
            position: Position::new(path, text, error.span()),
            problem: Box::new(Problem::from_toml(error.message())),
        })
    }
}

impl From<Verb> for Operation {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Read => Self::Read,
            Verb::Create => Self::Create,
            Verb::Update => Self::Update,
            Verb::Delete => Self::Delete,
            Verb::Call => Self::Call,
        }
    }
}

impl Text for Listen {
    const EXPECTED: &'static str = "an address such as \"127.0.0.1:8080\"";

    fn read(text: &str) -> Result<Self, String> {
        address::read(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}
