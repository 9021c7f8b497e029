//! A tunnel through a proxy to any host and port: one on given streams, or one for each connection to a local port.

use std::io;
use std::net::SocketAddr;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::uri::Authority;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional, join};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{self, Instant};

use crate::connect::{Network, open, reach_proxy};
use crate::deadline::{Deadline, within};
use crate::error::{Error, Leg};
use crate::exchange::{Settings, Versions};
use crate::journey::Journey;
use crate::proxy::{Kind, Proxy};

/// Tunnels that are open at a time; further connections wait.
const TUNNELS_MAX: usize = 256;

/// How long to wait when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where a tunnel leads, and through whom (RFC 9110 §9.3.6, RFC 9113 §8.5).
#[derive(Clone, Debug)]
pub struct Tunnel {
    proxy: Proxy,
    host: String,
    port: u16,
    fields: HeaderMap,
    network: Network,
    version: Versions,
    tls: Option<Arc<ClientConfig>>,
}

/// What became of one connection to a local port.
#[derive(Debug)]
pub struct Ended {
    /// Who had connected.
    pub peer: SocketAddr,
    /// Octets to the target and from it.
    pub outcome: Result<(u64, u64), Error>,
}

impl Tunnel {
    /// A tunnel to a target `HOST:PORT`, not open yet. `fields` are for the proxy, beside its credentials or in place of them.
    ///
    /// HTTP/2 is spoken with the proxy where TLS settles on it, or where the settings say so.
    pub fn new(
        settings: &Settings,
        proxy: Proxy,
        target: &str,
        fields: HeaderMap,
    ) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::Target {
            url: target.to_owned(),
            reason: reason.to_owned(),
        };
        let authority = Authority::from_str(target).map_err(|error| refuse(&error.to_string()))?;
        let (host, Some(port)) = (
            authority.host().trim_matches(['[', ']']),
            authority.port_u16(),
        ) else {
            return Err(refuse("a tunnel leads to `HOST:PORT`"));
        };
        if host.is_empty() || target.contains('@') {
            return Err(refuse("a tunnel leads to `HOST:PORT`"));
        }
        let protocols = settings.version.protocols();
        let is_secure = proxy.kind == Kind::Https;
        let tls = is_secure
            .then(|| settings.trust.config(protocols))
            .transpose()?;
        Ok(Self {
            proxy,
            host: host.to_owned(),
            port,
            fields,
            network: settings.network.clone(),
            version: settings.version,
            tls: tls.map(Arc::new),
        })
    }

    /// Opens it. The time for it is that of a connection.
    pub async fn open(&self) -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>, Error> {
        let deadline = Deadline::new(Instant::now(), self.network.timeout, "--connect-timeout");
        let mut journey = Journey::default();
        let (network, proxy) = (&self.network, &self.proxy);
        let mut connected =
            reach_proxy(network, proxy, self.tls.as_ref(), &mut journey, deadline).await?;
        let is_wanted =
            self.version == Versions::Http2 && !matches!(proxy.kind, Kind::Socks { .. });
        connected.is_http2 |= is_wanted && proxy.kind == Kind::Http;
        if is_wanted && !connected.is_http2 {
            return Err(Error::NoHttp2 { host: proxy.name() });
        }
        let asking = open(
            network,
            connected,
            proxy,
            &self.host,
            self.port,
            &self.fields,
        );
        within(deadline, Leg::Connect, asking).await
    }

    /// Opens it, and copies what comes from each end to the other until both have ended. An end that ends is passed on, and
    /// the other goes on. Gives the octets to the target and from it.
    pub async fn pipe(
        &self,
        input: impl AsyncRead + Unpin,
        output: impl AsyncWrite + Unpin,
    ) -> Result<(u64, u64), Error> {
        let mut tunnel = self.open().await?;
        copy_bidirectional(&mut join(input, output), &mut tunnel)
            .await
            .map_err(|reason| Error::Tunnel { reason })
    }

    /// Opens a tunnel for every connection that comes in, and tells how each ended. It never returns.
    pub async fn serve(
        &self,
        listener: TcpListener,
        ended: impl Fn(Ended) + Send + Sync + 'static,
    ) {
        let (tunnel, ended) = (Arc::new(self.clone()), Arc::new(ended));
        let room = Arc::new(Semaphore::new(TUNNELS_MAX));
        let mut tunnels = JoinSet::new();
        loop {
            while tunnels.try_join_next().is_some() {}
            let permit = Arc::clone(&room).acquire_owned().await;
            let (mut stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(_no_room) => {
                    time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (tunnel, ended) = (Arc::clone(&tunnel), Arc::clone(&ended));
            tunnels.spawn(async move {
                let (input, output) = stream.split();
                let outcome = tunnel.pipe(input, output).await;
                ended(Ended { peer, outcome });
                drop(permit);
            });
        }
    }
}

/// Listens on `ADDRESS:PORT`, or on a port of this machine alone: `:PORT`, `PORT`. Port 0 is any.
pub async fn listen(address: &str) -> Result<TcpListener, Error> {
    let fail = |reason: io::Error| Error::Listen {
        address: address.to_owned(),
        reason,
    };
    let port = address.trim_start_matches(':');
    match port.parse::<u16>() {
        Ok(port) => TcpListener::bind(("127.0.0.1", port)).await.map_err(fail),
        Err(_no_port) => TcpListener::bind(address).await.map_err(fail),
    }
}
