//! How the cost of a request grows with the rows of a table, how deep in it one asks, the terms of a filter, and columns.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use rusqlite::Connection;

use crate::curve::Curve;
use crate::load::Requests;
use crate::rounds::{Case, Extent, median, once};
use crate::server::{Configuration, Server};
use crate::songs;

/// Connections: enough that the server never waits.
const CONNECTIONS: usize = 16;

/// Measures all of them.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Curve>> {
    let sizes = if extent.is_quick {
        [10_000, 100_000, 1_000_000]
    } else {
        [10_000, 1_000_000, 10_000_000]
    };
    let mut by_key = Vec::new();
    let mut others = Vec::new();
    for rows in sizes {
        let database = directory.join(format!("rows-{rows}.db"));
        songs::fill(&database, rows)?;
        let server = Server::configured(&Configuration::of(&database, "songs").without_cache())?;
        by_key.push((rows, cost(extent, &server, songs::point(rows)?)?));
        if rows == 1_000_000 {
            others.push(depth(extent, &server, rows)?);
            others.push(terms(extent, &server, rows)?);
        }
        drop(server);
        fs::remove_file(&database)?;
    }
    let mut curves = vec![Curve {
        what: "a row by its key",
        along: "rows in the table",
        points: by_key,
    }];
    curves.extend(others);
    curves.push(columns(directory, extent)?);
    Ok(curves)
}

/// The server's processor time a request: the middle one of the rounds, in microseconds.
fn cost(extent: &Extent, server: &Server, requests: Requests) -> Result<f64> {
    let mut case = Case::closed(server, requests, 200);
    case.group.connections = CONNECTIONS;
    let mut costs = Vec::new();
    for _ in 0..extent.rounds {
        let outcome = once(extent, &case)?;
        costs.push(outcome.cost().context("the process was looked at")?);
    }
    Ok(median(costs))
}

/// Pages of 50 by key range: from the start, and behind so many rows.
fn depth(extent: &Extent, server: &Server, rows: u64) -> Result<Curve> {
    let mut points = Vec::new();
    for behind in [1, 1_000, 10_000, 100_000, 900_000] {
        // A little to and fro, so that it is not always the same page.
        let to = (behind + 1_000).min(rows - 100);
        let target = format!("/songs?id=gt.<{behind}..{to}>&order=id&limit=50");
        points.push((behind, cost(extent, server, Requests::get(&target)?)?));
    }
    Ok(Curve {
        what: "50 rows by key range",
        along: "rows before them",
        points,
    })
}

/// One row by its key and terms that hold for it.
fn terms(extent: &Extent, server: &Server, rows: u64) -> Result<Curve> {
    let mut points = Vec::new();
    for terms in [1, 2, 5, 10, 20, 30] {
        let mut target = format!("/songs?id=eq.<1..{rows}>");
        for _ in 1..terms {
            target += "&seconds=gte.<1..100>";
        }
        points.push((terms, cost(extent, server, Requests::get(&target)?)?));
    }
    Ok(Curve {
        what: "one row by a filter",
        along: "terms of the filter",
        points,
    })
}

/// One row of tables that are wider and wider.
fn columns(directory: &Path, extent: &Extent) -> Result<Curve> {
    const ROWS: u64 = 1_000;
    const WIDTHS: [u64; 5] = [1, 10, 100, 300, 1_000];
    let database = directory.join("columns.db");
    let connection = Connection::open(&database)?;
    for width in WIDTHS {
        let names: Vec<String> = (1..width).map(|number| format!(", c{number}")).collect();
        let values: Vec<String> = (1..width).map(|number| format!(", i + {number}")).collect();
        connection.execute_batch(&format!(
            "CREATE TABLE wide_{width} (id INTEGER PRIMARY KEY{});
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
             INSERT INTO wide_{width} SELECT i{} FROM n;",
            names.concat(),
            values.concat()
        ))?;
    }
    drop(connection);
    let mut configuration = Configuration::of(&database, "").without_cache();
    configuration.tables = WIDTHS.map(|width| format!("wide_{width}")).to_vec();
    let server = Server::configured(&configuration)?;
    let mut points = Vec::new();
    for width in WIDTHS {
        let requests = Requests::get(&format!("/wide_{width}/<1..{ROWS}>"))?;
        points.push((width, cost(extent, &server, requests)?));
    }
    Ok(Curve {
        what: "a row by its key",
        along: "columns",
        points,
    })
}
