//! Plans as SQL. Values are always bound, names come only from the catalog and are always quoted: there is no third way in.

mod text;
mod naming;
mod json;
mod cast;
mod page;
mod sight;
mod expression;
mod read;
mod write;
mod adopt;
#[cfg(test)]
mod tests;

pub use crate::shape::{Shape, ShapeColumn};
pub use adopt::adopt;
pub use read::{count, extent, last, read};
pub use write::{rehearsal, write};

use std::ops::Range;

use crate::predicate::CallerValue;
use crate::principal::Principal;
use crate::value::Value;

/// A statement and what to bind to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// SQL with numbered parameters `?1`, `?2`, ….
    pub text: String,
    /// Their values, `?1` first.
    pub parameters: Vec<Value>,
    /// Which of them are the key of the row that is meant; none where no single row is.
    pub key: Range<usize>,
    /// Which of them, from 0, are values of whoever asks, and which.
    pub callers: Vec<(usize, CallerValue)>,
}

impl Statement {
    /// Makes parameters of this statement those of another caller of the same class.
    pub fn rebind(&self, parameters: &mut [Value], caller: &Principal) {
        for (place, value) in &self.callers {
            if let Some(parameter) = parameters.get_mut(*place) {
                *parameter = caller.value(*value);
            }
        }
    }

    /// The same for another caller of the same class.
    #[must_use]
    pub fn on_behalf_of(mut self, caller: &Principal) -> Self {
        let mut parameters = std::mem::take(&mut self.parameters);
        self.rebind(&mut parameters, caller);
        self.parameters = parameters;
        self
    }
}

/// The temporary table the rows a write has touched are noted in, so that its representation is an ordinary read.
///
/// The executor creates it on its writing connection and empties it before each program:
/// `CREATE TEMP TABLE bistro_touched (position INTEGER PRIMARY KEY, k0, k1, …)`.
pub const TOUCHED: &str = "bistro_touched";

/// How many key columns [`TOUCHED`] has.
pub const TOUCHED_KEYS: usize = 32;

/// What a stored query is called in the statement that reads its rows. No relation of a catalog begins so, and what is named
/// so in a file is not what a stored query means.
pub const CALLED: &str = "bistro_called";

/// The temporary table that the rows of a stored query which changes something are kept in, so that they can be read like
/// others: one for each number of columns.
///
/// The executor makes it, and empties it before each call: `CREATE TEMP TABLE … (position INTEGER PRIMARY KEY, c1, c2, …)`.
pub fn returned_table(columns: usize) -> String {
    format!("bistro_returned_{columns}")
}

/// A write, step by step, to be run in one transaction.
///
/// Every statement of a step may return rows (`RETURNING`). Their columns are, in this order: `touched` columns that identify
/// the row; `key` columns, the primary key of the row; the columns of `direct`; `referred` columns, whose values rows that
/// belong to the row get.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The representation of rows about to be deleted: run first.
    pub before: Option<Statement>,
    /// Run in order.
    pub steps: Vec<Step>,
    /// Columns of `RETURNING` that identify the row.
    pub touched: usize,
    /// Whether they go into [`TOUCHED`].
    pub is_noted: bool,
    /// What rules demand of a row that was created.
    pub created: Option<Check>,
    /// What they demand of a row that was changed.
    pub changed: Option<Check>,
    /// Columns of `RETURNING` that are its primary key, for `Location`.
    pub key: usize,
    /// Whether the primary key is the rowid of the row that was inserted last, which SQLite tells by itself: `RETURNING` makes
    /// a statement twice as dear.
    pub is_key_rowid: bool,
    /// The representation, if it is what `RETURNING` gives.
    pub direct: Option<Shape>,
    /// Columns of `RETURNING` that rows which belong to the row refer to.
    pub referred: usize,
    /// What is created with the rows, in the order of the rows: each right after the row it belongs to.
    pub children: Vec<Nested>,
    /// The representation of the rows touched: run last.
    pub after: Option<Statement>,
}

/// What rules demand of a row once it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// SQL that gives a row if all is well. Its first parameters are what identifies the row written, its `touched` columns.
    pub text: String,
    /// Those that follow.
    pub parameters: Vec<Value>,
}

/// Tells which rows a `DELETE` takes, where a trigger may keep some: only they are its representation, which is read before.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// Deletes them, and returns `touched` columns of each, for [`TOUCHED`]. It is undone.
    pub step: Step,
    /// Columns of `RETURNING` that identify the row.
    pub touched: usize,
    /// The representation of those in [`TOUCHED`].
    pub representation: Statement,
}

/// New rows that belong to a new row.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// The number of the run, over all steps, that makes the row they belong to.
    pub parent: usize,
    /// The relation they are rows of.
    pub relation: String,
    /// Places among that row's `referred` columns: their values are the last parameters of each run, in this order.
    pub filled: Vec<usize>,
    /// Run in order. Every run returns `touched` and then `referred` columns, and nothing else.
    pub steps: Vec<Step>,
    /// Columns of `RETURNING` that identify the row.
    pub touched: usize,
    /// What rules demand of it.
    pub check: Option<Check>,
    /// Columns of `RETURNING` that rows which belong to these rows refer to.
    pub referred: usize,
    /// What is created with them in turn.
    pub children: Vec<Self>,
}

/// One statement, run once for each set of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// SQL with numbered parameters.
    pub text: String,
    /// The parameters of each run.
    pub runs: Vec<Vec<Value>>,
    /// For an upsert: a statement that finds the row if it is there already, and its parameters for each run. A run
    /// whose probe finds a row is an update.
    pub probe: Option<Probe>,
}

/// Asks whether an upsert meets a row, and gives 1 if that may be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// SQL with numbered parameters.
    pub text: String,
    /// The parameters of each run, as many as the step has.
    pub runs: Vec<Vec<Value>>,
    /// What runs instead of the step if it finds none, where rules demand something of rows that are met: a new row and nothing
    /// else. An index may compare otherwise than its columns do, and meet a row that was not found.
    pub fresh: Option<Fresh>,
}

/// Creates a row, and fails if it meets one.
#[derive(Clone, Debug, PartialEq)]
pub struct Fresh {
    /// SQL with numbered parameters.
    pub text: String,
    /// How many of the parameters of the step's run it takes: the first ones.
    pub parameters: usize,
}
