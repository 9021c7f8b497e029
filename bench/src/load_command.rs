//! `bench load`: a load for a server that runs already.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::command::Load;
use crate::load::{Group, Pace, Requests, Times, drive};
use crate::songs;

/// Asks, and tells how it was answered.
pub(crate) fn run(load: &Load) -> Result<String> {
    let mut fields = String::new();
    for field in &load.header {
        write!(fields, "{field}\r\n")?;
    }
    let (requests, usual) = match load.what.as_str() {
        "point" => (songs::point(load.rows)?, 200),
        "list" => (songs::list()?, 200),
        "scan" => (songs::scan()?, 200),
        "post" => (songs::post()?, 201),
        target => (Requests::with_fields(target, &fields)?, 200),
    };
    let group = Group {
        connections: load.connections,
        pace: load.rate.map_or(Pace::Closed, Pace::PerSecond),
        requests,
        status: load.status.unwrap_or(usual),
    };
    let times = Times {
        warm_up: Duration::from_millis(300),
        measured: Duration::from_secs(load.seconds),
    };
    let outcomes = drive(load.address, load.pid, &[group], times)?;
    let outcome = outcomes.first().context("no outcome")?;
    let mut told = format!(
        "{:.0} requests/s, {} octets of content each; p50 {:.3} ms, p99 {:.3} ms, max {:.3} ms",
        outcome.rate(),
        outcome.content / outcome.answers.max(1),
        outcome.latency(0.5),
        outcome.latency(0.99),
        outcome.latency(1.0),
    );
    if let Some(cost) = outcome.cost() {
        write!(told, "; {cost:.2} µs of the server's processor time each")?;
    }
    Ok(told)
}
