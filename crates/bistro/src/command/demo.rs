//! `bistro demo`: a database to play with.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use bistro_database::{Database, Settings};

use crate::cli;
use crate::command::house;
use crate::command::overrides::Overrides;
use crate::command::serve::{self, Purpose};
use crate::config::{Environment, address};
use crate::demo;

/// The database's file in its directory.
const FILE: &str = "shop.db";

/// The configuration there.
const CONFIGURATION: &str = "bistro.toml";

/// A table that a demo of an earlier version does not have.
const NEWEST: &str = "cart_items";

/// Makes the database and the files beside it if they are not there yet, and serves them.
///
/// # Errors
/// Whatever keeps it from serving: all of it before anything listens.
pub(super) fn run(arguments: &cli::Demo) -> Result<()> {
    if let Some(listen) = arguments.listen {
        check_loopback(listen)?;
    }
    let folder = &arguments.dir;
    let path = folder.join(FILE);
    prepare(folder, &path, arguments.fresh)?;
    let outdated = demo::put_files(folder)
        .with_context(|| format!("cannot write into `{}`", folder.display()))?;
    for name in outdated {
        house::say(&format!(
            "{} was changed, so it is left as it is; this version has a newer one, which comes when it is removed",
            folder.join(name).display()
        ));
    }
    // The table is the player's to change, or to drop.
    if let Err(error) = bistro_database::run_script(&path, demo::TODAY) {
        house::say(&format!("The weather stays as it was: {error}"));
    }
    let ready = serve::open(
        Purpose::Serve,
        Overrides {
            source: cli::Source {
                database: Some(path),
                config: Some(folder.join(CONFIGURATION)),
                queries: None,
                read_only: false,
            },
            environment: Environment::read()?,
            listen: arguments.listen,
            files: None,
        },
    )?;
    check_loopback(ready.settings.listen)?;
    ready.serve(|address| Some(invitation(address, folder)))
}

/// Whoever can connect may sign up, so only this machine can.
fn check_loopback(listen: SocketAddr) -> Result<()> {
    if !address::is_loopback(listen) {
        bail!(
            "the demo is open to everyone who can connect, so it listens on this machine only, not on {listen}"
        );
    }
    Ok(())
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
        return upgrade(path);
    }
    if exists {
        remove(path).with_context(|| format!("cannot remove `{shown}`"))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    bistro_database::create_from_script(path, &demo::script())?;
    house::say(&format!("Made {shown}"));
    Ok(())
}

/// Brings a database that an earlier version has made up to date: all of it, or nothing.
fn upgrade(path: &Path) -> Result<()> {
    let database = Database::open(Settings::new(path))?;
    let is_new = database.catalog().relations.contains_key(NEWEST);
    drop(database);
    if is_new {
        return Ok(());
    }
    let shown = path.display();
    bistro_database::run_script(path, demo::SALES).with_context(|| {
        format!(
            "`{shown}` was made by an earlier version and changed since, so what is new cannot be added\n\
             hint: `bistro serve {shown}` serves it as it is, `bistro demo --fresh` makes it anew"
        )
    })?;
    house::say(&format!(
        "Added to {shown} what is new in this version: carts, purchases, prices of songs"
    ));
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

/// Where the shop is, and things to try.
fn invitation(address: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "

The shop, for your browser (sign up with any address; nothing is sent to it):
  http://{address}/

All tables, as pages; the shop's files are in {folder}/public, its rules in {folder}/bistro.toml:
  http://{address}/-/

Which songs are from the 1990s?
  curl 'http://{address}/songs?year=gte.1990&year=lt.2000&order=year'

What is the weather in Seoul today? (sample data)
  curl 'http://{address}/weather?city=eq.Seoul'

What sold best? ({folder}/queries/best_sellers.sql)
  curl 'http://{address}/rpc/best_sellers?since=2026-02-01&limit=3'

Sign the guestbook:
  curl http://{address}/guestbook -H 'Content-Type: application/json' \\
    -d '{{\"name\": \"Ada\", \"message\": \"안녕하세요!\"}}'"
    )
}
