//! `PocketBase`: a collection that a migration makes and fills. Its keys are texts of 15 characters.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::peer::Peer;
use crate::peer::adapter::program;
use crate::server::{Server, free_address, on_its_core};
use crate::songs;

pub(super) const PEER: Peer = Peer {
    name: "PocketBase",
    serve,
    point: "/api/collections/songs/records/r<10000000000001..10000000100000>",
    list: "/api/collections/songs/records?filter=(year=<1950..2009>)&sort=id&perPage=50&skipTotal=1",
    post: Some(("/api/collections/songs/records", 200)),
};

fn serve(folder: &Path) -> Result<Server> {
    let pocketbase = program("BENCH_POCKETBASE", "pocketbase")?;
    let (data, migrations) = (folder.join("data"), folder.join("migrations"));
    fs::create_dir_all(&migrations)?;
    fs::write(migrations.join("1700000000_songs.js"), migration())?;
    let address = free_address()?;
    let mut command = on_its_core(&pocketbase);
    command
        .args(["serve", "--http", &address.to_string(), "--dir"])
        .arg(&data)
        .arg("--migrationsDir")
        .arg(&migrations);
    Server::told(command, address, &folder.join("log"))
}

fn migration() -> String {
    let (rows, values) = (songs::ROWS, songs::VALUES);
    format!(
        "migrate((app) => {{
            app.save(new Collection({{
                type: 'base', name: 'songs', listRule: '', viewRule: '', createRule: '',
                fields: [
                    {{ name: 'title', type: 'text' }}, {{ name: 'artist', type: 'text' }}, {{ name: 'album', type: 'text' }},
                    {{ name: 'genre', type: 'text' }}, {{ name: 'year', type: 'number' }}, {{ name: 'seconds', type: 'number' }},
                    {{ name: 'rating', type: 'number' }},
                ],
                indexes: ['CREATE INDEX songs_year ON songs (year)', 'CREATE INDEX songs_artist ON songs (artist)'],
            }}));
            app.db().newQuery(`
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
                INSERT INTO songs (id, title, artist, album, genre, year, seconds, rating)
                SELECT 'r' || (10000000000000 + i), {values} FROM n`).execute();
        }});\n"
    )
}
