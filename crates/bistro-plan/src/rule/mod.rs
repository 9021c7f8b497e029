//! Who may do what to which resource.

use bistro_dialect::Limits;

use crate::catalog::Function;
pub use crate::operation::Operation;
use crate::principal::Principal;

/// What is open to whom. Nothing is open that a policy does not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The rules that hold.
    pub access: Access,
    /// Whether every write is refused, whatever the rules say (`--read-only`).
    pub is_read_only: bool,
    /// Whether `PATCH` and `DELETE` may go without a filter (`[http] unfiltered_writes`).
    pub allows_unfiltered_writes: bool,
    /// The most rows one response may hold; `None` for no bound.
    pub rows_max: Option<u64>,
    /// How much one request may ask.
    pub limits: Limits,
}

/// How access is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Development mode: everything is open to everyone.
    Open,
    /// A request passes if any rule admits it.
    Rules(Vec<Rule>),
}

/// One `[[allow]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it opens.
    pub on: Subject,
    /// To whom.
    pub to: Audience,
    /// What they may do.
    pub operations: Vec<Operation>,
}

/// What a rule opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A table or view, by exact name.
    Relation(String),
    /// A stored query, by exact name: `on = "rpc/{name}"`.
    Function(String),
}

/// Whom a rule admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// `to = "anyone"`
    Anyone,
    /// `to = "visitor"`: anyone with a session, signed in or not.
    Visitor,
    /// `to = "user"`: anyone who has signed in, or shows a token.
    User,
    /// `to = "{role}"`: users with this role.
    Role(String),
}

impl Policy {
    /// Whether `principal` may do `operation` to the relation called `relation`.
    pub fn admits(&self, principal: &Principal, relation: &str, operation: Operation) -> bool {
        if self.is_read_only && operation != Operation::Read {
            return false;
        }
        match &self.access {
            Access::Open => true,
            Access::Rules(rules) => rules.iter().any(|rule| {
                matches!(&rule.on, Subject::Relation(name) if name == relation)
                    && rule.to.has(principal)
                    && rule.operations.contains(&operation)
            }),
        }
    }

    /// Whether `principal` may call `function`, where anything may be changed at all. What its statement reads and writes is its author's business.
    pub fn admits_call(&self, principal: &Principal, function: &Function) -> bool {
        match &self.access {
            Access::Open => true,
            Access::Rules(rules) => rules.iter().any(|rule| {
                matches!(&rule.on, Subject::Function(name) if *name == function.name)
                    && rule.to.has(principal)
                    && rule.operations.contains(&Operation::Call)
            }),
        }
    }
}

impl Audience {
    fn has(&self, principal: &Principal) -> bool {
        match self {
            Self::Anyone => true,
            Self::Visitor => principal.owner().is_some(),
            Self::User => principal.user().is_some(),
            Self::Role(role) => {
                let user = principal.user();
                user.is_some_and(|user| user.roles.contains(role))
            }
        }
    }
}
