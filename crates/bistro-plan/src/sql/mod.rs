//! Plans as SQL. Values are always bound, names come only from the catalog and are always quoted: there is no third way in.

use crate::catalog::Kind;
use crate::plan::{Read, Write};
use crate::value::Value;

/// A statement and what to bind to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// SQL with numbered parameters `?1`, `?2`, ….
    pub text: String,
    /// Their values, `?1` first.
    pub parameters: Vec<Value>,
}

/// What a row of an answer looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The columns a client sees.
    pub columns: Vec<ShapeColumn>,
    /// Columns after them that only we see: the values a cursor is made of.
    pub hidden: usize,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeColumn {
    /// Its name in the answer.
    pub name: String,
    /// How its values are written.
    pub kind: Kind,
}

/// The temporary table the rows a write has touched are noted in, so that its representation is an ordinary read.
///
/// The executor creates it on its writing connection and empties it before each program:
/// `CREATE TEMP TABLE touched (position INTEGER PRIMARY KEY, k0, k1, …)`.
pub const TOUCHED: &str = "touched";

/// How many key columns [`TOUCHED`] has.
pub const TOUCHED_KEYS: usize = 32;

/// A write, step by step, to be run in one transaction.
///
/// Every statement of a step may return rows (`RETURNING`). Their columns are, in this order: `touched` columns that go
/// into [`TOUCHED`]; `key` columns, the primary key of the row; the columns of `direct`.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The representation of rows about to be deleted: run first.
    pub before: Option<Statement>,
    /// Run in order.
    pub steps: Vec<Step>,
    /// Columns of `RETURNING` that identify the row.
    pub touched: usize,
    /// Columns of `RETURNING` that are its primary key, for `Location`.
    pub key: usize,
    /// The representation, if it is what `RETURNING` gives.
    pub direct: Option<Shape>,
    /// The representation of the rows touched: run last.
    pub after: Option<Statement>,
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

/// Asks whether an upsert meets a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// SQL with numbered parameters.
    pub text: String,
    /// The parameters of each run, as many as the step has.
    pub runs: Vec<Vec<Value>>,
}

/// The rows of a read: its visible columns and then its hidden ones; one row more than its limit.
pub fn read(_read: &Read) -> Statement {
    unreachable!("skeleton")
}

/// One row, one integer: how many rows match, whatever the page. With `bound`, counting stops there.
pub fn count(_read: &Read, _bound: Option<u64>) -> Statement {
    unreachable!("skeleton")
}

/// One row, one integer: how many rows the page has, up to one more than its limit.
pub fn extent(_read: &Read) -> Statement {
    unreachable!("skeleton")
}

/// The last row of a full page, in the shape of [`read`]; `None` for a read without limit.
pub fn last(_read: &Read) -> Option<Statement> {
    unreachable!("skeleton")
}

/// A write as a program.
pub fn write(_write: &Write) -> Program {
    unreachable!("skeleton")
}
