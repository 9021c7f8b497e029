//! Users, their sessions and their tokens.
//!
//! They are kept in tables of Bistro's own in the served database: `bistro_users`, `bistro_sessions`, `bistro_tokens`, made when
//! the first row is to be kept. What a client shows is never kept, only its hash. All times are seconds since 1970.

use bistro_session::session::{KeyShown, Session};

/// What is found under the hash of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A session, over or not, which of its keys it was found by, and the user who has signed in to it.
    Session(Box<Session>, KeyShown, Option<User>),
    /// One that was ended. What a client holds by itself it may show again, so it is remembered that it counts no more.
    Ended,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What `owner` columns hold.
    pub id: String,
    /// The address he signed up with, as it is compared.
    pub email: String,
    /// The roles, besides being a user.
    pub roles: Vec<String>,
    /// Counts what ends all his sessions. One of another generation is over.
    pub generation: i64,
    /// When he signed up.
    pub created: i64,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name, under which it is listed and revoked. It opens nothing.
    pub id: String,
    /// On whose behalf it is shown.
    pub user: String,
    /// What it is for, in the operator's words.
    pub label: String,
    /// What it is limited to; none: all that its user may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created: i64,
    /// When it ends.
    pub expires: Option<i64>,
}

/// Since when a session has been used, and has begun, that is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Sessions last used then or before are over.
    pub seen: i64,
    /// Sessions that began then or before are over.
    pub created: i64,
}

/// When a session's key is due to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// A key that is in use is due if it was made then or before.
    pub until: i64,
    /// One that has never been shown is due if it was made then or before.
    pub lost: i64,
    /// The time.
    pub now: i64,
}
