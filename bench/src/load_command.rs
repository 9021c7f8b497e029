//! `bench load`: a load for a server that runs already.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

use crate::command::Load;
use crate::load::{Group, Outcome, Pace, Requests, Times, drive};
use crate::rounds::{CONNECTIONS, disturbed};
use crate::songs;

/// Asks, and tells how it was answered.
pub(crate) fn run(load: &Load) -> Result<String> {
    let mut fields = String::new();
    for field in &load.header {
        write!(fields, "{field}\r\n")?;
    }
    let (requests, usual) = asked(&load.what, load.rows, &fields)?;
    let mut groups = vec![Group {
        connections: load.connections,
        pace: load.rate.map_or(Pace::Closed, Pace::PerSecond),
        requests,
        status: load.status.unwrap_or(usual),
    }];
    if let Some(beside) = &load.beside {
        let (requests, status) = asked(beside, load.rows, &fields)?;
        groups.push(Group {
            connections: CONNECTIONS,
            pace: Pace::Closed,
            requests,
            status,
        });
    }
    let times = Times {
        warm_up: Duration::from_millis(300),
        measured: Duration::from_secs(load.seconds),
    };
    let outcomes = drive(load.address, load.pid, &groups, times)?;
    let told: Result<Vec<String>> = outcomes.iter().map(told).collect();
    Ok(told?.join("\n"))
}

/// What is asked, and the usual status of its answers.
fn asked(what: &str, rows: u64, fields: &str) -> Result<(Requests, u16)> {
    Ok(match what {
        "point" => (songs::point(rows)?, 200),
        "list" => (songs::list()?, 200),
        "scan" => (songs::scan()?, 200),
        "post" => (songs::post()?, 201),
        target => (Requests::with_fields(target, fields)?, 200),
    })
}

fn told(outcome: &Outcome) -> Result<String> {
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
    told += &disturbed([outcome]);
    if let Some(steady) = outcome.steady_latency(0.99) {
        write!(told, "; p99 {steady:.3} ms while it was not slow")?;
    }
    Ok(told)
}
