//! From a target to a connection: look-up, TCP or a Unix socket, a proxy's tunnel, TLS.

use std::collections::VecDeque;
use std::fmt::{self, Display};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig};
use tokio::net::{self, TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{self, Instant};
use tokio_rustls::TlsConnector;
use url::Url;

use crate::deadline::{Deadline, within};
use crate::error::{Distrust, Error, Leg, shown};
use crate::journey::Journey;
use crate::opening;
use crate::proxy::{self, Kind, Proxies, Proxy};
use crate::stream::Stream;

/// How long one address may take before the next is tried beside it (RFC 8305 §5).
const ATTEMPT: Duration = Duration::from_millis(250);

/// How targets are reached. The default is the system's own way, without a proxy, for as long as it takes.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Which addresses a name may have.
    pub family: Family,
    /// Addresses that are known without asking.
    pub overrides: Vec<Override>,
    /// The socket behind which every server is; names are not looked up then, and proxies not used.
    pub unix_socket: Option<PathBuf>,
    /// Proxies.
    pub proxies: Proxies,
    /// How long it may take until the connection stands, with TLS and through a proxy; `None` is as long as it takes.
    pub timeout: Option<Duration>,
}

/// Which addresses a name may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Either, in the order in which the system gives them (RFC 6724).
    #[default]
    Any,
    /// IPv4 (`-4`).
    V4,
    /// IPv6 (`-6`).
    V6,
}

/// Where a host and port are, whatever names say: curl's `--resolve HOST:PORT:ADDRESS[,ADDRESS]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The host, in lower case; `*` is every host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// Text that is no [`Override`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not written `HOST:PORT:ADDRESS`, such as `example.org:443:127.0.0.1`")]
pub struct OverrideError {
    /// The text.
    pub text: String,
}

/// The server at the other end, and who leads there: connections to the same are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// Whether the server is spoken to in secret.
    pub(crate) is_secure: bool,
    /// The server's host, an IPv6 address without brackets.
    pub(crate) host: String,
    /// The server's port.
    pub(crate) port: u16,
    /// The proxy.
    pub(crate) proxy: Option<Proxy>,
}

/// A connection that stands.
pub(crate) struct Connected {
    /// The octets.
    pub(crate) stream: Stream,
    /// Whether TLS settled on HTTP/2.
    pub(crate) is_http2: bool,
}

impl Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_v6 = self.host.contains(':');
        let (open, close) = if is_v6 { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}:{}:", self.host, self.port)?;
        for (at, address) in self.addresses.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            match address {
                IpAddr::V4(address) => write!(f, "{comma}{address}")?,
                IpAddr::V6(address) => write!(f, "{comma}[{address}]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Override {
    type Err = OverrideError;

    fn from_str(text: &str) -> Result<Self, OverrideError> {
        let refuse = || OverrideError {
            text: text.to_owned(),
        };
        let plain = |text: &str| text.trim_matches(['[', ']']).to_ascii_lowercase();
        let (host, rest) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once("]:").ok_or_else(refuse)?,
            None => text.split_once(':').ok_or_else(refuse)?,
        };
        let (port, addresses) = rest.split_once(':').ok_or_else(refuse)?;
        let addresses: Result<Vec<IpAddr>, _> = addresses
            .split(',')
            .map(|one| plain(one.trim()).parse())
            .collect();
        Ok(Self {
            host: plain(host),
            port: port.parse().map_err(|_error| refuse())?,
            addresses: addresses.map_err(|_error| refuse())?,
        })
    }
}

impl Route {
    /// How to come to a target.
    pub(crate) fn new(network: &Network, url: &Url) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::Target {
            url: shown(url),
            reason: reason.to_owned(),
        };
        let is_secure = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => {
                return Err(refuse(
                    "it begins neither with `http://` nor with `https://`",
                ));
            }
        };
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(refuse("it has no host"));
        };
        Ok(Self {
            is_secure,
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            proxy: if network.unix_socket.is_some() {
                None
            } else {
                network.proxies.serving(url)?
            },
        })
    }

    /// Host and port.
    pub(crate) fn name(&self) -> String {
        proxy::authority(&self.host, self.port)
    }

    /// Whether requests go to a proxy that reads them: they are then written in absolute form (RFC 9112 §3.2.2).
    pub(crate) fn is_forwarded(&self) -> bool {
        let kind = self.proxy.as_ref().map(|proxy| proxy.kind);
        matches!(kind, Some(Kind::Http | Kind::Https)) && !self.is_secure
    }
}

/// Makes the connection and notes how long each leg took. `tls` is for the server, `proxy_tls` for the proxy.
pub(crate) async fn connect(
    network: &Network,
    route: &Route,
    tls: Option<&Arc<ClientConfig>>,
    proxy_tls: Option<&Arc<ClientConfig>>,
    journey: &mut Journey,
    deadline: Option<Deadline>,
) -> Result<Connected, Error> {
    let stream = match &route.proxy {
        None => first_leg(network, &route.host, route.port, journey, deadline).await?,
        Some(proxy) => through(network, route, proxy, proxy_tls, journey, deadline).await?,
    };
    let Some(config) = tls else {
        return Ok(Connected {
            stream,
            is_http2: false,
        });
    };
    let start = Instant::now();
    let connected = within(deadline, Leg::Tls, secure(stream, &route.host, config)).await?;
    journey.tls = Some(start.elapsed());
    Ok(connected)
}

/// Reaches the proxy, and through it the server unless the proxy reads the requests.
async fn through(
    network: &Network,
    route: &Route,
    proxy: &Proxy,
    proxy_tls: Option<&Arc<ClientConfig>>,
    journey: &mut Journey,
    deadline: Option<Deadline>,
) -> Result<Stream, Error> {
    let connected = reach_proxy(network, proxy, proxy_tls, journey, deadline).await?;
    if route.is_forwarded() {
        return Ok(connected.stream);
    }
    let start = Instant::now();
    let no_fields = HeaderMap::new();
    let opening = open(
        network,
        connected,
        proxy,
        &route.host,
        route.port,
        &no_fields,
    );
    let stream = within(deadline, Leg::Connect, opening).await?;
    *journey.connect.get_or_insert_default() += start.elapsed();
    Ok(stream)
}

/// Asks a proxy that was reached for a tunnel. What must be looked up here for it, is.
pub(crate) async fn open(
    network: &Network,
    connected: Connected,
    proxy: &Proxy,
    host: &str,
    port: u16,
    fields: &HeaderMap,
) -> Result<Stream, Error> {
    let mut target = proxy::authority(host, port);
    if proxy.kind == (Kind::Socks { looks_up: false }) {
        let (addresses, _) = look_up(network, host, port).await?;
        target = addresses.first().map_or(target, ToString::to_string);
    }
    let Connected { stream, is_http2 } = connected;
    opening::open(stream, is_http2, proxy, &target, fields).await
}

/// Makes the connection to a proxy; all of it is the leg `connect`.
pub(crate) async fn reach_proxy(
    network: &Network,
    proxy: &Proxy,
    tls: Option<&Arc<ClientConfig>>,
    journey: &mut Journey,
    deadline: Option<Deadline>,
) -> Result<Connected, Error> {
    let stream = first_leg(network, &proxy.host, proxy.port, journey, deadline)
        .await
        .map_err(|reason| match reason {
            Error::TimedOut { .. } => reason,
            reason => Error::ProxyAway {
                proxy: proxy.name(),
                reason: Box::new(reason),
            },
        })?;
    // Whoever is behind the proxy is not who is seen from here.
    journey.peer = None;
    let Some(config) = tls else {
        return Ok(Connected {
            stream,
            is_http2: false,
        });
    };
    let start = Instant::now();
    let connected = within(deadline, Leg::Tls, secure(stream, &proxy.host, config)).await?;
    *journey.connect.get_or_insert_default() += start.elapsed();
    Ok(connected)
}

/// To the first machine on the way.
async fn first_leg(
    network: &Network,
    host: &str,
    port: u16,
    journey: &mut Journey,
    deadline: Option<Deadline>,
) -> Result<Stream, Error> {
    if let Some(path) = &network.unix_socket {
        let start = Instant::now();
        let connecting = async {
            UnixStream::connect(path)
                .await
                .map_err(|reason| Error::UnixSocket {
                    path: path.clone(),
                    reason,
                })
        };
        let stream = within(deadline, Leg::Connect, connecting).await?;
        journey.connect = Some(start.elapsed());
        return Ok(Box::new(stream));
    }
    let start = Instant::now();
    let (addresses, is_asked) = within(deadline, Leg::LookUp, look_up(network, host, port)).await?;
    journey.look_up = is_asked.then(|| start.elapsed());
    let start = Instant::now();
    let stream = within(deadline, Leg::Connect, race(host, addresses)).await?;
    journey.connect = Some(start.elapsed());
    journey.peer = stream.peer_addr().ok();
    Ok(Box::new(stream))
}

/// Whether a name is this machine's own, which nobody is asked for: cookies that are for secure connections go there (RFC 6761 §6.3).
fn is_this_machine(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// The addresses of a host, never none, and whether somebody was asked for them.
async fn look_up(
    network: &Network,
    host: &str,
    port: u16,
) -> Result<(Vec<SocketAddr>, bool), Error> {
    let known = network.overrides.iter().find(|known| {
        known.port == port && (known.host == "*" || known.host.eq_ignore_ascii_case(host))
    });
    let (found, is_asked): (Vec<SocketAddr>, _) = if let Some(known) = known {
        (
            known
                .addresses
                .iter()
                .map(|address| (*address, port).into())
                .collect(),
            false,
        )
    } else if let Ok(address) = host.parse::<IpAddr>() {
        (vec![(address, port).into()], false)
    } else if is_this_machine(host) {
        let both: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        (both.map(|address| (address, port).into()).into(), false)
    } else {
        let not_found = |error: io::Error| {
            let reason = error.to_string();
            let reason = reason
                .rsplit(": ")
                .next()
                .unwrap_or_default()
                .to_lowercase();
            Error::NotFound {
                name: host.to_owned(),
                reason,
            }
        };
        (
            net::lookup_host((host, port))
                .await
                .map_err(not_found)?
                .collect(),
            true,
        )
    };
    let (is_wanted, family): (fn(&SocketAddr) -> bool, _) = match network.family {
        Family::Any => (|_| true, "IP"),
        Family::V4 => (SocketAddr::is_ipv4, "IPv4"),
        Family::V6 => (SocketAddr::is_ipv6, "IPv6"),
    };
    let wanted: Vec<_> = found.into_iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        return Err(Error::NoAddress {
            name: host.to_owned(),
            family,
        });
    }
    Ok((wanted, is_asked))
}

/// The addresses with the families in turn, beginning with that of the first (RFC 8305 §4).
fn interlaced(addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let is_first_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == is_first_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut order = VecDeque::new();
    loop {
        let (one, other) = (first.next(), second.next());
        if one.is_none() && other.is_none() {
            return order;
        }
        order.extend(one);
        order.extend(other);
    }
}

/// The first connection that stands of a host's addresses: one address after the other, not waiting long for any of them (RFC 8305 §5).
async fn race(host: &str, addresses: Vec<SocketAddr>) -> Result<TcpStream, Error> {
    let mut waiting = interlaced(addresses);
    let mut attempts = JoinSet::new();
    let mut failure = None;
    loop {
        if let Some(address) = waiting.pop_front() {
            attempts.spawn(async move { (address, TcpStream::connect(address).await) });
        }
        let outcome = if waiting.is_empty() {
            attempts.join_next().await
        } else {
            match time::timeout(ATTEMPT, attempts.join_next()).await {
                Ok(outcome) => outcome,
                Err(_elapsed) => continue,
            }
        };
        match outcome {
            Some(Ok((_, Ok(stream)))) => {
                // A request is written whole; that it should wait for more to come only makes it late.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
            // The first failure is that of the address which the system likes best.
            Some(Ok((address, Err(reason)))) => {
                failure.get_or_insert(failed(address, reason));
            }
            // Nobody cancels an attempt, and none panics.
            Some(Err(_broken)) => {}
            None => {
                return Err(failure.unwrap_or(Error::NoAddress {
                    name: host.to_owned(),
                    family: "IP",
                }));
            }
        }
    }
}

fn failed(address: SocketAddr, reason: io::Error) -> Error {
    if reason.kind() == io::ErrorKind::ConnectionRefused {
        Error::Refused { address }
    } else {
        Error::Unreachable { address, reason }
    }
}

/// The handshake of TLS.
async fn secure(
    stream: Stream,
    host: &str,
    config: &Arc<ClientConfig>,
) -> Result<Connected, Error> {
    let failed = |reason: String| Error::Tls {
        host: host.to_owned(),
        reason,
        is_plain: false,
    };
    // A dot at the end says that the name is complete; it is not part of what certificates are for.
    let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
        .map_err(|error| failed(error.to_string()))?;
    let handshake = TlsConnector::from(Arc::clone(config))
        .connect(name, stream)
        .await;
    let stream = handshake.map_err(|error| explain(host, &error))?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok(Connected {
        stream: Box::new(stream),
        is_http2,
    })
}

/// What a failed handshake means.
pub(crate) fn explain(host: &str, error: &io::Error) -> Error {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other))) = tls
        && let Some(distrust) = other.0.downcast_ref::<Distrust>()
    {
        return Error::Distrusted {
            host: host.to_owned(),
            distrust: Box::new(distrust.clone()),
        };
    }
    Error::Tls {
        host: host.to_owned(),
        is_plain: matches!(tls, Some(rustls::Error::InvalidMessage(_))),
        reason: match (tls, error.kind()) {
            (Some(rustls::Error::AlertReceived(alert)), _) => told(*alert),
            (_, io::ErrorKind::UnexpectedEof) => "the other side closed the connection".to_owned(),
            _ => error.to_string(),
        },
    }
}

/// What the other side says by an alert (RFC 8446 §6.2), as far as we can do something about it.
fn told(alert: AlertDescription) -> String {
    let text = match alert {
        AlertDescription::ProtocolVersion => "it offers no TLS from version 1.2 on",
        AlertDescription::CertificateRequired => {
            "it asks for our certificate: give one with `--cert FILE`"
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnknownCA
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown => "it does not trust our certificate",
        AlertDescription::UnrecognisedName => "it knows no server of this name",
        other => return format!("it refuses, and says no more than {other:?}"),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Override, interlaced, is_this_machine};

    #[test]
    fn overrides_are_read_as_curl_writes_them() {
        let read = |text: &str| {
            text.parse::<Override>()
                .map(|known| (known.host, known.port, known.addresses.len()))
        };
        assert_eq!(
            read("Example.org:443:127.0.0.1"),
            Ok(("example.org".to_owned(), 443, 1))
        );
        assert_eq!(read("*:80:[::1],127.0.0.1"), Ok(("*".to_owned(), 80, 2)));
        assert_eq!(read("[::1]:80:::2"), Ok(("::1".to_owned(), 80, 1)));
        for text in [
            "",
            "a",
            "a:80",
            "a:80:",
            "a:b:127.0.0.1",
            "a:80:localhost",
            "a:99999:::1",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn some_names_are_this_machines_own() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST.", true),
            ("shop.localhost", true),
            ("mylocalhost", false),
            ("localhost.example.org", false),
        ] {
            assert_eq!(is_this_machine(host), expected, "{host}");
        }
    }

    #[test]
    fn the_families_take_turns() {
        let check = |given: &[&str], expected: &[&str]| {
            let given = given
                .iter()
                .map(|address| format!("{address}:1").parse().unwrap())
                .collect();
            let order: Vec<_> = interlaced(given)
                .iter()
                .map(|address| address.ip().to_string())
                .collect();
            assert_eq!(order, expected);
        };
        check(&["[::1]", "[::2]", "10.0.0.1"], &["::1", "10.0.0.1", "::2"]);
        check(
            &["10.0.0.1", "[::1]", "10.0.0.2", "10.0.0.3"],
            &["10.0.0.1", "::1", "10.0.0.2", "10.0.0.3"],
        );
        check(&[], &[]);
    }
}
