//! How long reads by key take at a fixed rate: alone, while scans never stop, and while others write.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::load::{Group, Outcome, Pace, drive};
use crate::process;
use crate::rounds::{CONNECTIONS, Extent, disturbed, median};
use crate::server::{Configuration, Server};
use crate::songs;
use crate::table::{Bound, Figure};

/// Reads a second.
const RATE: u32 = 5_000;

/// Scans that never stop.
const SCANS: usize = 2;

/// Rows of the table that is scanned.
const SCANNED: u64 = 2_000_000;

/// The same for a quick look.
const SCANNED_QUICK: u64 = 300_000;

/// Measures both.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let mut figures = beside_scans(directory, extent)?;
    figures.extend(beside_writes(directory, extent)?);
    Ok(figures)
}

fn beside_scans(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let rows = if extent.is_quick {
        SCANNED_QUICK
    } else {
        SCANNED
    };
    let database = directory.join("scanned.db");
    songs::fill(&database, rows)?;
    // What a scan finds is asked for again and again; it must not be remembered.
    let server = Server::configured(&Configuration::of(&database, "songs").without_cache())?;
    let scans = Group {
        connections: SCANS,
        pace: Pace::Closed,
        requests: songs::scan()?,
        status: 200,
    };
    let (alone, beside) = both(extent, &server, rows, &scans)?;
    let scanned: Vec<f64> = beside.iter().map(|[_, scans]| scans.rate()).collect();
    let scanned = median(scanned);
    let beside: Vec<&Outcome> = beside.iter().map(|[reads, _]| reads).collect();
    Ok(vec![
        p99(
            &format!("p99 of reads by key, {RATE}/s, {rows} rows"),
            Bound::None,
            &alone.iter().collect::<Vec<_>>(),
            "",
        ),
        p99(
            &format!("p99 of reads by key, {RATE}/s, while {SCANS} scans never stop"),
            Bound::AtMost(2.0),
            &beside,
            &format!(", {scanned:.1} scans/s"),
        ),
    ])
}

fn beside_writes(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let database = directory.join("written.db");
    songs::fill(&database, songs::ROWS)?;
    let server = Server::configured(&Configuration::of(&database, "songs"))?;
    let writes = Group {
        connections: CONNECTIONS,
        pace: Pace::Closed,
        requests: songs::post()?,
        status: 201,
    };
    let (alone, beside) = both(extent, &server, songs::ROWS, &writes)?;
    let written = median(beside.iter().map(|[_, writes]| writes.rate()));
    let reads: Vec<&Outcome> = beside.iter().map(|[reads, _]| reads).collect();
    let ratios = |p99: fn(&Outcome) -> Option<f64>| {
        let pairs = alone.iter().zip(&reads);
        let ratio = |(alone, beside): (&Outcome, &&Outcome)| Some(p99(beside)? / p99(alone)?);
        pairs.filter_map(ratio).collect()
    };
    let loaded = p99("", Bound::None, &reads, &format!(", {written:.0} writes/s"));
    let steady = |part| median(reads.iter().filter_map(|reads| reads.steady_latency(part)));
    Ok(vec![
        p99(
            &format!("p99 of reads by key, {RATE}/s, unloaded"),
            Bound::None,
            &alone.iter().collect::<Vec<_>>(),
            "",
        ),
        Figure {
            what: format!("p99 of reads by key while {CONNECTIONS} connections write / unloaded"),
            bound: Bound::AtMost(3.0),
            unit: "",
            values: ratios(|outcome| Some(outcome.latency(0.99))),
            scale: loaded.scale,
        },
        Figure {
            what: "the same, but for what was due while the machine was slow".to_owned(),
            bound: Bound::AtMost(3.0),
            unit: "",
            values: ratios(|outcome| outcome.steady_latency(0.99)),
            scale: format!("p50 {:.2} ms, p99 {:.2} ms", steady(0.5), steady(0.99)),
        },
    ])
}

/// Reads alone, and reads with others; in turn, round by round.
fn both(
    extent: &Extent,
    server: &Server,
    rows: u64,
    others: &Group,
) -> Result<(Vec<Outcome>, Vec<[Outcome; 2]>)> {
    let reads = Group {
        connections: CONNECTIONS,
        pace: Pace::PerSecond(RATE),
        requests: songs::point(rows)?,
        status: 200,
    };
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    let ask = |groups: &[Group]| {
        let outcomes = drive(server.address, Some(server.id()), groups, extent.times)?;
        process::settle(server.id())?;
        anyhow::Ok(outcomes)
    };
    for _ in 0..extent.rounds {
        alone.extend(ask(std::slice::from_ref(&reads))?);
        let outcomes: Result<[Outcome; 2], _> = ask(&[reads.clone(), others.clone()])?.try_into();
        beside.push(outcomes.ok().context("two groups have two outcomes")?);
    }
    Ok((alone, beside))
}

fn p99(what: &str, bound: Bound, outcomes: &[&Outcome], more: &str) -> Figure {
    let middle = |part: f64| median(outcomes.iter().map(|outcome| outcome.latency(part)));
    Figure {
        what: what.to_owned(),
        bound,
        unit: " ms",
        values: outcomes
            .iter()
            .map(|outcome| outcome.latency(0.99))
            .collect(),
        scale: format!(
            "p50 {:.2} ms, p99 {:.2} ms, max {:.1} ms{more}{}",
            middle(0.5),
            middle(0.99),
            middle(1.0),
            disturbed(outcomes.iter().copied())
        ),
    }
}
