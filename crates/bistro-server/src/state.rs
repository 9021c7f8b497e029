//! What every request shares: replaced whole, never edited.

use std::sync::Arc;

use bistro_database::{Database, Error};
use bistro_plan::catalog::Catalog;
use bistro_plan::principal::Principal;

use crate::log::Event;
use crate::settings::Settings;
use crate::state::described::Descriptions;
use crate::state::long::LongResponses;

pub(crate) mod described;
pub(crate) mod long;

/// The server's settings and its database.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// As given at the start.
    pub(crate) settings: Settings,
    /// With the catalog as last read.
    pub(crate) database: Database,
    /// How many of its readers may be kept busy by slow clients.
    pub(crate) long: LongResponses,
    /// What it has told programs of its resources.
    pub(crate) descriptions: Descriptions,
}

impl State {
    /// What requests to a server over this database share.
    pub(crate) fn new(settings: Settings, database: Database) -> Self {
        Self {
            long: LongResponses::among(database.readers()),
            descriptions: Descriptions::default(),
            settings,
            database,
        }
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

    /// Tells in the log what cannot be served.
    pub(crate) fn tell_left_out(&self) {
        for (name, reason) in self.database.broken().iter() {
            Event::LeftOut { name, reason }.write();
        }
    }

    /// On whose behalf a request is made. Nobody is known yet: sessions change this one function.
    pub(crate) fn identify() -> Principal {
        Principal::Anyone
    }
}
