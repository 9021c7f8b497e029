//! Networks of addresses in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// All addresses that begin with the same bits.
///
/// IPv4 addresses mapped into IPv6 (`::ffff:10.0.0.1`) are the IPv4 addresses they stand for, everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    /// How many bits are the same: up to 32, or up to 128.
    prefix: u8,
}

/// Text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// What stands before the `/` is no address.
    #[error(
        "`{text}` does not begin with an IP address: write a network as `10.0.0.0/8` or `fd00::/8`"
    )]
    Address {
        /// The whole text.
        text: String,
    },
    /// What stands behind the `/` is no number of bits, or too many.
    #[error("`{text}` does not end with a number of bits from 0 to {max}, as `/{max}`")]
    Prefix {
        /// The whole text.
        text: String,
        /// How many bits such an address has.
        max: u8,
    },
    /// The address has bits behind the prefix, so it names one of the network's addresses and not the network.
    #[error(
        "`{text}` is an address in a network: write `{network}` for the network, or leave out `/{prefix}` for the address"
    )]
    Host {
        /// The whole text.
        text: String,
        /// The network the address is in.
        network: Network,
        /// How many bits were given.
        prefix: u8,
    },
}

impl Network {
    /// Reads `10.0.0.0/8`, `fd00::/8`, or one address.
    pub fn read(text: &str) -> Result<Self, NetworkError> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_unhelpful| NetworkError::Address {
                text: text.to_owned(),
            })?;
        let max = width(address);
        let prefix =
            match bits {
                None => max,
                Some(bits) => read_bits(bits).filter(|bits| *bits <= max).ok_or_else(|| {
                    NetworkError::Prefix {
                        text: text.to_owned(),
                        max,
                    }
                })?,
            };
        let network = Self {
            address: truncate(address, prefix),
            prefix,
        };
        if network.address != address {
            return Err(NetworkError::Host {
                text: text.to_owned(),
                network: network.unmapped(),
                prefix,
            });
        }
        Ok(network.unmapped())
    }

    /// Whether the address is one of the network's. An address of the other family never is, not even of `::/0`.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4()
            && truncate(address, self.prefix) == self.address
    }

    /// The same network, as IPv4 if all of it is mapped IPv4.
    fn unmapped(self) -> Self {
        let bits = self.prefix.checked_sub(96);
        match (self.address.to_canonical(), bits) {
            (address @ IpAddr::V4(_), Some(prefix)) if self.address.is_ipv6() => {
                Self { address, prefix }
            }
            (IpAddr::V4(_) | IpAddr::V6(_), _) => self,
        }
    }
}

/// The network is written with its prefix, also where it is one address.
impl Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// How many bits an address has.
fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The number behind the `/`: digits alone, and no zero before others.
fn read_bits(text: &str) -> Option<u8> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}

/// The address with all bits behind the prefix zero.
fn truncate(address: IpAddr, prefix: u8) -> IpAddr {
    let shift = width(address).saturating_sub(prefix).into();
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(shift).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests;
