//! Opening the house: database, socket, the line that says it is ready, and the wait for the end.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use bistro_database::Database;
use bistro_server::Server;
use bistro_server::settings::Settings;

use crate::command::signal;

/// Says something to the person at the terminal. Standard output is kept for what was asked for: first of all the line that
/// says Bistro is ready.
pub(super) fn say(text: &str) {
    // A closed standard error is no reason not to serve.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Serves until a signal asks to end. Once clients can connect it says in which `mode`, and prints the URL and what `invite`
/// makes of it.
///
/// # Errors
/// The address cannot be listened on, or the server fails.
pub(super) fn serve(
    settings: Settings,
    database: Database,
    mode: &str,
    invite: impl FnOnce(SocketAddr) -> Option<String>,
) -> Result<()> {
    let server = Server::bind(settings, database)?;
    let ended = signal::watch().context("cannot listen for signals")?;
    let address = server.address();
    say(mode);
    let invitation = invite(address).unwrap_or_default();
    // Nor is a closed standard output.
    let _ = writeln!(io::stdout(), "Listening on http://{address}{invitation}");
    server.run(async {
        // The sender lives as long as its thread, which lives as long as the process.
        let _ = ended.await;
    })?;
    Ok(())
}
