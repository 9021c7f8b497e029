//! Short reads, run on the thread that asks for them: to wake another thread for one costs more than the read itself.
//!
//! Most of a short read is the opening and closing of its transaction, so those of one turn of the event loop share one. It
//! is as fresh as one of its own: each read compares the generation of the database with the one it began in. And it is
//! never held while there is nothing to do, which would keep the log from being started again.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::error::Error;
use crate::share::Crossing;
use crate::sqlite::caught::caught;
use crate::sqlite::error;
use crate::sqlite::execute::Session;
use crate::sqlite::generation::{Generation, Header};
use crate::sqlite::introspect;
use crate::sqlite::open::{Opened, Purpose};
use crate::sqlite::place::{Holder, Place};
use crate::tried::Tried;

/// The reads of one thread.
#[derive(Debug)]
pub(crate) struct Lane {
    place: Arc<Place>,
    /// Only the lane's own thread and whoever closes the database lock it.
    state: Mutex<State>,
    begun: Notify,
    is_tended: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    is_closed: bool,
}

/// A connection, and the snapshot that is open on it.
#[derive(Debug)]
struct Held {
    opened: Opened,
    turn: Option<Turn>,
}

/// A snapshot.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// The schema in it.
    version: i64,
    /// The state it is of.
    generation: Option<Generation>,
}

impl Lane {
    pub(super) fn new(place: Arc<Place>) -> Self {
        Self {
            place,
            state: Mutex::default(),
            begun: Notify::new(),
            is_tended: AtomicBool::new(false),
        }
    }

    /// Runs `job`, if that takes next to no time.
    pub(crate) fn read<T>(
        &self,
        version: Option<i64>,
        job: impl FnOnce(&Session<'_>) -> Result<T, Error>,
    ) -> Result<Tried<T>, Error> {
        let mut state = self.lock();
        let Some(held) = self.held(&mut state) else {
            // Why there is no connection is for those to tell who can wait for one.
            return Ok(Tried::Declined);
        };
        let result = held.read(version, job, || self.begun.notify_one());
        // Without a log a snapshot that is open keeps others from writing.
        if !self.is_tended.load(Ordering::Relaxed) || held.opened.header.is_none() {
            held.end();
        }
        match result {
            Ok(value) => Ok(Tried::Done(value)),
            // Too many steps, or too much of this thread's own time: it would be so the next time, too.
            Err(Error::Interrupted | Error::Timeout { .. }) => Ok(Tried::Long),
            Err(Error::Locked) => Ok(Tried::Declined),
            Err(error) => Err(error),
        }
    }

    /// The newest state of the database.
    pub(crate) fn generation(&self) -> Option<Generation> {
        let mut state = self.lock();
        let held = self.held(&mut state)?;
        held.opened.header.as_ref().map(Header::read)
    }

    /// Ends the snapshot of each turn.
    pub(crate) async fn tend(&self) -> Infallible {
        let _tended = Tended::on(&self.is_tended);
        loop {
            // Woken by the first read of a turn, this task comes after those that were ready then.
            self.begun.notified().await;
            if let Some(held) = &mut self.lock().held {
                held.end();
            }
        }
    }

    /// Closes the connection; what comes later is declined.
    pub(super) fn close(&self) {
        *self.lock() = State {
            held: None,
            is_closed: true,
        };
    }

    fn held<'a>(&self, state: &'a mut State) -> Option<&'a mut Held> {
        // One to a file that has another in its place is closed. Once a turn is enough.
        let place = &self.place;
        state.held.take_if(|held| {
            !held.is_sound() || held.turn.is_none() && !place.is_current(&held.opened)
        });
        if state.held.is_none() && !state.is_closed {
            let opened = self.place.try_connect(Purpose::ReadBriefly).ok()?;
            state.held = Some(Held { opened, turn: None });
        }
        state.held.as_mut()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A job that panics is caught below the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holder for Lane {
    fn let_go(&self) {
        if let Ok(mut state) = self.state.try_lock() {
            state.held = None;
        }
    }
}

impl Held {
    fn read<T>(
        &mut self,
        version: Option<i64>,
        job: impl FnOnce(&Session<'_>) -> Result<T, Error>,
        begun: impl FnOnce(),
    ) -> Result<T, Error> {
        let turn = match self.turn {
            Some(turn) if turn.generation.is_some() && turn.generation == self.newest() => turn,
            Some(_) | None => {
                self.end();
                let turn = self.begin()?;
                begun();
                turn
            }
        };
        if version.is_some_and(|version| version != turn.version) {
            return Err(Error::Stale);
        }
        self.opened.watch.begin(None);
        let session = Session::over(&self.opened).seeing(turn.generation);
        caught(|| job(&session))
    }

    fn begin(&mut self) -> Result<Turn, Error> {
        let _crossing = Crossing::begin();
        let before = self.newest();
        self.opened.watch.begin(None);
        self.execute("BEGIN")?;
        // The first statement takes the snapshot.
        let version = introspect::version(&self.opened).map_err(plain);
        let turn = version.map(|version| Turn {
            version,
            // What is the newest state before and after is what was taken in between.
            generation: before.filter(|before| self.newest() == Some(*before)),
        });
        match turn {
            Ok(turn) => {
                self.turn = Some(turn);
                Ok(turn)
            }
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        }
    }

    /// Ends the snapshot, if one is open.
    fn end(&mut self) {
        if self.turn.take().is_some() {
            self.roll_back();
        }
    }

    fn roll_back(&mut self) {
        let _crossing = Crossing::begin();
        // The time of the last read is over.
        self.opened.watch.begin(None);
        // Nothing was written that could be lost, and a connection that stays in a transaction is not held on to.
        let _ended = self.execute("ROLLBACK");
    }

    /// Whether the connection is in a transaction exactly if a turn is open.
    fn is_sound(&self) -> bool {
        self.turn.is_some() != self.opened.connection.is_autocommit()
    }

    fn newest(&self) -> Option<Generation> {
        self.opened.header.as_ref().map(Header::read)
    }

    fn execute(&self, text: &str) -> Result<(), Error> {
        self.opened.connection.finish(text).map_err(plain)
    }
}

/// Says that somebody ends the snapshots, for as long as he does.
struct Tended<'a>(&'a AtomicBool);

impl<'a> Tended<'a> {
    fn on(flag: &'a AtomicBool) -> Self {
        flag.store(true, Ordering::Relaxed);
        Self(flag)
    }
}

impl Drop for Tended<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

fn plain(failure: rusqlite::Error) -> Error {
    error::meaning(failure, None)
}
