//! How the server listens, whom it trusts, and what it puts up with.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use bistro_plan::rule::Policy;

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
}

impl Settings {
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
