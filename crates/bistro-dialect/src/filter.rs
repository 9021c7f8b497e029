//! Predicates, and the `and`/`or` trees they hang in.

use crate::field::Field;
use crate::operator::{Operator, Quantifier};

/// A predicate or a group of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `year=gte.1990`
    Predicate(Predicate),
    /// `or=(a.eq.1,b.eq.2)`, `not.and(…)`
    Group(Group),
}

/// Conditions joined by one connective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Whether `not` stands before it.
    pub is_negated: bool,
    /// What joins the members.
    pub connective: Connective,
    /// One or more.
    pub members: Vec<Condition>,
}

/// `and` or `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connective {
    /// every member holds
    And,
    /// some member holds
    Or,
}

/// One comparison of a field with what the client wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// Left side.
    pub field: Field,
    /// Whether `not` stands before the operator.
    pub is_negated: bool,
    /// How it compares.
    pub operator: Operator,
    /// Right side, in the form the operator takes.
    pub operand: Operand,
}

/// The right side of a predicate: text as the client wrote it, unquoted; its type is decided in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A single value.
    One(String),
    /// `in.(a,b)`
    List(Vec<String>),
    /// `eq(any).{a,b}`
    Quantified(Quantifier, Vec<String>),
    /// `is.null`, `is.not_null`, …
    Is(Is),
    /// `fts(english).word`
    Search {
        /// The text-search configuration in parentheses.
        configuration: Option<String>,
        /// The query.
        text: String,
    },
}

/// What `is` may be followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// `null`
    Null,
    /// `not_null`
    NotNull,
    /// `true`
    True,
    /// `false`
    False,
    /// `unknown`
    Unknown,
}
