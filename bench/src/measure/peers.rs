//! The same rows, the same load, the same core: Bistro and whoever else is there, against hello.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::measure::reads::hello;
use crate::peer::{Asked, PEERS, Running};
use crate::rounds::{CONNECTIONS, Case, Extent, in_turn, ratios, scale_to};
use crate::server::{Configuration, Server};
use crate::songs;
use crate::table::{Bound, Figure};

/// A question that is put to all of them.
struct Question {
    what: &'static str,
    of_bistro: Asked,
    of_peer: fn(&Running) -> Result<Option<Asked>>,
}

/// Measures all that are there, and says which are not.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let database = directory.join("peers.db");
    songs::fill(&database, songs::ROWS)?;
    let bistro = Server::configured(&Configuration::of(&database, "songs").without_cache())?;
    let hello = hello(directory, "peers", &bistro, &songs::point(songs::ROWS)?)?;
    let (mut present, mut figures) = (Vec::new(), Vec::new());
    for peer in PEERS {
        match peer.start(directory) {
            Ok(running) => present.push(running),
            Err(absent) => figures.push(Figure {
                what: peer.name.to_owned(),
                bound: Bound::None,
                unit: "",
                values: Vec::new(),
                scale: format!("{absent:#}").replace('\n', " "),
            }),
        }
    }
    let questions = [
        Question {
            what: "`GET` of a row by its key",
            of_bistro: (songs::point(songs::ROWS)?, 200),
            of_peer: |peer| Ok(Some((peer.point()?, 200))),
        },
        Question {
            what: "50 rows, cache off",
            of_bistro: (songs::list()?, 200),
            of_peer: |peer| Ok(Some((peer.list()?, 200))),
        },
        Question {
            what: "`POST` of a row",
            of_bistro: (songs::post()?, 201),
            of_peer: Running::post,
        },
    ];
    for question in questions {
        figures.extend(ask(extent, &hello, &bistro, &present, &question)?);
    }
    Ok(figures)
}

fn ask(
    extent: &Extent,
    hello: &Server,
    bistro: &Server,
    present: &[Running],
    question: &Question,
) -> Result<Vec<Figure>> {
    let (requests, status) = question.of_bistro.clone();
    let mut names = vec!["hello", "Bistro"];
    let mut cases = vec![
        Case::closed(hello, songs::point(songs::ROWS)?, 200),
        Case::closed(bistro, requests, status),
    ];
    for running in present {
        if let Some((requests, status)) = (question.of_peer)(running)? {
            names.push(running.peer.name);
            cases.push(Case::closed(&running.server, requests, status));
        }
    }
    let outcomes =
        in_turn(extent, &cases).with_context(|| format!("{}: {names:?}", question.what))?;
    let hello = outcomes.first().context("hello was asked")?;
    let figures = names.iter().zip(&outcomes).skip(1).map(|(name, outcomes)| {
        let is_durable = question.what.contains("POST") && *name == "Bistro";
        let durable = if is_durable { ", durable" } else { "" };
        Figure {
            what: format!("{name}: {}{durable} / hello", question.what),
            bound: Bound::None,
            unit: "",
            values: ratios(outcomes, hello),
            scale: format!("{}, {CONNECTIONS} connections", scale_to(outcomes, hello)),
        }
    });
    Ok(figures.collect())
}
