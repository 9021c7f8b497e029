//! Networks of proxies: `10.0.0.0/8`, or one address.

use bistro_http::network;
use serde::{Deserialize, Deserializer};

use crate::config::text::{self, Text};

/// A network of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network(pub(super) network::Network);

impl Text for Network {
    const EXPECTED: &'static str = "a network such as \"10.0.0.0/8\", or an address";

    fn read(text: &str) -> Result<Self, String> {
        network::Network::read(text)
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}
