//! The authority of a request: whom the client thinks it is talking to (RFC 3986 §3.2, RFC 9110 §7.2).

use std::fmt::{self, Display};
use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// The longest host: what the domain name system can hold.
pub const HOST_BYTES_MAX: usize = 255;

/// `host[:port]`, as in `Host`, in `:authority`, and in a target in absolute form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authority {
    host: String,
    port: Option<u16>,
}

/// Text that is no authority, and where it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthorityError {
    /// There is no host.
    #[error("the host is empty")]
    Empty,
    /// The host is longer than a name can be.
    #[error("the host has {bytes} bytes, at most {HOST_BYTES_MAX} are allowed")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// There is a user name, which has no business in a request (RFC 9110 §4.2.4).
    #[error("a user name is not allowed before the host (byte {at})")]
    UserInfo {
        /// Where the `@` stands, in bytes from 0.
        at: usize,
    },
    /// A character that no host has: space, `/`, `,`, …
    #[error("{character:?} is not allowed in a host (byte {at})")]
    Character {
        /// Which one.
        character: char,
        /// Where, in bytes from 0.
        at: usize,
    },
    /// `%` without two hexadecimal digits after it.
    #[error("`%` needs two hexadecimal digits after it (byte {at})")]
    Escape {
        /// Where, in bytes from 0.
        at: usize,
    },
    /// What stands in brackets is no IPv6 address.
    #[error("what stands in brackets is no IPv6 address")]
    Ipv6,
    /// What follows the host is not `:` and a number up to 65535.
    #[error("the port is not a number from 0 to 65535 (byte {at})")]
    Port {
        /// Where the port begins, in bytes from 0.
        at: usize,
    },
}

impl Authority {
    /// Reads `host[:port]`. Letters become lower case, and IPv6 addresses get their shortest form (RFC 5952).
    ///
    /// A port that is empty is as good as none (RFC 3986 §6.2.3). `,` is refused although a host could have it: it comes
    /// from fields that were joined. Of addresses in brackets only IPv6 without a zone is known.
    pub fn read(text: &str) -> Result<Self, AuthorityError> {
        if let Some(at) = text.find('@') {
            return Err(AuthorityError::UserInfo { at });
        }
        match text.strip_prefix('[') {
            Some(literal) => Self::read_literal(text, literal),
            None => Self::read_name(text),
        }
    }

    /// The host in lower case; an IPv6 address in brackets. Never empty, always visible ASCII.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if it is told.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The same without the port, if that is the one the scheme implies (`http` 80, `https` 443).
    pub fn without_default_port(self, scheme: &str) -> Self {
        let port = self.port.filter(|port| default_port(scheme) != Some(*port));
        Self {
            host: self.host,
            port,
        }
    }

    /// Whether only this machine can be meant: `localhost`, names under it (RFC 6761 §6.3), `127.0.0.0/8`, `[::1]`.
    ///
    /// Addresses in odd forms (`127.1`, `0x7f.1`, `2130706433`) are names here, and not these.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.as_str();
        let is_under_localhost = host
            .strip_suffix(".localhost")
            .is_some_and(|name| name.split('.').all(|label| !label.is_empty()));
        host == "localhost"
            || is_under_localhost
            || host == "[::1]"
            // std reads four decimal numbers without leading zeros, and nothing else.
            || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }

    fn read_literal(text: &str, literal: &str) -> Result<Self, AuthorityError> {
        let (address, rest) = literal.split_once(']').ok_or(AuthorityError::Ipv6)?;
        let address: Ipv6Addr = address.parse().map_err(|_unhelpful| AuthorityError::Ipv6)?;
        let at = text.len() - rest.len();
        let port = match rest.strip_prefix(':') {
            Some(digits) => read_port(digits, at + 1)?,
            None if rest.is_empty() => None,
            None => return Err(AuthorityError::Port { at }),
        };
        Ok(Self {
            host: format!("[{address}]"),
            port,
        })
    }

    fn read_name(text: &str) -> Result<Self, AuthorityError> {
        let (host, port) = match text.split_once(':') {
            Some((host, digits)) => (host, Some(digits)),
            None => (text, None),
        };
        if host.is_empty() {
            return Err(AuthorityError::Empty);
        }
        if host.len() > HOST_BYTES_MAX {
            return Err(AuthorityError::TooLong { bytes: host.len() });
        }
        check_name(host)?;
        let port = match port {
            Some(digits) => read_port(digits, host.len() + 1)?,
            None => None,
        };
        Ok(Self {
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

impl Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

/// The port a scheme implies.
fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

/// Checks that a name is a `reg-name` (RFC 3986 §3.2.2) without `,`.
fn check_name(name: &str) -> Result<(), AuthorityError> {
    let mut characters = name.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == '%' {
            let mut is_digit = || {
                characters
                    .next()
                    .is_some_and(|(_, digit)| digit.is_ascii_hexdigit())
            };
            if !(is_digit() && is_digit()) {
                return Err(AuthorityError::Escape { at });
            }
        } else if !character.is_ascii_alphanumeric() && !"-._~!$&'()*+;=".contains(character) {
            return Err(AuthorityError::Character { character, at });
        }
    }
    Ok(())
}

fn read_port(digits: &str, at: usize) -> Result<Option<u16>, AuthorityError> {
    if digits.is_empty() {
        return Ok(None);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AuthorityError::Port { at });
    }
    digits
        .parse()
        .map(Some)
        .map_err(|_overflow| AuthorityError::Port { at })
}

#[cfg(test)]
mod tests;
