//! Stored queries: statements that an operator wrote, called by name.

use std::sync::Arc;

use crate::catalog::kind::Kind;
use crate::catalog::relation::Relation;
use crate::predicate::CallerValue;
use crate::value::Value;

/// A statement that is called by its name, with arguments: `/rpc/{name}` (`PostgREST`, "Functions as RPC").
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it is for, in its author's words; may have several lines.
    pub description: String,
    /// What it takes, in the order in which the statement numbers them.
    pub parameters: Vec<Parameter>,
    /// What it knows of whoever calls it, and the number that the statement has for each, from 1. All other numbers are those of
    /// `parameters`.
    pub callers: Vec<(usize, CallerValue)>,
    /// What its rows look like: a relation without key and without writes.
    pub rows: Arc<Relation>,
    /// Whether it changes nothing, whatever its arguments.
    pub is_read_only: bool,
    /// Whether it may be called with `GET`, `HEAD` and `QUERY`.
    pub takes_get: bool,
    /// The statement: one, without the semicolon and comments behind it. Its parameters are named, and numbered by
    /// SQLite in the order of `parameters`.
    pub text: String,
}

/// What a function takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, without the sign before it.
    pub name: String,
    /// What its values mean.
    pub kind: Kind,
    /// What it is for, in its author's words.
    pub description: String,
    /// What it is if it is not given; `None` if it has to be.
    pub default: Option<Value>,
}

/// A value that a statement is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Given<'a> {
    /// One that the request says.
    Argument(&'a Value),
    /// One of whoever calls.
    Caller(CallerValue),
}

impl Function {
    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }

    /// What the statement is given, in the order of its numbers.
    pub fn given<'a>(&'a self, arguments: &'a [Value]) -> impl Iterator<Item = Given<'a>> {
        let mut arguments = arguments.iter();
        let total = arguments.len() + self.callers.len();
        (1..=total).filter_map(move |number| {
            let caller = self.callers.iter().find(|(own, _)| *own == number);
            match caller {
                Some((_, value)) => Some(Given::Caller(*value)),
                None => arguments.next().map(Given::Argument),
            }
        })
    }
}
