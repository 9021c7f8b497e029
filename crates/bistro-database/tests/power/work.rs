//! Writes of every kind, many at once, while what they do to files is recorded.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bistro_database::{Burden, Database, Durability, Error, Prepared, Settings, Transaction};
use bistro_dialect::{Exchange, Limits, Request};
use bistro_http::method::Method;
use bistro_plan::plan::{self, Plan};
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Access, Policy};
use bistro_plan::value::{Row, Sink};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use crate::random::Random;
use crate::vfs::{self, Act, Event};

/// Pages are as small as a sector, so that a short run fills many.
const SCHEMA: &str = "
    PRAGMA page_size = 512;
    PRAGMA journal_mode = WAL;
    CREATE TABLE parts (id INTEGER PRIMARY KEY, job INTEGER, part INTEGER, state INTEGER, filler TEXT, UNIQUE (job, part));
    CREATE TABLE jobs (job INTEGER PRIMARY KEY, parts INTEGER, state INTEGER);";

/// Those who write at once.
const WRITERS: usize = 12;

/// Jobs that each of them makes.
const JOBS: usize = 12;

/// How often they pause until the log was copied: while they write, a busy machine may never come to it.
const PAUSES: usize = 2;

/// How long a pause may be.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was recorded.
pub(crate) struct Work {
    /// The files before, by name.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) events: Vec<Event>,
    /// The writes that events tell of, by number.
    pub(crate) steps: Vec<Step>,
}

/// One write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) job: usize,
    pub(crate) state: State,
}

/// What is there of a job: so many parts, all in the same state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) parts: usize,
    pub(crate) state: usize,
}

impl Work {
    /// How often the log was copied into the file.
    pub(crate) fn checkpoints(&self) -> usize {
        self.events
            .iter()
            .filter(|event| is_checkpoint(event))
            .count()
    }

    /// How often the log was begun.
    pub(crate) fn beginnings(&self) -> usize {
        let events = self.events.iter();
        events
            .filter(|event| match event {
                Event::File { name, act } => {
                    name.ends_with("-wal") && matches!(act, Act::Write { offset: 0, .. })
                }
                Event::Sent(_) | Event::Answered(_) => false,
            })
            .count()
    }
}

/// Whether the log was copied into the file.
fn is_checkpoint(event: &Event) -> bool {
    match event {
        Event::File { name, act } => !name.ends_with("-wal") && matches!(act, Act::Sync { .. }),
        Event::Sent(_) | Event::Answered(_) => false,
    }
}

/// A directory in memory, where there is one: what is lost is decided here, so no disk needs to be waited for.
pub(crate) fn directory() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// Writes, and records it.
pub(crate) fn record(durability: Durability, seed: u64) -> Work {
    let directory = directory();
    let path = directory.path().join("power.db");
    Connection::open(&path)
        .and_then(|connection| connection.execute_batch(SCHEMA))
        .unwrap();
    let mut files = BTreeMap::new();
    files.insert("power.db".to_owned(), fs::read(&path).unwrap());
    let mut random = Random::new(seed);
    let steps: Arc<[Step]> = steps(&mut random).into();
    vfs::start(directory.path());
    let settings = Settings {
        durability,
        ..Settings::new(&path)
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::open(settings).unwrap();
        for round in 0..=PAUSES {
            let before = vfs::count(directory.path(), is_checkpoint);
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let (database, steps) = (database.clone(), Arc::clone(&steps));
                    let directory = directory.path().to_owned();
                    tokio::spawn(async move {
                        write(&database, &steps, (writer, round), &directory).await;
                    })
                })
                .collect();
            for writer in writers {
                writer.await.unwrap();
            }
            let copied = async {
                while vfs::count(directory.path(), is_checkpoint) == before {
                    sleep(Duration::from_millis(20)).await;
                }
            };
            timeout(PATIENCE, copied).await.expect("a log is copied");
            // What is left of it then is copied when nobody has written for half a second, and the log begins again.
            sleep(Duration::from_secs(1)).await;
        }
        database.close().await;
    });
    Work {
        files,
        events: vfs::stop(directory.path()),
        steps: steps.to_vec(),
    }
}

/// Each job is made, changed and removed, one after the other; the steps of a writer stand together.
fn steps(random: &mut Random) -> Vec<Step> {
    let mut steps = Vec::new();
    for job in 0..WRITERS * JOBS {
        // Now and then one that is too large to share a transaction.
        let parts = match random.below(12) {
            0..5 => 1,
            5..11 => 2 + random.below(40),
            _ => 250,
        };
        steps.push(Step {
            job,
            state: State { parts, state: 0 },
        });
        for state in 1..=random.below(3) {
            steps.push(Step {
                job,
                state: State { parts, state },
            });
        }
        if random.below(2) == 0 {
            steps.push(Step {
                job,
                state: State::default(),
            });
        }
    }
    steps
}

/// Takes the steps of a writer in one of the rounds.
async fn write(
    database: &Database,
    steps: &[Step],
    (writer, round): (usize, usize),
    directory: &Path,
) {
    for (number, step) in steps.iter().enumerate() {
        if step.job / JOBS != writer || step.job % (PAUSES + 1) != round {
            continue;
        }
        let programs = programs(database, *step);
        vfs::note(directory, Event::Sent(number));
        let version = database.catalog().version;
        let burden = Burden {
            octets: step.state.parts * 300,
            undoes_itself: programs.len() == 1 && programs[0].is_one_statement(),
        };
        let job = move |transaction: &Transaction<'_>| {
            for program in &programs {
                transaction.write(program, &mut Nothing)?;
            }
            Ok::<_, Error>(((), true))
        };
        database.write(version, burden, job).await.unwrap().unwrap();
        vfs::note(directory, Event::Answered(number));
    }
}

/// The statements of a step: one, or several that belong together.
fn programs(database: &Database, step: Step) -> Vec<Prepared> {
    let Step {
        job,
        state: State { parts, state },
    } = step;
    let filler = "x".repeat(250);
    if parts == 0 {
        return vec![
            program(
                database,
                Method::Delete,
                &format!("/parts?job=eq.{job}"),
                "",
            ),
            program(database, Method::Delete, &format!("/jobs?job=eq.{job}"), ""),
        ];
    }
    if state > 0 {
        let body = format!(r#"{{"state":{state}}}"#);
        return vec![
            program(
                database,
                Method::Patch,
                &format!("/parts?job=eq.{job}"),
                &body,
            ),
            program(
                database,
                Method::Patch,
                &format!("/jobs?job=eq.{job}"),
                &body,
            ),
        ];
    }
    let rows: Vec<String> = (0..parts)
        .map(|part| format!(r#"{{"job":{job},"part":{part},"state":0,"filler":"{filler}"}}"#))
        .collect();
    let rows = format!("[{}]", rows.join(","));
    let mut programs = vec![program(database, Method::Post, "/parts", &rows)];
    if parts > 1 {
        let whole = format!(r#"{{"job":{job},"parts":{parts},"state":0}}"#);
        programs.push(program(database, Method::Post, "/jobs", &whole));
    }
    programs
}

fn program(database: &Database, method: Method, url: &str, body: &str) -> Prepared {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let exchange = Exchange {
        method,
        path,
        query,
        content_type: Some("application/json"),
        body: body.as_bytes(),
        ..Exchange::default()
    };
    let limits = Limits::default();
    let request = Request::read(&exchange, &limits).unwrap();
    let policy = Policy {
        access: Access::Open,
        is_read_only: false,
        allows_unfiltered_writes: false,
        rows_max: None,
        limits,
    };
    let plan = plan::make(&request, &Principal::Anyone, &database.catalog(), &policy);
    match plan.unwrap() {
        Plan::Write(write) => Prepared::new(write),
        Plan::Read(_) | Plan::Call(_) => panic!("{url} is a write"),
    }
}

/// Takes no rows.
struct Nothing;

impl Sink for Nothing {
    fn row(&mut self, _: &dyn Row) -> ControlFlow<()> {
        panic!("nobody asked for rows")
    }
}
