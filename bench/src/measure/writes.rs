//! Durable inserts, against the same server with one transaction per request.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::load::{Group, Outcome, Pace};
use crate::peer::{Asked, PEERS, Running};
use crate::rounds::{CONNECTIONS, Case, Extent, once, ratios, scale};
use crate::server::{Configuration, Server};
use crate::songs;
use crate::table::{Bound, Figure};

/// Connections; what the rate must be to that at `NORMAL`, and to that at `FULL`.
const BOUNDS: [(usize, Bound, Bound); 4] = [
    (1, Bound::None, Bound::None),
    (16, Bound::AtLeast(1.0), Bound::AtLeast(5.0)),
    (64, Bound::AtLeast(1.3), Bound::AtLeast(5.0)),
    (256, Bound::AtLeast(1.5), Bound::AtLeast(5.0)),
];

/// Who inserts.
#[derive(Clone, Copy, Debug)]
enum Writer {
    /// Bistro as it is.
    Bistro,
    /// The same with one transaction per request.
    Baseline(&'static str),
}

impl Writer {
    fn start(self, database: &Path) -> Result<Server> {
        match self {
            Self::Bistro => Server::configured(&Configuration::of(database, "songs")),
            Self::Baseline(durability) => Server::own(&["baseline", durability], database),
        }
    }
}

/// Measures all of them; each round of each case has a server and a file of its own.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let original = directory.join("original.db");
    songs::fill(&original, songs::ROWS)?;
    let mut figures = Vec::new();
    let trailbase = PEERS
        .iter()
        .find(|peer| peer.name == "TrailBase")
        .context("TrailBase has an adapter")?
        .start(directory);
    for (connections, to_normal, to_full) in BOUNDS {
        let mut outcomes = [const { Vec::new() }; 3];
        let mut of_trailbase = Vec::new();
        let writers = [
            Writer::Bistro,
            Writer::Baseline("normal"),
            Writer::Baseline("full"),
        ];
        for _ in 0..extent.rounds {
            for (writer, outcomes) in writers.iter().zip(&mut outcomes) {
                let database = directory.join("fresh.db");
                songs::copy(&original, &database)?;
                let server = writer.start(&database)?;
                outcomes.push(insert(extent, &server, connections, (songs::post()?, 201))?);
            }
            if let (CONNECTIONS, Ok(peer)) = (connections, &trailbase) {
                of_trailbase.push(insert_there(extent, peer, connections)?);
            }
        }
        let [bistro, normal, full] = &outcomes;
        let against = |what: &str, bound: Bound, other: &[Outcome]| Figure {
            what: format!("durable `POST`, {connections} connections / {what}"),
            bound,
            unit: "",
            values: ratios(bistro, other),
            scale: scale(other),
        };
        figures.push(Figure::alone(
            &format!("durable `POST`, {connections} connections"),
            scale(bistro),
        ));
        figures.push(against("a transaction each at NORMAL", to_normal, normal));
        figures.push(against("a transaction each at FULL", to_full, full));
        if connections == CONNECTIONS {
            let mut figure = against("TrailBase", Bound::AtLeast(1.0), &of_trailbase);
            if let Err(absent) = &trailbase {
                figure.scale = format!("{absent:#}");
            }
            figures.push(figure);
        }
    }
    Ok(figures)
}

fn insert_there(extent: &Extent, peer: &Running, connections: usize) -> Result<Outcome> {
    let post = peer.post()?.context("it takes no rows")?;
    insert(extent, &peer.server, connections, post)
}

fn insert(
    extent: &Extent,
    server: &Server,
    connections: usize,
    (requests, status): Asked,
) -> Result<Outcome> {
    let group = Group {
        connections,
        pace: Pace::Closed,
        requests,
        status,
    };
    once(extent, &Case { server, group })
}
