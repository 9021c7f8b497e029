//! What the database refused.

use bistro_database::Error;
use hyper::{StatusCode, header};

use crate::problem::Problem;

/// Seconds after which what is busy now is worth another try.
const RETRY_AFTER: &str = "1";

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = error.sqlstate();
        let sentence = error.to_string();
        match error {
            Error::Unique { .. }
            | Error::ForeignKey
            | Error::NotNull { .. }
            | Error::Check { .. } => constraint(error, sentence),
            Error::Mismatch { .. }
            | Error::Raised { .. }
            | Error::TooBig { .. }
            | Error::Overflow
            | Error::InvalidPattern { .. }
            | Error::InvalidJson { .. }
            | Error::InvalidPath { .. }
            | Error::InvalidSearch { .. }
            | Error::UnknownCollation { .. }
            | Error::Computation { .. } => Self::new(StatusCode::BAD_REQUEST, code, sentence),
            Error::NoSuchRow { .. } => Self::no_such_row(),
            Error::ReadOnly => Self::new(StatusCode::METHOD_NOT_ALLOWED, code, sentence),
            Error::Locked | Error::Overloaded | Error::Stale | Error::Undone => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, code, sentence)
                    .hint("Try again in a moment.")
                    .field(header::RETRY_AFTER, RETRY_AFTER)
            }
            Error::Timeout { .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, code, sentence)
                .hint("Ask for less: a filter on an indexed column, fewer rows, or no count.")
                .field(header::RETRY_AFTER, RETRY_AFTER),
            Error::Interrupted | Error::Closed => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, code, sentence)
                    .field(header::RETRY_AFTER, RETRY_AFTER)
            }
            Error::Full | Error::OutOfMemory => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, code, sentence.clone())
                    .field(header::RETRY_AFTER, "60")
                    .report(format!(
                        "{sentence}: writes are refused until there is room again"
                    ))
            }
            Error::Missing { .. }
            | Error::NotAFile { .. }
            | Error::Empty { .. }
            | Error::NotADatabase { .. }
            | Error::Unreadable { .. }
            | Error::NotWritable { .. }
            | Error::NeedsRecovery { .. }
            | Error::Exists { .. }
            | Error::Query { .. }
            | Error::Queries { .. }
            | Error::Corrupt { .. }
            | Error::Io { .. } => {
                // Whose file it is and what it is called concerns the operator alone.
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    code,
                    "The database file cannot be used; the log says why",
                )
                .report(sentence)
            }
            Error::Internal { .. } => Self::internal(sentence),
        }
    }
}

/// A row that breaks a rule of the schema, in PostgreSQL's words.
fn constraint(error: Error, sentence: String) -> Problem {
    let code = error.sqlstate();
    let (status, message) = match error {
        Error::Unique { columns, .. } => (
            StatusCode::CONFLICT,
            format!(
                "duplicate key value violates unique constraint on ({})",
                columns.join(", ")
            ),
        ),
        Error::ForeignKey => (
            StatusCode::CONFLICT,
            "violates foreign key constraint".to_owned(),
        ),
        Error::NotNull { relation, column } => (
            StatusCode::BAD_REQUEST,
            format!(
                "null value in column \"{column}\" of relation \"{relation}\" violates not-null constraint"
            ),
        ),
        Error::Check { name } => (
            StatusCode::BAD_REQUEST,
            format!("new row violates check constraint \"{name}\""),
        ),
        _ => (StatusCode::BAD_REQUEST, sentence.clone()),
    };
    Problem::new(status, code, message).details(sentence)
}
