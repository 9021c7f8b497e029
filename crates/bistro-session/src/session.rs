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

/// Without the document, which is nobody's business.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("owner", &self.owner)
            .field("user", &self.user)
            .field("generation", &self.generation)
            .field("created", &self.created)
            .field("seen", &self.seen)
            .field("signed_in", &self.signed_in)
            .field("agent", &self.agent)
            .field("address", &self.address)
            .field("data_octets", &self.data.len())
            .finish()
    }
}
