//! What a session costs: the same read with one and without, where there are few and where there are a million.

use std::path::Path;

use anyhow::{Result, bail};
use bistro_session::data;
use bistro_session::key::{Hash, Key, new_id};
use rusqlite::{Connection, params};

use crate::load::{Outcome, Requests};
use crate::rounds::{Case, Extent, in_turn, ratios, scale_to};
use crate::server::{Configuration, Server};
use crate::songs;
use crate::table::{Bound, Figure};

/// Sessions that are shown.
const SHOWN: usize = 64;

/// Sessions that nobody shows, where there are many.
const MANY: i64 = 1_000_000;

/// As Bistro makes it.
const TABLES: &str = "
    CREATE TABLE bistro_users (id TEXT PRIMARY KEY NOT NULL, email TEXT NOT NULL UNIQUE, roles TEXT NOT NULL DEFAULT '',
        generation INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, password TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE bistro_sessions (hash BLOB NOT NULL UNIQUE, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, user TEXT,
        generation INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, seen INTEGER NOT NULL, signed_in INTEGER,
        is_ended INTEGER NOT NULL DEFAULT 0, agent TEXT, address TEXT,
        keyed INTEGER, former BLOB, former_until INTEGER, data TEXT NOT NULL DEFAULT '{}');
    CREATE UNIQUE INDEX bistro_sessions_former ON bistro_sessions (former) WHERE former IS NOT NULL;
    CREATE INDEX bistro_sessions_user ON bistro_sessions (user) WHERE user IS NOT NULL;
    CREATE INDEX bistro_sessions_seen ON bistro_sessions (seen);
    CREATE INDEX bistro_sessions_created ON bistro_sessions (created);";

/// Measures both in one paired run.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let few = directory.join("sessions-few.db");
    songs::fill(&few, songs::ROWS)?;
    let with_few = with_session(&few, 0)?;
    let many = directory.join("sessions-many.db");
    songs::fill(&many, songs::ROWS)?;
    let with_many = with_session(&many, if extent.is_quick { MANY / 100 } else { MANY })?;
    let few = Server::configured(&Configuration::of(&few, "songs"))?;
    let many = Server::configured(&Configuration::of(&many, "songs"))?;
    let without = songs::point(songs::ROWS)?;
    let cases = [
        Case::closed(&few, without.clone(), 200),
        Case::closed(&few, with_few, 200),
        Case::closed(&many, without, 200),
        Case::closed(&many, with_many, 200),
    ];
    figures(&in_turn(extent, &cases)?)
}

fn figures(outcomes: &[Vec<Outcome>]) -> Result<Vec<Figure>> {
    let [few, with_few, many, with_many] = outcomes else {
        bail!("not as many outcomes as cases");
    };
    let to = |what: &str, outcomes, base| Figure {
        what: what.to_owned(),
        bound: Bound::AtLeast(0.90),
        unit: "",
        values: ratios(outcomes, base),
        scale: scale_to(outcomes, base),
    };
    Ok(vec![
        to("a read with a session / without", with_few, few),
        to("the same, a million sessions in the store", with_many, many),
    ])
}

/// Puts sessions into a database, and gives the read as those ask it that are shown.
fn with_session(database: &Path, others: i64) -> Result<Requests> {
    let mut connection = Connection::open(database)?;
    connection.execute_batch(TABLES)?;
    let transaction = connection.transaction()?;
    let insert = "INSERT INTO bistro_sessions (hash, id, owner, created, seen) VALUES (?1, ?2, ?3, unixepoch(), unixepoch())";
    let mut requests = Vec::new();
    for _ in 0..SHOWN {
        let key = Key::random();
        let hash: Hash = key.hash();
        transaction.execute(insert, params![hash, new_id(), new_id()])?;
        let field = format!("Cookie: __Host-sid={}\r\n", key.print());
        let target = format!("/songs/<1..{}>", songs::ROWS);
        requests.push(Requests::with_fields(&target, &field)?);
    }
    transaction.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO bistro_sessions (hash, id, owner, created, seen, data)
         SELECT randomblob(32), hex(randomblob(16)), hex(randomblob(16)), unixepoch(), unixepoch(), ?2 FROM n WHERE ?1 > 0",
        params![others, data::EMPTY],
    )?;
    transaction.commit()?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(Requests::one_of(requests))
}
