//! A session as JSON: one object, which somebody can read and repair.

use bistro_http::cookie::received::{self, SameSite};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::jar::cookie::Cookie;

/// The version that is written. A later one may say what this one would lose.
const VERSION: u32 = 1;

/// A text that is no session.
#[derive(Debug, Error)]
pub enum Unsound {
    /// No JSON, or not the members that a session has.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A version that is not known here.
    #[error("it has version {version}, and this program knows version {VERSION}: use a newer one")]
    Version {
        /// What it says.
        version: u32,
    },
    /// A field that no request could have.
    #[error(
        "field {number} cannot be sent: its name or its value has characters that no field has"
    )]
    Field {
        /// Which, from 1.
        number: usize,
    },
    /// A cookie that no response could have set.
    #[error("cookie {number} cannot have come from a server: look at its name and its value")]
    Cookie {
        /// Which, from 1.
        number: usize,
    },
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    /// The version, by a name that no other program's file has: a session may be given any path.
    bistro_session: u32,
    fields: Vec<FieldText>,
    cookies: Vec<CookieText>,
}

/// A field that every request of the session has.
#[derive(Serialize, Deserialize)]
struct FieldText {
    name: String,
    value: Octets,
}

/// A cookie.
#[derive(Serialize, Deserialize)]
struct CookieText {
    name: Octets,
    value: Octets,
    domain: String,
    host_only: bool,
    path: Octets,
    secure: bool,
    http_only: bool,
    same_site: SameSiteText,
    expires: Option<u64>,
    created: u64,
    used: u64,
}

/// Octets: as text if they are some, which nearly all are, and as base64 otherwise.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Octets {
    Text(String),
    Base64 {
        #[serde(with = "in_base64")]
        base64: Vec<u8>,
    },
}

/// [`SameSite`] by name.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SameSiteText {
    Default,
    None,
    Lax,
    Strict,
}

/// What a session's file says.
pub(crate) fn write<'a>(
    fields: &HeaderMap,
    cookies: impl IntoIterator<Item = &'a Cookie>,
) -> Result<Vec<u8>, serde_json::Error> {
    let text = Text {
        bistro_session: VERSION,
        fields: fields
            .iter()
            .map(|(name, value)| FieldText {
                name: name.as_str().to_owned(),
                value: Octets::from(value.as_bytes()),
            })
            .collect(),
        cookies: cookies.into_iter().map(CookieText::from).collect(),
    };
    let mut octets = serde_json::to_vec_pretty(&text)?;
    octets.push(b'\n');
    Ok(octets)
}

/// The fields and the cookies of a session's file. All of them are as they could have come over the wire, whoever has
/// edited it.
pub(crate) fn read(octets: &[u8]) -> Result<(HeaderMap, Vec<Cookie>), Unsound> {
    /// The one member that every version has.
    #[derive(Deserialize)]
    struct Version {
        bistro_session: u32,
    }
    let Version {
        bistro_session: version,
    } = serde_json::from_slice(octets)?;
    if version != VERSION {
        return Err(Unsound::Version { version });
    }
    let text: Text = serde_json::from_slice(octets)?;
    let mut fields = HeaderMap::new();
    for (number, field) in (1..).zip(text.fields) {
        let unsound = || Unsound::Field { number };
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok();
        let value = HeaderValue::from_bytes(&Vec::from(field.value)).ok();
        let (name, value) = name.zip(value).ok_or_else(unsound)?;
        fields.try_append(name, value).ok().ok_or_else(unsound)?;
    }
    let cookies = (1..).zip(text.cookies).map(|(number, cookie)| {
        let cookie = Cookie::from(cookie);
        is_sound(&cookie)
            .then_some(cookie)
            .ok_or(Unsound::Cookie { number })
    });
    Ok((fields, cookies.collect::<Result<_, _>>()?))
}

/// Whether a field could have set these octets.
fn is_sound(cookie: &Cookie) -> bool {
    let field = [&cookie.name, b"=".as_slice(), &cookie.value].concat();
    received::read(&field, 0)
        .is_ok_and(|read| read.name == cookie.name && read.value == cookie.value)
}

impl From<&Cookie> for CookieText {
    fn from(cookie: &Cookie) -> Self {
        Self {
            name: Octets::from(cookie.name.as_slice()),
            value: Octets::from(cookie.value.as_slice()),
            domain: cookie.domain.clone(),
            host_only: cookie.is_host_only,
            path: Octets::from(cookie.path.as_slice()),
            secure: cookie.is_secure,
            http_only: cookie.is_http_only,
            same_site: match cookie.same_site {
                SameSite::Default => SameSiteText::Default,
                SameSite::None => SameSiteText::None,
                SameSite::Lax => SameSiteText::Lax,
                SameSite::Strict => SameSiteText::Strict,
            },
            expires: cookie.expires,
            created: cookie.created,
            used: cookie.used,
        }
    }
}

impl From<CookieText> for Cookie {
    fn from(text: CookieText) -> Self {
        Self {
            name: text.name.into(),
            value: text.value.into(),
            domain: text.domain,
            is_host_only: text.host_only,
            path: text.path.into(),
            is_secure: text.secure,
            is_http_only: text.http_only,
            same_site: match text.same_site {
                SameSiteText::Default => SameSite::Default,
                SameSiteText::None => SameSite::None,
                SameSiteText::Lax => SameSite::Lax,
                SameSiteText::Strict => SameSite::Strict,
            },
            expires: text.expires,
            created: text.created,
            used: text.used,
        }
    }
}

impl From<&[u8]> for Octets {
    fn from(octets: &[u8]) -> Self {
        match str::from_utf8(octets) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64 {
                base64: octets.to_owned(),
            },
        }
    }
}

impl From<Octets> for Vec<u8> {
    fn from(octets: Octets) -> Self {
        match octets {
            Octets::Text(text) => text.into_bytes(),
            Octets::Base64 { base64 } => base64,
        }
    }
}

/// Octets as base64 with padding (RFC 4648 §4).
mod in_base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(octets: &[u8], to: S) -> Result<S::Ok, S::Error> {
        STANDARD.encode(octets).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
