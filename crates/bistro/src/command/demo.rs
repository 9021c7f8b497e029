//! `bistro demo`: a database to play with.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use bistro_database::Database;
use bistro_server::settings::Settings;

use crate::cli;
use crate::command::house;
use crate::config::address;
use crate::demo;

/// The database's file in its directory.
const FILE: &str = "shop.db";

/// The folder of its stored queries there.
const QUERIES: &str = "queries";

const MODE: &str = "Development mode: every table is open, and only this machine can connect";

/// Makes the database if it is not there yet, and serves it.
///
/// # Errors
/// Whatever keeps it from serving: all of it before anything listens.
pub(super) fn run(arguments: &cli::Demo) -> Result<()> {
    let listen = arguments.listen.unwrap_or(address::DEFAULT);
    if !address::is_loopback(listen) {
        bail!(
            "the demo is open to everyone who can connect, so it listens on this machine only, not on {listen}"
        );
    }
    let path = arguments.dir.join(FILE);
    prepare(&arguments.dir, &path, arguments.fresh)?;
    let database = Database::open(bistro_database::Settings {
        queries: Some(arguments.dir.join(QUERIES)),
        ..bistro_database::Settings::new(&path)
    })?;
    // The table is the player's to change, or to drop.
    if let Err(error) = bistro_database::run_script(&path, demo::TODAY) {
        house::say(&format!("The weather stays as it was: {error}"));
    }
    house::serve(
        Settings::development(listen),
        database,
        None,
        MODE,
        |address| Some(invitation(address)),
    )
}

/// Makes sure that there is a demo database at `path`, and never touches anything else there.
fn prepare(folder: &Path, path: &Path, is_fresh: bool) -> Result<()> {
    let shown = path.display();
    let exists = path
        .try_exists()
        .with_context(|| format!("cannot look for `{shown}`"))?;
    if exists && !demo::is_demo(path).with_context(|| format!("cannot read `{shown}`"))? {
        bail!("`{shown}` was not made by `bistro demo`, so it is left alone; choose another --dir");
    }
    if exists && !is_fresh {
        house::say(&format!(
            "Serving {shown}, made earlier; --fresh makes it anew"
        ));
        return Ok(());
    }
    if exists {
        remove(path).with_context(|| format!("cannot remove `{shown}`"))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    bistro_database::create_from_script(path, &demo::script())?;
    let queries = folder.join(QUERIES);
    demo::put_queries(&queries).with_context(|| format!("cannot write `{}`", queries.display()))?;
    house::say(&format!("Made {shown}"));
    Ok(())
}

/// Removes a database with the files SQLite keeps beside it: a log that stayed behind would be replayed into the new one.
fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["-wal", "-shm", "-journal", ""] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Four things to try.
fn invitation(address: SocketAddr) -> String {
    format!(
        "

Which songs are from the 1990s?
  curl 'http://{address}/songs?year=gte.1990&year=lt.2000&order=year'

What is the weather in Seoul today? (sample data)
  curl 'http://{address}/weather?city=eq.Seoul'

What sold best? (bistro-demo/queries/best_sellers.sql)
  curl 'http://{address}/rpc/best_sellers?since=2026-02-01&limit=3'

Write a comment:
  curl http://{address}/comments -H 'Content-Type: application/json' \\
    -d '{{\"post_id\": 1, \"author\": \"Ada\", \"body\": \"안녕하세요!\"}}'"
    )
}
