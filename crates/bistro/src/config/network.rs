//! Networks of proxies: `10.0.0.0/8`, or one address.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer};

use crate::config::text::{self, Text};

/// A network of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Network(pub(super) String);

impl Text for Network {
    const EXPECTED: &'static str = "a network such as \"10.0.0.0/8\", or an address";

    fn read(text: &str) -> Result<Self, String> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let most = match address.parse() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_not_an_address) => return Err(format!("`{text}` is not {}", Self::EXPECTED)),
        };
        let bits: Option<Result<u8, _>> = bits.map(str::parse);
        match bits {
            None => Ok(Self(text.to_owned())),
            Some(Ok(bits)) if bits <= most => Ok(Self(text.to_owned())),
            Some(_) => Err(format!(
                "`{text}`: behind the `/` stands how many bits are the same, from 0 to {most}"
            )),
        }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}
