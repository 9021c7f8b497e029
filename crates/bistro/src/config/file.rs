//! The mirror of `bistro.toml`: one struct for each section, one field for each key. `docs/configuration.md` explains them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::path::PathBuf;

use bistro_plan::rule::Operation;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::config::address;
use crate::config::count::Count;
use crate::config::duration::{KeepAlive, Positive};
use crate::config::network::Network;
use crate::config::origin::{Host, Origin};
use crate::config::several::Several;
use crate::config::size::{Room, Size};
use crate::config::store::Store;
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
    /// `[session]`
    pub(super) session: Session,
    /// `[users]`
    pub(super) users: Users,
    /// `[jwt]`
    pub(super) jwt: Option<Spanned<Jwt>>,
    /// `[adopt.TABLE]`
    pub(super) adopt: BTreeMap<Spanned<String>, Adopt>,
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
    pub(super) trace: Option<bool>,
    #[serde(rename = "static")]
    pub(super) files: Option<Spanned<PathBuf>>,
    pub(super) hosts: Vec<Host>,
    pub(super) origins: Vec<Origin>,
    pub(super) trusted_proxies: Vec<Network>,
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

/// `[session]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Session {
    pub(super) store: Option<Spanned<Store>>,
    pub(super) keys: Option<Spanned<PathBuf>>,
    pub(super) idle: Option<Positive>,
    pub(super) absolute: Option<Positive>,
    pub(super) renew: Option<Positive>,
    pub(super) fresh: Option<Positive>,
    pub(super) per_user: Option<Count<10_000>>,
    pub(super) data_max: Option<Size>,
    pub(super) insecure_cookies: bool,
}

/// `[users]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Users {
    pub(super) sign_up: Option<bool>,
    pub(super) password_min: Option<Count<64>>,
    pub(super) roles: Vec<Spanned<String>>,
}

/// `[jwt]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Jwt {
    pub(super) secret: Option<Spanned<String>>,
    pub(super) pem: Option<Spanned<PathBuf>>,
    pub(super) jwks: Option<Spanned<PathBuf>>,
    pub(super) algorithms: Vec<Spanned<Algorithm>>,
    pub(super) audience: Several,
    pub(super) issuer: Several,
    pub(super) role_claim: Option<Spanned<String>>,
}

/// One `[adopt.TABLE]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Adopt {
    pub(super) rows: AdoptedRows,
    pub(super) conflict: Option<Spanned<Conflict>>,
    pub(super) columns: Option<Spanned<Vec<Spanned<String>>>>,
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

/// What becomes of a visitor's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum AdoptedRows {
    #[default]
    Move,
    Drop,
}

/// What happens where a visitor's row meets the user's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Conflict {
    #[default]
    Keep,
    Replace,
    Sum,
}

/// An algorithm that signs tokens (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Algorithm {
    #[serde(rename = "HS256")]
    Hs256,
    #[serde(rename = "HS384")]
    Hs384,
    #[serde(rename = "HS512")]
    Hs512,
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "RS384")]
    Rs384,
    #[serde(rename = "RS512")]
    Rs512,
    #[serde(rename = "PS256")]
    Ps256,
    #[serde(rename = "PS384")]
    Ps384,
    #[serde(rename = "PS512")]
    Ps512,
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "ES384")]
    Es384,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// What tokens call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Octets that a secret has at least where it is used with this algorithm (RFC 7518 §3.2); `None`: it takes a public key.
    pub(super) fn secret_min(self) -> Option<usize> {
        match self {
            Self::Hs256 => Some(32),
            Self::Hs384 => Some(48),
            Self::Hs512 => Some(64),
            Self::Rs256
            | Self::Rs384
            | Self::Rs512
            | Self::Ps256
            | Self::Ps384
            | Self::Ps512
            | Self::Es256
            | Self::Es384
            | Self::EdDsa => None,
        }
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
