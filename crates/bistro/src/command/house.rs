//! Opening the house: database, socket, the line that says it is ready, and the wait for the end.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use bistro_database::Database;
use bistro_server::settings::Settings;
use bistro_server::{Control, Server};

use crate::command::again::{Again, Reread};
use crate::command::signal;

/// Says something to the person at the terminal. Standard output is kept for what was asked for: first of all the line that
/// says Bistro is ready.
pub(super) fn say(text: &str) {
    // A closed standard error is no reason not to serve.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Serves until a signal asks to end, and reads the configuration `again` when one asks for that. Once clients can connect it says in which `mode`, and prints the URL and what `invite`
/// makes of it.
///
/// # Errors
/// The address cannot be listened on, or the server fails.
pub(super) fn serve(
    settings: Settings,
    database: Database,
    again: Option<Again>,
    mode: &str,
    invite: impl FnOnce(SocketAddr) -> Option<String>,
) -> Result<()> {
    let server = Server::bind(settings, database.clone())?;
    let mut requests = signal::watch(again.is_some()).context("cannot listen for signals")?;
    let address = server.address();
    say(mode);
    let invitation = invite(address).unwrap_or_default();
    // Nor is a closed standard output.
    let _ = writeln!(io::stdout(), "Listening on http://{address}{invitation}");
    let control = server.control();
    server.run(async move {
        loop {
            tokio::select! {
                // The senders live as long as their thread, which lives as long as the process.
                _ = &mut requests.end => return,
                Some(()) = requests.again.recv(), if again.is_some() => {
                    if let Some(again) = &again {
                        reread(again, &database, &control).await;
                    }
                }
            }
        }
    })?;
    Ok(())
}

/// Reads the configuration again. A good one holds from now on; of another the log tells what is wrong with it.
async fn reread(again: &Again, database: &Database, control: &Control) {
    match again.read(database).await {
        Ok(Reread { settings, fixed }) => control.replace(settings, fixed),
        Err(error) => control.refuse(&format_args!("{error:#}")),
    }
}
