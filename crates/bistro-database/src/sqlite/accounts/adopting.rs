//! Rows of a visitor become those of a user.

use bistro_plan::sql::Statement;
use rusqlite::Result as Outcome;

use crate::error::Error;
use crate::sqlite::accounts::Changes;
use crate::sqlite::connected::Keeping;

impl Changes<'_> {
    /// Runs statements, each of which may fail by what the schema demands: then it is as if it had not been run, and why is
    /// returned.
    ///
    /// # Errors
    /// What is nothing that rows could be at fault of.
    pub fn adopt(self, statements: &[Statement]) -> Result<Vec<Error>, Error> {
        let mut left_out = Vec::new();
        for statement in statements {
            self.make("SAVEPOINT adopting", [])?;
            if let Err(failure) = self.run(statement) {
                let error = self.register().seen.explain(failure);
                if !is_of_rows(&error) {
                    return Err(error);
                }
                self.make("ROLLBACK TO adopting", [])?;
                left_out.push(error);
            }
            self.make("RELEASE adopting", [])?;
        }
        Ok(left_out)
    }

    fn run(self, statement: &Statement) -> Outcome<()> {
        let connection = self.register().seen.connection();
        let mut run = connection.start(&statement.text, &statement.parameters, Keeping::Once)?;
        while run.step()?.is_some() {}
        Ok(())
    }
}

/// Whether rows are at fault, by the class of SQLSTATE: data (22), constraints (23), what triggers say (P0) or compute (38).
fn is_of_rows(error: &Error) -> bool {
    let state = error.sqlstate();
    ["22", "23", "P0", "38"]
        .iter()
        .any(|class| state.starts_with(class))
}
