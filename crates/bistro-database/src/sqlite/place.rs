//! The file that is served: whatever stands at the path, opened anew when another file does.
//!
//! From one opening to the next is a *tenure*. A connection belongs to the one it was opened in and is never used in
//! another. When the path names another file the tenure ends: all its connections are closed, each by whoever holds it or from
//! its hands ([`Holder`]); what the log holds goes into the file it belongs to, so that nothing is left beside the path
//! that would be taken for the log of the next file; and only then that is opened.
//!
//! It has to be in this order within a process: SQLite tells its own locks on the log's index apart by the database file,
//! the system does not, so two files that share a path would cut each other's index.

use std::fmt::{self, Debug};
use std::fs;
use std::mem;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard, TryLockError, Weak,
};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::wal::CheckpointMode;

use crate::error::Error;
use crate::news::{Board, News};
use crate::settings::Settings;
use crate::sqlite::error;
use crate::sqlite::identity::{Change, Footprint};
use crate::sqlite::open::{Location, Opened, Purpose, examine, open};
use crate::sqlite::watch::Watch;

/// How long reads go on without looking at the path.
const LOOKED_AFTER: Duration = Duration::from_millis(100);

/// How long what runs on the old file may go on before it is stopped.
const GRACE: Duration = Duration::from_secs(1);

/// How often it is looked whether all have let go of the old file.
const LET_GO_AFTER: Duration = Duration::from_millis(1);

/// How often it is tried to empty a log that could not be.
const TRIED_AFTER: Duration = Duration::from_millis(100);

/// Who holds a connection between the times it is used.
pub(super) trait Holder: Send + Sync {
    /// Closes the connection, unless it is being used just now: then it is asked again.
    fn let_go(&self);
}

/// A place for one connection.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<Option<Opened>>);

impl Slot {
    /// The connection, for as long as it is used.
    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Opened>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holder for Slot {
    fn let_go(&self) {
        match self.0.try_lock() {
            Ok(mut held) => *held = None,
            Err(TryLockError::Poisoned(held)) => *held.into_inner() = None,
            Err(TryLockError::WouldBlock) => {}
        }
    }
}

/// The path, and what is open there.
pub(super) struct Place {
    settings: Settings,
    start: Instant,
    /// When the path was looked at last, in milliseconds since the start.
    looked_at: AtomicU64,
    /// The tenure that connections are to be of.
    tenure: AtomicU64,
    /// Whether a thread is at work that ends a tenure or begins one: no transaction begins meanwhile.
    is_changing: AtomicBool,
    is_closed: AtomicBool,
    /// Whether the state is open, told without its lock.
    is_open: AtomicBool,
    state: RwLock<State>,
    /// The files of the last tenure.
    left: Mutex<Option<Footprint>>,
    changes: Mutex<()>,
    changed: Condvar,
    holders: Mutex<Vec<Weak<dyn Holder>>>,
    board: Board,
}

enum State {
    Open(Box<Tenure>),
    /// Nothing is; why not.
    Shut(Error),
}

/// From one opening of the path to the next.
struct Tenure {
    number: u64,
    location: Location,
    footprint: Footprint,
    /// Keeps the log and its index the same files for all of the tenure, and empties the log at its end.
    anchor: Mutex<Opened>,
    /// One more of these for each connection besides the anchor.
    presence: Arc<()>,
    /// What stops what runs on them.
    watches: Mutex<Vec<Weak<Watch>>>,
}

/// How new the answer must be whether the path still names the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// As of now.
    Now,
    /// As of [`LOOKED_AFTER`] ago at most.
    Recent,
}

/// What a look at the path has shown.
enum Seen {
    /// The file that is open.
    Same,
    /// Another is being opened.
    Changing,
    /// Nothing that can be served.
    Shut(Error),
}

impl Place {
    /// Opens what stands at the path.
    ///
    /// # Errors
    /// It cannot be served.
    pub(super) fn open(settings: Settings) -> Result<Arc<Self>, Error> {
        let tenure = Tenure::begin(&settings, 0)?;
        Ok(Arc::new(Self {
            settings,
            start: now(),
            looked_at: AtomicU64::new(0),
            tenure: AtomicU64::new(0),
            is_changing: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
            is_open: AtomicBool::new(true),
            state: RwLock::new(State::Open(Box::new(tenure))),
            left: Mutex::default(),
            changes: Mutex::new(()),
            changed: Condvar::new(),
            holders: Mutex::default(),
            board: Board::new(),
        }))
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where what happens to the file is told.
    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    /// From now on `holder` is asked to let go of its connection when a tenure ends.
    pub(super) fn add(&self, holder: Weak<dyn Holder>) {
        let mut holders = lock(&self.holders);
        holders.retain(|holder| holder.strong_count() > 0);
        holders.push(holder);
    }

    /// A place for a connection, of which it is let go when a tenure ends.
    pub(super) fn slot(&self) -> Arc<Slot> {
        let slot = Arc::new(Slot::default());
        let holder: Weak<Slot> = Arc::downgrade(&slot);
        self.add(holder);
        slot
    }

    /// Makes `held` a connection to the file that stands at the path, to begin a transaction on. It waits while another file is
    /// being opened.
    ///
    /// # Errors
    /// There is nothing at the path that can be served, or it takes too long to open it.
    pub(super) fn ready<'a>(
        self: &Arc<Self>,
        held: &'a mut Option<Opened>,
        purpose: Purpose,
    ) -> Result<&'a Opened, Error> {
        let pace = match purpose {
            Purpose::Write => Pace::Now,
            Purpose::Read | Purpose::ReadBriefly | Purpose::Checkpoint => Pace::Recent,
        };
        let start = now();
        loop {
            match self.look(pace) {
                Seen::Same => {
                    let current = held.take().filter(|opened| self.has_current(opened));
                    let ready = match current {
                        Some(opened) => Some(opened),
                        None => self.connect(purpose)?,
                    };
                    if let Some(ready) = ready {
                        return Ok(held.insert(ready));
                    }
                }
                // Who waits must not be waited for.
                Seen::Changing => *held = None,
                Seen::Shut(why) => {
                    *held = None;
                    return Err(why);
                }
            }
            if start.elapsed() > self.settings.busy_timeout {
                return Err(Error::Replaced);
            }
            self.wait();
        }
    }

    /// Whether a transaction may begin on a connection: it is one to the file that stands at the path, as far as was looked. It
    /// never waits.
    pub(super) fn is_current(self: &Arc<Self>, opened: &Opened) -> bool {
        matches!(self.look(Pace::Recent), Seen::Same) && self.has_current(opened)
    }

    /// A new connection, without waiting for one.
    ///
    /// # Errors
    /// It cannot be opened, or not now.
    pub(super) fn try_connect(self: &Arc<Self>, purpose: Purpose) -> Result<Opened, Error> {
        match self.look(Pace::Recent) {
            Seen::Same => self.connect(purpose)?.ok_or(Error::Replaced),
            Seen::Changing => Err(Error::Replaced),
            Seen::Shut(why) => Err(why),
        }
    }

    /// Whether a transaction on a connection may be committed: right before, the path still named its file.
    ///
    /// # Errors
    /// It does not any more.
    pub(super) fn confirm(self: &Arc<Self>, opened: &Opened) -> Result<(), Error> {
        match self.look(Pace::Now) {
            Seen::Same if self.has_current(opened) => Ok(()),
            Seen::Same | Seen::Changing | Seen::Shut(_) => Err(Error::Replaced),
        }
    }

    /// Lets go of the file. Everybody else has.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.is_open.store(false, Ordering::Release);
        let left = mem::replace(&mut *self.write(), State::Shut(Error::Closed));
        if let State::Open(tenure) = left
            && !self.settings.is_read_only
        {
            if tenure.footprint.change() == Some(Change::Emptied) {
                return tenure.put_log_aside();
            }
            // As far as other processes let us.
            let _best_effort = tenure.empty_log();
        }
    }

    fn has_current(&self, opened: &Opened) -> bool {
        opened.tenure == self.tenure.load(Ordering::Acquire)
    }

    /// Looks at the path, and has another file opened if it names one. It never waits.
    fn look(self: &Arc<Self>, pace: Pace) -> Seen {
        if self.is_changing.load(Ordering::Acquire) {
            return Seen::Changing;
        }
        let elapsed = self.start.elapsed();
        let looked_at = Duration::from_millis(self.looked_at.load(Ordering::Relaxed));
        let is_due = pace == Pace::Now || elapsed.saturating_sub(looked_at) > LOOKED_AFTER;
        if !is_due && self.is_open.load(Ordering::Acquire) {
            return Seen::Same;
        }
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let change = match &*state {
            State::Open(tenure) => match tenure.footprint.change() {
                Some(change) => Some(change),
                None => {
                    self.looked_now();
                    return Seen::Same;
                }
            },
            // However often it is asked for.
            State::Shut(why) if elapsed.saturating_sub(looked_at) <= LOOKED_AFTER => {
                return Seen::Shut(why.clone());
            }
            State::Shut(_) => None,
        };
        drop(state);
        if self.is_closed.load(Ordering::Acquire) {
            return Seen::Shut(Error::Closed);
        }
        if !self.is_changing.swap(true, Ordering::AcqRel) {
            let place = Arc::clone(self);
            let started = thread::Builder::new()
                .name("bistro-opener".to_owned())
                .spawn(move || place.reopen(change));
            if started.is_err() {
                // The next one who looks tries again.
                self.is_changing.store(false, Ordering::Release);
            }
        }
        Seen::Changing
    }

    /// A connection of this tenure; `None` if it just ends.
    fn connect(self: &Arc<Self>, purpose: Purpose) -> Result<Option<Opened>, Error> {
        // Before, since to open a file that shares the path of one that is open spoils the index of both; and after, since only
        // the path says what was opened.
        if !matches!(self.look(Pace::Now), Seen::Same) {
            return Ok(None);
        }
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let State::Open(tenure) = &*state else {
            return Ok(None);
        };
        let connected = tenure.connect(&self.settings, purpose);
        let is_same = tenure.footprint.change().is_none();
        drop(state);
        match connected {
            Ok(opened) if is_same && self.has_current(&opened) => Ok(Some(opened)),
            Err(why) if is_same => Err(why),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    /// Ends a tenure, if one is open, and begins another.
    fn reopen(&self, change: Option<Change>) {
        let before = mem::replace(&mut *self.write(), State::Shut(Error::Replaced));
        let told = match before {
            State::Open(tenure) => {
                self.board.tell(match change {
                    Some(Change::Gone) => News::Gone,
                    Some(Change::Replaced) | None => News::Replaced,
                    Some(Change::Emptied) => News::Emptied,
                    Some(Change::LogTaken) => News::LogTaken,
                });
                self.leave(&tenure, change == Some(Change::Emptied));
                let Tenure {
                    footprint, anchor, ..
                } = *tenure;
                // The last connection to the old file is closed before the first to the new one is opened.
                drop(anchor);
                *lock(&self.left) = Some(footprint);
                match change {
                    // Nothing new to tell if it is found to be just that.
                    Some(Change::Gone) => Some(Error::Missing {
                        path: self.settings.path.clone(),
                    }),
                    Some(Change::Emptied) => Some(Error::Empty {
                        path: self.settings.path.clone(),
                    }),
                    Some(Change::Replaced | Change::LogTaken) | None => None,
                }
            }
            State::Shut(why) => Some(why),
        };
        if let Some(left) = &*lock(&self.left) {
            left.make_way();
        }
        let number = self.tenure.load(Ordering::Acquire) + 1;
        let state = match Tenure::begin(&self.settings, number) {
            Ok(tenure) => {
                self.board.tell(News::Served);
                State::Open(Box::new(tenure))
            }
            Err(why) => {
                if told.as_ref() != Some(&why) {
                    self.board.tell(News::Refused(why.clone()));
                }
                State::Shut(why)
            }
        };
        {
            let mut now = self.write();
            if !self.is_closed.load(Ordering::Acquire) {
                let is_open = matches!(&state, State::Open(_));
                self.is_open.store(is_open, Ordering::Release);
                *now = state;
            }
            self.tenure.store(number, Ordering::Release);
        }
        self.looked_now();
        self.is_changing.store(false, Ordering::Release);
        let _order = lock(&self.changes);
        self.changed.notify_all();
    }

    /// Has every connection of a tenure closed, and leaves its log empty.
    fn leave(&self, tenure: &Tenure, is_emptied: bool) {
        let start = now();
        while Arc::strong_count(&tenure.presence) > 1 {
            // Not while the list is locked: to close a connection takes its time.
            let holders: Vec<_> = lock(&self.holders)
                .iter()
                .filter_map(Weak::upgrade)
                .collect();
            for holder in &holders {
                holder.let_go();
            }
            if start.elapsed() > GRACE {
                tenure.stop();
            }
            thread::park_timeout(LET_GO_AFTER);
        }
        if is_emptied {
            return tenure.put_log_aside();
        }
        if self.settings.is_read_only {
            // It is for whoever writes to see to the log.
            return tenure.keep_log_on_close();
        }
        let mut is_told = false;
        while let Err(why) = tenure.empty_log() {
            if tenure.footprint.log_in_the_way().is_none() || self.is_closed.load(Ordering::Acquire)
            {
                break;
            }
            if matches!(why, Error::Corrupt { .. }) {
                self.board.tell(News::LogLeft(why));
                return tenure.put_log_aside();
            }
            if !mem::replace(&mut is_told, true) {
                self.board.tell(News::LogKept(why));
            }
            thread::park_timeout(TRIED_AFTER);
        }
        tenure.keep_log_on_close();
    }

    fn wait(&self) {
        let changes = lock(&self.changes);
        if self.is_changing.load(Ordering::Acquire) {
            let waited = self.changed.wait_timeout(changes, LOOKED_AFTER);
            drop(waited);
        }
    }

    fn looked_now(&self) {
        let elapsed = self.start.elapsed().as_millis();
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.looked_at.store(elapsed, Ordering::Relaxed);
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("path", &self.settings.path)
            .finish_non_exhaustive()
    }
}

impl Tenure {
    fn begin(settings: &Settings, number: u64) -> Result<Self, Error> {
        loop {
            let location = examine(settings)?;
            let before = footprint(&settings.path)?;
            let mut anchor = open(&location, settings, Purpose::Read)?;
            anchor.belong_to(number);
            let footprint = footprint(&settings.path)?;
            if footprint.is_of_same_file(&before) {
                return Ok(Self {
                    location,
                    footprint,
                    number,
                    anchor: Mutex::new(anchor),
                    presence: Arc::default(),
                    watches: Mutex::default(),
                });
            }
        }
    }

    fn connect(&self, settings: &Settings, purpose: Purpose) -> Result<Opened, Error> {
        let mut opened = open(&self.location, settings, purpose)?;
        opened.belong_to(self.number);
        opened.presence = Some(Arc::clone(&self.presence));
        let mut watches = lock(&self.watches);
        watches.retain(|watch| watch.strong_count() > 0);
        watches.push(Arc::downgrade(&opened.watch));
        Ok(opened)
    }

    /// Stops what runs on its connections.
    fn stop(&self) {
        for watch in lock(&self.watches).iter().filter_map(Weak::upgrade) {
            watch.stop();
        }
    }

    /// Writes what the log holds into the file, and leaves nothing in it.
    fn empty_log(&self) -> Result<(), Error> {
        lock(&self.anchor)
            .connection
            .wal_checkpoint_v2(Some("main"), CheckpointMode::TRUNCATE)
            .map(drop)
            .map_err(|failure| error::meaning(failure, None))
    }

    /// Closing the last connection neither empties the log nor removes what has its name by now.
    fn keep_log_on_close(&self) {
        // It fails only on a connection that is beyond use.
        let _kept = lock(&self.anchor)
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }

    /// Puts the log of a file that was emptied or spoiled aside: its pages are not those of whatever is put there. SQLite
    /// removes that of an empty file.
    fn put_log_aside(&self) {
        self.keep_log_on_close();
        if let Some(log) = self.footprint.log_in_the_way() {
            let mut aside = log.to_owned().into_os_string();
            aside.push(".left");
            // Where that cannot be done the next file cannot be written either.
            let _stays = fs::rename(log, aside);
        }
    }
}

fn footprint(path: &Path) -> Result<Footprint, Error> {
    Footprint::of(path).map_err(|_gone| Error::Missing {
        path: path.to_owned(),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::disallowed_methods,
    reason = "files change in real time, whatever a test's clock says"
)]
fn now() -> Instant {
    Instant::now()
}
