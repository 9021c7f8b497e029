//! json-server (0.17): everything in one JSON file, in memory, and written anew with each change.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

use crate::peer::Peer;
use crate::peer::adapter::program;
use crate::server::{Server, free_address, on_its_core};
use crate::songs;

pub(super) const PEER: Peer = Peer {
    name: "json-server",
    serve,
    point: "/songs/<1..100000>",
    list: "/songs?year=<1950..2009>&_sort=id&_limit=50",
    post: Some(("/songs", 201)),
};

fn serve(folder: &Path) -> Result<Server> {
    let json_server = program("BENCH_JSON_SERVER", "json-server")?;
    let file = folder.join("songs.json");
    write(&folder.join("songs.db"), &file)?;
    let address = free_address()?;
    let mut command = on_its_core(&json_server);
    command
        .args(["--quiet", "--host", &address.ip().to_string()])
        .args(["--port", &address.port().to_string()])
        .arg(&file);
    Server::told(command, address, &folder.join("log"))
}

/// The same rows as JSON.
fn write(database: &Path, file: &Path) -> Result<()> {
    songs::fill(database, songs::ROWS)?;
    let connection = Connection::open(database)?;
    let mut statement = connection.prepare(
        "SELECT json_object('id', id, 'title', title, 'artist', artist, 'album', album, 'genre', genre, 'year', year,
                            'seconds', seconds, 'rating', rating) FROM songs",
    )?;
    let mut rows = statement.query([])?;
    let mut out = BufWriter::new(File::create(file)?);
    let mut before = "{\"songs\":[";
    while let Some(row) = rows.next()? {
        write!(out, "{before}{}", row.get_ref(0)?.as_str()?)?;
        before = ",\n";
    }
    write!(out, "]}}")?;
    out.flush()?;
    Ok(())
}
