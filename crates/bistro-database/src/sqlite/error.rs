//! SQLite's error codes and messages, by what they mean.

use rusqlite::Error as Failure;
use rusqlite::ffi;

use crate::error::Error;
use crate::sqlite::functions;

/// What a failed statement means. `relation` is the one the statement is about, if any: it tells where its name ends
/// in messages that give names unquoted.
///
/// "Interrupted" becomes [`Error::Interrupted`]; who holds the connection's watch knows better why.
pub(super) fn meaning(failure: Failure, relation: Option<&str>) -> Error {
    match failure {
        Failure::SqliteFailure(error, message) => {
            let message = message.unwrap_or_else(|| error.to_string());
            by_code(error.extended_code, message, relation)
        }
        Failure::SqlInputError {
            error, msg, sql, ..
        } => match by_code(error.extended_code, msg, relation) {
            Error::Internal { message } => Error::Internal {
                message: format!("{message} in `{sql}`"),
            },
            meaning => meaning,
        },
        other => Error::Internal {
            message: other.to_string(),
        },
    }
}

/// A failure to prepare a statement: such as are told by their place in the text, also where SQLite knows none.
pub(super) fn unprepared(failure: Failure, text: &str) -> Failure {
    match failure {
        Failure::SqliteFailure(error, Some(msg)) if error.extended_code == ffi::SQLITE_ERROR => {
            Failure::SqlInputError {
                error,
                msg,
                sql: text.to_owned(),
                offset: -1,
            }
        }
        other => other,
    }
}

/// What the failure of a statement about `relation` means. If it was running already and nothing else is known of it, the
/// SQL that it reads is wrong: that of a view, a virtual table, a stored query.
pub(super) fn meaning_of_rows(failure: Failure, relation: &str) -> Error {
    let is_computed = matches!(
        &failure,
        Failure::SqliteFailure(error, Some(message))
            if matches!(error.extended_code, ffi::SQLITE_ERROR | ffi::SQLITE_RANGE)
                && !message.starts_with(functions::MISTAKE)
    );
    match meaning(failure, Some(relation)) {
        Error::Internal { message } if is_computed => Error::Computation {
            relation: relation.to_owned(),
            message,
        },
        meaning => meaning,
    }
}

fn by_code(extended: i32, message: String, relation: Option<&str>) -> Error {
    match extended & 0xff {
        ffi::SQLITE_ERROR => by_message(message),
        ffi::SQLITE_CONSTRAINT => constraint(extended, message, relation),
        ffi::SQLITE_MISMATCH => Error::Mismatch { message },
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => Error::Locked,
        // Nothing is written through a file that was opened for reading: this one was opened for writing.
        ffi::SQLITE_READONLY => Error::WriteProtected { reason: message },
        ffi::SQLITE_FULL => Error::Full,
        ffi::SQLITE_NOMEM => Error::OutOfMemory,
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => Error::Corrupt { reason: message },
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN | ffi::SQLITE_PERM => Error::Io {
            doing: doing(extended),
            reason: message,
        },
        ffi::SQLITE_TOOBIG => Error::TooBig { message },
        ffi::SQLITE_INTERRUPT => Error::Interrupted,
        ffi::SQLITE_SCHEMA => Error::Stale,
        _ => Error::Internal {
            message: format!("{message} (SQLite {extended})"),
        },
    }
}

/// What an operating system's error interrupted.
fn doing(extended: i32) -> &'static str {
    match extended {
        ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ => "reading",
        ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_TRUNCATE => "writing",
        ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC => "syncing",
        ffi::SQLITE_IOERR_LOCK | ffi::SQLITE_IOERR_RDLOCK | ffi::SQLITE_IOERR_UNLOCK => "locking",
        ffi::SQLITE_IOERR_SHMOPEN | ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_SHMMAP => {
            "sharing the index of the log of"
        }
        _ => "opening, reading or writing",
    }
}

/// `SQLITE_ERROR` says in words only what is wrong.
fn by_message(message: String) -> Error {
    if let Some(reason) = message.strip_prefix(functions::INVALID_PATTERN) {
        return Error::InvalidPattern {
            message: reason.to_owned(),
        };
    }
    let lower = message.to_ascii_lowercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| lower.starts_with(prefix));
    if starts(&["integer overflow"]) {
        Error::Overflow
    } else if starts(&["cannot "]) {
        // A module or a view whose triggers take only some writes: "cannot modify v because it is a view".
        Error::Raised { message }
    } else if starts(&["malformed json", "json cannot hold blob"]) {
        Error::InvalidJson { message }
    } else if starts(&["bad json path", "json path error"]) {
        Error::InvalidPath { message }
    } else if starts(&[
        "fts5: ",
        "unknown special query",
        "unterminated string",
        "malformed match",
        "unable to use function match",
    ]) {
        Error::InvalidSearch { message }
    } else if starts(&["no such collation sequence"]) {
        Error::UnknownCollation { message }
    } else if starts(&[
        "too many ",
        "at most ",
        "expression tree is too large",
        "parser stack overflow",
        "string or blob too big",
        "like or glob pattern too complex",
    ]) {
        Error::TooBig { message }
    } else {
        Error::Internal { message }
    }
}

fn constraint(extended: i32, message: String, relation: Option<&str>) -> Error {
    let after = |prefix: &str| message.strip_prefix(prefix);
    // `ON DELETE RESTRICT` is done by a trigger inside SQLite, and reported as one.
    if message == "FOREIGN KEY constraint failed" {
        return Error::ForeignKey;
    }
    match extended {
        ffi::SQLITE_CONSTRAINT_TRIGGER => Error::Raised { message },
        ffi::SQLITE_CONSTRAINT_DATATYPE => Error::Mismatch { message },
        _ => {
            if let Some(place) = after("UNIQUE constraint failed: ") {
                unique(place, relation)
            } else if let Some(place) = after("NOT NULL constraint failed: ") {
                let (relation, column) = split(place, relation);
                Error::NotNull {
                    relation: relation.to_owned(),
                    column: column.to_owned(),
                }
            } else if let Some(name) = after("CHECK constraint failed: ") {
                Error::Check {
                    name: name.to_owned(),
                }
            } else {
                // A module's own rule, such as `rtree constraint failed: area.(x0<=x1)`.
                Error::Check { name: message }
            }
        }
    }
}

/// `t.a, t.b`, or `index 'name'` for an index over expressions.
fn unique(place: &str, relation: Option<&str>) -> Error {
    let index = place
        .strip_prefix("index '")
        .and_then(|rest| rest.strip_suffix('\''));
    if let Some(index) = index {
        return Error::Unique {
            relation: index.to_owned(),
            columns: vec!["the expressions of the index".to_owned()],
        };
    }
    let (relation, columns) = split(place, relation);
    let separator = format!(", {relation}.");
    Error::Unique {
        relation: relation.to_owned(),
        columns: columns.split(&separator).map(str::to_owned).collect(),
    }
}

/// Where the table's name ends: after `relation` if it starts with that, else at the first dot.
fn split<'a>(place: &'a str, relation: Option<&'a str>) -> (&'a str, &'a str) {
    relation
        .and_then(|name| {
            let column = place.strip_prefix(name)?.strip_prefix('.')?;
            Some((name, column))
        })
        .or_else(|| place.split_once('.'))
        .unwrap_or(("", place))
}

#[cfg(test)]
mod tests;
