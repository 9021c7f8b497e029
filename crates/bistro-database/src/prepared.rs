//! A write that is ready to run.

use bistro_plan::plan::{Change, Returning, Write};
use bistro_plan::sql::{self, Program};

/// A write with the statements it takes. It is made on the thread that asks: the one that writes has no time for it.
#[derive(Clone, Debug)]
pub struct Prepared {
    write: Write,
    program: Program,
}

impl Prepared {
    /// Writes the statements.
    pub fn new(write: Write) -> Self {
        let program = sql::write(&write);
        Self { write, program }
    }

    /// The plan.
    pub fn write(&self) -> &Write {
        &self.write
    }

    /// Its statements.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Whether it is one statement, which leaves nothing behind if it fails.
    pub fn is_one_statement(&self) -> bool {
        let program = &self.program;
        let runs: usize = program.steps.iter().map(|step| step.runs.len()).sum();
        let reads_after = match self.write.returning {
            Returning::Nothing => false,
            Returning::Read(_) | Returning::Direct => true,
        };
        let has_children = match &self.write.change {
            Change::Insert { children, .. } => !children.is_empty(),
            Change::Update { .. } | Change::Delete { .. } => false,
        };
        runs <= 1 && !reads_after && !has_children && program.touched == 0
    }
}
