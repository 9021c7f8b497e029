//! One GiB to a pipe, out of a coding, and to a file: how fast to curl, and in how much memory?

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use async_compression::Level;
use async_compression::tokio::write::GzipEncoder;
use tokio::io::AsyncWriteExt as _;

use crate::askers::Askers;
use crate::child::{Ended, watch};
use crate::clock::float;
use crate::rounds::{Extent, in_either_order, median};
use crate::server::Server;
use crate::table::{Bound, Figure};

/// Octets of what is downloaded.
const LONG: usize = 1 << 30;

/// The same for a quick look.
const LONG_QUICK: usize = 1 << 26;

/// What is made of it at once.
const PIECE: usize = 1 << 20;

/// The most memory that it may take, in MiB, however long it is.
const MOST: Bound = Bound::AtMost(32.0);

/// A way to download.
struct Way {
    what: &'static str,
    curl: Command,
    bistro: Command,
    /// Where both write; `None` is a pipe.
    file: Option<PathBuf>,
    octets: u64,
}

/// Measures all of them.
pub(super) fn run(directory: &Path, extent: &Extent, askers: &Askers) -> Result<Vec<Figure>> {
    let length = if extent.is_quick { LONG_QUICK } else { LONG };
    let octets = u64::try_from(length)?;
    let plain = hello(directory, "plain", "", &vec![0x5a; length])?;
    let coding = "Content-Encoding: gzip\r\n";
    let coded = hello(directory, "coded", coding, &zeros(length)?)?;
    let way = |what, server: &Server, options: &[&str]| {
        let url = format!("http://{}/", server.address);
        let (mut curl, mut bistro) = (askers.curl(), askers.bistro());
        curl.args(options).arg(&url);
        bistro.arg(&url);
        Way {
            what,
            curl,
            bistro,
            file: None,
            octets,
        }
    };
    let mut to_file = way("to a file, until it is on the disk", &plain, &[]);
    let file = directory.join("downloaded");
    for command in [&mut to_file.curl, &mut to_file.bistro] {
        command.arg("--output").arg(&file);
    }
    to_file.file = Some(file);
    let ways = [
        way("to a pipe", &plain, &[]),
        way("decoded from gzip to a pipe", &coded, &["--compressed"]),
        to_file,
    ];
    let mut figures = Vec::new();
    for way in ways {
        figures.extend(measure(extent, way)?);
    }
    Ok(figures)
}

/// Curl and Bistro in turn.
fn measure(extent: &Extent, mut way: Way) -> Result<[Figure; 2]> {
    let (mut ratios, mut of_curl, mut of_bistro) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..extent.rounds {
        let (curl, bistro) = in_either_order(
            round,
            || once(&mut way.curl, way.file.as_deref(), way.octets),
            || once(&mut way.bistro, way.file.as_deref(), way.octets),
        )?;
        ratios.push(curl.time.as_secs_f64() / bistro.time.as_secs_f64());
        of_curl.push(curl);
        of_bistro.push(bistro);
    }
    let mib = float(way.octets) / (1024.0 * 1024.0);
    let memory = |ended: &Ended| float(ended.most_kib) / 1024.0;
    let rate = |ended: &Ended| mib / ended.time.as_secs_f64();
    let middle = |of: &[Ended], value: &dyn Fn(&Ended) -> f64| median(of.iter().map(value));
    let what = format!("{mib:.0} MiB {}", way.what);
    Ok([
        Figure {
            what: format!("{what}: rate / curl's"),
            bound: Bound::None,
            unit: "",
            values: ratios,
            scale: format!(
                "{:.0} MiB/s, curl {:.0} MiB/s",
                middle(&of_bistro, &rate),
                middle(&of_curl, &rate)
            ),
        },
        Figure {
            what: format!("{what}: the most memory"),
            bound: MOST,
            unit: " MiB",
            values: of_bistro.iter().map(memory).collect(),
            scale: format!("curl {:.1} MiB", middle(&of_curl, &memory)),
        },
    ])
}

/// Downloads it. What is in a file is on the disk afterwards, whoever wrote it.
fn once(command: &mut Command, file: Option<&Path>, octets: u64) -> Result<Ended> {
    let ended = watch(command, || {
        Ok(file.map_or(Ok(()), |file| File::open(file)?.sync_all())?)
    })?;
    let found = match file {
        None => ended.octets,
        Some(file) => {
            let found = fs::metadata(file)?.len();
            fs::remove_file(file)?;
            found
        }
    };
    ensure!(
        found == octets,
        "{command:?} got {found} octets instead of {octets}"
    );
    Ok(ended)
}

/// Whoever answers with this content.
fn hello(directory: &Path, name: &str, fields: &str, content: &[u8]) -> Result<Server> {
    let file = directory.join(format!("hello-{name}"));
    let mut answer = File::create(&file)?;
    write!(
        answer,
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n{fields}Content-Length: {}\r\n\r\n",
        content.len()
    )?;
    answer.write_all(content)?;
    drop(answer);
    let hello = Server::own(&["hello"], &file)?;
    // It has read it.
    fs::remove_file(&file)?;
    Ok(hello)
}

/// So many zeros, coded.
fn zeros(length: usize) -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let piece = vec![0; PIECE];
    runtime.block_on(async {
        let mut encoder = GzipEncoder::with_quality(Vec::new(), Level::Fastest);
        for _ in 0..length / PIECE {
            encoder.write_all(&piece).await?;
        }
        encoder.shutdown().await?;
        Ok(encoder.into_inner())
    })
}
