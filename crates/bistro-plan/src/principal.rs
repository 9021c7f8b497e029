//! Who asks.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::operation::Operation;
use crate::predicate::CallerValue;
use crate::value::Value;

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// What a predicate or a stored query is told of him.
    pub fn value(&self, value: CallerValue) -> Value {
        let text =
            |text: Option<&str>| text.map_or(Value::Null, |text| Value::Text(text.to_owned()));
        let user = self.user();
        match value {
            CallerValue::User => text(user.map(|user| user.id.as_str())),
            CallerValue::Owner => text(self.owner()),
            CallerValue::Email => text(user.and_then(|user| user.email.as_deref())),
            CallerValue::Claims => text(user.and_then(|user| user.claims.as_deref())),
            CallerValue::Roles => {
                let roles = user.map(|user| user.roles.as_slice()).unwrap_or_default();
                let roles = roles.iter().map(|role| Json::String(role.clone()));
                Value::Text(Json::Array(roles.collect()).to_string())
            }
        }
    }

    /// Whether what he shows, a token with a scope, lets him do this at all. `on` is what a rule would say.
    pub fn is_within_scope(&self, operation: Operation, on: &str) -> bool {
        let scope = self.user().and_then(|user| user.scope.as_ref());
        scope.is_none_or(|scope| scope.iter().any(|part| part.covers(operation, on)))
    }
}

impl Scope {
    /// Reads `read`, `read:songs` or `call:rpc/top`.
    pub fn read(text: &str) -> Option<Self> {
        let (operation, on) = match text.split_once(':') {
            Some((operation, on)) => (operation, Some(on.to_owned())),
            None => (text, None),
        };
        let operations = Operation::ALL.into_iter();
        let mut named = operations.filter(|known| known.name() == operation);
        named.next().map(|operation| Self { operation, on })
    }

    fn covers(&self, operation: Operation, on: &str) -> bool {
        self.operation == operation && self.on.as_deref().is_none_or(|own| own == on)
    }
}
