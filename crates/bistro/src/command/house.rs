//! Opening the house: database, socket, the line that says it is ready, and the wait for the end.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use bistro_database::Database;
use bistro_server::Server;
use bistro_server::settings::Settings;

use crate::command::signal;

/// Says something to the person at the terminal. Standard output is kept for the one line that says Bistro is ready.
pub(super) fn say(text: &str) {
    // A closed standard error is no reason not to serve.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Serves until a signal asks to end. `greet` makes what is said to the person at the terminal once clients can connect.
///
/// # Errors
/// The address cannot be listened on, or the server fails.
pub(super) fn serve(
    settings: Settings,
    database: Database,
    greet: impl FnOnce(SocketAddr) -> String,
) -> Result<()> {
    let server = Server::bind(settings, database)?;
    let ended = signal::watch().context("cannot listen for signals")?;
    let address = server.address();
    // Nor is a closed standard output.
    let _ = writeln!(io::stdout(), "Listening on http://{address}");
    say(&greet(address));
    server.run(async {
        // The sender lives as long as its thread, which lives as long as the process.
        let _ = ended.await;
    })?;
    Ok(())
}
