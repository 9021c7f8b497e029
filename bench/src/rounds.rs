//! Cases in turn, A B C A B C …, so that whatever else the machine does meets all alike.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::load::{Group, Outcome, Pace, Requests, Times, drive};
use crate::process;
use crate::server::Server;

/// How long a measurement takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// How often each case is asked.
    pub(crate) rounds: usize,
    /// How long each time.
    pub(crate) times: Times,
    /// Whether large databases may be smaller, too.
    pub(crate) is_quick: bool,
}

impl Extent {
    /// What the figures are made with.
    pub(crate) fn full() -> Self {
        Self::new(5, 500, 2_000, false)
    }

    /// To see whether it works.
    pub(crate) fn quick() -> Self {
        Self::new(3, 200, 500, true)
    }

    fn new(rounds: usize, warm_up: u64, measured: u64, is_quick: bool) -> Self {
        Self {
            rounds,
            times: Times {
                warm_up: Duration::from_millis(warm_up),
                measured: Duration::from_millis(measured),
            },
            is_quick,
        }
    }
}

/// One load on one server.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    /// Who is asked.
    pub(crate) server: &'a Server,
    /// What, and how.
    pub(crate) group: Group,
}

impl<'a> Case<'a> {
    /// 64 connections that ask again once they are answered.
    pub(crate) fn closed(server: &'a Server, requests: Requests, status: u16) -> Self {
        let group = Group {
            connections: CONNECTIONS,
            pace: Pace::Closed,
            requests,
            status,
        };
        Self { server, group }
    }
}

/// Connections, unless a measurement is about their number.
pub(crate) const CONNECTIONS: usize = 64;

/// Asks all in turn. For each case, its outcomes.
pub(crate) fn in_turn(extent: &Extent, cases: &[Case<'_>]) -> Result<Vec<Vec<Outcome>>> {
    let mut outcomes = vec![Vec::new(); cases.len()];
    for _ in 0..extent.rounds {
        for (case, outcomes) in cases.iter().zip(&mut outcomes) {
            outcomes.push(once(extent, case)?);
        }
    }
    Ok(outcomes)
}

/// Asks one, once.
pub(crate) fn once(extent: &Extent, case: &Case<'_>) -> Result<Outcome> {
    let Case { server, group } = case;
    let groups = std::slice::from_ref(group);
    let outcomes = drive(server.address, Some(server.id()), groups, extent.times)?;
    process::settle(server.id())?;
    outcomes.into_iter().next().context("no outcome")
}

/// Does two things, the first one first if the number is even: what the one leaves behind meets both alike.
pub(crate) fn in_either_order<T>(
    number: usize,
    mut one: impl FnMut() -> Result<T>,
    mut other: impl FnMut() -> Result<T>,
) -> Result<(T, T)> {
    if number.is_multiple_of(2) {
        let first = one()?;
        return Ok((first, other()?));
    }
    let first = other()?;
    Ok((one()?, first))
}

/// Rates of the one to those of the other, round by round.
pub(crate) fn ratios(one: &[Outcome], other: &[Outcome]) -> Vec<f64> {
    let pairs = one.iter().zip(other);
    pairs
        .map(|(one, other)| one.rate() / other.rate())
        .collect()
}

/// The middle one; not a number if there is none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What the rates, the latencies and the server's work were, for the column that gives the scale.
pub(crate) fn scale(outcomes: &[Outcome]) -> String {
    let rate = median(outcomes.iter().map(Outcome::rate));
    if rate == 0.0 {
        return "not one answer within a round".to_owned();
    }
    let quantile = |part: f64| median(outcomes.iter().map(|outcome| outcome.latency(part)));
    format!(
        "{rate:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {:.1} µs{}",
        quantile(0.5),
        quantile(0.99),
        cost(outcomes),
        disturbed(outcomes)
    )
}

/// The server's processor time a request, in microseconds.
fn cost(outcomes: &[Outcome]) -> f64 {
    median(outcomes.iter().filter_map(Outcome::cost))
}

/// The same with what the ratio would be by processor time, which other work on the machine hardly changes.
pub(crate) fn scale_to(outcomes: &[Outcome], other: &[Outcome]) -> String {
    let by_cost = cost(other) / cost(outcomes);
    format!("{}; by cost {by_cost:.2}", scale(outcomes))
}

/// Says so where others had more than a twentieth of the client's core, or the machine was slow for more than a hundredth of the
/// time, which is what decides about the slowest hundredth of the answers.
pub(crate) fn disturbed<'a>(outcomes: impl IntoIterator<Item = &'a Outcome> + Clone) -> String {
    let share = median(outcomes.clone().into_iter().map(|outcome| outcome.share));
    let slow = median(outcomes.into_iter().map(|outcome| outcome.slow));
    let others =
        (share < 0.95).then(|| format!(", DISTURBED: {:.0} % of the client's core", share * 100.0));
    let host = (slow > 0.01).then(|| format!(", SLOW for {:.0} % of the time", slow * 100.0));
    [others, host].into_iter().flatten().collect()
}
