//! Power failures: the files as they could be left, and what is found in them.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Row};

use crate::random::Random;
use crate::vfs::{Act, Event};
use crate::work::{self, State, Step, Work};

/// What a disk writes at once, or not.
const SECTOR: usize = 512;

/// What becomes of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// All of it is lost.
    All,
    /// None of it: the system had written it by itself.
    Nothing,
    /// Each write and truncation is there, or not.
    Some,
    /// Each sector is there, or not, or half there, or garbage.
    Torn,
}

/// A moment in which the power fails, and how.
pub(crate) struct Failure<'a> {
    work: &'a Work,
    /// Events that have happened.
    moment: usize,
    loss: Loss,
    /// The files afterwards.
    files: BTreeMap<String, Vec<u8>>,
    /// Steps that were sent, and those that were answered, in order for each job.
    sent: Vec<bool>,
    answered: Vec<bool>,
}

/// What is found when the power is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// All that was answered, and nothing half.
    Everything,
    /// Something that was answered is not there.
    Lost(String),
    /// Something is half there, or the file is damaged.
    Broken(String),
}

/// Every failure that is tried of a recording.
pub(crate) struct Failures<'a> {
    work: &'a Work,
    random: Random,
    next: usize,
    disks: BTreeMap<String, Disk>,
    sent: Vec<bool>,
    answered: Vec<bool>,
    /// Those of the present moment.
    losses: Vec<Loss>,
}

/// A file: what is on disk, and what is not known to be.
#[derive(Clone, Debug, Default)]
struct Disk {
    synced: Option<Vec<u8>>,
    pending: Vec<(usize, Act)>,
}

impl<'a> Failures<'a> {
    pub(crate) fn of(work: &'a Work, seed: u64) -> Self {
        let disk = |octets: &Vec<u8>| Disk {
            synced: Some(octets.clone()),
            pending: Vec::new(),
        };
        let files = work.files.iter();
        Self {
            work,
            random: Random::new(seed.wrapping_add(1)),
            next: 0,
            disks: files
                .map(|(name, octets)| (name.clone(), disk(octets)))
                .collect(),
            sent: vec![false; work.steps.len()],
            answered: vec![false; work.steps.len()],
            losses: Vec::new(),
        }
    }

    /// Lets the next event happen; the failures tried after it.
    fn happen(&mut self, event: &Event) -> Vec<Loss> {
        let number = self.next;
        self.next += 1;
        match event {
            Event::Sent(step) => {
                self.sent[*step] = true;
                Vec::new()
            }
            Event::Answered(step) => {
                self.answered[*step] = true;
                self.mostly(&[Loss::All], Loss::Torn)
            }
            Event::File {
                name,
                act: Act::Sync { covers },
            } => {
                self.disks.entry(name.clone()).or_default().sync(*covers);
                self.mostly(&[Loss::Some], Loss::All)
            }
            Event::File { name, act } => {
                let disk = self.disks.entry(name.clone()).or_default();
                disk.pending.push((number, act.clone()));
                // The moment before a sync is the one in which most can be lost.
                let is_synced_next = matches!(
                    self.work.events.get(self.next),
                    Some(Event::File {
                        act: Act::Sync { .. },
                        ..
                    })
                );
                if is_synced_next {
                    self.mostly(&[Loss::Torn], Loss::Nothing)
                } else if self.random.below(40) == 0 {
                    vec![Loss::Torn]
                } else {
                    Vec::new()
                }
            }
        }
    }

    /// Some failures, and another one now and then.
    fn mostly(&mut self, losses: &[Loss], rarely: Loss) -> Vec<Loss> {
        let mut losses = losses.to_vec();
        if self.random.below(3) == 0 {
            losses.push(rarely);
        }
        losses
    }
}

impl<'a> Iterator for Failures<'a> {
    type Item = Failure<'a>;

    fn next(&mut self) -> Option<Failure<'a>> {
        let work = self.work;
        loop {
            if let Some(loss) = self.losses.pop() {
                let mut random = self.random.fork();
                let left = |(name, disk): (&String, &Disk)| {
                    Some((name.clone(), disk.left(loss, &mut random)?))
                };
                return Some(Failure {
                    work,
                    moment: self.next,
                    loss,
                    files: self.disks.iter().filter_map(left).collect(),
                    sent: self.sent.clone(),
                    answered: self.answered.clone(),
                });
            }
            let event = work.events.get(self.next)?;
            self.losses = self.happen(event);
        }
    }
}

impl Disk {
    /// All that happened before this event is on disk now.
    fn sync(&mut self, covers: usize) {
        let later = self.pending.partition_point(|(number, _)| *number < covers);
        for (_, act) in self.pending.drain(..later) {
            apply(&mut self.synced, &act);
        }
    }

    /// The file as a failure leaves it; `None` if it is not there.
    fn left(&self, loss: Loss, random: &mut Random) -> Option<Vec<u8>> {
        let mut file = self.synced.clone();
        for (_, act) in &self.pending {
            match (loss, act) {
                (Loss::All, _) => {}
                (Loss::Nothing, act) => apply(&mut file, act),
                (Loss::Torn, Act::Write { offset, octets }) => {
                    tear(&mut file, *offset, octets, random);
                }
                (Loss::Some | Loss::Torn, act) => {
                    if random.below(2) == 0 {
                        apply(&mut file, act);
                    }
                }
            }
        }
        file
    }
}

fn apply(file: &mut Option<Vec<u8>>, act: &Act) {
    match act {
        Act::Write { offset, octets } => put(file, *offset, octets),
        Act::Truncate(size) => file.get_or_insert_default().resize(*size, 0),
        Act::Remove => *file = None,
        Act::Sync { .. } => {}
    }
}

fn put(file: &mut Option<Vec<u8>>, offset: usize, octets: &[u8]) {
    let file = file.get_or_insert_default();
    let end = offset + octets.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(octets);
}

/// Writes sector by sector, each of them as it comes. What a write does not touch stays as it is: SQLite counts on that
/// (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`).
fn tear(file: &mut Option<Vec<u8>>, offset: usize, octets: &[u8], random: &mut Random) {
    let mut start = 0;
    while start < octets.len() {
        let end = octets.len().min(start + SECTOR - (offset + start) % SECTOR);
        let sector = &octets[start..end];
        match random.below(8) {
            0..4 => put(file, offset + start, sector),
            4..6 => {}
            6 => put(
                file,
                offset + start,
                &sector[..random.below(sector.len() + 1)],
            ),
            _ => {
                let garbage: Vec<u8> = sector.iter().map(|_| random.octet()).collect();
                put(file, offset + start, &garbage);
            }
        }
        start = end;
    }
}

impl Failure<'_> {
    /// Turns the power on again, and looks.
    pub(crate) fn happens(&self) -> Found {
        let directory = work::directory();
        for (name, octets) in &self.files {
            fs::write(directory.path().join(name), octets).unwrap();
        }
        let path = directory.path().join("power.db");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let found = Connection::open_with_flags_and_vfs(path, flags, "unix")
            .and_then(|connection| look(&connection));
        match found {
            Ok((whole, there)) if whole == "ok" => self.compare(&there),
            Ok((damage, _)) => Found::Broken(damage),
            Err(failure) => Found::Broken(failure.to_string()),
        }
    }

    fn compare(&self, there: &BTreeMap<usize, State>) -> Found {
        let mut answered: BTreeMap<usize, State> = BTreeMap::new();
        let mut possible: BTreeMap<usize, Vec<State>> = BTreeMap::new();
        for (number, Step { job, state }) in self.work.steps.iter().enumerate() {
            if self.answered[number] {
                answered.insert(*job, *state);
            }
            if self.sent[number] {
                possible.entry(*job).or_default().push(*state);
            }
        }
        for (job, state) in there {
            if !possible
                .get(job)
                .is_some_and(|states| states.contains(state))
            {
                return Found::Broken(format!("job {job} is {state:?}"));
            }
        }
        for (job, states) in &possible {
            let found = there.get(job).copied().unwrap_or_default();
            let answered = answered.get(job).copied();
            // The last that was sent may be there without having been answered.
            let is_last = states.last() == Some(&found);
            if !is_last && found != answered.unwrap_or_default() {
                return Found::Lost(format!("job {job} is {found:?}, not {answered:?}"));
            }
        }
        Found::Everything
    }
}

/// What `integrity_check` says, and what is there of each job.
fn look(connection: &Connection) -> rusqlite::Result<(String, BTreeMap<usize, State>)> {
    // Nobody will want these files again.
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let whole = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    // A job of several parts has a row of its own, which says the same.
    let mut jobs = connection.prepare(
        "SELECT job, count(*), min(parts.state), max(parts.state) = min(parts.state) AND
             (count(*) = 1 OR (count(*), max(parts.state)) = (SELECT parts, state FROM jobs WHERE jobs.job = parts.job))
         FROM parts GROUP BY job
         UNION ALL SELECT job, 0, 0, 0 FROM jobs WHERE job NOT IN (SELECT job FROM parts)",
    )?;
    let mut there = BTreeMap::new();
    let mut rows = jobs.query([])?;
    while let Some(row) = rows.next()? {
        let is_whole: bool = row.get(3)?;
        if !is_whole {
            let job = number(row, 0)?;
            return Ok((format!("half of job {job} is there"), there));
        }
        let state = State {
            parts: number(row, 1)?,
            state: number(row, 2)?,
        };
        there.insert(number(row, 0)?, state);
    }
    Ok((whole, there))
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<usize> {
    let number: i64 = row.get(column)?;
    Ok(usize::try_from(number).unwrap())
}

impl Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            work, moment, loss, ..
        } = self;
        let last = moment.checked_sub(1).and_then(|last| work.events.get(last));
        write!(f, "after {moment} of {} events, ", work.events.len())?;
        match last {
            Some(Event::File { name, act }) => match act {
                Act::Write { offset, octets } => {
                    write!(f, "a write of {} to {name} at {offset}", octets.len())?;
                }
                Act::Truncate(_) | Act::Sync { .. } | Act::Remove => {
                    write!(f, "{act:?} of {name}")?;
                }
            },
            Some(event) => write!(f, "{event:?}")?,
            None => {}
        }
        write!(f, ", losing {loss:?}")
    }
}
