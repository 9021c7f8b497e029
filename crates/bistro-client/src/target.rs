//! Where a request goes: what people type for a URL, and what is meant by it.
//!
//! | typed | means |
//! | --- | --- |
//! | `https://example.org/x?y` | just that |
//! | `example.org/x`, `://example.org/x` | the default scheme before it |
//! | `:8080/x`, `:/x`, `:` | this machine: `http://localhost:8080/x`, … |
//! | `/x`, `?y` | behind the base, which is a local Bistro unless told otherwise |
//! | `http+unix://%2Frun%2Fx.sock/x` | a socket in the file system, the path to it percent-encoded |
//! | `*`, `example.org*` | the server as a whole, for `OPTIONS` (RFC 9112 §3.2.4) |

use std::fmt;
use std::path::PathBuf;

use bistro_http::percent;
use thiserror::Error;
use url::{Host, Url};

/// The base that is meant when nothing is told: a Bistro on this machine.
pub const BASE: &str = "http://localhost:8080";

/// What is spoken where no scheme is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// `http://`, also for hosts elsewhere, as HTTPie has it.
    #[default]
    Http,
    /// `https://`
    Https,
}

/// Where a request goes.
#[derive(Debug)]
pub struct Target {
    /// The URL: `http` or `https`, with a host, without user and fragment.
    pub url: Url,
    /// The socket that the connection is made to, instead of the URL's host.
    pub socket: Option<PathBuf>,
    /// Whether the server as a whole is meant: the request line has `*`, and the URL's path counts for nothing.
    pub is_asterisk: bool,
    /// The user that stood before the host.
    pub user: Option<User>,
}

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password; empty if there is none.
    pub password: String,
}

/// Why what was typed leads nowhere. Positions are characters, from 1.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// Nothing was typed.
    #[error("the URL is empty: write one like `:8080/songs`, `/songs` or `https://example.org`")]
    Empty,
    /// A scheme that is not spoken.
    #[error("`{scheme}://` is not spoken here, only `http://`, `https://` and `http+unix://` are")]
    Scheme {
        /// The scheme, as typed.
        scheme: String,
    },
    /// There is no host.
    #[error(
        "`{typed}` has no host: write one, as in `http://example.org`, or `:8080` for this machine"
    )]
    NoHost {
        /// What was typed.
        typed: String,
    },
    /// There is something else where the host should be.
    #[error("`{host}` is no host (character {at}): {cause}")]
    Host {
        /// What stands there.
        host: String,
        /// Where it begins.
        at: usize,
        /// Why it is none.
        cause: url::ParseError,
    },
    /// An IPv6 address that could be an address and a port as well.
    #[error("`{host}` has several colons: an IPv6 address stands in brackets, as in `[::1]:8080`")]
    Brackets {
        /// What stands there.
        host: String,
    },
    /// The port is no port.
    #[error("`{port}` is no port (character {at}): a number from 0 to 65535 is")]
    Port {
        /// What stands there.
        port: String,
        /// Where it begins.
        at: usize,
    },
    /// A name, a password, or the path of a socket that cannot be decoded.
    #[error("{what} cannot be decoded: {cause}; a `%` itself is written `%25`")]
    Percent {
        /// What it is.
        what: &'static str,
        /// Why not.
        cause: percent::DecodeError,
    },
    /// There is no path to a socket.
    #[error(
        "`http+unix://` needs the path of a socket, percent-encoded: `http+unix://%2Frun%2Fapp.sock/songs`"
    )]
    NoSocket,
    /// The base of relative URLs is wrong.
    #[error("the base `{base}` does not do: {cause}")]
    Base {
        /// The base.
        base: String,
        /// What is wrong with it.
        cause: Box<Self>,
    },
    /// The base of relative URLs is relative.
    #[error("it begins with `/`, and needs a host")]
    RelativeBase,
}

impl Target {
    /// Reads what was typed.
    ///
    /// `base` is where `/songs` leads: any absolute form; its path, if it has one, comes before the typed one. Characters
    /// that no URL has (RFC 3986 §2) are percent-encoded in path and query, what is encoded stays as it is, and a fragment is
    /// dropped, because no server ever sees one.
    pub fn read(typed: &str, base: &str, scheme: Scheme) -> Result<Self, Error> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(Error::Empty);
        }
        if !typed.starts_with(['/', '?', '#']) && typed != "*" {
            return Self::read_absolute(typed, scheme);
        }
        let wrong = |cause| Error::Base {
            base: base.to_owned(),
            cause: Box::new(cause),
        };
        if base.starts_with('/') {
            return Err(wrong(Error::RelativeBase));
        }
        let mut target = Self::read_absolute(base.trim(), scheme).map_err(wrong)?;
        if typed == "*" {
            target.is_asterisk = true;
            return Ok(target);
        }
        let (path, query) = split_path(typed);
        let path = format!("{}{path}", target.url.path().trim_end_matches('/'));
        target.url.set_path(&encode_path(&path));
        target.url.set_query(query.map(encode_query).as_deref());
        Ok(target)
    }

    fn read_absolute(typed: &str, scheme: Scheme) -> Result<Self, Error> {
        let default = match scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        match typed.split_once("://") {
            Some(("", rest)) => Self::read_authority(typed, default, rest),
            Some((name, rest)) if is_scheme(name) => match name.to_ascii_lowercase().as_str() {
                "http" => Self::read_authority(typed, "http", rest),
                "https" => Self::read_authority(typed, "https", rest),
                "http+unix" => Self::read_socket(rest),
                _ => Err(Error::Scheme {
                    scheme: name.to_owned(),
                }),
            },
            _ => match typed.strip_prefix(':') {
                Some(_) => Self::read_local(typed, default),
                None => Self::read_authority(typed, default, typed),
            },
        }
    }

    /// `:8080/x`
    fn read_local(typed: &str, scheme: &str) -> Result<Self, Error> {
        let (authority, rest) = split_authority(typed);
        let (authority, is_asterisk) = strip_asterisk(authority, rest);
        let port = authority.strip_prefix(':').unwrap_or(authority);
        if port.contains(':') {
            return Err(Error::Brackets {
                host: authority.to_owned(),
            });
        }
        let port = read_port(port, 2)?;
        Self::assemble(scheme, "localhost", port, rest, is_asterisk)
    }

    /// `user@host:port/x`, which ends what was typed.
    fn read_authority(typed: &str, scheme: &str, text: &str) -> Result<Self, Error> {
        let (authority, rest) = split_authority(text);
        let (authority, is_asterisk) = strip_asterisk(authority, rest);
        let position = |octets: usize| {
            let before = typed.get(..typed.len() - text.len() + octets);
            before.map_or(0, |before| before.chars().count()) + 1
        };
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(read_user(user)?), place),
            None => (None, authority),
        };
        let (host, port) = split_port(place)?;
        if host.is_empty() {
            return Err(Error::NoHost {
                typed: typed.to_owned(),
            });
        }
        let parsed = Host::parse(host).map_err(|cause| Error::Host {
            host: host.to_owned(),
            at: position(authority.len() - place.len()),
            cause,
        })?;
        let port = match port {
            Some(digits) => read_port(digits, position(authority.len() - digits.len()))?,
            None => None,
        };
        let mut target = Self::assemble(scheme, &parsed.to_string(), port, rest, is_asterisk)?;
        target.user = user;
        Ok(target)
    }

    /// `%2Frun%2Fx.sock/x`
    fn read_socket(text: &str) -> Result<Self, Error> {
        let (encoded, rest) = split_authority(text);
        let (encoded, is_asterisk) = strip_asterisk(encoded, rest);
        if encoded.is_empty() {
            return Err(Error::NoSocket);
        }
        let socket = percent::decode(encoded).map_err(|cause| Error::Percent {
            what: "the path of the socket",
            cause,
        })?;
        let mut target = Self::assemble("http", "localhost", None, rest, is_asterisk)?;
        target.socket = Some(socket.into());
        Ok(target)
    }

    fn assemble(
        scheme: &str,
        host: &str,
        port: Option<u16>,
        rest: &str,
        is_asterisk: bool,
    ) -> Result<Self, Error> {
        let (path, query) = split_path(rest);
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let text = format!("{scheme}://{host}{port}/");
        let mut url = Url::parse(&text).map_err(|cause| Error::Host {
            host: host.to_owned(),
            at: 1,
            cause,
        })?;
        url.set_path(&encode_path(path));
        url.set_query(query.map(encode_query).as_deref());
        Ok(Self {
            url,
            socket: None,
            is_asterisk,
            user: None,
        })
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Whether a text can be a scheme (RFC 3986 §3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
}

/// What stands before the path, and the path with everything behind it.
fn split_authority(text: &str) -> (&str, &str) {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    text.split_at(end)
}

/// Takes the `*` that stands for the server as a whole off the end; no host ends in one.
fn strip_asterisk<'a>(authority: &'a str, rest: &str) -> (&'a str, bool) {
    match authority.strip_suffix('*') {
        Some(before) if rest.is_empty() => (before, true),
        _ => (authority, false),
    }
}

/// Path and query, without the fragment.
fn split_path(text: &str) -> (&str, Option<&str>) {
    let text = text.split_once('#').map_or(text, |(before, _)| before);
    match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    }
}

fn split_port(place: &str) -> Result<(&str, Option<&str>), Error> {
    // The colons of an address in brackets are its own.
    let bracket = place.rfind(']').unwrap_or(0);
    let (inner, outer) = place.split_at(bracket);
    if inner.is_empty() && outer.matches(':').count() > 1 {
        return Err(Error::Brackets {
            host: place.to_owned(),
        });
    }
    Ok(match outer.rfind(':') {
        Some(colon) => {
            let (host, port) = place.split_at(bracket + colon);
            (host, port.strip_prefix(':'))
        }
        None => (place, None),
    })
}

fn read_port(digits: &str, at: usize) -> Result<Option<u16>, Error> {
    if digits.is_empty() {
        return Ok(None);
    }
    let port = Some(digits).filter(|digits| digits.bytes().all(|octet| octet.is_ascii_digit()));
    match port.and_then(|digits| digits.parse().ok()) {
        Some(port) => Ok(Some(port)),
        None => Err(Error::Port {
            port: digits.to_owned(),
            at,
        }),
    }
}

fn read_user(text: &str) -> Result<User, Error> {
    let (name, password) = text.split_once(':').unwrap_or((text, ""));
    let decode =
        |encoded, what| percent::decode(encoded).map_err(|cause| Error::Percent { what, cause });
    Ok(User {
        name: decode(name, "the user's name")?,
        password: decode(password, "the password")?,
    })
}

fn encode_path(typed: &str) -> String {
    encode(typed, "/")
}

fn encode_query(typed: &str) -> String {
    encode(typed, "/?")
}

/// Encodes what no URL has, and leaves what was meant to have a meaning in it.
fn encode(typed: &str, also: &str) -> String {
    let mut encoded = String::with_capacity(typed.len());
    for (at, character) in typed.char_indices() {
        let is_escape = || {
            let digits = typed.as_bytes().get(at + 1..at + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let is_kept = match character {
            '%' => is_escape(),
            _ => {
                character.is_ascii_alphanumeric()
                    || "-._~!$&'()*+,;=:@".contains(character)
                    || also.contains(character)
            }
        };
        if is_kept {
            encoded.push(character);
        } else {
            encoded += &percent::encode_query(character.encode_utf8(&mut [0; 4]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
