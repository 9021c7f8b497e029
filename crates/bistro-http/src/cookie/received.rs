//! What a user agent reads in one `Set-Cookie` field (§5.6), before it asks whether to keep it.

use std::fmt;

use thiserror::Error;

use super::{COOKIE_OCTETS_MAX, MAX_AGE_MAX, date, trim};

/// How long the value of an attribute may be: a longer one is passed over (§5.6).
pub const ATTRIBUTE_OCTETS_MAX: usize = 1024;

/// A cookie as a server sent it. Name, value, domain and path are the octets that came, without the space around them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Received<'a> {
    /// The name; empty for a cookie that has a value only.
    pub name: &'a [u8],
    /// The value, with its quotation marks if it has some.
    pub value: &'a [u8],
    /// When it ends, in seconds since 1970: at most [`MAX_AGE_MAX`] from now, 0 for what is over. `None` is a cookie of
    /// the session, which ends when the user agent says so. `Max-Age` counts before `Expires` (§5.7).
    pub expires: Option<u64>,
    /// The `Domain`, without the one dot that it may begin with. Empty means the host alone, as if there were none.
    pub domain: Option<&'a [u8]>,
    /// The `Path`, if it is one: what does not begin with `/` stands for the default (§5.6.4), as if there were none.
    pub path: Option<&'a [u8]>,
    /// Whether it has `Secure`.
    pub is_secure: bool,
    /// Whether it has `HttpOnly`.
    pub is_http_only: bool,
    /// Its `SameSite`.
    pub same_site: SameSite,
}

/// Which requests from other sites a cookie is sent with (§5.6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// Nothing was said, or nothing that is known: as `Lax`.
    #[default]
    Default,
    /// All.
    None,
    /// Those that lead somebody to another page with a safe method.
    Lax,
    /// None of them.
    Strict,
}

/// A field that is no cookie for a user agent (§5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// A control character other than HTAB stands in it.
    #[error("it has a control character at byte {at}, and no user agent keeps such a cookie")]
    Control {
        /// Where, in bytes from 0.
        at: usize,
    },
    /// Neither name nor value.
    #[error("it has neither a name nor a value")]
    Empty,
    /// Name and value are longer than user agents keep.
    #[error(
        "name and value have {octets} bytes together, user agents keep at most {COOKIE_OCTETS_MAX}"
    )]
    TooLong {
        /// Their length.
        octets: usize,
    },
}

/// Reads the value of one `Set-Cookie` field.
///
/// `now` is in seconds since 1970. Of each attribute the last one counts; one that is not known, is longer than
/// [`ATTRIBUTE_OCTETS_MAX`] or makes no sense is passed over.
pub fn read(field: &[u8], now: u64) -> Result<Received<'_>, Unreadable> {
    if let Some(at) = field.iter().position(|octet| is_control(*octet)) {
        return Err(Unreadable::Control { at });
    }
    let mut parts = field.split(|octet| *octet == b';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = halves(pair).unwrap_or((&[], trim(pair)));
    match name.len() + value.len() {
        0 => return Err(Unreadable::Empty),
        octets if octets > COOKIE_OCTETS_MAX => return Err(Unreadable::TooLong { octets }),
        _ => {}
    }
    let mut cookie = Received {
        name,
        value,
        expires: None,
        domain: None,
        path: None,
        is_secure: false,
        is_http_only: false,
        same_site: SameSite::Default,
    };
    let mut max_age = None;
    for part in parts {
        let (name, value) = halves(part).unwrap_or((trim(part), &[]));
        if value.len() > ATTRIBUTE_OCTETS_MAX {
            continue;
        }
        if name.eq_ignore_ascii_case(b"max-age") {
            max_age = end_of_max_age(value, now).or(max_age);
        } else {
            cookie.attribute(name, value, now);
        }
    }
    cookie.expires = max_age.or(cookie.expires);
    Ok(cookie)
}

impl<'a> Received<'a> {
    /// Takes in an attribute other than `Max-Age`.
    fn attribute(&mut self, name: &[u8], value: &'a [u8], now: u64) {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("expires") {
            self.expires = end_of_expires(value, now).or(self.expires);
        } else if is("domain") {
            self.domain = Some(value.strip_prefix(b".").unwrap_or(value));
        } else if is("path") {
            self.path = value.starts_with(b"/").then_some(value);
        } else if is("secure") {
            self.is_secure = true;
        } else if is("httponly") {
            self.is_http_only = true;
        } else if is("samesite") {
            self.same_site = SameSite::read(value);
        }
    }
}

/// Without the value, which may be a key.
impl fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("name", &self.name.escape_ascii().to_string())
            .field("octets", &self.value.len())
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl SameSite {
    /// The value of the attribute, in any case of letters.
    fn read(value: &[u8]) -> Self {
        let is = |other: &str| value.eq_ignore_ascii_case(other.as_bytes());
        if is("none") {
            Self::None
        } else if is("lax") {
            Self::Lax
        } else if is("strict") {
            Self::Strict
        } else {
            Self::Default
        }
    }
}

/// Whether an octet makes the whole field void.
fn is_control(octet: u8) -> bool {
    octet.is_ascii_control() && octet != b'\t'
}

/// What stands before and behind the first `=`, trimmed; `None` without one.
fn halves(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = part.iter().position(|octet| *octet == b'=')?;
    let (name, value) = part.split_at_checked(at)?;
    Some((trim(name), trim(value.get(1..).unwrap_or_default())))
}

/// The end by a `Max-Age` (§5.6.2): a number of seconds, which is over if it is not positive.
fn end_of_max_age(value: &[u8], now: u64) -> Option<u64> {
    let (is_negative, digits) = match value {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = digits.iter().fold(0_u64, |number, digit| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    });
    Some(if is_negative || seconds == 0 {
        0
    } else {
        now.saturating_add(seconds.min(MAX_AGE_MAX))
    })
}

/// The end by an `Expires` (§5.6.1). What is before 1970 is over as well as what was in it.
fn end_of_expires(value: &[u8], now: u64) -> Option<u64> {
    let end = u64::try_from(date::read(value)?).unwrap_or(0);
    Some(end.min(now.saturating_add(MAX_AGE_MAX)))
}

#[cfg(test)]
mod tests;
