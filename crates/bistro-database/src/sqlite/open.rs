//! Opens a file as a connection that is safe to serve from.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::time::Duration;

use bistro_plan::sql::{TOUCHED, TOUCHED_KEYS};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error as Failure, OpenFlags, ffi};

use crate::error::Error;
use crate::settings::{Durability, Settings};
use crate::sqlite::connected::Connected;
use crate::sqlite::generation::Header;
use crate::sqlite::watch::{Allowance, Watch};
use crate::sqlite::written_file::{WrittenFile, take_over};
use crate::sqlite::{error, functions, patience, tables};

/// The first octets of every SQLite database ("Database File Format" §1.3.1).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Statements that the library keeps prepared on each connection, besides those of [`Connected`]: those about Bistro's own
/// tables.
const STATEMENTS_KEPT: usize = 128;

/// How much of the file a connection keeps that reads briefly, in KiB: there is one for each core, and what it does not keep it
/// copies from the system, page by page.
const PAGES_KIB: i64 = 16 * 1024;

/// How much of the file the connection keeps that writes, in KiB: rows go to the end of a table, but to any page of its indexes.
const WRITTEN_KIB: i64 = 4 * 1024;

/// Pages of the log that stay on disk to be used again: as many as it has where nobody stands in the way.
const LOG_PAGES_KEPT: u32 = 8_000;

/// A connection and its watch.
#[derive(Debug)]
pub(super) struct Opened {
    /// What tells the newest state of the database, on a connection that reads. It is gone before the connection is.
    pub(super) header: Option<Header>,
    pub(super) connection: Connected,
    /// What the connection's files refer to: it outlives them.
    _files: Vec<Arc<WrittenFile>>,
    pub(super) watch: Arc<Watch>,
    /// Which of the files that were opened at the path one after the other.
    pub(super) tenure: u64,
    /// Dropped when the connection is closed: last.
    pub(super) presence: Option<Arc<()>>,
    /// Whether its commits are followed, for checkpoints.
    pub(super) is_followed: bool,
}

impl Opened {
    /// It is a connection to that one of the files which are opened at a path one after the other.
    pub(super) fn belong_to(&mut self, tenure: u64) {
        self.tenure = tenure;
        if let Some(header) = &mut self.header {
            header.tenure = tenure;
        }
    }
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading, in a database that may be written by others.
    Read,
    /// Reading what takes no time, on a thread that has others to serve: it never waits.
    ReadBriefly,
    /// Writing.
    Write,
    /// Moving the log into the file.
    Checkpoint,
}

/// How the file is opened, found out once by [`examine`].
#[derive(Clone, Debug)]
pub(super) struct Location {
    path: PathBuf,
    is_read_only: bool,
    /// Nobody can write the directory or the file through us, and SQLite cannot make the files it coordinates with:
    /// the file is read as something that never changes.
    is_immutable: bool,
}

/// Checks that the file is a database that can be served as the settings ask, and finds out how to open it.
///
/// # Errors
/// Each way in which it is not.
pub(super) fn examine(settings: &Settings) -> Result<Location, Error> {
    check_file(&settings.path)?;
    let mut location = Location {
        path: settings.path.clone(),
        is_read_only: settings.is_read_only,
        is_immutable: false,
    };
    match probe(&location, settings) {
        Ok(()) => Ok(location),
        Err(Error::Unreadable { .. }) if settings.is_read_only && is_wal(&location.path) => {
            // Reading a database in WAL mode takes two files beside it. If they cannot be made, nobody has it open
            // now, and without a log its main file is all there is.
            if has_log(&location.path) {
                return Err(Error::NeedsRecovery {
                    path: location.path,
                });
            }
            location.is_immutable = true;
            probe(&location, settings)?;
            Ok(location)
        }
        Err(error) => Err(error),
    }
}

/// Opens a connection.
///
/// # Errors
/// The file has gone or changed since it was examined, or is locked.
pub(super) fn open(
    location: &Location,
    settings: &Settings,
    purpose: Purpose,
) -> Result<Opened, Error> {
    let fail = |failure| opening(failure, &location.path);
    let mut connection = connect(location).map_err(fail)?;
    let patience = match purpose {
        Purpose::Read | Purpose::Write | Purpose::Checkpoint => settings.busy_timeout,
        Purpose::ReadBriefly => Duration::ZERO,
    };
    patience::set(&connection, patience).map_err(fail)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    guard(&connection).map_err(fail)?;
    functions::register(&connection).map_err(fail)?;
    match purpose {
        Purpose::Read => connection
            .pragma_update(None, "query_only", true)
            .map_err(fail)?,
        Purpose::ReadBriefly => connection
            .pragma_update(None, "query_only", true)
            .and_then(|()| connection.pragma_update(None, "cache_size", -PAGES_KIB))
            .map_err(fail)?,
        Purpose::Write => {
            // SQLite opens for reading what it may not write, and would go on so when it may again.
            if connection.is_readonly("main").map_err(fail)? {
                return Err(Error::WriteProtected {
                    reason: "its permissions or its file system allow reading only".to_owned(),
                });
            }
            prepare_writing(&connection, settings.durability).map_err(fail)?;
        }
        Purpose::Checkpoint => prepare_checkpoints(&connection).map_err(fail)?,
    }
    let header = match purpose {
        // A file that never changes has no log.
        Purpose::Read | Purpose::ReadBriefly if !location.is_immutable => {
            // The index of the log is there once something was read.
            connection
                .query_row("PRAGMA main.schema_version", [], |_| Ok(()))
                .map_err(fail)?;
            Header::of(&connection)
        }
        Purpose::Read | Purpose::ReadBriefly | Purpose::Write | Purpose::Checkpoint => None,
    };
    let allowance = match purpose {
        Purpose::Read => Allowance::of_rows(settings.statement_timeout),
        Purpose::Write | Purpose::Checkpoint => {
            Allowance::of_written_rows(settings.statement_timeout)
        }
        Purpose::ReadBriefly => Allowance::BRIEF,
    };
    let watch = Watch::over(&mut connection, allowance).map_err(fail)?;
    let files = match purpose {
        Purpose::Write => take_over(&connection, settings.durability == Durability::Full),
        // It writes nothing to the log.
        Purpose::Checkpoint => take_over(&connection, false),
        Purpose::Read | Purpose::ReadBriefly => Vec::new(),
    };
    Ok(Opened {
        header,
        connection: Connected::new(connection),
        _files: files,
        watch,
        tenure: 0,
        presence: None,
        is_followed: false,
    })
}

fn check_file(path: &Path) -> Result<(), Error> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::Missing {
            path: path.to_owned(),
        },
        _ => Error::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if let Some(found) = other_than_file(&metadata) {
        return Err(Error::NotAFile {
            path: path.to_owned(),
            found,
        });
    }
    if metadata.len() == 0 {
        return Err(Error::Empty {
            path: path.to_owned(),
        });
    }
    let mut start = Vec::with_capacity(MAGIC.len());
    File::open(path)
        .and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut start))
        .map_err(unreadable)?;
    if start == MAGIC {
        Ok(())
    } else {
        Err(Error::NotADatabase {
            path: path.to_owned(),
        })
    }
}

/// A pipe or a device must not even be opened: that could wait forever.
fn other_than_file(metadata: &Metadata) -> Option<&'static str> {
    if metadata.is_dir() {
        Some("a directory")
    } else if metadata.is_file() {
        None
    } else {
        Some("a device, pipe or socket")
    }
}

/// Opens once, to see whether it works.
fn probe(location: &Location, settings: &Settings) -> Result<(), Error> {
    let fail = |failure| opening(failure, &location.path);
    let connection = connect(location).map_err(fail)?;
    patience::set(&connection, settings.busy_timeout).map_err(fail)?;
    guard(&connection).map_err(fail)?;
    connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        })
        .map_err(fail)?;
    if location.is_read_only {
        return Ok(());
    }
    if connection.is_readonly("main").map_err(fail)? {
        return Err(Error::NotWritable {
            path: location.path.clone(),
        });
    }
    // Readers that don't wait for the writer. A file system without shared memory refuses, and somebody who has the
    // file open may stand in the way: then it works in the mode it has.
    match connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())) {
        Ok(()) => Ok(()),
        Err(failure) => match opening(failure, &location.path) {
            Error::Locked
            | Error::Io { .. }
            | Error::Unreadable { .. }
            | Error::WriteProtected { .. } => Ok(()),
            error => Err(error),
        },
    }
}

fn connect(location: &Location) -> rusqlite::Result<Connection> {
    let access = if location.is_read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    // Each connection belongs to one thread at a time.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if location.is_immutable {
        let flags = flags | OpenFlags::SQLITE_OPEN_URI;
        return Connection::open_with_flags(immutable_uri(&location.path), flags);
    }
    // An absolute path cannot be taken for a `file:` URI.
    let path = absolute(&location.path).unwrap_or_else(|_| location.path.clone());
    Connection::open_with_flags(path, flags)
}

/// `file:///path?immutable=1` ("Uniform Resource Identifiers" §3).
fn immutable_uri(path: &Path) -> String {
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    let escaped: String = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|byte| match byte {
            b'/' | b'.' | b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                char::from(*byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("file://{escaped}?immutable=1")
}

/// What no statement of ours needs and no file should be able to use ("Defense Against The Dark Arts").
///
/// Double-quoted strings stay allowed in DML, since views and triggers of the file may have them: our own statements name
/// only what the catalog of the same schema version has.
fn guard(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // A plan by the shape of a statement alone: with statistics SQLite would plan by the values that are bound, and for that prepare
    // the statement again for each ("The Query Planner Stability Guarantee").
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    connection.pragma_update(None, "cell_size_check", true)
}

fn prepare_writing(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "cache_size", -WRITTEN_KIB)?;
    // A log that readers have let grow gives its room back when it is begun again.
    let page_octets: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let log_octets = i64::from(page_octets) * i64::from(LOG_PAGES_KEPT);
    connection.pragma_update_and_check(None, "journal_size_limit", log_octets, |_| Ok(()))?;
    // The rows touched are few. Readers keep the default: a large sort goes to a file rather than to memory.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    let keys: Vec<String> = (0..TOUCHED_KEYS).map(|key| format!("k{key}")).collect();
    let table = format!(
        "CREATE TEMP TABLE IF NOT EXISTS {TOUCHED} (position INTEGER PRIMARY KEY, {})",
        keys.join(", ")
    );
    connection.execute_batch(&table)?;
    tables::add_what_is_new(connection)
}

/// Makes a connection know that there is a log, which it does not before it has read something. It waits for nobody.
fn prepare_checkpoints(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    patience::set(connection, Duration::ZERO)
}

/// What a failure means before there is a statement.
fn opening(failure: Failure, path: &Path) -> Error {
    match failure.sqlite_error() {
        Some(cause) if cause.extended_code & 0xff == ffi::SQLITE_NOTADB => Error::NotADatabase {
            path: path.to_owned(),
        },
        Some(cause)
            if cause.extended_code & 0xff == ffi::SQLITE_CANTOPEN
                || cause.extended_code == ffi::SQLITE_READONLY_CANTINIT
                || cause.extended_code == ffi::SQLITE_READONLY_DIRECTORY =>
        {
            Error::Unreadable {
                path: path.to_owned(),
                reason: failure.to_string(),
            }
        }
        _ => error::meaning(failure, None),
    }
}

/// Whether the file is in WAL mode: its read version is 2 ("Database File Format" §1.3.3).
fn is_wal(path: &Path) -> bool {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(20).read_to_end(&mut start))
        .is_ok()
        && start.get(19) == Some(&2)
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0)
}

#[cfg(test)]
mod tests;
