//! What every request shares: replaced whole, never edited.

use bistro_database::Database;
use bistro_plan::principal::Principal;

use crate::settings::Settings;
use crate::state::long::LongResponses;

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
}

impl State {
    /// What requests to a server over this database share.
    pub(crate) fn new(settings: Settings, database: Database) -> Self {
        Self {
            long: LongResponses::among(database.readers()),
            settings,
            database,
        }
    }

    /// On whose behalf a request is made. Nobody is known yet: sessions change this one function.
    pub(crate) fn identify() -> Principal {
        Principal::Anyone
    }
}
