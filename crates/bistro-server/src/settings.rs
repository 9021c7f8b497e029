//! How the server listens, whom it trusts, and what it puts up with.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use bistro_dialect::Limits;
use bistro_http::network::Network;
use bistro_plan::rule::{Access, Policy};

/// Everything the server needs to be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Development mode: loopback Host names only, no cross-origin state changes, `TRACE` on.
    pub is_development: bool,
    /// Names a client may use for this server (`Host`, `:authority`), besides loopback names and the address listened on.
    /// Empty outside development mode: any name.
    pub hosts: Vec<String>,
    /// Origins whose pages may send requests here (CORS), as exact serialised origins.
    pub origins: Vec<String>,
    /// Whether `TRACE` echoes; otherwise it is 405.
    pub trace: bool,
    /// How long an idle HTTP/1.1 connection is kept; `None` closes after each response (`keep_alive = "off"`).
    pub keep_alive: Option<Duration>,
    /// Threads that serve connections; `None`: one for each core that may be used.
    pub threads: Option<NonZeroUsize>,
    /// Octets that all of them together keep of answers, to give them again as long as nothing has changed; 0 keeps none.
    pub cache_bytes: usize,
    /// Bounds on what a connection may cost.
    pub bounds: Bounds,
    /// Who may do what, and how much at once.
    pub policy: Policy,
    /// The folder of files that are served as they are, if there is one.
    pub files: Option<PathBuf>,
    /// The proxies that are believed what they say of the client.
    pub trusted_proxies: Vec<Network>,
    /// Where sessions are kept, and for how long.
    pub session: SessionSettings,
    /// Who may become a user.
    pub users: UserSettings,
    /// How JSON Web Tokens are checked; `None`: none is taken.
    pub jwt: Option<JwtSettings>,
    /// What becomes of a visitor's rows when he signs in, where something else is said than that they become the user's.
    pub adopt: Vec<Adopt>,
}

/// Text that is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where sessions are kept, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSettings {
    /// Where they are kept.
    pub store: Store,
    /// How long one may be idle. Default 2 h.
    pub idle: Duration,
    /// How long one lives at most. Default 30 d.
    pub absolute: Duration,
    /// How long one is found by the same key. Default 1 d.
    pub renew: Duration,
    /// How long after a password was given what needs one may be done. Default 15 min.
    pub fresh: Duration,
    /// Sessions of one user at once. Default 100.
    pub per_user: usize,
    /// Octets of a visitor's own document. Default 64 KiB.
    pub data_bytes: usize,
    /// Whether cookies are given to clients that do not come by TLS. Default: only to this machine.
    pub insecure_cookies: bool,
}

/// Where sessions are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In tables of the served database.
    Database,
    /// With the client, sealed.
    Cookie {
        /// What seals them.
        keys: Keys,
    },
    /// In the Redis of this URL, which may hold a password.
    Redis(Secret),
}

/// What seals cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// A file of keys.
    File(PathBuf),
    /// What such a file would hold.
    Text(Secret),
}

/// Who may become a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSettings {
    /// Whether anyone may sign up; otherwise only the operator makes users. Default: anyone.
    pub sign_up: bool,
    /// Characters of a password, at least. Default 8.
    pub password_min: usize,
    /// The roles that there are.
    pub roles: Vec<String>,
}

/// How JSON Web Tokens are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtSettings {
    /// What they are checked with.
    pub key: JwtKey,
    /// The algorithms that are taken, by their names in RFC 7518 §3.1 and RFC 8037; none: those the keys are for.
    pub algorithms: Vec<String>,
    /// One of these must be in `aud`; none: it is not looked at.
    pub audience: Vec<String>,
    /// One of these must be `iss`; none: it is not looked at.
    pub issuer: Vec<String>,
    /// The names that lead to the claim of the roles, dots between. Default `role`.
    pub role_claim: String,
}

/// What JSON Web Tokens are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwtKey {
    /// A secret that whoever makes them has, too.
    Secret(Secret),
    /// A file with a public key in PEM.
    Pem(PathBuf),
    /// A file with a set of keys (RFC 7517).
    Jwks(PathBuf),
}

/// What becomes of a visitor's rows of one table when he signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopt {
    /// The table.
    pub table: String,
    /// What happens to them.
    pub rows: AdoptedRows,
    /// What happens where one cannot stand beside one of the user's.
    pub conflict: Conflict,
    /// The columns that are added where it is [`Conflict::Sum`].
    pub columns: Vec<String>,
}

/// What happens to a visitor's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdoptedRows {
    /// They become the user's.
    #[default]
    Move,
    /// They are removed.
    Drop,
}

/// What happens where a row of the visitor's cannot stand beside one of the user's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conflict {
    /// The user's stays.
    #[default]
    Keep,
    /// The visitor's takes its place.
    Replace,
    /// The visitor's numbers are added to the user's.
    Sum,
}

impl Settings {
    /// The defaults: nothing is open to anyone.
    pub fn closed(listen: SocketAddr) -> Self {
        Self {
            listen,
            is_development: false,
            hosts: Vec::new(),
            origins: Vec::new(),
            trace: false,
            keep_alive: Some(Duration::from_secs(75)),
            threads: None,
            cache_bytes: 16 * 1024 * 1024,
            bounds: Bounds::default(),
            policy: Policy {
                access: Access::Rules(Vec::new()),
                is_read_only: false,
                allows_unfiltered_writes: false,
                rows_max: None,
                limits: Limits::default(),
            },
            files: None,
            trusted_proxies: Vec::new(),
            session: SessionSettings::default(),
            users: UserSettings::default(),
            jwt: None,
            adopt: Vec::new(),
        }
    }

    /// Development mode: everything is open, to this machine.
    pub fn development(listen: SocketAddr) -> Self {
        let mut settings = Self::closed(listen);
        settings.is_development = true;
        settings.trace = true;
        settings.policy.access = Access::Open;
        settings
    }

    /// Takes back what cannot change while a server runs that was `started` otherwise. Returns the keys of what differs.
    pub(crate) fn keep_fixed(&mut self, started: &Self) -> Vec<&'static str> {
        let mut differing = Vec::new();
        keep(
            &mut self.listen,
            &started.listen,
            "http.listen",
            &mut differing,
        );
        keep(
            &mut self.threads,
            &started.threads,
            "http.threads",
            &mut differing,
        );
        keep(
            &mut self.cache_bytes,
            &started.cache_bytes,
            "http.cache",
            &mut differing,
        );
        let (connections, at_start) = (&mut self.bounds.connections, &started.bounds.connections);
        keep(connections, at_start, "http.connections", &mut differing);
        let (store, at_start) = (&mut self.session.store, &started.session.store);
        keep(store, at_start, "session.store", &mut differing);
        differing
    }
}

fn keep<T: Clone + PartialEq>(
    value: &mut T,
    started: &T,
    key: &'static str,
    differing: &mut Vec<&'static str>,
) {
    if value != started {
        value.clone_from(started);
        differing.push(key);
    }
}

/// What one connection and one request may cost.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Octets of a request target; 414 beyond. Default 16 KiB.
    pub target_bytes: usize,
    /// Octets of a request head; 431 beyond. Default 64 KiB.
    pub head_bytes: usize,
    /// Header fields; 431 beyond. Default 100.
    pub fields: usize,
    /// Octets of a request body; 413 beyond. Default 8 MiB.
    pub body_bytes: usize,
    /// From the first octet of a request to the end of its head; 408 or close beyond. Default 10 s.
    pub head_time: Duration,
    /// Between two octets of a request body; 408 beyond. Default 10 s.
    pub body_idle: Duration,
    /// For a whole request body; 408 beyond. Default 60 s.
    pub body_time: Duration,
    /// Between two octets a client takes of a response; the connection is closed beyond. Default 30 s.
    pub write_idle: Duration,
    /// How long the response to a client that has closed its side may take to begin, or to go on; the connection is closed
    /// and its statement stopped beyond. Whether such a client still listens cannot be known (RFC 9112, section 9.6), and
    /// most do not. Default 5 s.
    pub half_closed: Duration,
    /// How long a long response waits while too many others are being sent; 503 beyond. Default 5 s.
    pub long_wait: Duration,
    /// Connections at once; more wait in the kernel's backlog. Default 10 000.
    pub connections: usize,
    /// Streams at once on an HTTP/2 connection. Default 100.
    pub streams: u32,
    /// How long shutting down waits for requests under way. Default 30 s.
    pub drain_time: Duration,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            store: Store::Database,
            idle: Duration::from_hours(2),
            absolute: Duration::from_hours(30 * 24),
            renew: Duration::from_hours(24),
            fresh: Duration::from_mins(15),
            per_user: 100,
            data_bytes: 64 * 1024,
            insecure_cookies: false,
        }
    }
}

impl Default for UserSettings {
    fn default() -> Self {
        Self {
            sign_up: true,
            password_min: 8,
            roles: Vec::new(),
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            target_bytes: 16 * 1024,
            head_bytes: 64 * 1024,
            fields: 100,
            body_bytes: 8 * 1024 * 1024,
            head_time: Duration::from_secs(10),
            body_idle: Duration::from_secs(10),
            body_time: Duration::from_mins(1),
            write_idle: Duration::from_secs(30),
            half_closed: Duration::from_secs(5),
            long_wait: Duration::from_secs(5),
            connections: 10_000,
            streams: 100,
            drain_time: Duration::from_secs(30),
        }
    }
}
