//! Checkpoints: what the write-ahead log holds is copied into the file, off the way of commits, and so often that the log stays
//! short.
//!
//! A thread of its own copies each time the log has grown. While writes never stop it never quite reaches the end of the log, and
//! only a log that is copied to its end is begun again; so from a length on the writer does the rest itself, between two
//! transactions.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, Error as Failure, ErrorCode};
use tokio::sync::watch;

use crate::error::Error;
use crate::sqlite::error;
use crate::sqlite::log::Log;
use crate::sqlite::open::{Opened, Purpose};
use crate::sqlite::patience;
use crate::sqlite::place::Place;
use crate::sqlite::watch::now;

/// Pages by which the log grows until it is copied. SQLite would wait for a thousand; half as many keep the system, and with it short
/// reads, busy for half as long.
const STEP: u32 = 500;

/// Pages from which on the writer sees to it that the log is begun again, 33 MB of them.
pub(super) const LONG: u32 = 8_000;

/// How long the writer then waits for those who still read the log; it doubles each time that this was not enough.
const READERS_PATIENCE: Duration = Duration::from_millis(10);

/// The most that it doubles to. Who reads for longer lets the log grow.
const READERS_PATIENCE_MAX: Duration = Duration::from_millis(250);

/// How often it looks whether they are gone.
const READERS_LOOKED_AFTER: Duration = Duration::from_millis(1);

/// How long nothing is written until what is left in the log is copied; it doubles while readers keep that from being all.
const QUIET: Duration = Duration::from_millis(500);

/// The most that it doubles to.
const QUIET_MAX: Duration = Duration::from_mins(1);

/// Why checkpoints do not work; `None` while they do.
pub(super) type Trouble = watch::Sender<Option<Error>>;

/// The writer's side of checkpoints.
pub(super) struct Checkpoints {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Pages of the log when it was last seen.
    seen: u32,
    /// Pages from which on the thread is asked to copy.
    ask_at: u32,
    /// Pages from which on the writer does it itself.
    own_at: u32,
    /// How long it then waits for readers.
    patience: Duration,
    quiet: Duration,
}

struct Shared {
    place: Arc<Place>,
    log: Arc<Log>,
    trouble: Trouble,
    wanted: Mutex<Wanted>,
    changed: Condvar,
    /// Held by whoever copies.
    copying: Mutex<()>,
}

/// What the thread is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Nothing,
    /// Copy what can be copied.
    Copy,
    /// Nothing is written now: leave nothing behind, and give back the room of a long log.
    TidyUp,
    /// End.
    End,
}

impl Checkpoints {
    pub(super) fn new(place: Arc<Place>, trouble: Trouble) -> Self {
        Self {
            shared: Arc::new(Shared {
                place,
                log: Arc::default(),
                trouble,
                wanted: Mutex::new(Wanted::Nothing),
                changed: Condvar::new(),
                copying: Mutex::new(()),
            }),
            thread: None,
            seen: 0,
            ask_at: STEP,
            own_at: LONG,
            patience: READERS_PATIENCE,
            quiet: QUIET,
        }
    }

    /// Follows the commits of the writer's connection, if it does not yet.
    ///
    /// # Errors
    /// The connection cannot be used.
    pub(super) fn follow(&self, opened: &mut Opened) -> Result<(), Error> {
        if mem::replace(&mut opened.is_followed, true) {
            return Ok(());
        }
        let log = Arc::clone(&self.shared.log);
        // It takes the place of SQLite's own checkpoints, which are part of a commit.
        opened
            .connection
            .follow(move |pages| log.committed(pages))
            .map_err(|failure| error::meaning(failure, None))
    }

    /// How long the writer should wait for work before it calls [`Checkpoints::idle`]; `None` if there is nothing to do then.
    pub(super) fn patience(&self) -> Option<Duration> {
        (!self.shared.log.is_copied()).then_some(self.quiet)
    }

    /// A transaction has ended.
    pub(super) fn after_transaction(&mut self, opened: &Opened) {
        let pages = self.shared.log.pages();
        if pages < self.seen {
            // It was begun again.
            self.ask_at = STEP;
            self.own_at = LONG;
            self.patience = READERS_PATIENCE;
        }
        self.seen = pages;
        self.quiet = QUIET;
        if pages >= self.own_at {
            self.begin_again(opened);
            // Where readers keep it from being begun again, trying costs more the longer it is.
            self.own_at = pages.saturating_add(pages / 8);
            self.patience = self.patience.saturating_mul(2).min(READERS_PATIENCE_MAX);
        } else if pages >= self.ask_at {
            self.ask_at = pages.saturating_add(STEP);
            self.ask(Wanted::Copy);
        }
    }

    /// Nothing was written for a while.
    pub(super) fn idle(&mut self) {
        self.quiet = self.quiet.saturating_mul(2).min(QUIET_MAX);
        self.ask(Wanted::TidyUp);
    }

    /// Copies the log to its end, so that the next transaction begins it again.
    fn begin_again(&self, opened: &Opened) {
        let shared = &self.shared;
        let _alone = lock(&shared.copying);
        let commits = shared.log.commits();
        let copied = self.copy_to_its_end(&opened.connection);
        let restored = patience::set(&opened.connection, shared.place.settings().busy_timeout);
        shared.tell(commits, copied.and_then(|is_all| restored.map(|()| is_all)));
    }

    /// Whether nobody reads the log any more, so that it can be begun again.
    ///
    /// First what readers of older pages let be copied, again and again until they are gone: who begins to read meanwhile is in
    /// the way only of SQLite's own waiting. Once all is copied, new readers do without the log, and only those of before are
    /// waited for.
    fn copy_to_its_end(&self, connection: &Connection) -> Result<bool, Failure> {
        let start = now();
        while !checkpoint(connection, CheckpointMode::PASSIVE)? {
            if start.elapsed() > self.patience {
                return Ok(false);
            }
            thread::park_timeout(READERS_LOOKED_AFTER);
        }
        patience::set(connection, self.patience)?;
        checkpoint(connection, CheckpointMode::RESTART)
    }

    fn ask(&mut self, wanted: Wanted) {
        {
            let mut now = lock(&self.shared.wanted);
            *now = wanted;
        }
        if self.thread.is_some() {
            return self.shared.changed.notify_one();
        }
        let shared = Arc::clone(&self.shared);
        let started = thread::Builder::new()
            .name("bistro-checkpoint".to_owned())
            .spawn(move || shared.work());
        match started {
            Ok(thread) => self.thread = Some(thread),
            // It is tried again at the next step, and the writer does it at the end.
            Err(reason) => self.shared.report(Some(Error::Io {
                doing: "preparing to tidy up the log of",
                reason: reason.to_string(),
            })),
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            *lock(&self.shared.wanted) = Wanted::End;
            self.shared.changed.notify_one();
            // It fails only if the thread panicked, and then it has ended, too.
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn work(&self) {
        // At the writer's priority, which starts this thread and may wait for it.
        let slot = self.place.slot();
        loop {
            let wanted = self.next();
            if wanted == Wanted::End {
                return;
            }
            let mut held = slot.lock();
            let is_usable = match self.place.ready(&mut held, Purpose::Checkpoint) {
                Ok(ready) => {
                    // Not before: while another file is opened the writer may wait for this, and its connection for being closed.
                    let _alone = lock(&self.copying);
                    self.copy(&ready.connection, wanted)
                }
                // Another file is being opened: its log is another one.
                Err(Error::Replaced) => true,
                Err(error) => {
                    self.report(Some(error));
                    true
                }
            };
            if !is_usable {
                *held = None;
            }
        }
    }

    fn next(&self) -> Wanted {
        let mut wanted = lock(&self.wanted);
        while *wanted == Wanted::Nothing {
            wanted = self
                .changed
                .wait(wanted)
                .unwrap_or_else(PoisonError::into_inner);
        }
        match *wanted {
            Wanted::End => Wanted::End,
            Wanted::Nothing | Wanted::Copy | Wanted::TidyUp => {
                mem::replace(&mut *wanted, Wanted::Nothing)
            }
        }
    }

    /// Whether the connection can be used again.
    fn copy(&self, connection: &Connection, wanted: Wanted) -> bool {
        let commits = self.log.commits();
        let copied = checkpoint(connection, CheckpointMode::PASSIVE);
        let is_usable = copied.is_ok();
        let is_long = self.log.longest() > STEP;
        if wanted == Wanted::TidyUp && is_long && matches!(copied, Ok(true)) {
            // All is copied, so whoever begins to write now waits for no more than this.
            let cut = checkpoint(connection, CheckpointMode::TRUNCATE);
            if matches!(cut, Ok(true)) {
                self.log.truncated();
            }
            self.tell(commits, cut);
        } else {
            self.tell(commits, copied);
        }
        is_usable
    }

    /// Takes down how a checkpoint went, after so many commits.
    fn tell(&self, commits: u64, copied: Result<bool, Failure>) {
        match copied {
            Ok(is_all) => {
                if is_all {
                    self.log.copied(commits);
                }
                self.report(None);
            }
            Err(failure) => self.report(Some(error::meaning(failure, None))),
        }
    }

    fn report(&self, trouble: Option<Error>) {
        self.trouble.send_if_modified(|known| {
            let is_news = *known != trouble;
            *known = trouble;
            is_news
        });
    }
}

/// Copies what can be copied: whether it was all. Readers or writers that stand in the way are no failure.
fn checkpoint(connection: &Connection, mode: CheckpointMode) -> Result<bool, Failure> {
    match connection.wal_checkpoint_v2(Some("main"), mode) {
        // -1 and -1 where there is no log.
        Ok((pages, copied)) => Ok(pages == copied),
        Err(failure) if is_in_the_way(&failure) => Ok(false),
        Err(failure) => Err(failure),
    }
}

fn is_in_the_way(failure: &Failure) -> bool {
    failure.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
        || failure.sqlite_error_code() == Some(ErrorCode::DatabaseLocked)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
