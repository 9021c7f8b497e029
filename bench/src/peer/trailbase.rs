//! `TrailBase`: a record API over a strict table, which a migration makes and fills.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::peer::Peer;
use crate::peer::adapter::program;
use crate::server::{Server, free_address, on_its_core};
use crate::songs;

pub(super) const PEER: Peer = Peer {
    name: "TrailBase",
    serve,
    point: "/api/records/v1/songs/<1..100000>",
    list: "/api/records/v1/songs?filter%5Byear%5D=<1950..2009>&order=id&limit=50",
    post: Some(("/api/records/v1/songs", 200)),
};

const CONFIGURATION: &str = "server { application_name: \"bench\" }\nrecord_apis: [\n  {\n    name: \"songs\"\n    table_name: \"songs\"\n    acl_world: [READ, CREATE]\n  }\n]\n";

fn serve(folder: &Path) -> Result<Server> {
    let trail = program("BENCH_TRAILBASE", "trail")?;
    // Older ones look for migrations in the outer folder and in every folder within it.
    let migrations = folder.join("migrations").join("main");
    fs::create_dir_all(&migrations)?;
    let migration = format!("{}\n{};\nANALYZE;\n", songs::SCHEMA, songs::insert());
    fs::write(migrations.join("U1700000000__songs.sql"), migration)?;
    fs::write(folder.join("config.textproto"), CONFIGURATION)?;
    let address = free_address()?;
    let mut command = on_its_core(&trail);
    command
        .arg("--data-dir")
        .arg(folder)
        .args(["run", "--address", &address.to_string()]);
    Server::told(command, address, &folder.join("log"))
}
