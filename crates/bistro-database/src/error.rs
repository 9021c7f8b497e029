//! What a database refuses, in SQLSTATE's words.

use std::path::PathBuf;
use std::time::Duration;

/// A file that cannot be opened, or a statement that did not work.
///
/// Variants are named for what happened to the caller's data, not for the library that said so. Messages may name
/// tables and columns of the schema; only [`Error::Internal`] may hold SQL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A row that was written, or that was to be changed, is none that rules admit.
    #[error("new row violates the rules for table \"{relation}\"")]
    Violates {
        /// Of what.
        relation: String,
    },
    /// There is no such file.
    #[error("there is no file `{}`; check the path, or make one with `sqlite3 FILE` first", path.display())]
    Missing {
        /// As given.
        path: PathBuf,
    },
    /// A directory, a device or a socket.
    #[error("`{}` is {found}, not a database file", path.display())]
    NotAFile {
        /// As given.
        path: PathBuf,
        /// What it is: `a directory`, …
        found: &'static str,
    },
    /// A file of no bytes: an accident more often than a database without tables.
    #[error("`{}` is empty, so it is no database yet; create a table in it first", path.display())]
    Empty {
        /// As given.
        path: PathBuf,
    },
    /// A file that is something else, encrypted, or damaged in its first page.
    #[error("`{}` is not a SQLite database (or it is encrypted, which is not supported)", path.display())]
    NotADatabase {
        /// As given.
        path: PathBuf,
    },
    /// The operating system refuses to open it.
    #[error("`{}` cannot be opened: {reason}; check the permissions of the file and of its directory", path.display())]
    Unreadable {
        /// As given.
        path: PathBuf,
        /// In the operating system's or SQLite's words.
        reason: String,
    },
    /// Opened for writing, but the file's permissions or its file system allow reading only.
    #[error("`{}` cannot be written; make it writable, or open it for reading only", path.display())]
    NotWritable {
        /// As given.
        path: PathBuf,
    },
    /// A database in WAL mode, in a directory that cannot be written, with changes in its log.
    #[error(
        "`{}` has changes in `{}-wal` that can be read only by who may write its directory; \
         copy both files elsewhere, or run `PRAGMA wal_checkpoint(TRUNCATE)` on it first",
        path.display(), path.display()
    )]
    NeedsRecovery {
        /// As given.
        path: PathBuf,
    },
    /// A file that was to be made is there already.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// As given.
        path: PathBuf,
    },

    /// A stored query that does not compile.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Query {
        /// What it is called.
        name: String,
        /// Its file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong there, often in SQLite's words.
        message: String,
    },
    /// The folder of stored queries cannot be read.
    #[error("the stored queries in `{}` cannot be read: {reason}", path.display())]
    Queries {
        /// The folder.
        path: PathBuf,
        /// In the operating system's words.
        reason: String,
    },

    /// A row with these values is there already.
    #[error("{relation} has a row with the same {}", columns.join(", "))]
    Unique {
        /// The table; for an index over expressions, the index.
        relation: String,
        /// The columns that must differ; for an index over expressions, `the expressions of the index`.
        columns: Vec<String>,
    },
    /// A row refers to one that does not exist, or is still referred to.
    #[error(
        "a foreign key does not hold: the row referred to is missing, or the row is still referred to"
    )]
    ForeignKey,
    /// The row that rows are to belong to is not there.
    #[error("there is no such row of {relation}")]
    NoSuchRow {
        /// The table.
        relation: String,
    },
    /// A value is required.
    #[error("column {column} of {relation} must not be null")]
    NotNull {
        /// The table.
        relation: String,
        /// The column.
        column: String,
    },
    /// A row breaks a `CHECK`.
    #[error("the row breaks the check `{name}`")]
    Check {
        /// The constraint's name, or its expression if it has none.
        name: String,
    },
    /// A value of a type its column does not take (`STRICT` tables, integer keys).
    #[error("{message}")]
    Mismatch {
        /// In SQLite's words: which value for which column.
        message: String,
    },
    /// A trigger of the schema called `RAISE`.
    #[error("{message}")]
    Raised {
        /// What the trigger says.
        message: String,
    },
    /// A value, row or statement beyond the database's limits.
    #[error("beyond a limit of the database: {message}")]
    TooBig {
        /// Which limit.
        message: String,
    },
    /// A sum of integers that does not fit in 64 bits.
    #[error("the result does not fit in a 64-bit integer")]
    Overflow,
    /// A regular expression that is none, or is too large.
    #[error("invalid regular expression: {message}")]
    InvalidPattern {
        /// What is wrong with it, and where.
        message: String,
    },
    /// Text that is not JSON where JSON is needed.
    #[error("invalid JSON: {message}")]
    InvalidJson {
        /// What is wrong with it.
        message: String,
    },
    /// A JSON path that is none.
    #[error("invalid JSON path: {message}")]
    InvalidPath {
        /// What is wrong with it.
        message: String,
    },
    /// A full-text query that is none.
    #[error("invalid search: {message}")]
    InvalidSearch {
        /// What is wrong with it.
        message: String,
    },

    /// A column is compared by a collation that only the application which made the file knows.
    #[error("{message}; it is known only to the program that made the database")]
    UnknownCollation {
        /// Which one.
        message: String,
    },

    /// What a view, a virtual table or a stored query computes of its rows fails: SQLite refuses what its SQL asks there.
    #[error("what `{relation}` computes fails: {message}")]
    Computation {
        /// The view, table or query.
        relation: String,
        /// In SQLite's words.
        message: String,
    },

    /// Another process holds a lock, and held it for the whole busy timeout.
    #[error("the database is locked by another process")]
    Locked,
    /// A write to a database that is open for reading only.
    #[error("the database is open for reading only")]
    ReadOnly,
    /// The file was opened for writing, and now the system lets it only be read.
    #[error("the database cannot be written any more: {reason}")]
    WriteProtected {
        /// In SQLite's words.
        reason: String,
    },
    /// The disk, or the database's size limit, is full.
    #[error("the disk is full")]
    Full,
    /// The process has no memory left for this.
    #[error("out of memory")]
    OutOfMemory,
    /// The file is damaged.
    #[error("the database file is damaged: {reason}")]
    Corrupt {
        /// In SQLite's words.
        reason: String,
    },
    /// The operating system failed to read or write.
    #[error("the system failed in {doing} the database: {reason}")]
    Io {
        /// `reading`, `writing`, …
        doing: &'static str,
        /// In SQLite's or the operating system's words.
        reason: String,
    },
    /// The schema is no longer the one this was planned for: refresh the catalog and plan again.
    #[error("the schema has changed")]
    Stale,
    /// Another file is put in the place of the database just now.
    #[error("the database file is being exchanged for another")]
    Replaced,
    /// The queue for this kind of work is full.
    #[error("too many requests are waiting for the database")]
    Overloaded,
    /// A statement ran too long without producing a row.
    #[error("the statement was stopped: {} ms without a row", limit.as_millis())]
    Timeout {
        /// The bound.
        limit: Duration,
    },
    /// Nobody waits for the answer any more.
    #[error("the statement was stopped: nobody waits for its answer")]
    Interrupted,
    /// Another write of the same batch made the database undo the whole batch. Nothing of this one is left: try again.
    #[error("the change was undone together with another; try again")]
    Undone,
    /// The database has been closed.
    #[error("the database is closed")]
    Closed,
    /// What should not happen: a bug here, or an error of SQLite that has no place above.
    #[error("{message}")]
    Internal {
        /// For the log only.
        message: String,
    },
}

impl Error {
    /// The SQLSTATE that says the same (PostgreSQL, Appendix A).
    pub fn sqlstate(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "58P01",
            Self::Exists { .. } => "58P02",
            Self::NotAFile { .. }
            | Self::Empty { .. }
            | Self::NotADatabase { .. }
            | Self::Unreadable { .. }
            | Self::NotWritable { .. }
            | Self::NeedsRecovery { .. }
            | Self::Queries { .. }
            | Self::WriteProtected { .. }
            | Self::Io { .. } => "58030",
            Self::Query { .. } => "42601",
            Self::Unique { .. } => "23505",
            Self::NoSuchRow { .. } => "02000",
            Self::ForeignKey => "23503",
            Self::NotNull { .. } => "23502",
            Self::Check { .. } => "23514",
            Self::Violates { .. } => "42501",
            Self::Mismatch { .. } | Self::InvalidJson { .. } => "22P02",
            Self::Raised { .. } => "P0001",
            Self::TooBig { .. } => "54000",
            Self::Overflow => "22003",
            Self::InvalidPattern { .. } => "2201B",
            Self::InvalidPath { .. } | Self::InvalidSearch { .. } => "42601",
            Self::UnknownCollation { .. } => "0A000",
            Self::Computation { .. } => "38000",
            Self::Locked => "55P03",
            Self::ReadOnly => "25006",
            Self::Full => "53100",
            Self::OutOfMemory => "53200",
            Self::Corrupt { .. } => "XX001",
            Self::Stale | Self::Undone => "40001",
            Self::Overloaded => "53300",
            Self::Timeout { .. } | Self::Interrupted => "57014",
            Self::Closed => "57P01",
            Self::Replaced => "57P03",
            Self::Internal { .. } => "XX000",
        }
    }
}
