//! What every request shares: replaced whole, never edited.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use bistro_database::{Database, Error};
use bistro_plan::catalog::Catalog;

use crate::log::Event;
use crate::session::{Sessions, SetupError};
use crate::settings::Settings;
use crate::state::described::Descriptions;
use crate::state::long::LongResponses;
use crate::state::reports::Reports;

pub(crate) mod described;
pub(crate) mod long;
pub(crate) mod reports;

/// What cannot be served: names, and why.
type LeftOut = Arc<[(String, String)]>;

/// The server's settings and its database. A request has one of these from its beginning to its end.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// As they are for requests that have this.
    pub(crate) settings: Arc<Settings>,
    /// How often the settings were replaced. What was decided or answered under one version holds under no other.
    pub(crate) version: u64,
    /// What is known of sessions, and done about them.
    pub(crate) sessions: Sessions,
    /// With the catalog as last read.
    pub(crate) database: Database,
    /// How many of its readers may be kept busy by slow clients.
    pub(crate) long: LongResponses,
    /// What it has told programs of its resources.
    pub(crate) descriptions: Descriptions,
    /// What the log has been told of requests that failed.
    pub(crate) reports: Reports,
    /// What the log was last told that cannot be served.
    told: Arc<Mutex<LeftOut>>,
}

impl State {
    /// What requests to a server over this database share.
    ///
    /// # Errors
    /// Sessions cannot be had as the settings want them.
    pub(crate) fn new(settings: Settings, database: Database) -> Result<Self, SetupError> {
        database.hold(&settings.policy)?;
        Ok(Self {
            sessions: Sessions::start(&settings)?,
            long: LongResponses::among(database.readers()),
            descriptions: Descriptions::default(),
            reports: Reports::of(database.path()),
            told: Arc::default(),
            settings: Arc::new(settings),
            version: 0,
            database,
        })
    }

    /// The same with other settings, for requests that begin from now on.
    ///
    /// # Errors
    /// As [`State::new`].
    pub(crate) fn with(&self, settings: Settings) -> Result<Self, SetupError> {
        let sessions = self.sessions.with(&settings)?;
        self.database.hold(&settings.policy)?;
        Ok(Self {
            sessions,
            settings: Arc::new(settings),
            version: self.version + 1,
            // They tell what is open to whom.
            descriptions: Descriptions::default(),
            ..self.clone()
        })
    }

    /// The catalog as it is now. What cannot be served of it is told in the log, once for each change.
    pub(crate) async fn refresh(&self) -> Result<Arc<Catalog>, Error> {
        let before = self.database.catalog();
        let now = self.database.refresh().await?;
        if !Arc::ptr_eq(&before, &now) {
            self.tell_left_out();
        }
        Ok(now)
    }

    /// Tells in the log what cannot be served, unless it was told the last time, too.
    pub(crate) fn tell_left_out(&self) {
        let left_out = self.database.broken();
        // Whoever panicked while holding it left a list that is as good as before.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for told_now in left_out.iter().filter(|one| !told.contains(one)) {
            let (name, reason) = told_now;
            Event::LeftOut { name, reason }.write();
        }
        *told = left_out;
    }

    /// Tells in the log when checkpoints cease to work, and when they work again. It never ends by itself.
    pub(crate) async fn tell_of_checkpoints(&self) {
        let mut checkpoints = self.database.checkpoints();
        while checkpoints.changed().await.is_ok() {
            let trouble = checkpoints.borrow_and_update().clone();
            match trouble.map(|error| error.to_string()) {
                Some(reason) => Event::CheckpointsFail { reason: &reason }.write(),
                None => Event::CheckpointsWork.write(),
            }
        }
        pending::<()>().await;
    }
}
