//! Where sessions are kept, and what tokens of others are held against, as the settings say.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use bistro_session::jwt::keys::Source;
use bistro_session::jwt::{self, Verifier};
use bistro_session::keyfile::{self, KeyFileError};
use bistro_session::lifetime::Lifetime;
use bistro_session::seal::{SealKeys, Sealer};
use bistro_session::store::redis::{RedisStore, StoreError};

use crate::session::SetupError;
use crate::session::naming;
use crate::settings::{self, JwtKey, JwtSettings, Keys, Secret, SessionSettings};

/// What a seal is for; with the same keys other things may be sealed one day.
const PURPOSE: &str = "session";

/// Where sessions are kept.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// In a table of the served database.
    Database,
    /// With the client; those that somebody has signed in to have a row in the database, so that they can be ended.
    Sealed(Arc<Sealer>),
    /// In Redis.
    Redis(Secret),
}

impl Store {
    /// The store that is wanted. A file of keys that is not there is made.
    ///
    /// # Errors
    /// Keys or an address that are none.
    pub(super) fn open(settings: &SessionSettings) -> Result<Self, SetupError> {
        Ok(match &settings.store {
            settings::Store::Database => Self::Database,
            settings::Store::Redis(url) => {
                // Whether it is an address is better said now than with the first request.
                RedisStore::check(&url.0)?;
                Self::Redis(url.clone())
            }
            settings::Store::Cookie { keys } => {
                let keys = match keys {
                    Keys::File(path) => keyfile::read_or_create(path)?,
                    Keys::Text(text) => SealKeys::read(&text.0)?,
                };
                let name = naming::name(settings.insecure_cookies);
                Self::Sealed(Arc::new(Sealer::new(&keys, name, PURPOSE)))
            }
        })
    }

    /// Whether [`Store::open`] would find all it needs. Nothing is made, and nobody is asked.
    ///
    /// # Errors
    /// Keys or an address that are none.
    pub(super) fn check(settings: &SessionSettings) -> Result<(), SetupError> {
        match &settings.store {
            settings::Store::Database => {}
            settings::Store::Redis(url) => RedisStore::check(&url.0)?,
            settings::Store::Cookie {
                keys: Keys::File(path),
            } => match keyfile::read(path) {
                Err(KeyFileError::Read { error, .. }) if error.kind() == ErrorKind::NotFound => {}
                read => drop(read?),
            },
            settings::Store::Cookie {
                keys: Keys::Text(text),
            } => drop(SealKeys::read(&text.0)?),
        }
        Ok(())
    }

    /// A connection to Redis for the runtime that this is called in, if that is the store.
    ///
    /// # Errors
    /// The address is none.
    pub(crate) fn connect(&self, lifetime: Lifetime) -> Result<Option<RedisStore>, StoreError> {
        match self {
            Self::Database | Self::Sealed(_) => Ok(None),
            Self::Redis(url) => RedisStore::open(&url.0, lifetime).map(Some),
        }
    }
}

/// What tokens of others are held against; `None` where none are taken.
pub(super) fn verifier(settings: Option<&JwtSettings>) -> Result<Option<Verifier>, SetupError> {
    let Some(settings) = settings else {
        return Ok(None);
    };
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|reason| SetupError::JwtFile {
            path: path.display().to_string(),
            reason,
        })
    };
    let key = match &settings.key {
        JwtKey::Secret(secret) => Source::Secret(secret.0.clone()),
        JwtKey::Pem(path) => Source::Pem(read(path)?),
        JwtKey::Jwks(path) => Source::Jwks(read(path)?),
    };
    let verifier = Verifier::new(&jwt::Settings {
        keys: vec![key],
        algorithms: settings.algorithms.clone(),
        audience: settings.audience.clone(),
        issuer: settings.issuer.clone(),
        role_claim: settings.role_claim.clone(),
        ..jwt::Settings::default()
    })?;
    Ok(Some(verifier))
}
