//! Whom a proxy speaks for: `Forwarded` (RFC 7239), and the `X-Forwarded-*` fields that were there before it.
//!
//! Anybody can send these fields. What they say is believed from the right, where the nearest proxy adds its word, and only as
//! far as one trusted proxy vouches for the next.

use std::net::{IpAddr, Ipv6Addr};

use crate::authority::Authority;
use crate::field;
use crate::network::Network;

/// Who made a request, and how, as far as trusted proxies tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The address of the client; of the last proxy that is known where it does not tell. Never mapped IPv4.
    pub client: IpAddr,
    /// Whether a trusted proxy says that the client came over TLS.
    pub is_secure: bool,
    /// The `Host` that the client asked for, if a trusted proxy says so and it is one.
    pub host: Option<String>,
}

/// The fields of a request that proxies write, each with all its lines in order. Lines that are no text are left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fields<'a> {
    /// `Forwarded`. Where it is there, the others are not looked at: a proxy that knows it says all in it, and what it does not
    /// know to remove may be anybody's.
    pub forwarded: &'a [&'a str],
    /// `X-Forwarded-For`: a list of addresses, to which each proxy adds whom it was asked by.
    pub x_forwarded_for: &'a [&'a str],
    /// `X-Forwarded-Proto`
    pub x_forwarded_proto: &'a [&'a str],
    /// `X-Forwarded-Host`
    pub x_forwarded_host: &'a [&'a str],
}

/// What one proxy says of who asked it.
#[derive(Clone, Debug, Default)]
struct Hop {
    /// `None`: unknown, or hidden on purpose.
    client: Option<IpAddr>,
    is_secure: Option<bool>,
    host: Option<String>,
}

impl Forwarded {
    /// Reads what was said by the trusted end of the chain.
    ///
    /// `peer` is who opened the connection; if it is in none of the `trusted` networks the fields are ignored. Otherwise its
    /// word on who asked it is taken, and if that is a trusted proxy, too, the word before, and so on. Scheme and host are those
    /// that the outermost of these proxies saw. What cannot be read is as if it were absent, and ends the walk.
    ///
    /// `X-Forwarded-Proto` and `-Host` with one value for each of `X-Forwarded-For` are read along with it; otherwise the last
    /// value is taken. A proxy that is trusted must set or remove them, for it answers for what it lets through.
    pub fn read(peer: IpAddr, trusted: &[Network], fields: &Fields<'_>) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        let mut known = Self {
            client: peer.to_canonical(),
            is_secure: false,
            host: None,
        };
        if !is_trusted(peer) {
            return known;
        }
        let hops: &mut dyn Iterator<Item = Option<Hop>> = if fields.forwarded.is_empty() {
            &mut fields.hops()
        } else {
            &mut elements(fields.forwarded).map(read_element)
        };
        for hop in hops {
            let Some(hop) = hop else { break };
            known.is_secure = hop.is_secure.unwrap_or(known.is_secure);
            known.host = hop.host.or(known.host);
            let Some(client) = hop.client else { break };
            known.client = client;
            if !is_trusted(client) {
                break;
            }
        }
        known
    }
}

impl Fields<'_> {
    /// What the `X-Forwarded-*` fields say, the nearest proxy first. There is always a first, since a proxy may tell the
    /// scheme alone.
    fn hops(&self) -> impl Iterator<Item = Option<Hop>> {
        let addresses = values(self.x_forwarded_for);
        let schemes = values(self.x_forwarded_proto);
        let hosts = values(self.x_forwarded_host);
        let count = addresses.len();
        (0..count.max(1)).map(move |at| {
            let beside = |list: &[&str]| {
                let at = if list.len() == count { at } else { 0 };
                list.get(at).copied().map(str::to_owned)
            };
            Some(Hop {
                client: addresses.get(at).copied().and_then(read_node),
                is_secure: beside(&schemes).and_then(|scheme| read_scheme(&scheme)),
                host: beside(&hosts).and_then(|host| read_host(&host)),
            })
        })
    }
}

/// The values of a list, the last one first. There is no quoting in these fields.
fn values<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let values = lines.iter().flat_map(|line| line.split(','));
    let mut values: Vec<_> = values
        .map(field::trim)
        .filter(|value| !value.is_empty())
        .collect();
    values.reverse();
    values
}

/// The elements of `Forwarded`, the last one first.
///
/// They are told apart from the right, so that a quoted string which a client began and did not end swallows nothing of what
/// proxies have added behind it.
fn elements<'a>(lines: &[&'a str]) -> impl Iterator<Item = &'a str> {
    lines
        .iter()
        .rev()
        .flat_map(|line| {
            let mut rest = Some(*line);
            std::iter::from_fn(move || {
                let text = rest?;
                match last_comma(text).and_then(|at| text.split_at_checked(at)) {
                    Some((before, element)) => {
                        rest = Some(before);
                        element.strip_prefix(',')
                    }
                    None => rest.take(),
                }
            })
        })
        .map(field::trim)
        .filter(|element| !element.is_empty())
}

/// Where the last comma outside quoted strings stands, read from the right.
fn last_comma(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    let mut octets = text.bytes().enumerate().rev().peekable();
    while let Some((at, octet)) = octets.next() {
        match octet {
            b'"' => {
                let mut escapes = 0_usize;
                while is_quoted && octets.next_if(|(_, before)| *before == b'\\').is_some() {
                    escapes += 1;
                }
                if escapes.is_multiple_of(2) {
                    is_quoted = !is_quoted;
                }
            }
            b',' if !is_quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Reads `for=192.0.2.1;proto=https;host=example.org`; `None` if it is not of that form, or names a parameter twice (RFC 7239
/// §4).
fn read_element(element: &str) -> Option<Hop> {
    let mut hop = Hop::default();
    let mut seen: Vec<String> = Vec::new();
    for (_, pair) in field::split(element, ';') {
        let pair = field::trim(pair);
        if pair.is_empty() {
            continue;
        }
        let (name, value) = pair.split_once('=')?;
        let name = name.to_ascii_lowercase();
        let value = if field::is_token(value) {
            value.to_owned()
        } else {
            field::unquote(value)?
        };
        if !field::is_token(&name) || seen.contains(&name) {
            return None;
        }
        match name.as_str() {
            "for" => hop.client = read_node(&value),
            "proto" => hop.is_secure = read_scheme(&value),
            "host" => hop.host = read_host(&value),
            // `by` and extensions
            _ => {}
        }
        seen.push(name);
    }
    Some(hop)
}

/// The address of a node: `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`, and `2001:db8::1` as
/// `X-Forwarded-For` has it. A port may be a name that hides one (RFC 7239 §6.3).
fn read_node(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let (address, port): (IpAddr, _) = match text.strip_prefix('[') {
        Some(literal) => {
            let (address, rest) = literal.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            let port = if rest.is_empty() {
                None
            } else {
                Some(rest.strip_prefix(':')?)
            };
            (address.into(), port)
        }
        None => {
            let (address, port) = text.split_once(':')?;
            (address.parse().ok()?, Some(port))
        }
    };
    port.is_none_or(is_node_port)
        .then(|| address.to_canonical())
}

/// Whether the text is a port, or stands for one.
fn is_node_port(text: &str) -> bool {
    let is_number = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_hidden = text.strip_prefix('_').is_some_and(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    });
    is_number || is_hidden
}

/// Whether the scheme is that of TLS; `None` for one that is not HTTP's.
fn read_scheme(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "https" | "wss" => Some(true),
        "http" | "ws" => Some(false),
        _ => None,
    }
}

/// A host as [`Authority`] writes it.
fn read_host(text: &str) -> Option<String> {
    Authority::read(text).ok().map(|host| host.to_string())
}

#[cfg(test)]
mod tests;
