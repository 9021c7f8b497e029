//! Names and origins that clients may use.

use serde::{Deserialize, Deserializer};

use crate::config::text::{self, Text};

/// A serialised origin (RFC 6454 §6.2): scheme and authority, in lower case, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin(pub(super) String);

/// A host name or address that stands in `Host`, without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host(pub(super) String);

impl Text for Origin {
    const EXPECTED: &'static str = "an origin such as \"https://shop.example\"";

    fn read(text: &str) -> Result<Self, String> {
        let authority = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        match authority {
            Some(authority) if is_authority(authority) => Ok(Self(text.to_owned())),
            Some(_) | None => Err(format!(
                "`{text}` is not {}: scheme, name and port only, in lower case, no `/` at the end",
                Self::EXPECTED
            )),
        }
    }
}

impl Text for Host {
    const EXPECTED: &'static str = "a host name such as \"shop.example\"";

    fn read(text: &str) -> Result<Self, String> {
        let has_port = text.contains(':') && !text.ends_with(']');
        if is_authority(text) && !has_port {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "`{text}` is not {}: the name only, in lower case, without scheme, port or path",
                Self::EXPECTED
            ))
        }
    }
}

/// What browsers can send after `://`: a name, an address, or an IPv6 address in brackets, and perhaps a port.
fn is_authority(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|octet| {
            octet.is_ascii_lowercase() || octet.is_ascii_digit() || b"-._:[]".contains(&octet)
        })
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}
