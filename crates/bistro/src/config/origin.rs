//! Names and origins that clients may use.

use bistro_http::authority::Authority;
use serde::{Deserialize, Deserializer};

use crate::config::text::{self, Text};

/// An origin whose pages may send requests here, as browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin(pub(super) String);

/// A name by which clients may call this server; without a port it is meant with any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host(pub(super) String);

impl Text for Origin {
    const EXPECTED: &'static str = "an origin such as \"https://shop.example\"";

    fn read(text: &str) -> Result<Self, String> {
        named_in_full(text)?;
        bistro_http::origin::Origin::read(text)
            .map(|origin| Self(origin.to_string()))
            .map_err(|error| format!("`{text}` is not {}: {error}", Self::EXPECTED))
    }
}

impl Text for Host {
    const EXPECTED: &'static str = "a host name such as \"shop.example\"";

    fn read(text: &str) -> Result<Self, String> {
        named_in_full(text)?;
        Authority::read(text)
            .map(|authority| Self(authority.to_string()))
            .map_err(|error| format!("`{text}` is not {}: {error}", Self::EXPECTED))
    }
}

/// An asterisk is a letter like others in a host, so it would be taken for a name that nobody has.
fn named_in_full(text: &str) -> Result<(), String> {
    if text.contains('*') {
        return Err(format!(
            "`{text}`: each name is written in full, `*` stands for nothing here"
        ));
    }
    Ok(())
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
