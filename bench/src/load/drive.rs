//! Asks a server for some seconds, on connections that are kept, and tells how it answered.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token};

use crate::clock::{float, nanos, now};
use crate::load::connection::Connection;
use crate::load::pulse::{Pulse, Slow};
use crate::load::requests::Requests;
use crate::process;

/// Where answers are received.
const ROOM: usize = 256 * 1024;

/// Answers that are taken before anything else is looked at, where there is nothing else.
const ALONE: usize = 1024;

/// The same with several groups. Neither a request whose time has come nor an answer that has arrived is to wait for the client, which
/// needs some 7 µs for each answer and the next request.
const BESIDE: usize = 1;

/// How long is waited for the last answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often each request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Each connection asks again once it is answered.
    Closed,
    /// So many requests a second, whether they are answered or not. The latency of one counts from when it should have
    /// been sent.
    PerSecond(u32),
}

/// Connections that ask the same kind of question.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// How many.
    pub(crate) connections: usize,
    /// How often.
    pub(crate) pace: Pace,
    /// What they ask.
    pub(crate) requests: Requests,
    /// The status that each answer must have.
    pub(crate) status: u16,
}

/// How long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// Before anything counts.
    pub(crate) warm_up: Duration,
    /// What counts.
    pub(crate) measured: Duration,
}

/// How a group was answered.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// Answers in the time measured.
    pub(crate) answers: u64,
    /// The time measured, in seconds.
    pub(crate) seconds: f64,
    /// Octets of content of these answers.
    pub(crate) content: u64,
    /// The processor time that the server has used in that time, for all groups.
    pub(crate) cpu: Option<Duration>,
    /// How much of that time the client had its core, of 1. It never sleeps: what is missing, others have taken, and the
    /// server's core is hardly better off.
    pub(crate) share: f64,
    /// In how much of that time the machine did everything several times as slowly as usual, of 1.
    pub(crate) slow: f64,
    latencies: Histogram<u64>,
    /// The same of requests at a fixed rate that were not due when it was.
    steady: Histogram<u64>,
}

impl Outcome {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        float(self.answers) / self.seconds
    }

    /// The latency that `part` of the requests do not exceed, in milliseconds.
    pub(crate) fn latency(&self, part: f64) -> f64 {
        float(self.latencies.value_at_quantile(part)) / 1e6
    }

    /// The same of requests at a fixed rate that were not due while the machine was slow; `None` where there were none.
    pub(crate) fn steady_latency(&self, part: f64) -> Option<f64> {
        let latency = float(self.steady.value_at_quantile(part)) / 1e6;
        (!self.steady.is_empty()).then_some(latency)
    }

    /// The server's processor time a request, in microseconds.
    pub(crate) fn cost(&self) -> Option<f64> {
        Some(self.cpu?.as_secs_f64() * 1e6 / float(self.answers.max(1)))
    }
}

/// Connections of a group and how they are being answered.
struct Running {
    group: Group,
    /// What has arrived for whom. Each group has its own, or the answers of one would wait behind those of the others.
    poll: Poll,
    connections: Vec<Connection>,
    /// Those without a request under way.
    idle: Vec<usize>,
    /// When requests that wait for a connection should have been sent.
    late: VecDeque<Instant>,
    /// When the next one is due.
    due: Instant,
    /// When requests at a fixed rate were due, and how long they took, in nanoseconds.
    timed: Vec<(Instant, u64)>,
    outcome: Outcome,
}

/// Asks `address`, whose `process` is looked at for its processor time, and tells the outcome of each group.
pub(crate) fn drive(
    address: SocketAddr,
    process: Option<u32>,
    groups: &[Group],
    times: Times,
) -> Result<Vec<Outcome>> {
    let running: Result<Vec<Running>> = groups
        .iter()
        .map(|group| Running::open(group.clone(), address))
        .collect();
    let mut running = running?;
    let at_once = if groups.len() == 1 { ALONE } else { BESIDE };
    let mut turn = Turn {
        events: Events::with_capacity(at_once),
        room: vec![0; ROOM],
        request: Vec::new(),
        start: now() + times.warm_up,
        end: now() + times.warm_up + times.measured,
    };
    let own = std::process::id();
    let mut pulse = Pulse::from(turn.start);
    let mut before = None;
    loop {
        let at = now();
        if at >= turn.start && before.is_none() {
            before = Some((at, cpu_time(process)?, process::cpu_time(own)?));
        }
        if at >= turn.end {
            break;
        }
        pulse.beat(at);
        for running in &mut running {
            turn.ask(running)?;
            turn.listen(running)?;
        }
    }
    let (from, cpu_before, own_before) = before.context("no time was measured")?;
    let (seconds, cpu_after) = (from.elapsed().as_secs_f64(), cpu_time(process)?);
    let share = process::cpu_time(own)?
        .saturating_sub(own_before)
        .as_secs_f64()
        / seconds;
    turn.finish(&mut running)?;
    let slow = pulse.slow();
    for running in &mut running {
        running.keep_steady(&slow)?;
    }
    let outcomes = running.into_iter().map(|running| Outcome {
        seconds,
        share,
        slow: slow.share,
        cpu: cpu_before
            .zip(cpu_after)
            .map(|(before, after)| after.saturating_sub(before)),
        ..running.outcome
    });
    Ok(outcomes.collect())
}

fn cpu_time(process: Option<u32>) -> Result<Option<Duration>> {
    process.map(process::cpu_time).transpose()
}

impl Running {
    fn open(group: Group, address: SocketAddr) -> Result<Self> {
        let poll = Poll::new()?;
        let open = |number| {
            let mut connection = Connection::open(address, None)?;
            let stream = connection.stream();
            poll.registry()
                .register(stream, Token(number), Interest::READABLE)?;
            anyhow::Ok(connection)
        };
        let connections: Result<Vec<Connection>> = (0..group.connections).map(open).collect();
        Ok(Self {
            connections: connections?,
            poll,
            idle: (0..group.connections).collect(),
            late: VecDeque::new(),
            due: now(),
            timed: Vec::new(),
            group,
            outcome: Outcome {
                answers: 0,
                seconds: 0.0,
                content: 0,
                cpu: None,
                share: 1.0,
                slow: 0.0,
                latencies: Histogram::new(3)?,
                steady: Histogram::new(3)?,
            },
        })
    }

    /// Counts a request that took so long.
    fn record(&mut self, since: Instant, latency: Duration) -> Result<()> {
        let latency = nanos(latency);
        self.outcome.latencies.record(latency)?;
        if self.group.pace != Pace::Closed {
            self.timed.push((since, latency));
        }
        Ok(())
    }

    /// Counts again what was not due while the machine was slow.
    fn keep_steady(&mut self, slow: &Slow) -> Result<()> {
        for (due, latency) in &self.timed {
            if !slow.touches(*due) {
                self.outcome.steady.record(*latency)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, number: usize, since: Instant, request: &mut Vec<u8>) -> Result<()> {
        request.clear();
        self.group.requests.next(request);
        self.connections[number].send(request, since)
    }

    /// Sends what waits for a connection, as far as there are any.
    fn send_late(&mut self, request: &mut Vec<u8>) -> Result<()> {
        while let Some(since) = self.late.front().copied() {
            let Some(number) = self.idle.pop() else {
                break;
            };
            self.late.pop_front();
            self.send(number, since, request)?;
        }
        Ok(())
    }
}

/// What one turn of the loop needs.
struct Turn {
    events: Events,
    room: Vec<u8>,
    request: Vec<u8>,
    start: Instant,
    end: Instant,
}

impl Turn {
    /// Sends what is due.
    fn ask(&mut self, running: &mut Running) -> Result<()> {
        match running.group.pace {
            Pace::Closed => {
                while let Some(number) = running.idle.pop() {
                    running.send(number, now(), &mut self.request)?;
                }
            }
            Pace::PerSecond(rate) => {
                let at = now();
                while running.due <= at {
                    running.late.push_back(running.due);
                    running.due += Duration::from_secs(1) / rate;
                }
                running.send_late(&mut self.request)?;
            }
        }
        Ok(())
    }

    /// Takes what has arrived. A connection of a closed group asks again at once.
    fn listen(&mut self, running: &mut Running) -> Result<()> {
        running.poll.poll(&mut self.events, Some(Duration::ZERO))?;
        for event in &self.events {
            let number = event.token().0;
            let connection = &mut running.connections[number];
            let Some(answer) = connection.receive(&mut self.room)? else {
                continue;
            };
            let since = connection.since.take().context("no request")?;
            let at = now();
            ensure!(
                answer.status == running.group.status,
                "the status {} instead of {}",
                answer.status,
                running.group.status
            );
            // A request at a fixed rate counts when it was due, however late its answer; others when they are answered.
            let counted = match running.group.pace {
                Pace::Closed => at,
                Pace::PerSecond(_) => since,
            };
            if (self.start..self.end).contains(&counted) {
                running.outcome.answers += 1;
                running.outcome.content += answer.content;
                running.record(since, at - since)?;
            }
            if running.group.pace == Pace::Closed && at < self.end {
                running.send(number, at, &mut self.request)?;
            } else {
                running.idle.push(number);
            }
        }
        Ok(())
    }

    /// Waits for the answers that are still to come.
    fn finish(&mut self, running: &mut [Running]) -> Result<()> {
        let until = now() + PATIENCE;
        let is_under_way = |running: &Running| {
            !running.late.is_empty() || running.idle.len() < running.connections.len()
        };
        while running.iter().any(is_under_way) {
            if now() > until {
                return self.give_up(running);
            }
            for running in running.iter_mut() {
                running.send_late(&mut self.request)?;
                self.listen(running)?;
            }
        }
        Ok(())
    }

    /// Counts what is not answered at all as answered now: to leave it out would flatter whoever is slowest.
    fn give_up(&self, running: &mut [Running]) -> Result<()> {
        let at = now();
        for running in running {
            if running.group.pace == Pace::Closed {
                continue;
            }
            let under_way = running.connections.iter().filter_map(|one| one.since);
            let left: Vec<Instant> = under_way.chain(running.late.iter().copied()).collect();
            for since in left {
                if (self.start..self.end).contains(&since) {
                    running.record(since, at - since)?;
                }
            }
        }
        Ok(())
    }
}
