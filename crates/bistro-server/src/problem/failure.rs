//! Why an attempt to answer comes to nothing.

use bistro_database::Error;

use crate::problem::Problem;

/// Why an attempt to answer came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The schema changed between plan and execution: plan again.
    Stale,
    /// It cannot be answered.
    Problem(Problem),
    /// It cannot be answered, and that was found out against the schema as it is: to plan again would not help.
    Settled(Problem),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Stale => Self::Stale,
            error => Self::Problem(Problem::from(error)),
        }
    }
}
