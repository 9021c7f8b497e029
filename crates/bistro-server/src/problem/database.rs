//! What the database refused.

use bistro_database::Error;
use hyper::{StatusCode, header};

use crate::problem::Problem;

/// Seconds after which what is busy now is worth another try.
const RETRY_AFTER: &str = "1";

/// Seconds after which what somebody has to mend may be.
const LATER: &str = "10";

/// What a client is told of a file that only the operator can do something about.
const UNUSABLE: &str = "The database file cannot be used; the log says why";

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
            Error::Violates { .. } => Self::new(StatusCode::FORBIDDEN, code, sentence),
            Error::ReadOnly => Self::new(StatusCode::METHOD_NOT_ALLOWED, code, sentence),
            Error::Overloaded | Error::Stale | Error::Undone | Error::Replaced => {
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
            Error::Locked
            | Error::Full
            | Error::OutOfMemory
            | Error::WriteProtected { .. }
            | Error::Corrupt { .. }
            | Error::Io { .. }
            | Error::Missing { .. }
            | Error::NotAFile { .. }
            | Error::Empty { .. }
            | Error::NotADatabase { .. }
            | Error::Unreadable { .. }
            | Error::NotWritable { .. }
            | Error::NeedsRecovery { .. }
            | Error::Exists { .. }
            | Error::Query { .. }
            | Error::Queries { .. } => failing(&error, sentence),
            Error::Internal { .. } => Self::internal(sentence),
        }
    }
}

/// What only the operator can mend. The client learns whether to come again; what is wrong with which file, and what to do
/// about it, concerns the operator alone.
fn failing(error: &Error, sentence: String) -> Problem {
    let code = error.sqlstate();
    let busy = |message: &str, seconds: &str| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
            .hint("Try again in a moment.")
            .field(header::RETRY_AFTER, seconds)
    };
    let advise = |advice: &str| format!("{sentence}; {advice}");
    match error {
        Error::Locked => busy(&sentence, RETRY_AFTER).report_of_file(advise(
            "find out which (`fuser FILE` or `lsof FILE` names who has it open), and have it end its transaction; \
             `busy_timeout` says how long Bistro waits for it",
        )),
        // Not 503: reads go on, so whoever watches the status must not take the server for down; and a client must not
        // send the change again by itself, for it takes somebody to make room (RFC 4918 §11.5).
        Error::Full => Problem::new(StatusCode::INSUFFICIENT_STORAGE, code, sentence.clone())
            .hint("Changes are taken again when there is room.")
            .report_of_file(advise(
                "make room on its file system: changes are refused until there is, and reads go on",
            )),
        Error::OutOfMemory => busy(&sentence, "60").report(advise(
            "give the process more, or let it do less at once (`readers`, `connections`)",
        )),
        Error::WriteProtected { .. } => busy(UNUSABLE, LATER).report_of_file(advise(
            "make the file, its directory and its file system writable again; reads go on",
        )),
        Error::Io { .. } => busy(UNUSABLE, LATER).report_of_file(advise(
            "look in the system's log for what is wrong with the disk, and whether its file system has become \
             read-only, or a quota or a limit on the size of files is reached",
        )),
        Error::Corrupt { .. } => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, code, UNUSABLE).report_of_file(advise(
                "`PRAGMA integrity_check` of `sqlite3` says how far; put a backup in its place, or what `.recover` of \
                 `sqlite3` saves",
            ))
        }
        Error::Exists { .. } | Error::Query { .. } | Error::Queries { .. } => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, code, UNUSABLE).report(sentence)
        }
        // The file has another in its place, or none: what is wrong with it is said as at the start.
        _ => busy(UNUSABLE, LATER).report(sentence),
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
