//! Reads to hello: one row by its key, a page, a page from memory, and its 304.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::load::capture::Captured;
use crate::load::{Outcome, Requests};
use crate::rounds::{Case, Extent, in_turn, ratios, scale, scale_to};
use crate::server::{Configuration, Server};
use crate::songs;
use crate::table::{Bound, Figure};

/// Pages that are asked for again and again.
const REPEATED: [&str; 4] = ["1961", "1974", "1987", "2003"];

/// Measures all of them in one paired run.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let database = directory.join("reads.db");
    songs::fill(&database, songs::ROWS)?;
    let uncached = directory.join("reads-uncached.db");
    songs::copy(&database, &uncached)?;
    let bistro = Server::configured(&Configuration::of(&database, "songs"))?;
    let without = Server::configured(&Configuration::of(&uncached, "songs").without_cache())?;

    let point = songs::point(songs::ROWS)?;
    let list = songs::list()?;
    let repeated: Result<Vec<Requests>> = REPEATED
        .iter()
        .map(|year| Requests::get(&songs::page(year)))
        .collect();
    let repeated = repeated?;
    let unchanged = unchanged(&bistro, &repeated)?;
    let repeated = Requests::one_of(repeated);

    let hello_point = hello(directory, "point", &bistro, &point)?;
    let hello_list = hello(directory, "list", &bistro, &list)?;
    let hello_unchanged = hello(directory, "unchanged", &bistro, &unchanged)?;
    let cases = [
        Case::closed(&hello_point, point.clone(), 200),
        Case::closed(&hello_list, list.clone(), 200),
        Case::closed(&hello_unchanged, unchanged.clone(), 304),
        Case::closed(&bistro, point, 200),
        Case::closed(&without, list, 200),
        Case::closed(&bistro, repeated, 200),
        Case::closed(&bistro, unchanged, 304),
    ];
    figures(&in_turn(extent, &cases)?)
}

/// In the order of the cases.
fn figures(outcomes: &[Vec<Outcome>]) -> Result<Vec<Figure>> {
    let [
        hello_point,
        hello_list,
        hello_unchanged,
        point,
        list,
        repeated,
        unchanged,
    ] = outcomes
    else {
        bail!("not as many outcomes as cases");
    };
    let to = |what: &str, bound: Bound, outcomes, hello| Figure {
        what: what.to_owned(),
        bound,
        unit: "",
        values: ratios(outcomes, hello),
        scale: scale_to(outcomes, hello),
    };
    let least = Bound::AtLeast;
    Ok(vec![
        Figure::alone("hello: the row's bytes", scale(hello_point)),
        Figure::alone("hello: the page's bytes", scale(hello_list)),
        Figure::alone("hello: the 304's bytes", scale(hello_unchanged)),
        to("`GET /songs/{id}` / hello", least(0.72), point, hello_point),
        to("50 rows, cache off / hello", least(0.08), list, hello_point),
        to(
            "50 rows, cache off / hello with the page's bytes",
            Bound::None,
            list,
            hello_list,
        ),
        to(
            "50 rows from memory / hello",
            least(0.70),
            repeated,
            hello_point,
        ),
        to(
            "50 rows from memory / hello with the page's bytes",
            Bound::None,
            repeated,
            hello_list,
        ),
        to("304 for them / hello", least(0.90), unchanged, hello_point),
        to(
            "304 for them / hello with the 304's bytes",
            Bound::None,
            unchanged,
            hello_unchanged,
        ),
    ])
}

/// The same requests by a client that has their answers already.
fn unchanged(bistro: &Server, repeated: &[Requests]) -> Result<Requests> {
    let mut streams = Vec::new();
    for (requests, year) in repeated.iter().zip(REPEATED) {
        let answer = Captured::from_server(bistro.address, requests)?;
        let tag = answer.field("etag").context("a page without an ETag")?;
        let fields = format!("If-None-Match: {tag}\r\n");
        streams.push(Requests::with_fields(&songs::page(year), &fields)?);
    }
    Ok(Requests::one_of(streams))
}

/// A hello that answers as `bistro` does, octet for octet.
pub(crate) fn hello(
    directory: &Path,
    name: &str,
    bistro: &Server,
    requests: &Requests,
) -> Result<Server> {
    let theirs = Captured::from_server(bistro.address, requests)?;
    let file = directory.join(format!("hello-{name}"));
    fs::write(&file, theirs.bytes())?;
    let hello = Server::own(&["hello"], &file)?;
    let ours = Captured::from_server(hello.address, requests)?;
    let is_same = ours.content == theirs.content && ours.head.len() == theirs.head.len();
    ensure!(
        is_same,
        "hello answers\n{}instead of\n{}",
        ours.head,
        theirs.head
    );
    Ok(hello)
}
