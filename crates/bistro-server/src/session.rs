//! What a server needs for sessions and users: where they are kept, how long they live, how often what may be tried.
//!
//! `caller` finds out whose session a request shows; in `accounts` sessions begin, change and end.

pub(crate) mod clock;
pub(crate) mod limits;
pub(crate) mod touches;
pub(crate) mod held;
pub(crate) mod standing;
pub(crate) mod known;
pub(crate) mod naming;
pub(crate) mod store;
pub(crate) mod cookie;

use std::io;
use std::sync::Arc;

use bistro_http::network::Network;
use bistro_session::data::Bounds;
use bistro_session::jwt::Verifier;
use bistro_session::jwt::keys::KeyError;
use bistro_session::keyfile::KeyFileError;
use bistro_session::lifetime::Lifetime;
use bistro_session::password::hasher::{self, Hasher};
use bistro_session::seal::SealKeysError;
use bistro_session::store::redis::StoreError;

use crate::session::limits::Limits;
use crate::session::naming::Naming;
use crate::session::store::Store;
use crate::session::touches::Touches;
use crate::settings::{SessionSettings, Settings};

/// Levels of objects and arrays in what a session remembers, at most.
const DATA_DEPTH: usize = 32;

/// What requests need of sessions. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    /// Where they are kept.
    pub(crate) store: Store,
    /// How long they live.
    pub(crate) lifetime: Lifetime,
    /// What their cookie is called, and how it is sent.
    pub(crate) naming: Naming,
    /// How much one may remember.
    pub(crate) bounds: Bounds,
    /// How long after a password was given what needs one may be done, in seconds.
    pub(crate) fresh: i64,
    /// Sessions of one user at once.
    pub(crate) per_user: usize,
    /// Tells tokens of others that are believed; `None`: none is.
    pub(crate) jwt: Option<Arc<Verifier>>,
    /// Proxies that are believed what they say of the client.
    pub(crate) proxies: Arc<[Network]>,
    /// How often what may be tried.
    pub(crate) limits: Limits,
    /// What is to be noted of sessions that are used.
    pub(crate) touches: Touches,
    /// Who looks at passwords.
    pub(crate) passwords: Hasher,
}

/// Why sessions cannot be had as they are wanted.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file of keys cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The keys that were given are none.
    #[error("the keys that seal sessions: {0}")]
    Keys(#[from] SealKeysError),
    /// The address of Redis is none.
    #[error(transparent)]
    Redis(#[from] StoreError),
    /// A file with the keys of JSON Web Tokens cannot be read.
    #[error("the keys of tokens cannot be read from `{path}`: {reason}")]
    JwtFile {
        /// The file.
        path: String,
        /// The system's words.
        reason: io::Error,
    },
    /// The keys of JSON Web Tokens cannot be used.
    #[error("the keys of tokens: {0}")]
    Jwt(#[from] KeyError),
    /// The database cannot say which rules it understands.
    #[error(transparent)]
    Database(#[from] bistro_database::Error),
    /// The system refuses a thread.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
}

/// Whether a server could have sessions and tokens as these settings want them. Nothing is made for that, and nobody is asked.
///
/// # Errors
/// A key, a file or an address is not what it should be.
pub fn check_setup(settings: &Settings) -> Result<(), SetupError> {
    Store::check(&settings.session)?;
    store::verifier(settings.jwt.as_ref()).map(drop)
}

impl Sessions {
    /// Makes everything ready.
    ///
    /// # Errors
    /// A key, a file or an address is not what it should be.
    pub(crate) fn start(settings: &Settings) -> Result<Self, SetupError> {
        let store = Store::open(&settings.session)?;
        let passwords = Hasher::start(hasher::Settings::default())?;
        Self::over(
            settings,
            store,
            passwords,
            Limits::default(),
            Touches::default(),
        )
    }

    /// The same under other settings. The store stays.
    ///
    /// # Errors
    /// As [`Sessions::start`].
    pub(crate) fn with(&self, settings: &Settings) -> Result<Self, SetupError> {
        Self::over(
            settings,
            self.store.clone(),
            self.passwords.clone(),
            self.limits.clone(),
            self.touches.clone(),
        )
    }

    fn over(
        settings: &Settings,
        store: Store,
        passwords: Hasher,
        limits: Limits,
        touches: Touches,
    ) -> Result<Self, SetupError> {
        let SessionSettings {
            store: _,
            idle,
            absolute,
            renew,
            fresh,
            per_user,
            data_bytes,
            insecure_cookies,
        } = &settings.session;
        Ok(Self {
            store,
            lifetime: Lifetime {
                idle: clock::seconds(*idle),
                absolute: clock::seconds(*absolute),
                renew: clock::seconds(*renew),
            },
            naming: Naming::new(*insecure_cookies),
            bounds: Bounds {
                octets: *data_bytes,
                depth: DATA_DEPTH,
            },
            fresh: clock::seconds(*fresh),
            per_user: *per_user,
            jwt: store::verifier(settings.jwt.as_ref())?.map(Arc::new),
            proxies: settings.trusted_proxies.as_slice().into(),
            limits,
            touches,
            passwords,
        })
    }

    /// Whether sessions are with their clients.
    pub(crate) fn is_sealed(&self) -> bool {
        matches!(self.store, Store::Sealed(_))
    }
}
