//! Users, sessions and tokens in tables of Bistro's own.

mod sessions;
mod tokens;
mod users;
mod adopting;

use rusqlite::{Connection, Error as Failure, Params, Result as Outcome, Row};

use crate::error::Error;
use crate::sqlite::execute::Session as Seen;
use crate::sqlite::tables::TABLES;

/// What is known of users, sessions and tokens.
#[derive(Clone, Copy, Debug)]
pub struct Register<'a> {
    seen: &'a Seen<'a>,
}

/// What changes it.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'a> {
    register: Register<'a>,
}

impl<'a> Register<'a> {
    pub(crate) fn over(seen: &'a Seen<'a>) -> Self {
        Self { seen }
    }

    /// The first row, if there is one; none if there is no table yet.
    fn first<T>(
        self,
        text: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> Outcome<T>,
    ) -> Result<Option<T>, Error> {
        let found = self
            .connection()
            .prepare_cached(text)
            .and_then(|mut statement| statement.query_row(parameters, read));
        match found {
            Ok(found) => Ok(Some(found)),
            Err(Failure::QueryReturnedNoRows) => Ok(None),
            Err(failure) if is_no_table(&failure) => Ok(None),
            Err(failure) => Err(self.seen.explain(failure)),
        }
    }

    /// All rows; none if there is no table yet.
    fn all<T>(
        self,
        text: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> Outcome<T>,
    ) -> Result<Vec<T>, Error> {
        let found = self
            .connection()
            .prepare_cached(text)
            .and_then(|mut statement| statement.query_map(parameters, read)?.collect());
        match found {
            Ok(found) => Ok(found),
            Err(failure) if is_no_table(&failure) => Ok(Vec::new()),
            Err(failure) => Err(self.seen.explain(failure)),
        }
    }

    fn connection(self) -> &'a Connection {
        self.seen.connection()
    }
}

impl<'a> Changes<'a> {
    pub(crate) fn over(seen: &'a Seen<'a>) -> Self {
        Self {
            register: Register::over(seen),
        }
    }

    /// What is known, with the changes made so far.
    pub fn register(self) -> Register<'a> {
        self.register
    }

    /// Runs a statement that needs its table; says how many rows it has changed.
    fn make(self, text: &str, parameters: impl Params) -> Result<usize, Error> {
        let connection = self.register.connection();
        let explain = |failure| self.register.seen.explain(failure);
        let mut statement = match connection.prepare_cached(text) {
            Ok(statement) => statement,
            Err(failure) if is_no_table(&failure) => {
                connection.execute_batch(TABLES).map_err(explain)?;
                connection.prepare_cached(text).map_err(explain)?
            }
            Err(failure) => return Err(explain(failure)),
        };
        statement.execute(parameters).map_err(explain)
    }

    /// Runs a statement that finds nothing to change where there is no table; says how many rows it has changed.
    fn change(self, text: &str, parameters: impl Params) -> Result<usize, Error> {
        let changed = self
            .register
            .connection()
            .prepare_cached(text)
            .and_then(|mut statement| statement.execute(parameters));
        match changed {
            Ok(changed) => Ok(changed),
            Err(failure) if is_no_table(&failure) => Ok(0),
            Err(failure) => Err(self.register.seen.explain(failure)),
        }
    }
}

/// Names that stand in one column, a space between each two.
fn names(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Whether a statement was not prepared because one of our tables is not there yet. One of an earlier version, in a file that is only
/// read, is as good as none.
fn is_no_table(failure: &Failure) -> bool {
    let (Failure::SqliteFailure(_, Some(message)) | Failure::SqlInputError { msg: message, .. }) =
        failure
    else {
        return false;
    };
    message.starts_with("no such table: main.bistro_") || message.starts_with("no such column: s.")
}
