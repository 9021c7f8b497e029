//! Connections that do nothing: how many of them have room in a GiB?

use std::net::Ipv4Addr;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::clock::{float, now};
use crate::load::Requests;
use crate::load::connection::Connection;
use crate::process;
use crate::rounds::{CONNECTIONS, Case, Extent, once};
use crate::server::{Configuration, Server};
use crate::songs;
use crate::table::{Bound, Figure};

/// Descriptors that are needed for other things.
const OTHERS: u64 = 200;

/// The most that are opened.
const MOST: u64 = 50_000;

/// Connections from one address; of its 28,000 ports a free one is soon found only while most are.
const FROM_ONE_ADDRESS: usize = 5_000;

/// Longer than an idle connection keeps what it needs only while it is busy.
const REST: Duration = Duration::from_millis(1_500);

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens as many as there may be, asks once on each, lets them rest, and looks at the server's memory.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let database = directory.join("idle.db");
    songs::fill(&database, songs::ROWS)?;
    let count = process::take_descriptors()?.min(MOST + OTHERS) - OTHERS;
    let count = usize::try_from(count)?;
    let mut configuration = Configuration::of(&database, "songs");
    configuration.connections = Some(count + CONNECTIONS);
    let server = Server::configured(&configuration)?;
    // What it needs once, it has then.
    let mut point = songs::point(songs::ROWS)?;
    once(extent, &Case::closed(&server, point.clone(), 200))?;
    thread::sleep(REST);
    let before = process::private(server.id())?;

    let mut room = vec![0; 64 * 1024];
    let mut connections = Vec::with_capacity(count);
    for number in 0..count {
        let last = 2 + u8::try_from(number / FROM_ONE_ADDRESS)?;
        let from = Ipv4Addr::new(127, 0, 0, last);
        let mut connection = Connection::open(server.address, Some(from))?;
        ask(&mut connection, &mut point, &mut room)?;
        connections.push(connection);
    }
    thread::sleep(REST);
    let once_each = figure(
        "idle connections per GiB of the process",
        Bound::AtLeast(500_000.0),
        count,
        process::private(server.id())?.saturating_sub(before),
    );
    // All at once: the most that they need at the same time is not what they keep.
    for connection in &mut connections {
        send(connection, &mut point)?;
    }
    for connection in &mut connections {
        receive(connection, &mut room)?;
    }
    thread::sleep(REST);
    let after_burst = figure(
        "the same after all of them have asked at once",
        Bound::None,
        count,
        process::private(server.id())?.saturating_sub(before),
    );
    Ok(vec![once_each, after_burst])
}

fn figure(what: &str, bound: Bound, count: usize, growth_kib: u64) -> Figure {
    let connections = float(u64::try_from(count).unwrap_or(u64::MAX));
    let octets = float(growth_kib.max(1) * 1024) / connections;
    Figure {
        what: what.to_owned(),
        bound,
        unit: "",
        values: vec![float(1 << 30) / octets],
        scale: format!("{count} connections, {octets:.0} B each"),
    }
}

fn ask(connection: &mut Connection, requests: &mut Requests, room: &mut [u8]) -> Result<()> {
    send(connection, requests)?;
    receive(connection, room)
}

fn send(connection: &mut Connection, requests: &mut Requests) -> Result<()> {
    let mut request = Vec::new();
    requests.next(&mut request);
    connection.send(&request, now())
}

fn receive(connection: &mut Connection, room: &mut [u8]) -> Result<()> {
    let since = connection.since.context("nothing was asked")?;
    loop {
        if let Some(answer) = connection.receive(room)? {
            ensure!(answer.status == 200, "the status {}", answer.status);
            connection.since = None;
            return Ok(());
        }
        ensure!(since.elapsed() < PATIENCE, "no answer within {PATIENCE:?}");
    }
}
