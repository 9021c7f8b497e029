//! Who asks.

use std::sync::Arc;

use crate::operation::Operation;

/// On whose behalf a request is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Principal {
    /// Nobody in particular: no session, no token.
    #[default]
    Anyone,
    /// Somebody with a session who has not signed in.
    Visitor(Arc<str>),
    /// Somebody who has signed in, or shows a token.
    User(Arc<User>),
}

/// Somebody who has signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// What `owner` columns hold, and `:user` in a rule.
    pub id: String,
    /// The address signed up with; a token of someone else's making may not say.
    pub email: Option<String>,
    /// The roles, besides being a user.
    pub roles: Vec<String>,
    /// All that a token of someone else's making claims, as JSON.
    pub claims: Option<String>,
    /// What a token is limited to; `None` for all that its user may do.
    pub scope: Option<Vec<Scope>>,
}

/// A part of what a user may do: `read`, `read:songs`, `call:rpc/top`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// What may be done.
    pub operation: Operation,
    /// To which resource alone, as `on` in a rule says it.
    pub on: Option<String>,
}

impl Principal {
    /// What is written into a row to say that it is his: the user's identifier, or the visitor's.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Anyone => None,
            Self::Visitor(owner) => Some(owner),
            Self::User(user) => Some(&user.id),
        }
    }

    /// The user, if it is one.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Anyone | Self::Visitor(_) => None,
            Self::User(user) => Some(user),
        }
    }
}
