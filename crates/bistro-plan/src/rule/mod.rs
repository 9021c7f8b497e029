//! Who may do what to which resource.

mod class;

pub use crate::operation::Operation;
pub use class::Class;

use std::borrow::Cow;
use std::sync::Arc;

use bistro_dialect::Limits;

use crate::catalog::Function;
use crate::predicate::Predicate;
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

/// One `[[allow]]`. What several open adds up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it opens.
    pub on: Subject,
    /// To whom.
    pub to: Audience,
    /// What they may do.
    pub operations: Vec<Operation>,
    /// `where`: with which rows; `None` with all.
    pub rows: Option<Arc<Predicate>>,
    /// What a row must be like once it was written; `None` as `rows` says.
    pub check: Option<Arc<Predicate>>,
    /// A column that must hold who asks, before and after. Of a new row it is filled in.
    pub owner: Option<String>,
    /// The columns that are read or written; `None` for all.
    pub columns: Option<Vec<String>>,
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
    /// Whether `principal` may do `operation` to the relation called `relation`, or to some of its rows.
    pub fn admits(&self, principal: &Principal, relation: &str, operation: Operation) -> bool {
        if self.is_read_only && operation != Operation::Read {
            return false;
        }
        match &self.access {
            Access::Open => principal.is_within_scope(operation, relation),
            Access::Rules(_) => self
                .admitting(principal, relation, operation)
                .next()
                .is_some(),
        }
    }

    /// Whether `principal` may call `function`, where anything may be changed at all. What its statement reads and writes is its author's business.
    pub fn admits_call(&self, principal: &Principal, function: &Function) -> bool {
        let on = called(&function.name);
        match &self.access {
            Access::Open => principal.is_within_scope(Operation::Call, &on),
            Access::Rules(_) => self
                .admitting(principal, &on, Operation::Call)
                .next()
                .is_some(),
        }
    }

    /// Every rule. None where everything is open, as where nothing is.
    pub fn rules(&self) -> &[Rule] {
        match &self.access {
            Access::Open => &[],
            Access::Rules(rules) => rules,
        }
    }

    /// The rules that let `principal` do `operation` to what is called `on` in rules. None where everything is open, as where
    /// nothing is: whether he may, [`Policy::admits`] says.
    pub fn admitting<'a>(
        &'a self,
        principal: &'a Principal,
        on: &'a str,
        operation: Operation,
    ) -> impl Iterator<Item = &'a Rule> {
        let rules = self.rules().iter().filter(move |rule| {
            rule.on.is_called(on) && rule.operations.contains(&operation) && rule.admits(principal)
        });
        rules.filter(move |_| principal.is_within_scope(operation, on))
    }

    /// Whether who has no session yet needs one to create rows of something, for they are to be his. `on` is what a rule would say.
    pub fn needs_session(&self, on: &str) -> bool {
        let creates = |rule: &Rule| rule.operations.contains(&Operation::Create);
        self.rules()
            .iter()
            .any(|rule| rule.is_for_newcomers() && creates(rule) && rule.on.is_called(on))
    }

    /// Whether what is open depends on who asks: some rule is not for everybody alike.
    pub fn tells_apart(&self) -> bool {
        self.rules().iter().any(Rule::depends_on_caller)
    }

    /// Whether what is open of something depends on who asks. `on` is what a rule would say.
    pub fn tells_apart_on(&self, on: &str) -> bool {
        let mut rules = self.rules().iter();
        rules.any(|rule| rule.on.is_called(on) && rule.depends_on_caller())
    }

    /// Every condition of its rules, with what it is about, for a database to look at.
    pub fn predicates(&self) -> Vec<(Subject, Arc<Predicate>)> {
        let mut found = Vec::new();
        for rule in self.rules() {
            for predicate in rule.rows.iter().chain(&rule.check) {
                let one = (rule.on.clone(), Arc::clone(predicate));
                if !found.contains(&one) {
                    found.push(one);
                }
            }
        }
        found
    }
}

impl Rule {
    /// One without conditions.
    pub fn new(on: Subject, to: Audience, operations: Vec<Operation>) -> Self {
        Self {
            on,
            to,
            operations,
            rows: None,
            check: None,
            owner: None,
            columns: None,
        }
    }

    /// Whether it is for him.
    fn admits(&self, principal: &Principal) -> bool {
        self.to.has(principal) || *principal == Principal::Anyone && self.is_for_newcomers()
    }

    /// Whether it is also for who has no session yet: no row is his so far, and the first one that he creates begins a session.
    fn is_for_newcomers(&self) -> bool {
        let is_for_visitors = matches!(self.to, Audience::Anyone | Audience::Visitor);
        self.owner.is_some() && is_for_visitors
    }

    /// Whether it admits some and not others.
    fn tells_apart(&self) -> bool {
        self.to != Audience::Anyone
    }

    fn depends_on_caller(&self) -> bool {
        let mut predicates = self.rows.iter().chain(&self.check);
        self.tells_apart()
            || self.owner.is_some()
            || predicates.any(|predicate| predicate.parameters() > 0)
    }

    /// Whether it opens a column, by name.
    pub fn opens(&self, column: &str) -> bool {
        let columns = self.columns.as_ref();
        columns.is_none_or(|columns| columns.iter().any(|own| own == column))
    }
}

impl Subject {
    /// What it is called in a rule.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::Relation(name) => Cow::Borrowed(name),
            Self::Function(name) => Cow::Owned(called(name)),
        }
    }

    fn is_called(&self, on: &str) -> bool {
        match self {
            Self::Relation(name) => name == on,
            Self::Function(name) => on.strip_prefix(CALL_PREFIX) == Some(name),
        }
    }
}

/// How the name of a stored query begins in a rule, as in its URL.
pub const CALL_PREFIX: &str = "rpc/";

/// What a stored query is called in a rule.
pub fn called(function: &str) -> String {
    format!("{CALL_PREFIX}{function}")
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

#[cfg(test)]
mod tests;
