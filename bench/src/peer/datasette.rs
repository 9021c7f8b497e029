//! Datasette: for reading.

use std::path::Path;

use anyhow::Result;

use crate::peer::Peer;
use crate::peer::adapter::program;
use crate::server::{Server, free_address, on_its_core};
use crate::songs;

pub(super) const PEER: Peer = Peer {
    name: "Datasette",
    serve,
    point: "/bench/songs/<1..100000>.json?_shape=array",
    list: "/bench/songs.json?year=<1950..2009>&_sort=id&_size=50&_shape=array&_nofacet=1&_nocount=1",
    post: None,
};

fn serve(folder: &Path) -> Result<Server> {
    let datasette = program("BENCH_DATASETTE", "datasette")?;
    let database = folder.join("bench.db");
    songs::fill(&database, songs::ROWS)?;
    let address = free_address()?;
    let mut command = on_its_core(&datasette);
    command
        .args(["serve", "--host", &address.ip().to_string()])
        .args(["--port", &address.port().to_string()])
        .arg(&database);
    Server::told(command, address, &folder.join("log"))
}
