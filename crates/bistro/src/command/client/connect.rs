//! `bistro connect`: a tunnel through a proxy.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use bistro_client::item::{Item, Kind};
use bistro_client::proxy::{Proxies, Proxy};
use bistro_client::tunnel::{self, Ended, Tunnel};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{stdin, stdout};
use tokio::runtime::Builder;

use crate::cli::client::Connect;
use crate::command::client::network::{self, explained};
use crate::command::client::surroundings::Surroundings;
use crate::command::house::say;

/// Opens a tunnel between standard input and output, or one for each connection to a local port.
///
/// # Errors
/// The proxy cannot be reached, or does not let it through.
pub(in crate::command) fn run(arguments: &Connect) -> Result<ExitCode> {
    let surroundings = Surroundings::look();
    let mut settings = network::settings(&arguments.network, arguments.patience, &surroundings)?;
    // There is one way, and it was typed.
    settings.network.proxies = Proxies::Direct;
    let proxy = Proxy::read(&arguments.via)?;
    let through = proxy.name();
    let tunnel = Tunnel::new(
        &settings,
        proxy,
        &arguments.target,
        fields(&arguments.items)?,
    )
    .map_err(explained)?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let done = runtime.block_on(async {
        let Some(address) = &arguments.listen else {
            tunnel.pipe(stdin(), stdout()).await.map_err(explained)?;
            return Ok(());
        };
        let listener = tunnel::listen(address).await.map_err(explained)?;
        say(&format!(
            "Listening on {}, for {} through {through}",
            listener.local_addr()?,
            arguments.target,
        ));
        tunnel.serve(listener, tell).await;
        Ok(())
    });
    // Standard input is read by a thread that nobody can interrupt.
    runtime.shutdown_background();
    done.map(|()| ExitCode::SUCCESS)
}

/// Tells why a tunnel was not to be had. What was cut off on the way, both ends know.
fn tell(ended: Ended) {
    if let Err(error) = ended.outcome {
        say(&format!("{}: {:#}", ended.peer, explained(error)));
    }
}

/// Fields for the proxy.
fn fields(items: &[String]) -> Result<HeaderMap> {
    let mut fields = HeaderMap::new();
    for typed in items {
        let item = Item::read(typed)?;
        if !matches!(item.kind, Kind::Field | Kind::EmptyField) {
            bail!("`{typed}` is no field: write `Name:text`");
        }
        let name = HeaderName::from_bytes(item.name.as_bytes())
            .with_context(|| format!("`{}` is no name of a field", item.name))?;
        let value = HeaderValue::from_str(item.value.trim())
            .with_context(|| format!("the value of `{name}` cannot be sent"))?;
        fields.append(name, value);
    }
    Ok(fields)
}
