//! The client in the terminal to curl: how long a whole process takes for one `GET`, and how it downloads.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::askers::Askers;
use crate::authority::{self, Authority};
use crate::child::output;
use crate::load::Requests;
use crate::load::capture::Captured;
use crate::measure::download;
use crate::measure::reads::hello;
use crate::rounds::{Extent, in_either_order, median};
use crate::server::{Configuration, Server};
use crate::songs;
use crate::table::{Bound, Figure};

/// Pairs of a round, of which the middle ones count.
const PAIRS: usize = 40;

/// The same for a quick look.
const PAIRS_QUICK: usize = 10;

/// How much longer than curl it may take, in milliseconds.
const MORE: Bound = Bound::AtMost(5.0);

/// What is asked for: one row as JSON.
const TARGET: &str = "/songs/1";

/// What a server sets, so that there is something to write down each time.
const COOKIE: &str = "Set-Cookie: visitor=0123456789abcdef; Max-Age=3600; Path=/\r\n";

/// The same task for both.
struct Task {
    what: &'static str,
    curl: Command,
    bistro: Command,
    bound: Bound,
    /// Whether both have to write the same.
    is_exact: bool,
}

/// Measures all of it.
pub(crate) fn run(directory: &Path, extent: &Extent) -> Result<Vec<Figure>> {
    let askers = Askers::find(directory)?;
    let mut figures = start_up(directory, extent, &askers)?;
    figures.extend(download::run(directory, extent, &askers)?);
    Ok(figures)
}

fn start_up(directory: &Path, extent: &Extent, askers: &Askers) -> Result<Vec<Figure>> {
    let database = directory.join("client.db");
    songs::fill(&database, 1_000)?;
    let bistro = Server::configured(&Configuration::of(&database, "songs"))?;
    let row = Requests::get(TARGET)?;
    let plain = hello(directory, "row", &bistro, &row)?;
    let mut tasks = vec![
        task(askers, "one `GET`", &plain, &[], &[]),
        Task {
            is_exact: false,
            ..task(
                askers,
                "one `GET`, indented and coloured",
                &plain,
                &[],
                &["--colour", "always"],
            )
        },
    ];
    let captured = Captured::from_server(bistro.address, &row)?;
    let file = directory.join("hello-cookie");
    fs::write(&file, with_cookie(captured)?)?;
    let setting = Server::own(&["hello"], &file)?;
    let jar = directory.join("jar").display().to_string();
    tasks.push(Task {
        // curl does not wait until what it has written is on the disk.
        bound: Bound::None,
        ..task(
            askers,
            "one `GET` whose cookie is kept in a session",
            &setting,
            &["--cookie", &jar, "--cookie-jar", &jar],
            &["--session", "bench"],
        )
    });
    tasks.push(task(
        askers,
        "one `GET` with the cookie of that session",
        &setting,
        &["--cookie", &jar],
        &["--session-read-only", "bench"],
    ));
    let authority = authority::make(directory)?;
    let certificate = authority.server.display().to_string();
    let file = directory.join("hello-row");
    let secure = Server::own(&["hello", "--certificate", &certificate], &file)?;
    tasks.extend(secure_tasks(askers, &authority, &secure));
    tasks
        .into_iter()
        .map(|task| measure(extent, task))
        .collect::<Result<Vec<_>>>()
        .map(|figures| figures.into_iter().flatten().collect())
}

/// Without TLS.
fn task(
    askers: &Askers,
    what: &'static str,
    server: &Server,
    for_curl: &[&str],
    for_bistro: &[&str],
) -> Task {
    let url = format!("http://{}{TARGET}", server.address);
    let (mut curl, mut bistro) = (askers.curl(), askers.bistro());
    curl.args(for_curl).arg(&url);
    bistro.args(for_bistro).arg(&url);
    Task {
        what,
        curl,
        bistro,
        bound: MORE,
        is_exact: true,
    }
}

/// With TLS: all authorities of this system have to be read, or one.
fn secure_tasks(askers: &Askers, authority: &Authority, server: &Server) -> [Task; 2] {
    let port = server.address.port();
    let url = format!("https://{}:{port}{TARGET}", authority::NAME);
    let asked = |mut command: Command| {
        command.arg(&url);
        command
    };
    let among_others = |mut command: Command| {
        command.env("SSL_CERT_FILE", &authority.among_others);
        command
    };
    let alone = |mut command: Command| {
        command.arg("--cacert").arg(&authority.alone);
        command
    };
    // As Bistro does it: the name of this machine is not looked up.
    let address = format!("{}:{port}:127.0.0.1", authority::NAME);
    let curl = || {
        let mut curl = asked(askers.curl());
        curl.arg("--http1.1").arg("--resolve").arg(&address);
        curl
    };
    let bistro = || asked(askers.bistro());
    // curl would look nowhere else then; of itself it looks into the folder for whom it does not find in the file.
    let mut bistro_among_others = among_others(bistro());
    if let Some(folder) = &authority.folder {
        bistro_among_others.env("SSL_CERT_DIR", folder);
    }
    let task = |what, curl, bistro| Task {
        what,
        curl,
        bistro,
        bound: Bound::None,
        is_exact: true,
    };
    [
        task(
            "one `GET` over TLS, trusting whom the system trusts",
            among_others(curl()),
            bistro_among_others,
        ),
        task(
            "one `GET` over TLS, trusting one authority",
            alone(curl()),
            alone(bistro()),
        ),
    ]
}

/// The same answer, which sets a cookie.
fn with_cookie(captured: Captured) -> Result<Vec<u8>> {
    let head = captured.head.strip_suffix("\r\n");
    let head = head.context("a head without an end")?.to_owned() + COOKIE + "\r\n";
    Ok(Captured { head, ..captured }.bytes())
}

/// Curl and Bistro in turn: how much longer the one takes, and how many times as long.
fn measure(extent: &Extent, mut task: Task) -> Result<[Figure; 2]> {
    let pairs = if extent.is_quick { PAIRS_QUICK } else { PAIRS };
    let (_, expected_of_curl) = output(&mut task.curl)?;
    let (_, expected) = output(&mut task.bistro)?;
    ensure!(
        !expected.is_empty() && (!task.is_exact || expected == expected_of_curl),
        "{:?} and {:?} got different answers",
        task.curl,
        task.bistro
    );
    let timed = |command: &mut Command, expected: &[u8]| {
        let (time, found) = output(command)?;
        ensure!(found == expected, "{command:?} got something else");
        Ok(time.as_secs_f64() * 1_000.0)
    };
    let (mut more, mut ratios) = (Vec::new(), Vec::new());
    let (mut of_curl, mut of_bistro) = (Vec::new(), Vec::new());
    for _ in 0..extent.rounds {
        let mut round = Vec::new();
        for pair in 0..pairs {
            round.push(in_either_order(
                pair,
                || timed(&mut task.curl, &expected_of_curl),
                || timed(&mut task.bistro, &expected),
            )?);
        }
        more.push(median(round.iter().map(|(curl, bistro)| bistro - curl)));
        ratios.push(median(round.iter().map(|(curl, bistro)| bistro / curl)));
        of_curl.extend(round.iter().map(|(curl, _)| *curl));
        of_bistro.extend(round.iter().map(|(_, bistro)| *bistro));
    }
    let scale = format!(
        "{:.2} ms, curl {:.2} ms",
        median(of_bistro),
        median(of_curl)
    );
    let figure = |what, bound, unit, values| Figure {
        what,
        bound,
        unit,
        values,
        scale: scale.clone(),
    };
    Ok([
        figure(
            format!("{}: time / curl's", task.what),
            Bound::None,
            "",
            ratios,
        ),
        figure(
            format!("{}: time − curl's", task.what),
            task.bound,
            " ms",
            more,
        ),
    ])
}
