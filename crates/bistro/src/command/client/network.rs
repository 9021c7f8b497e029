//! How to come to a server, as the command line and the environment say.

use std::time::Duration;

use anyhow::{Result, anyhow};
use bistro_client::connect::{Family, Network};
use bistro_client::error::Error;
use bistro_client::exchange::{Settings, Versions};
use bistro_client::proxy::{Proxies, Proxy};
use bistro_client::trust::Trust;
use http::HeaderValue;

use crate::cli::client;
use crate::command::client::surroundings::Surroundings;
use crate::command::house::say;

/// What Bistro calls itself.
const AGENT: &str = concat!("bistro/", env!("CARGO_PKG_VERSION"));

/// An error of the client, with what to try.
pub(super) fn explained(error: Error) -> anyhow::Error {
    match error.hint() {
        Some(hint) => anyhow!("{error}\nhint: {hint}"),
        None => error.into(),
    }
}

/// No proxy, whatever the environment says.
pub(super) const NO_PROXY: &str = "none";

/// How requests are sent.
///
/// # Errors
/// The proxy is none.
pub(super) fn settings(
    arguments: &client::Network,
    connect_timeout: Option<Duration>,
    surroundings: &Surroundings,
) -> Result<Settings> {
    if arguments.insecure {
        say(
            "warning: certificates are not checked: whoever is on the way can read and change everything",
        );
    }
    let proxies = match arguments.proxy.as_deref() {
        Some(NO_PROXY | "") => Proxies::Direct,
        Some(url) => Proxies::All(Proxy::read(url)?),
        None => Proxies::Environment(surroundings.proxies()),
    };
    let family = match (arguments.v4, arguments.v6) {
        (true, _) => Family::V4,
        (_, true) => Family::V6,
        (false, false) => Family::Any,
    };
    let version = match (arguments.http1, arguments.http2) {
        (true, _) => Versions::Http1,
        (_, true) => Versions::Http2,
        (false, false) => Versions::Any,
    };
    Ok(Settings {
        network: Network {
            family,
            overrides: arguments.resolve.clone(),
            unix_socket: arguments.unix_socket.clone(),
            proxies,
            timeout: connect_timeout,
        },
        trust: Trust {
            authorities: arguments.cacert.clone(),
            is_insecure: arguments.insecure,
            certificate: arguments.cert.clone(),
            key: arguments.key.clone(),
        },
        version,
        ..Settings::new(HeaderValue::from_static(AGENT))
    })
}
