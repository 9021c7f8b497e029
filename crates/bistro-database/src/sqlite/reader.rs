//! The threads that read, each on a connection of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::share::Share;
use crate::sqlite::error;
use crate::sqlite::execute::Session;
use crate::sqlite::generation::Header;
use crate::sqlite::introspect;
use crate::sqlite::open::{Opened, Purpose};
use crate::sqlite::place::Place;
use crate::sqlite::queue::{Added, Queue};

/// Idle threads that stay.
const CORE: usize = 2;

/// How long the others stay.
const PATIENCE: Duration = Duration::from_secs(10);

/// Work for a reading thread; told why, if there is no connection to do it on.
pub(super) struct Job {
    /// Set when nobody waits for the answer.
    pub(super) abandoned: Arc<AtomicBool>,
    /// Does it.
    pub(super) run: Run,
}

/// Does a job on a connection, or learns why there is none.
type Run = Box<dyn FnOnce(Result<&Opened, Error>) + Send>;

/// The readers of one file.
pub(super) struct Readers {
    queue: Arc<Queue<Job>>,
    place: Arc<Place>,
}

impl Readers {
    pub(super) fn new(place: Arc<Place>) -> Self {
        let settings = place.settings();
        let queue = Arc::new(Queue::new(settings.queue, settings.readers));
        Self { queue, place }
    }

    /// Has a thread do the job, starting one if none is free.
    ///
    /// # Errors
    /// Too much waits already, or the readers are closed.
    pub(super) fn submit(&self, job: Job) -> Result<(), Error> {
        match self.queue.add(job)? {
            Added::Taken => Ok(()),
            Added::StartThread => {
                let queue = Arc::clone(&self.queue);
                let place = Arc::clone(&self.place);
                let started = thread::Builder::new()
                    .name("bistro-reader".to_owned())
                    .spawn(move || work(&queue, &place));
                started.map(drop).or_else(|_| self.queue.not_started())
            }
        }
    }

    /// Refuses new jobs; those that wait are done.
    pub(super) fn close(&self) {
        self.queue.close();
    }

    /// Waits for the last thread of closed readers.
    pub(super) fn join(&self) {
        self.queue.join();
    }
}

fn work(queue: &Queue<Job>, place: &Arc<Place>) {
    // Dropped last: the connection is closed when the thread counts as ended.
    let _life = queue.life();
    Share::LongReads.take();
    let slot = place.slot();
    loop {
        let jobs = queue.take(|| 1, PATIENCE, CORE);
        if jobs.is_empty() {
            return;
        }
        for job in jobs {
            if job.abandoned.load(Ordering::Relaxed) {
                continue;
            }
            let mut held = slot.lock();
            match place.ready(&mut held, Purpose::Read) {
                Ok(ready) => {
                    ready.watch.begin(Some(job.abandoned));
                    (job.run)(Ok(ready));
                }
                Err(error) => (job.run)(Err(error)),
            }
            // A connection that is still in a transaction is not one to go on with.
            held.take_if(|ready| !ready.connection.is_autocommit());
        }
    }
}

/// Runs `job` in one snapshot, if the schema in it is that of `version`, or whatever it is.
pub(super) fn snapshot<T>(
    opened: &Opened,
    version: Option<i64>,
    job: impl FnOnce(&Session<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let generation = || opened.header.as_ref().map(Header::read);
    let before = generation();
    in_snapshot(opened, || {
        // The first statement takes the snapshot; everything after it sees the same database.
        let found = introspect::version(opened).map_err(|failure| error::meaning(failure, None))?;
        if version.is_some_and(|version| version != found) {
            return Err(Error::Stale);
        }
        // What is the newest state before and after is what was taken in between.
        let seen = before.filter(|before| generation() == Some(*before));
        job(&Session::over(opened).seeing(seen))
    })
}

/// Runs `job` in a reading transaction.
pub(super) fn in_snapshot<T>(
    opened: &Opened,
    job: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let execute = |text| {
        opened
            .connection
            .finish(text)
            .map_err(|failure| error::meaning(failure, None))
    };
    execute("BEGIN")?;
    let end = End { opened };
    let result = job();
    drop(end);
    result
}

/// Ends the transaction, also when a job panics.
struct End<'a> {
    opened: &'a Opened,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        // Nothing was written, so there is nothing that ending it could lose; and if it can't be ended, the thread drops
        // the connection.
        let _ended = self.opened.connection.finish("ROLLBACK");
    }
}
