//! Which server a request is for: one valid Host, and one that is ours (RFC 9110 §7.2, RFC 9112 §3.2, RFC 9113 §8.3.1).

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use bistro_http::authority::Authority;
use hyper::Version;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::uri;

use crate::exchange::Name;
use crate::problem::refusal::Refusal;
use crate::settings::Settings;

/// The name that a request of this core was for last. Nearly all requests use one name, and to read it anew each time takes as
/// long as to read their row.
#[derive(Debug, Default)]
pub(crate) struct Last(Mutex<Option<(HeaderValue, Name)>>);

impl Last {
    /// The authority a request is for, as [`resolve`] finds it.
    pub(crate) fn resolve(
        &self,
        version: Version,
        named: Option<&uri::Authority>,
        headers: &HeaderMap,
        settings: &Settings,
        listening: SocketAddr,
    ) -> Result<Name, Refusal> {
        let mut lines = headers.get_all(header::HOST).iter();
        let only = match (lines.next(), lines.next()) {
            // Only where nothing else has a say.
            (Some(only), None) if named.is_none() && version == Version::HTTP_11 => only,
            _ => return resolve(version, named, headers, settings, listening),
        };
        // Whoever panicked while holding it left a name that is as good as before.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((host, name)) = &*last
            && host == only
        {
            return Ok(name.clone());
        }
        let name = resolve(version, named, headers, settings, listening)?;
        *last = Some((only.clone(), name.clone()));
        Ok(name)
    }
}

/// The authority a request is for. `named`: what its target says.
///
/// # Errors
/// There is none, more than one, or one that is malformed, contradicted, or not ours.
pub(crate) fn resolve(
    version: Version,
    named: Option<&uri::Authority>,
    headers: &HeaderMap,
    settings: &Settings,
    listening: SocketAddr,
) -> Result<Name, Refusal> {
    let host = host(headers)?;
    let named = named.map(uri::Authority::as_str);
    let authority = if version == Version::HTTP_2 {
        http2(named, host)?
    } else {
        // An absolute-form target overrides Host, which must be there and valid all the same (RFC 9112 §3.2.2).
        match (host, named) {
            (Some(host), None) => host.to_owned(),
            (Some(_), Some(named)) => named.to_owned(),
            (None, named) if version == Version::HTTP_10 => {
                named.map_or_else(|| listening.to_string(), str::to_owned)
            }
            (None, _) => return Err(Refusal::HostMissing),
        }
    };
    let read = read(&authority)?;
    if is_ours(&read, settings, listening) {
        Ok(Name::new(&read))
    } else {
        Err(Refusal::Misdirected(authority))
    }
}

/// The authority that a client used for a trusted proxy.
///
/// # Errors
/// It is not ours.
pub(crate) fn forwarded(
    host: &str,
    settings: &Settings,
    listening: SocketAddr,
) -> Result<Name, Refusal> {
    let read = read(host)?;
    if is_ours(&read, settings, listening) {
        Ok(Name::new(&read))
    } else {
        Err(Refusal::Misdirected(host.to_owned()))
    }
}

fn host(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut lines = headers.get_all(header::HOST).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    let more = lines.count();
    if more > 0 {
        return Err(Refusal::HostRepeated(more + 1));
    }
    let host = line.to_str().map_err(|invalid| Refusal::HostMalformed {
        text: String::from_utf8_lossy(line.as_bytes()).into_owned(),
        reason: invalid.to_string(),
    })?;
    read(host)?;
    Ok(Some(host))
}

fn http2(authority: Option<&str>, host: Option<&str>) -> Result<String, Refusal> {
    match (authority, host) {
        (Some(authority), Some(host)) if read(authority)? != read(host)? => {
            Err(Refusal::HostUnlike {
                host: host.to_owned(),
                authority: authority.to_owned(),
            })
        }
        (Some(one), _) | (None, Some(one)) => Ok(one.to_owned()),
        (None, None) => Err(Refusal::HostMissing),
    }
}

fn read(text: &str) -> Result<Authority, Refusal> {
    Authority::read(text).map_err(|error| Refusal::HostMalformed {
        text: text.to_owned(),
        reason: error.to_string(),
    })
}

/// Whether a name is one of this server's. Without a list of names every name is, except in development mode: there a
/// page whose name was made to point here (DNS rebinding) sends its own name, and nothing else tells it from ours.
fn is_ours(authority: &Authority, settings: &Settings, listening: SocketAddr) -> bool {
    if settings.hosts.is_empty() && !settings.is_development {
        return true;
    }
    authority.is_loopback()
        || is_listening(authority, listening)
        || settings.hosts.iter().any(|name| is_named(authority, name))
}

fn is_listening(authority: &Authority, listening: SocketAddr) -> bool {
    let host = authority.host();
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.parse()
        .is_ok_and(|address: IpAddr| listening.ip() == address)
}

fn is_named(authority: &Authority, name: &str) -> bool {
    Authority::read(name).is_ok_and(|name| {
        name.host().eq_ignore_ascii_case(authority.host())
            && (name.port().is_none() || name.port() == authority.port())
    })
}

#[cfg(test)]
mod tests;
