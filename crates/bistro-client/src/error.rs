//! What goes wrong on the way there and back, in which leg, and whether the request may have been carried out.

use std::fmt::{self, Display};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use url::Url;

/// A failure of an exchange: no response, or only a part of one.
///
/// `Display` says what happened; [`Error::hint`] says what to try.
#[derive(Debug, Error)]
pub enum Error {
    /// A file of certificates or keys that cannot be read.
    #[error("the file {} with {holding} could not be used: {reason}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold: `certificates`, `the private key`.
        holding: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// This system has no certificates to trust, or none that can be read.
    #[error("no certificate of an authority was found on this system{reason}")]
    NoRoots {
        /// Why, if the system said: begins with a colon.
        reason: String,
    },
    /// A proxy's address that cannot be used.
    #[error("the proxy {value} cannot be used: {reason}")]
    Proxy {
        /// What was given, without the password.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A target that cannot stand in a request.
    #[error("the URL {url} cannot be asked for: {reason}")]
    Target {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The name has no address.
    #[error("the name {name} was not found: {reason}")]
    NotFound {
        /// The host.
        name: String,
        /// What the system's resolver says.
        reason: String,
    },
    /// The name has addresses, but none of the family that was asked for.
    #[error("the name {name} has no {family} address")]
    NoAddress {
        /// The host.
        name: String,
        /// `IPv4` or `IPv6`.
        family: &'static str,
    },
    /// The host is there, and nothing listens on the port.
    #[error("nothing listens on {address}")]
    Refused {
        /// Who said no.
        address: SocketAddr,
    },
    /// There is no connection to the proxy.
    #[error("the proxy {proxy} cannot be reached: {reason}")]
    ProxyAway {
        /// The proxy, without credentials.
        proxy: String,
        /// Why not.
        reason: Box<Self>,
    },
    /// There is no connection to the host.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// The address that was tried last.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// There is no connection to a Unix socket.
    #[error("the socket {} cannot be reached: {reason}", path.display())]
    UnixSocket {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It took too long.
    #[error("nothing more came within {} s while {leg}", after.as_secs_f64())]
    TimedOut {
        /// Where the time ended.
        leg: Leg,
        /// The time that was allowed.
        after: Duration,
        /// The setting that allowed it.
        setting: &'static str,
    },
    /// The certificate is not trusted.
    #[error("the certificate of {host} is not trusted: {distrust}")]
    Distrusted {
        /// Who showed it.
        host: String,
        /// Why not.
        distrust: Box<Distrust>,
    },
    /// The handshake failed for another reason.
    #[error("no secure connection with {host}: {reason}")]
    Tls {
        /// With whom.
        host: String,
        /// What went wrong.
        reason: String,
        /// Whether the other side does not seem to speak TLS at all.
        is_plain: bool,
    },
    /// HTTP/2 was asked for, and the server did not choose it.
    #[error("{host} does not offer HTTP/2")]
    NoHttp2 {
        /// Who.
        host: String,
    },
    /// A proxy did not open a tunnel.
    #[error("the proxy {proxy} opened no tunnel to {target}: {reason}")]
    NoTunnel {
        /// The proxy's host and port.
        proxy: String,
        /// The host and port it should have reached.
        target: String,
        /// What it answered: the status, and the first lines of what it says.
        reason: String,
    },
    /// What is to be sent could not be read.
    #[error("the body could not be read: {reason}")]
    Body {
        /// What went wrong.
        reason: io::Error,
    },
    /// The body has another length than its `Content-Length` says.
    #[error("the body has another length than the request says: {reason}")]
    BodyLength {
        /// Which.
        reason: String,
    },
    /// The connection ended before there was a response.
    #[error("the connection with {host} was closed before an answer came")]
    Closed {
        /// Who closed it.
        host: String,
        /// Whether the end came while the request was being written.
        is_sending: bool,
    },
    /// The status line and the fields are larger than we read.
    #[error("the head of the response is longer than {octets_max} octets or {fields_max} fields")]
    HeadTooLarge {
        /// The limit in octets.
        octets_max: usize,
        /// The limit in fields.
        fields_max: usize,
    },
    /// The response does not come, and others that announce it do not end.
    #[error("{host} sent more than {max} interim responses (1xx), and no other")]
    Interim {
        /// Who sent them.
        host: String,
        /// The limit.
        max: usize,
    },
    /// What came is no HTTP.
    #[error("the answer of {host} is not {version}: {reason}")]
    NotHttp {
        /// `HTTP/1.1` or `HTTP/2`.
        version: &'static str,
        /// Whose.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// The response ended before its end.
    #[error("the connection closed after {received} {}octets of the body", expected.map_or_else(String::new, |expected| format!("of {expected} ")))]
    CutShort {
        /// How many came.
        received: u64,
        /// How many should have come, if that was said.
        expected: Option<u64>,
    },
    /// The body is framed wrongly, or the connection broke.
    #[error("the body of the response broke off after {received} octets: {reason}")]
    Broken {
        /// How many came.
        received: u64,
        /// What went wrong.
        reason: String,
    },
    /// The body is not what its `Content-Encoding` says.
    #[error("the body cannot be decoded from {coding}: {reason}")]
    Coding {
        /// The codings, outermost last.
        coding: String,
        /// What is wrong.
        reason: io::Error,
    },
    /// The body is larger, decoded, than is wanted.
    #[error("the decoded body has more than {octets_max} octets")]
    DecodedTooLarge {
        /// The limit.
        octets_max: u64,
    },
    /// Too many redirects.
    #[error("{max} redirects led to no end: {}", chain_text(chain))]
    TooManyRedirects {
        /// The limit.
        max: usize,
        /// Every target that was asked.
        chain: Vec<Url>,
    },
    /// A redirect that leads back.
    #[error("the redirects lead in a circle: {}", chain_text(chain))]
    Circle {
        /// Every target that was asked, and the first again.
        chain: Vec<Url>,
    },
    /// A redirect to what is no URL, or to what is not HTTP.
    #[error("the redirect from {from} to {location} cannot be followed: {reason}")]
    Location {
        /// Who redirects.
        from: String,
        /// Where to, as the field says it.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A redirect that would carry a secret over an open line.
    #[error(
        "the redirect from {from} to {to} leaves the secure connection, and the request carried {what}"
    )]
    Downgrade {
        /// Who redirects.
        from: String,
        /// Where to.
        to: String,
        /// What would be seen.
        what: &'static str,
    },
    /// A redirect wants the body again, and it came from a stream.
    #[error("the redirect to {to} wants the body again, and it was read from standard input")]
    BodyIsGone {
        /// Where to.
        to: String,
    },
    /// The next page lies with somebody else.
    #[error("the next page is said to be at {to}, which is another server than {from}")]
    ForeignPage {
        /// Who says so.
        from: String,
        /// Where it should be.
        to: String,
    },
    /// A local address for tunnels that cannot be used.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        reason: io::Error,
    },
    /// A tunnel that broke.
    #[error("the tunnel broke: {reason}")]
    Tunnel {
        /// What the system says.
        reason: io::Error,
    },
}

/// Why a certificate is not trusted (RFC 5280 §6, RFC 9525).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Distrust {
    /// Its time is over.
    #[error("the certificate for {subject} expired on {since}")]
    Expired {
        /// Whose certificate.
        subject: String,
        /// When.
        since: String,
    },
    /// Its time has not come.
    #[error("the certificate for {subject} is not valid before {from}")]
    NotYet {
        /// Whose certificate.
        subject: String,
        /// When it will be.
        from: String,
    },
    /// It is somebody else's.
    #[error("it is for {}", if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") })]
    Name {
        /// The names it is for.
        names: Vec<String>,
    },
    /// Nobody but itself vouches for it.
    #[error("{subject} signed it itself")]
    SelfSigned {
        /// Whose certificate.
        subject: String,
    },
    /// Who vouches for it is not known here.
    #[error("the certificate for {subject} is signed by {issuer}, who is no authority here")]
    Issuer {
        /// Whose certificate.
        subject: String,
        /// Who signed it.
        issuer: String,
    },
    /// Who is known by the name of the issuer did not sign it: that one has another key by now, or somebody pretends.
    #[error("the certificate for {subject} is not signed with the key that {issuer} has here")]
    Signature {
        /// Whose certificate.
        subject: String,
        /// Who should have signed it.
        issuer: String,
    },
    /// It is an authority's, which is not meant to stand before a server.
    #[error("the certificate for {subject} is an authority's (`CA:TRUE`), not a server's")]
    Authority {
        /// Whose certificate.
        subject: String,
    },
    /// Something else.
    #[error("the certificate for {subject} is refused: {reason}")]
    Other {
        /// Whose certificate.
        subject: String,
        /// Why.
        reason: String,
    },
}

/// A leg of an exchange, as [`crate::journey::Journey`] has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// From a name to addresses.
    LookUp,
    /// From an address to a connection, through a proxy too.
    Connect,
    /// From a connection to a secret one.
    Tls,
    /// From the first octet of the request to the last, and on to the head of the response.
    Waiting,
    /// The body of the response.
    Body,
}

/// What may have happened at the server, as far as we can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The request did not arrive.
    NotSent,
    /// The request may have been carried out, and nobody told us.
    MaybeDone,
    /// There was a response: the request was carried out or refused, and what failed came later.
    Answered,
}

impl Error {
    /// Where the way ended; `None` where it did not begin.
    pub fn leg(&self) -> Option<Leg> {
        match self {
            Self::Pem { .. }
            | Self::NoRoots { .. }
            | Self::Proxy { .. }
            | Self::Target { .. }
            | Self::Listen { .. } => None,
            Self::NotFound { .. } | Self::NoAddress { .. } => Some(Leg::LookUp),
            Self::Refused { .. }
            | Self::ProxyAway { .. }
            | Self::Unreachable { .. }
            | Self::UnixSocket { .. }
            | Self::NoTunnel { .. } => Some(Leg::Connect),
            Self::TimedOut { leg, .. } => Some(*leg),
            Self::Distrusted { .. } | Self::Tls { .. } | Self::NoHttp2 { .. } => Some(Leg::Tls),
            Self::Body { .. }
            | Self::BodyLength { .. }
            | Self::Closed { .. }
            | Self::HeadTooLarge { .. }
            | Self::Interim { .. }
            | Self::NotHttp { .. } => Some(Leg::Waiting),
            Self::CutShort { .. }
            | Self::Broken { .. }
            | Self::Coding { .. }
            | Self::DecodedTooLarge { .. }
            | Self::TooManyRedirects { .. }
            | Self::Circle { .. }
            | Self::Location { .. }
            | Self::Downgrade { .. }
            | Self::BodyIsGone { .. }
            | Self::ForeignPage { .. }
            | Self::Tunnel { .. } => Some(Leg::Body),
        }
    }

    /// What may have happened at the server.
    pub fn effect(&self) -> Effect {
        match self.leg() {
            None | Some(Leg::LookUp | Leg::Connect | Leg::Tls) => Effect::NotSent,
            Some(Leg::Waiting) => Effect::MaybeDone,
            Some(Leg::Body) => Effect::Answered,
        }
    }

    /// What to try, as a sentence without its end; `None` if there is nothing that is likely to help.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotFound { .. } => {
                "check the spelling and the network, or give an address with `--resolve`"
            }
            Self::NoAddress { .. } => "leave out `-4` and `-6`",
            Self::Refused { address } if address.ip().is_loopback() => {
                "is the server running? `bistro serve` starts one"
            }
            Self::Refused { .. } => "check the port",
            Self::ProxyAway { .. } => {
                "it is named by `--proxy`, `http_proxy` or `https_proxy`; `--proxy none` goes without one"
            }
            Self::Unreachable { .. } => {
                "check the network; behind a proxy, set `https_proxy` or give `--proxy`"
            }
            Self::UnixSocket { .. } => "check the path, and whether you may write to it",
            Self::TimedOut { setting, .. } => return Some(format!("allow more with `{setting}`")),
            Self::Distrusted { distrust, .. } => return Some(distrust.hint().to_owned()),
            Self::Tls { is_plain: true, .. } => "does it speak plain HTTP there? Try `http://`",
            Self::NoHttp2 { .. } => "leave out `--http2`",
            Self::NoRoots { .. } => "install `ca-certificates`, or give `--cacert FILE`",
            Self::HeadTooLarge { .. } | Self::Interim { .. } => {
                "the server sends more than a response needs: ask who runs it"
            }
            Self::NotHttp {
                version: "HTTP/2", ..
            } => "try `--http1.1`",
            Self::NotHttp { .. } => "if it speaks TLS there, write `https://`",
            Self::DecodedTooLarge { .. } => "save it with `--download` or `--output FILE`",
            Self::TooManyRedirects { .. } => "allow more with `--max-redirects`",
            Self::Downgrade { .. } => "ask the `http` URL yourself, if that is what you want",
            Self::BodyIsGone { .. } => "send the body from a file, which can be read again",
            Self::ForeignPage { .. } => "ask for it by itself, if you trust that server",
            Self::Pem { .. }
            | Self::Proxy { .. }
            | Self::Target { .. }
            | Self::Tls { .. }
            | Self::NoTunnel { .. }
            | Self::Body { .. }
            | Self::BodyLength { .. }
            | Self::Closed { .. }
            | Self::CutShort { .. }
            | Self::Broken { .. }
            | Self::Coding { .. }
            | Self::Circle { .. }
            | Self::Location { .. }
            | Self::Listen { .. }
            | Self::Tunnel { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

impl Distrust {
    /// What to try.
    fn hint(&self) -> &'static str {
        match self {
            Self::Expired { .. } | Self::NotYet { .. } => {
                "check this machine's clock, or ask the server's owner for a new one; `--insecure` looks away"
            }
            Self::Name { .. } => {
                "use one of these names, or `--resolve` with one of them; `--insecure` looks away"
            }
            Self::SelfSigned { .. }
            | Self::Issuer { .. }
            | Self::Signature { .. }
            | Self::Authority { .. } => {
                "if you know whose it is, give it with `--cacert FILE`; `--insecure` looks away"
            }
            Self::Other { .. } => "`--insecure` looks away",
        }
    }
}

impl Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LookUp => "looking up the name",
            Self::Connect => "connecting",
            Self::Tls => "making the connection secure",
            Self::Waiting => "waiting for the response",
            Self::Body => "receiving the body",
        })
    }
}

/// A target as it may be shown: without a password.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    match url.set_password(None) {
        // It fails for URLs that have no place for one.
        Ok(()) | Err(()) => url.into(),
    }
}

/// A chain of targets as one line; of a long one, the beginning and the end.
fn chain_text(chain: &[Url]) -> String {
    let arrow = |urls: &[Url]| urls.iter().map(Url::as_str).collect::<Vec<_>>().join(" → ");
    match (
        chain.get(..3),
        chain
            .len()
            .checked_sub(3)
            .and_then(|from| chain.get(from..)),
    ) {
        (Some(first), Some(last)) if chain.len() > 6 => {
            format!("{} → … → {}", arrow(first), arrow(last))
        }
        _ => arrow(chain),
    }
}
