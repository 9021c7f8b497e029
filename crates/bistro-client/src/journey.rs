//! How long each leg of a request took.

use std::net::SocketAddr;
use std::time::Duration;

/// The legs of one exchange, in their order. A leg that was not travelled is `None`: a connection that was there already needs
/// neither a look-up nor a handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journey {
    /// From a name to addresses.
    pub look_up: Option<Duration>,
    /// From an address to a connection, through a proxy too.
    pub connect: Option<Duration>,
    /// From a connection to a secret one.
    pub tls: Option<Duration>,
    /// Until the whole request was written.
    pub sent: Duration,
    /// From then to the head of the response.
    pub waiting: Duration,
    /// From then to the end of its body; zero until that is there.
    pub received: Duration,
    /// Whether the connection was one that an earlier request had left open.
    pub is_reused: bool,
    /// Who answered: nothing is known of it behind a proxy or a Unix socket.
    pub peer: Option<SocketAddr>,
    /// What the server says of its own legs (`Server-Timing`), as it says it.
    pub server: Vec<String>,
}
