//! The memory of one server that has been through everything.

use std::path::Path;

use anyhow::Result;

use crate::clock::float;
use crate::process;
use crate::rounds::{Case, Extent, once};
use crate::server::{Configuration, Server};
use crate::songs;
use crate::table::{Bound, Figure};

/// Scans at once.
const SCANS: usize = 2;

/// The most that it may have, in MiB.
const MOST: Bound = Bound::AtMost(64.0);

/// Asks for rows, pages, new rows and scans, and then looks.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let database = directory.join("resident.db");
    songs::fill(&database, songs::ROWS)?;
    let server = Server::configured(&Configuration::of(&database, "songs"))?;
    let loads = [
        (songs::point(songs::ROWS)?, 200),
        (songs::list()?, 200),
        (songs::varied()?, 200),
        (songs::post()?, 201),
        (songs::list()?, 200),
        (songs::point(songs::ROWS)?, 200),
    ];
    for (requests, status) in loads {
        once(extent, &Case::closed(&server, requests, status))?;
    }
    let mut scans = Case::closed(&server, songs::scan()?, 200);
    scans.group.connections = SCANS;
    once(extent, &scans)?;
    let mib = |kib: u64| vec![float(kib) / 1024.0];
    let figure = |what: &str, kib: u64| Figure {
        what: format!("{what}, after reads, pages, writes and scans of 100,000 rows"),
        bound: MOST,
        unit: " MiB",
        values: mib(kib),
        scale: String::new(),
    };
    let mut now = figure("resident memory", process::resident(server.id())?);
    let private = float(process::private(server.id())?) / 1024.0;
    now.scale = format!("of it, {private:.0} MiB are the process's own, the rest is files");
    Ok(vec![
        now,
        figure(
            "the most resident memory",
            process::resident_max(server.id())?,
        ),
    ])
}
