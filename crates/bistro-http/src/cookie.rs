//! Cookies: as user agents send them, as they are told to keep them, and as they read what they are told
//! (draft-ietf-httpbis-rfc6265bis).

pub mod date;
pub mod received;

use std::fmt::{self, Display};

use thiserror::Error;

use crate::field;

/// How long a name and its value may be together: user agents drop a cookie with more without a word (§5.6).
pub const COOKIE_OCTETS_MAX: usize = 4096;

/// The furthest end that user agents keep a cookie to, 400 days, in seconds (§5.5).
pub const MAX_AGE_MAX: u64 = 400 * 24 * 60 * 60;

/// What a request says of one cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// There is none of that name.
    None,
    /// There is exactly one, with this value.
    One(&'a [u8]),
    /// There are several. User agents keep one for each domain and path they were set for and do not say which is which,
    /// so one of them may have been planted by a neighbour: neither is to be trusted.
    Several,
}

/// Finds a cookie in the `Cookie` fields of a request, several of which are one list (RFC 9113 §8.2.3).
///
/// Read as user agents write: `;` separates, only SP and HTAB around a pair are left out, the name is what stands before
/// the first `=`, and octets are compared. There is no quoting, no escape and no `$Version`: whatever an older grammar saw in a
/// value would be a way to smuggle a second cookie in. A pair without `=` is a value without a name, which is no cookie that
/// could be asked for; so is one with an empty name.
pub fn find<'a>(fields: impl IntoIterator<Item = &'a [u8]>, name: &str) -> Found<'a> {
    let mut found = Found::None;
    if name.is_empty() {
        return found;
    }
    for pair in fields.into_iter().flat_map(pairs) {
        let Some(value) = value_of(pair, name.as_bytes()) else {
            continue;
        };
        found = match found {
            Found::None => Found::One(value),
            Found::One(_) | Found::Several => return Found::Several,
        };
    }
    found
}

/// The pairs of one field, trimmed.
fn pairs(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    field.split(|octet| *octet == b';').map(trim)
}

/// The value of a pair, if it has that name.
fn value_of<'a>(pair: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = pair.iter().position(|octet| *octet == b'=')?;
    let (own, rest) = pair.split_at_checked(at)?;
    (trim(own) == name).then(|| trim(rest.get(1..).unwrap_or_default()))
}

/// The octets without SP and HTAB around them, and nothing else that somebody might take for space.
fn trim(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = octets {
        octets = rest;
    }
    octets
}

/// A `Set-Cookie` field: for this host alone, all paths, out of reach of scripts, and not sent along by foreign pages except
/// where a link is followed.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    name: String,
    value: String,
    max_age: u64,
    is_secure: bool,
}

/// A cookie that user agents would not keep, or not as it is meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetCookieError {
    /// The name is no token (§4.1.1).
    #[error("`{name}` is no name for a cookie: use letters, digits, `-` and `_`")]
    Name {
        /// The name.
        name: String,
    },
    /// The name promises what the cookie does not keep (§4.1.3).
    #[error("a cookie called `{name}` must be secure: user agents drop it otherwise")]
    Prefix {
        /// The name.
        name: String,
    },
    /// The value has an octet that no value may have (§4.1.1).
    #[error(
        "the value of the cookie `{name}` has a character at byte {at} that no cookie may have"
    )]
    Value {
        /// The name.
        name: String,
        /// Where, in bytes from 0.
        at: usize,
    },
    /// Name and value are longer than user agents keep.
    #[error(
        "the cookie `{name}` would have {octets} bytes, user agents keep at most {COOKIE_OCTETS_MAX}"
    )]
    TooLong {
        /// The name.
        name: String,
        /// The length of name and value.
        octets: usize,
    },
}

impl SetCookie {
    /// A cookie that is kept for `max_age` seconds, at most [`MAX_AGE_MAX`].
    ///
    /// `is_secure`: it comes back over TLS, or to this machine, only. Names that begin with `__Host-` or `__Secure-` need it.
    pub fn new(
        name: &str,
        value: &str,
        max_age: u64,
        is_secure: bool,
    ) -> Result<Self, SetCookieError> {
        if !field::is_token(name) {
            return Err(SetCookieError::Name {
                name: name.to_owned(),
            });
        }
        if !is_secure && has_prefix(name) {
            return Err(SetCookieError::Prefix {
                name: name.to_owned(),
            });
        }
        if let Some(at) = value.bytes().position(|octet| !is_cookie_octet(octet)) {
            return Err(SetCookieError::Value {
                name: name.to_owned(),
                at,
            });
        }
        let octets = name.len() + value.len();
        if octets > COOKIE_OCTETS_MAX {
            return Err(SetCookieError::TooLong {
                name: name.to_owned(),
                octets,
            });
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
            max_age: max_age.min(MAX_AGE_MAX),
            is_secure,
        })
    }

    /// The field that has the cookie forgotten. It repeats the attributes, without which a prefixed name is ignored.
    pub fn deletion(name: &str, is_secure: bool) -> Result<Self, SetCookieError> {
        Self::new(name, "", 0, is_secure)
    }
}

impl Display for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            value,
            max_age,
            is_secure,
        } = self;
        let secure = if *is_secure { "; Secure" } else { "" };
        write!(
            f,
            "{name}={value}; Max-Age={max_age}; Path=/{secure}; HttpOnly; SameSite=Lax"
        )
    }
}

/// Without the value, which may be a key.
impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("name", &self.name)
            .field("octets", &self.value.len())
            .field("max_age", &self.max_age)
            .field("is_secure", &self.is_secure)
            .finish()
    }
}

/// Whether user agents keep a cookie of this name only if it is secure. They compare in any case of letters (§5.7).
fn has_prefix(name: &str) -> bool {
    ["__host-", "__secure-"]
        .iter()
        .any(|prefix| name.to_ascii_lowercase().starts_with(prefix))
}

/// Whether an octet may stand in a value (§4.1.1).
fn is_cookie_octet(octet: u8) -> bool {
    matches!(octet, b'!' | b'#'..=b'+' | b'-'..=b':' | b'<'..=b'[' | b']'..=b'~')
}

#[cfg(test)]
mod tests;
