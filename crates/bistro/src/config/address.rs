//! Addresses to listen on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where Bistro listens unless told otherwise.
pub(crate) const DEFAULT: SocketAddr = SocketAddr::new(LOOPBACK, 8080);

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Reads `ADDRESS:PORT`. `localhost` is 127.0.0.1; no other name is looked up, because a name may have many addresses.
///
/// # Errors
/// A sentence that says what is expected.
pub(crate) fn read(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text.strip_prefix("localhost:")
        && let Ok(port) = port.parse()
    {
        return Ok(SocketAddr::new(LOOPBACK, port));
    }
    text.parse().map_err(|_not_an_address| {
        format!(
            "`{text}` is not an address and a port, such as `127.0.0.1:8080`, `[::1]:8080` or `0.0.0.0:80`"
        )
    })
}

/// Whether only this machine can connect to an address. An IPv4 address in IPv6's clothes counts as reachable, as it does
/// for the server.
pub(crate) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().is_loopback()
}
