//! The thread that writes: what is queued goes into one transaction, each job in a savepoint of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::CachedStatement;

use crate::error::Error;
use crate::settings::Settings;
use crate::sqlite::error;
use crate::sqlite::execute::Session;
use crate::sqlite::introspect::schema_version;
use crate::sqlite::open::{Location, Opened, Purpose, open};
use crate::sqlite::queue::{Added, Queue};

/// How often an idle writer looks whether it is to end; closing wakes it at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// A write that waits.
pub(super) struct Job {
    /// Set when nobody waits for the answer: a job that has not begun by then never does.
    pub(super) abandoned: Arc<AtomicBool>,
    /// The schema it was planned for.
    pub(super) version: i64,
    /// Does it, or learns why it can't be done.
    pub(super) run: Run,
}

type Run = Box<dyn FnOnce(Result<&Session<'_>, Error>) -> Ran + Send>;

/// A job that has run.
pub(super) struct Ran {
    /// Whether its changes stay.
    pub(super) keeps: bool,
    /// Told how the transaction ended, it gives the answer. Only a job that keeps its changes cares.
    pub(super) answer: Box<dyn FnOnce(Result<(), Error>) + Send>,
}

/// The writer of one file.
pub(super) struct Writer {
    queue: Arc<Queue<Job>>,
    location: Location,
    settings: Settings,
    /// Whether one job could undo another of its batch.
    is_alone: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn new(location: Location, settings: Settings, is_alone: Arc<AtomicBool>) -> Self {
        let queue = Arc::new(Queue::new(settings.queue, 1));
        Self {
            queue,
            location,
            settings,
            is_alone,
        }
    }

    /// Queues a job; the first one starts the thread.
    ///
    /// # Errors
    /// Too much waits already, or the writer is closed.
    pub(super) fn submit(&self, job: Job) -> Result<(), Error> {
        match self.queue.add(job)? {
            Added::Taken => Ok(()),
            Added::StartThread => {
                let queue = Arc::clone(&self.queue);
                let (location, settings) = (self.location.clone(), self.settings.clone());
                let is_alone = Arc::clone(&self.is_alone);
                let started = thread::Builder::new()
                    .name("bistro-writer".to_owned())
                    .spawn(move || work(&queue, &location, &settings, &is_alone));
                started.map(drop).or_else(|_| self.queue.not_started())
            }
        }
    }

    /// Refuses new jobs; those that wait are done.
    pub(super) fn close(&self) {
        self.queue.close();
    }

    /// Waits for the thread of a closed writer.
    pub(super) fn join(&self) {
        self.queue.join();
    }
}

fn work(queue: &Queue<Job>, location: &Location, settings: &Settings, is_alone: &AtomicBool) {
    // Dropped last: the connection is closed when the thread counts as ended.
    let _life = queue.life();
    let mut opened: Option<Opened> = None;
    loop {
        let most = || {
            if is_alone.load(Ordering::Relaxed) {
                1
            } else {
                settings.jobs_per_transaction.max(1)
            }
        };
        let jobs = queue.take(most, PATIENCE, 1);
        if jobs.is_empty() {
            return;
        }
        let ready = match opened.take() {
            Some(ready) => Ok(ready),
            None => open(location, settings, Purpose::Write),
        };
        match ready {
            Ok(ready) => {
                Batch::run(&ready, jobs);
                opened = Some(ready).filter(|ready| ready.connection.is_autocommit());
            }
            Err(error) => jobs.into_iter().for_each(|job| refuse(job, &error)),
        }
    }
}

fn refuse(job: Job, error: &Error) {
    let ran = (job.run)(Err(error.clone()));
    (ran.answer)(Err(error.clone()));
}

/// A transaction that several jobs share.
struct Batch<'a> {
    opened: &'a Opened,
    /// The schema it sees; `None` while no transaction is open.
    version: Option<i64>,
    /// Jobs that have run in it.
    ran: Vec<Ran>,
}

impl<'a> Batch<'a> {
    /// Runs jobs and answers each of them.
    fn run(opened: &'a Opened, jobs: Vec<Job>) {
        let mut batch = Self {
            opened,
            version: None,
            ran: Vec::new(),
        };
        for job in jobs {
            if !job.abandoned.load(Ordering::Relaxed) {
                batch.add(job);
            }
        }
        batch.end();
    }

    fn add(&mut self, job: Job) {
        let version = match self.version.map_or_else(|| self.begin(), Ok) {
            Ok(version) => version,
            Err(error) => return refuse(job, &error),
        };
        if version != job.version {
            return refuse(job, &Error::Stale);
        }
        if let Err(error) = self.execute("SAVEPOINT job") {
            return refuse(job, &error);
        }
        self.opened.watch.begin(None);
        let ran = (job.run)(Ok(&Session::over(self.opened)));
        if self.opened.connection.is_autocommit() {
            // The database itself gave up the transaction: the disk is full, a statement ran too long, a trigger rolled
            // back. Nothing of those before is left.
            self.version = None;
            self.ran.push(ran);
            return self.answer(&Err(Error::Undone));
        }
        let released = if ran.keeps {
            self.execute("RELEASE job")
        } else {
            self.execute("ROLLBACK TO job")
                .and_then(|()| self.execute("RELEASE job"))
        };
        match released {
            Ok(()) => self.ran.push(ran),
            Err(error) => {
                self.ran.push(ran);
                self.undo(&error);
            }
        }
    }

    fn begin(&mut self) -> Result<i64, Error> {
        self.opened.watch.begin(None);
        self.execute("BEGIN IMMEDIATE")?;
        let version = schema_version(&self.opened.connection)
            .map_err(|failure| error::meaning(failure, None));
        match version {
            Ok(version) => {
                self.version = Some(version);
                Ok(version)
            }
            Err(error) => {
                self.undo(&error);
                Err(error)
            }
        }
    }

    /// Commits, which waits for the disk, and answers.
    fn end(mut self) {
        if self.version.is_none() {
            return self.answer(&Ok(()));
        }
        self.opened.watch.begin(None);
        if !self.ran.iter().any(|ran| ran.keeps) {
            let _nothing_to_lose = self.execute("ROLLBACK");
            return self.answer(&Ok(()));
        }
        match self.execute("COMMIT") {
            Ok(()) => self.answer(&Ok(())),
            Err(error) => self.undo(&error),
        }
    }

    fn undo(&mut self, error: &Error) {
        if !self.opened.connection.is_autocommit() {
            // Fails only if the connection is beyond help; then the thread opens another one.
            let _undone = self.execute("ROLLBACK");
        }
        self.version = None;
        self.answer(&Err(error.clone()));
    }

    fn answer(&mut self, end: &Result<(), Error>) {
        for ran in self.ran.drain(..) {
            (ran.answer)(end.clone());
        }
    }

    fn execute(&self, text: &str) -> Result<(), Error> {
        let run = |mut statement: CachedStatement<'_>| statement.execute([]).map(drop);
        self.opened
            .connection
            .prepare_cached(text)
            .and_then(run)
            .map_err(|failure| match error::meaning(failure, None) {
                Error::Interrupted => self.opened.watch.cause(),
                meaning => meaning,
            })
    }
}
