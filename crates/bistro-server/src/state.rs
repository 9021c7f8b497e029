//! What every request shares: replaced whole, never edited.

use bistro_database::Database;
use bistro_plan::principal::Principal;

use crate::settings::Settings;

/// The server's settings and its database.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// As given at the start.
    pub(crate) settings: Settings,
    /// With the catalog as last read.
    pub(crate) database: Database,
}

impl State {
    /// On whose behalf a request is made. Nobody is known yet: sessions change this one function.
    pub(crate) fn identify() -> Principal {
        Principal::Anyone
    }
}
