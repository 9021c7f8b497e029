//! Scripts: one makes a new database, one changes a database that is there.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::Error;
use crate::sqlite::error;

/// Makes a new database file from a SQL script: all of it, or nothing. It never replaces a file that is there.
///
/// # Errors
/// The file exists, its directory cannot be written, or the script is wrong.
pub fn create_from_script(path: &Path, sql: &str) -> Result<(), Error> {
    if path.try_exists().unwrap_or(true) {
        return Err(Error::Exists {
            path: path.to_owned(),
        });
    }
    let unfinished = unfinished(path);
    let result = build(&unfinished, sql).and_then(|()| publish(&unfinished, path));
    // Both names are the same file now, or it was never finished.
    let _gone = fs::remove_file(&unfinished);
    result
}

/// Runs a SQL script on a database that is there: all of it, or nothing.
///
/// # Errors
/// The file is missing or cannot be written, is locked by another process, or the script is wrong.
pub fn run_script(path: &Path, sql: &str) -> Result<(), Error> {
    execute(path, OpenFlags::empty(), sql)
}

/// A name beside the file's own that only this process uses.
fn unfinished(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.unfinished", std::process::id()));
    name.into()
}

fn build(path: &Path, sql: &str) -> Result<(), Error> {
    // What a process of the same number left behind when it was killed.
    let _gone = fs::remove_file(path);
    execute(path, OpenFlags::SQLITE_OPEN_CREATE, sql)
}

fn execute(path: &Path, how: OpenFlags, sql: &str) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | how;
    let fail = |failure| error::meaning(failure, None);
    let absolute = std::path::absolute(path).map_err(|error| unreadable(path, &error))?;
    let connection =
        Connection::open_with_flags(absolute, flags).map_err(|failure| Error::Unreadable {
            path: path.to_owned(),
            reason: failure.to_string(),
        })?;
    connection.execute_batch("BEGIN").map_err(fail)?;
    connection.execute_batch(sql).map_err(fail)?;
    connection.execute_batch("COMMIT").map_err(fail)?;
    connection.close().map_err(|(_, failure)| fail(failure))
}

/// Gives the file its name. Unlike renaming, linking fails if somebody else was faster.
fn publish(unfinished: &Path, path: &Path) -> Result<(), Error> {
    let fail = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Error::Exists {
            path: path.to_owned(),
        },
        _ => unreadable(path, &error),
    };
    match fs::hard_link(unfinished, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(fail(error)),
        // Some file systems have no links.
        Err(_) => fs::rename(unfinished, path).map_err(fail),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
