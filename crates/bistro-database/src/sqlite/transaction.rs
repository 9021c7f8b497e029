//! The thread that writes: jobs that wait go into one transaction and share its way to the disk, and each can be undone alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bistro_plan::sql::TOUCHED;

use crate::burden::Burden;
use crate::error::Error;
use crate::share::Share;
use crate::sqlite::answer::Wakes;
use crate::sqlite::backlog::{Backlog, Lane, Turn};
use crate::sqlite::checkpoint::{Checkpoints, Trouble};
use crate::sqlite::error;
use crate::sqlite::execute::Session;
use crate::sqlite::introspect::{self, Hazards};
use crate::sqlite::open::{Opened, Purpose};
use crate::sqlite::place::Place;
use crate::sqlite::queue::Added;
use crate::sqlite::watch::now;

/// How long jobs are added to a transaction before those in it are answered.
const BATCH_TIME: Duration = Duration::from_millis(5);

/// A write that waits.
pub(super) struct Job {
    /// Set when nobody waits for the answer: a job that has not begun by then never does.
    pub(super) abandoned: Arc<AtomicBool>,
    /// The schema it was planned for, if it was for any.
    pub(super) version: Option<i64>,
    /// What it lays upon the writer.
    pub(super) burden: Burden,
    /// Does it, or learns why it can't be done.
    pub(super) run: Run,
}

type Run = Box<dyn FnOnce(Result<&Session<'_>, Error>) -> Ran + Send>;

/// A job that has run.
pub(super) struct Ran {
    /// Whether its changes stay.
    pub(super) keeps: bool,
    /// Told how the transaction ended that the answer depends on, it gives the answer.
    pub(super) answer: GiveAnswer,
}

type GiveAnswer = Box<dyn FnOnce(Result<(), Error>, &mut Wakes) + Send>;

/// What in a schema makes jobs that share a transaction a danger to each other, as last read.
#[derive(Debug, Default)]
pub(super) struct Known {
    needs_own_transaction: AtomicBool,
    needs_savepoints: AtomicBool,
}

impl Known {
    /// Lets no job share a transaction with another, until more is learnt.
    fn separate(&self) {
        self.needs_own_transaction.store(true, Ordering::Relaxed);
    }

    pub(super) fn learn(&self, hazards: Hazards) {
        let Hazards {
            needs_own_transaction,
            needs_savepoints,
        } = hazards;
        self.needs_own_transaction
            .store(needs_own_transaction, Ordering::Relaxed);
        self.needs_savepoints
            .store(needs_savepoints, Ordering::Relaxed);
    }
}

/// The writer of one file.
pub(super) struct Writer {
    shared: Arc<Shared>,
}

struct Shared {
    backlog: Backlog<Job>,
    place: Arc<Place>,
    known: Arc<Known>,
    trouble: Trouble,
}

impl Writer {
    pub(super) fn new(place: Arc<Place>, known: Arc<Known>, trouble: Trouble) -> Self {
        let settings = place.settings();
        Self {
            shared: Arc::new(Shared {
                backlog: Backlog::new(settings.queue, settings.queue_octets),
                place,
                known,
                trouble,
            }),
        }
    }

    /// Queues a job; the first one starts the thread.
    ///
    /// # Errors
    /// Too much waits already, or the writer is closed.
    pub(super) fn submit(&self, job: Job) -> Result<(), Error> {
        let octets = job.burden.octets;
        match self.shared.backlog.add(job, octets)? {
            Added::Taken => Ok(()),
            Added::StartThread => {
                let shared = Arc::clone(&self.shared);
                let started = thread::Builder::new()
                    .name("bistro-writer".to_owned())
                    .spawn(move || shared.work());
                started
                    .map(drop)
                    .or_else(|_| self.shared.backlog.not_started())
            }
        }
    }

    /// Refuses new jobs; those that wait are done.
    pub(super) fn close(&self) {
        self.shared.backlog.close();
    }

    /// Waits for the threads of a closed writer.
    pub(super) fn join(&self) {
        self.shared.backlog.join();
    }
}

impl Shared {
    fn work(&self) {
        // Dropped last: every connection is closed when the thread counts as ended.
        let _life = self.backlog.life();
        Share::Writes.take();
        let slot = self.place.slot();
        let mut checkpoints = Checkpoints::new(Arc::clone(&self.place), self.trouble.clone());
        loop {
            let lane = match self.backlog.turn(checkpoints.patience()) {
                Turn::Of(lane) => lane,
                Turn::Idle => {
                    checkpoints.idle();
                    continue;
                }
                Turn::Over => return,
            };
            let mut held = slot.lock();
            let is_usable = match self.ready(&mut held, &checkpoints) {
                Ok(ready) => {
                    let is_usable = Batch::over(ready, self).run(lane);
                    checkpoints.after_transaction(ready);
                    is_usable
                }
                Err(error) => {
                    self.refuse_all(lane, &error);
                    true
                }
            };
            if !is_usable {
                *held = None;
            }
        }
    }

    fn ready<'a>(
        &self,
        held: &'a mut Option<Opened>,
        checkpoints: &Checkpoints,
    ) -> Result<&'a Opened, Error> {
        self.place.ready(held, Purpose::Write)?;
        if let Some(ready) = held {
            checkpoints.follow(ready)?;
        }
        held.as_ref().ok_or(Error::Replaced)
    }

    /// Refuses as many as would have shared a transaction: trying again for each takes as long as a lock is waited for.
    fn refuse_all(&self, lane: Lane, error: &Error) {
        for _ in 0..self.jobs_max(lane) {
            match self.backlog.next(lane) {
                Some(job) => refuse(job, error),
                None => return,
            }
        }
    }

    /// How many jobs may share a transaction.
    fn jobs_max(&self, lane: Lane) -> usize {
        if lane == Lane::Large || self.known.needs_own_transaction.load(Ordering::Relaxed) {
            1
        } else {
            self.place.settings().jobs_per_transaction.max(1)
        }
    }
}

fn refuse(job: Job, error: &Error) {
    let mut wakes = Wakes::default();
    let ran = (job.run)(Err(error.clone()));
    (ran.answer)(Err(error.clone()), &mut wakes);
    wakes.wake();
}

fn is_of_system(error: &Error) -> bool {
    matches!(error, Error::WriteProtected { .. } | Error::Io { .. })
}

/// A transaction that several jobs share.
struct Batch<'a> {
    opened: &'a Opened,
    shared: &'a Shared,
    /// The schema it sees; `None` while no transaction is open.
    version: Option<i64>,
    /// Jobs that have run in it.
    ran: Vec<Ran>,
    /// Whether the system has failed it: what it found, such as a log that may not be written, a connection takes for lasting.
    is_failed: bool,
}

/// How a job is undone without those that share its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Undoing {
    /// It shares it with nobody.
    Transaction,
    /// Its one statement leaves nothing behind if it fails. The changes counted before it tell whether that is so.
    Statement(u64),
    /// By a savepoint.
    Savepoint,
}

/// Whose doing the end of a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Everybody's.
    Common,
    /// The last job's, which knows best why it is refused.
    ByLast,
}

impl<'a> Batch<'a> {
    fn over(opened: &'a Opened, shared: &'a Shared) -> Self {
        Self {
            opened,
            shared,
            version: None,
            ran: Vec::new(),
            is_failed: false,
        }
    }

    /// Runs jobs and answers each of them. Those that come meanwhile are taken along. False: the connection is not one to go on
    /// with.
    fn run(mut self, lane: Lane) -> bool {
        let start = now();
        let mut count = 0;
        let mut most = self.shared.jobs_max(lane);
        while count < most
            && (count == 0 || start.elapsed() < BATCH_TIME)
            && let Some(job) = self.shared.backlog.next(lane)
        {
            if !job.abandoned.load(Ordering::Relaxed) {
                self.add(job, most);
                count += 1;
            }
            // A job may have shown that it is better alone.
            most = self.shared.jobs_max(lane);
        }
        self.end();
        !self.is_failed && self.opened.connection.is_autocommit()
    }

    fn add(&mut self, job: Job, most: usize) {
        let version = match self.version.map_or_else(|| self.begin(), Ok) {
            Ok(version) => version,
            Err(error) => return refuse(job, &error),
        };
        if job.version.is_some_and(|planned| planned != version) {
            return refuse(job, &Error::Stale);
        }
        let undoing = self.undoing(job.burden, most);
        if undoing == Undoing::Savepoint
            && let Err(error) = self.execute("SAVEPOINT job")
        {
            return refuse(job, &error);
        }
        self.opened.watch.begin(None);
        let ran = (job.run)(Ok(&Session::over(self.opened)));
        let keeps = ran.keeps;
        self.ran.push(ran);
        if self.opened.connection.is_autocommit() {
            // The database itself gave up the transaction: the disk is full, a statement ran too long, a trigger rolled
            // back. Nothing of those before is left.
            self.version = None;
            return self.answer(&Err(Error::Undone), End::ByLast);
        }
        match self.settle(undoing, keeps) {
            Ok(()) if !keeps && undoing != Undoing::Transaction && self.is_spoiled() => {
                // Each has its own from now on, until the file or its schema is another: only this once are others undone.
                self.shared.known.separate();
                self.undo(&Error::Undone, End::ByLast);
            }
            Ok(()) => {}
            Err(error) => self.undo(&error, End::ByLast),
        }
    }

    fn undoing(&self, burden: Burden, most: usize) -> Undoing {
        let may_leave_something = self.shared.known.needs_savepoints.load(Ordering::Relaxed);
        if most == 1 {
            Undoing::Transaction
        } else if burden.undoes_itself && !may_leave_something {
            Undoing::Statement(self.opened.connection.total_changes())
        } else {
            Undoing::Savepoint
        }
    }

    /// Keeps what the last job has changed, or undoes it.
    ///
    /// # Errors
    /// All of the transaction must be undone.
    fn settle(&self, undoing: Undoing, keeps: bool) -> Result<(), Error> {
        match (undoing, keeps) {
            (Undoing::Transaction, _) | (Undoing::Statement(_), true) => Ok(()),
            (Undoing::Statement(before), false) => {
                if self.opened.connection.total_changes() == before {
                    Ok(())
                } else {
                    // It left something after all.
                    Err(Error::Undone)
                }
            }
            (Undoing::Savepoint, true) => self.execute("RELEASE job"),
            (Undoing::Savepoint, false) => self
                .execute("ROLLBACK TO job")
                .and_then(|()| self.execute("RELEASE job")),
        }
    }

    fn begin(&mut self) -> Result<i64, Error> {
        self.opened.watch.begin(None);
        self.execute("BEGIN IMMEDIATE")
            .inspect_err(|error| self.is_failed |= is_of_system(error))?;
        let version =
            introspect::version(self.opened).map_err(|failure| error::meaning(failure, None));
        match version {
            Ok(version) => {
                self.version = Some(version);
                Ok(version)
            }
            Err(error) => {
                self.undo(&error, End::Common);
                Err(error)
            }
        }
    }

    /// Whether the last job has found the file damaged: SQLite then lets nothing more be written in the transaction, nor it be
    /// committed, whatever was undone since.
    fn is_spoiled(&self) -> bool {
        let nothing = format!("DELETE FROM temp.{TOUCHED} WHERE 0");
        matches!(self.execute(&nothing), Err(Error::Corrupt { .. }))
    }

    /// Commits, which waits for the disk, and answers.
    fn end(&mut self) {
        if self.version.is_none() {
            return self.answer(&Ok(()), End::Common);
        }
        self.opened.watch.begin(None);
        if !self.ran.iter().any(|ran| ran.keeps) {
            let _nothing_to_lose = self.execute("ROLLBACK");
            return self.answer(&Ok(()), End::Common);
        }
        let committed = self
            .shared
            .place
            .confirm(self.opened)
            .and_then(|()| self.execute("COMMIT"));
        match committed {
            Ok(()) => self.answer(&Ok(()), End::Common),
            Err(error) => self.undo(&error, End::Common),
        }
    }

    fn undo(&mut self, error: &Error, by: End) {
        self.is_failed |= is_of_system(error);
        if !self.opened.connection.is_autocommit() {
            // Fails only if the connection is beyond help; then the thread opens another one.
            let _undone = self.execute("ROLLBACK");
        }
        self.version = None;
        self.answer(&Err(error.clone()), by);
    }

    /// Answers each. A job that changes nothing may have seen what others have changed, such as the answer that was kept for a
    /// request which it repeats: if that comes to nothing, so does its own.
    fn answer(&mut self, end: &Result<(), Error>, by: End) {
        let mut wakes = Wakes::default();
        let last = self.ran.len().saturating_sub(1);
        let mut has_changes = false;
        for (place, ran) in self.ran.drain(..).enumerate() {
            let ended_it = by == End::ByLast && place == last;
            let depends = ran.keeps || has_changes && !ended_it;
            has_changes |= ran.keeps;
            let end = if depends { end.clone() } else { Ok(()) };
            (ran.answer)(end, &mut wakes);
        }
        wakes.wake();
    }

    fn execute(&self, text: &str) -> Result<(), Error> {
        self.opened
            .connection
            .finish(text)
            .map_err(|failure| match error::meaning(failure, None) {
                Error::Interrupted => self.opened.watch.cause(),
                meaning => meaning,
            })
    }
}
