//! A session, as every store keeps it.

use std::fmt;

/// What is kept of a visitor. It is found by the hash of its key, which is not in it.
///
/// All times are in whole seconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// What the session is called where it is listed and revoked: a UUID that opens nothing.
    pub id: String,
    /// What `owner` columns hold of this visitor.
    pub owner: String,
    /// The user who has signed in; `None` for a visitor.
    pub user: Option<String>,
    /// How often all sessions of the user had been ended when he signed in: one of an older generation is over.
    pub generation: i64,
    /// When it began. A new key does not make it younger.
    pub created: i64,
    /// When the key was made by which it is found now.
    pub keyed: i64,
    /// When it was last used, give or take [`Lifetime::touch_after`](crate::lifetime::Lifetime::touch_after).
    pub seen: i64,
    /// When the user last showed a password.
    pub signed_in: Option<i64>,
    /// The `User-Agent` that it began with, for its owner to know it by.
    pub agent: Option<String>,
    /// The address that it began from.
    pub address: Option<String>,
    /// The visitor's own JSON document, an object.
    pub data: String,
}

/// Which of a session's keys was shown.
///
/// A long session gets another key now and then. The answer that brings it may be lost, so the former one counts until the present
/// one has been shown, and a little longer, for requests that were under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyShown {
    /// The present one.
    Present,
    /// The present one, and that it has been shown is not written down yet.
    Unconfirmed,
    /// The former one.
    Former {
        /// When it ends, in seconds since 1970; `None` as long as the present one has not been shown.
        until: Option<i64>,
    },
}

impl KeyShown {
    /// Whether the key still counts.
    pub fn counts(self, now: i64) -> bool {
        match self {
            Self::Present | Self::Unconfirmed | Self::Former { until: None } => true,
            Self::Former { until: Some(until) } => now < until,
        }
    }
}

/// Without the document, which is nobody's business.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("owner", &self.owner)
            .field("user", &self.user)
            .field("generation", &self.generation)
            .field("created", &self.created)
            .field("keyed", &self.keyed)
            .field("seen", &self.seen)
            .field("signed_in", &self.signed_in)
            .field("agent", &self.agent)
            .field("address", &self.address)
            .field("data_octets", &self.data.len())
            .finish()
    }
}
