//! A connection that keeps its statements prepared, and shows the values of their rows without a check for each.
//!
//! The library's own way to a statement that was prepared before, and to a value, is made for those who may hold either wrongly: for a
//! row by its key it costs half of what SQLite's own steps do. Plans are run this way; what Bistro keeps in tables of its own is not.
#![expect(
    unsafe_code,
    reason = "statements are run through SQLite's own interface: the library's costs a row by its key a tenth of all it takes"
)]

use std::cell::RefCell;
use std::ffi::{CStr, c_int};
use std::fmt::{self, Debug};
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::slice;

use bistro_plan::value::{self, Value, ValueRef};
use rusqlite::{Connection, Error as Failure, ffi};

use crate::sqlite::error;

/// Statements kept prepared on each connection.
const KEPT: usize = 128;

/// What becomes of a statement that was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// It stays prepared.
    Kept,
    /// It was prepared for this once.
    Once,
}

/// A connection and its statements.
pub(super) struct Connected {
    /// Those that nobody runs just now, the last one last. They are gone before the connection is, which could not be closed
    /// otherwise.
    idle: RefCell<Vec<Statement>>,
    connection: Connection,
}

/// A prepared statement.
struct Statement {
    raw: NonNull<ffi::sqlite3_stmt>,
    text: Box<str>,
}

/// A statement that is being run. Dropped, it is ready for the next time.
pub(super) struct Run<'a> {
    connected: &'a Connected,
    raw: NonNull<ffi::sqlite3_stmt>,
    /// The statement itself; it is only taken when this is dropped.
    statement: Option<Statement>,
    keeping: Keeping,
}

/// The row that a statement is at, or its columns from one on.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    run: &'a Run<'a>,
    /// Columns before the first that is shown.
    skip: usize,
}

// SAFETY: a statement may be used by any thread, as long as its connection is used by one at a time ("Using SQLite in
// Multi-Threaded Applications", multi-thread mode). Both are in the hands of a `Connected`, which moves between threads as a whole and
// cannot be shared by them.
unsafe impl Send for Statement {}

impl Connected {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            idle: RefCell::default(),
            connection,
        }
    }

    /// From now on `committed` is told after each commit how many pages the log has, instead of SQLite, which would copy them into the
    /// file where there are many.
    ///
    /// # Errors
    /// The connection cannot be used.
    pub(super) fn follow(
        &mut self,
        mut committed: impl FnMut(u32) + Send + 'static,
    ) -> Result<(), Failure> {
        self.connection.wal_hook(Some(move |_: &mut _, pages| {
            committed(u32::try_from(pages).unwrap_or(0));
            Ok(())
        }))
    }

    /// Begins to run a statement with `?1`, `?2`, ….
    ///
    /// # Errors
    /// It cannot be prepared, or has not as many parameters.
    pub(super) fn start(
        &self,
        text: &str,
        parameters: &[Value],
        keeping: Keeping,
    ) -> Result<Run<'_>, Failure> {
        let statement = match self.take(text) {
            Some(statement) => statement,
            None => self.prepare(text, keeping)?,
        };
        let run = Run {
            connected: self,
            raw: statement.raw,
            statement: Some(statement),
            keeping,
        };
        run.bind(parameters)?;
        Ok(run)
    }

    /// Runs a statement without parameters to its end.
    ///
    /// # Errors
    /// It fails.
    pub(super) fn finish(&self, text: &str) -> Result<(), Failure> {
        let mut run = self.start(text, &[], Keeping::Kept)?;
        while run.step()?.is_some() {}
        Ok(())
    }

    /// A statement that nobody runs, if it was prepared before.
    fn take(&self, text: &str) -> Option<Statement> {
        let mut idle = self.idle.borrow_mut();
        let place = idle.iter().rposition(|known| *known.text == *text)?;
        Some(idle.remove(place))
    }

    /// Keeps a statement for the next time; the one that was not run for longest gives way to it.
    fn put_back(&self, statement: Statement) {
        let mut idle = self.idle.borrow_mut();
        let oldest = (idle.len() >= KEPT).then(|| idle.remove(0));
        idle.push(statement);
        drop(idle);
        drop(oldest);
    }

    fn prepare(&self, text: &str, keeping: Keeping) -> Result<Statement, Failure> {
        let (statement, rest) = self.first(text, keeping)?;
        // What follows a statement would be left out unseen.
        if !rest.is_empty() && self.first(rest, Keeping::Once)?.0.is_some() {
            return Err(Failure::MultipleStatement);
        }
        // What holds no statement is none that could be run.
        statement.ok_or_else(|| self.failure(ffi::SQLITE_MISUSE))
    }

    /// The first statement in a text, if it has any, and what follows.
    fn first<'t>(
        &self,
        text: &'t str,
        keeping: Keeping,
    ) -> Result<(Option<Statement>, &'t str), Failure> {
        let length = length(text.as_bytes())?;
        let flags = match keeping {
            Keeping::Kept => ffi::SQLITE_PREPARE_PERSISTENT,
            Keeping::Once => 0,
        };
        let mut raw = ptr::null_mut();
        let mut rest = ptr::null();
        // SAFETY: the handle is that of the open connection; `text` is as long as it is said to be; SQLite writes one pointer to
        // where `raw` is, and one to where `rest` is.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(
                self.connection.handle(),
                text.as_ptr().cast(),
                length,
                flags,
                &raw mut raw,
                &raw mut rest,
            )
        };
        if code != ffi::SQLITE_OK {
            return Err(error::unprepared(self.failure(code), text));
        }
        let statement = NonNull::new(raw).map(|raw| Statement {
            raw,
            text: match keeping {
                Keeping::Kept => text.into(),
                Keeping::Once => Box::default(),
            },
        });
        let read = rest.addr().saturating_sub(text.as_ptr().addr());
        Ok((statement, text.get(read..).unwrap_or_default()))
    }

    /// What SQLite says about a code that one of its functions has just returned.
    fn failure(&self, code: c_int) -> Failure {
        let error = ffi::Error::new(code);
        // SAFETY: the handle is that of the open connection.
        let is_of_connection =
            unsafe { ffi::sqlite3_extended_errcode(self.connection.handle()) } == code;
        if !is_of_connection {
            return Failure::SqliteFailure(error, Some(error.to_string()));
        }
        // SAFETY: as above; the message is text that ends in 0 and stays where it is until the connection is used again, which is
        // not before it is copied.
        let message = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(self.connection.handle())) };
        Failure::SqliteFailure(error, Some(message.to_string_lossy().into_owned()))
    }
}

impl Deref for Connected {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.connection, f)
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: it was prepared, is not finalized anywhere else, and nobody runs it: a `Run` has it back before. Its
        // connection is open, for one with statements cannot be closed. What is returned is how it was run.
        unsafe { ffi::sqlite3_finalize(self.raw.as_ptr()) };
    }
}

impl Run<'_> {
    /// The next row; none once it has come to its end, when it must not be asked again.
    ///
    /// # Errors
    /// The statement fails.
    pub(super) fn step(&mut self) -> Result<Option<Row<'_>>, Failure> {
        // SAFETY: the statement lives as long as this. No values of the row before are held: they borrow this.
        match unsafe { ffi::sqlite3_step(self.raw.as_ptr()) } {
            ffi::SQLITE_ROW => Ok(Some(Row { run: self, skip: 0 })),
            ffi::SQLITE_DONE => Ok(None),
            code => Err(self.connected.failure(code)),
        }
    }

    /// Ends it, where it is.
    ///
    /// # Errors
    /// Something failed that was not told yet, such as memory that ran out while a value was looked at.
    pub(super) fn end(self) -> Result<(), Failure> {
        // SAFETY: the statement lives as long as this, and no values of its row are held: they borrow this.
        match unsafe { ffi::sqlite3_reset(self.raw.as_ptr()) } {
            ffi::SQLITE_OK => Ok(()),
            code => Err(self.connected.failure(code)),
        }
    }

    /// Whether it gives rows.
    pub(super) fn has_columns(&self) -> bool {
        // SAFETY: the statement lives as long as this.
        unsafe { ffi::sqlite3_column_count(self.raw.as_ptr()) > 0 }
    }

    fn bind(&self, parameters: &[Value]) -> Result<(), Failure> {
        let raw = self.raw.as_ptr();
        // SAFETY: the statement lives as long as this.
        let found = unsafe { ffi::sqlite3_bind_parameter_count(raw) };
        if usize::try_from(found) != Ok(parameters.len()) {
            return Err(Failure::InvalidParameterCount(
                parameters.len(),
                usize::try_from(found).unwrap_or_default(),
            ));
        }
        let copied = ffi::SQLITE_TRANSIENT();
        for (place, value) in (1..).zip(parameters) {
            // SAFETY: the statement lives as long as this and is not at a row: it was reset or is new. Pointers and lengths are
            // those of texts and octets that live, and SQLite copies them at once.
            let code = unsafe {
                match value {
                    Value::Null => ffi::sqlite3_bind_null(raw, place),
                    Value::Integer(integer) => ffi::sqlite3_bind_int64(raw, place, *integer),
                    Value::Real(real) => ffi::sqlite3_bind_double(raw, place, *real),
                    Value::Text(text) => {
                        let length = length(text.as_bytes())?;
                        ffi::sqlite3_bind_text(raw, place, text.as_ptr().cast(), length, copied)
                    }
                    Value::Blob(octets) => {
                        let length = length(octets)?;
                        ffi::sqlite3_bind_blob(raw, place, octets.as_ptr().cast(), length, copied)
                    }
                }
            };
            if code != ffi::SQLITE_OK {
                return Err(self.connected.failure(code));
            }
        }
        Ok(())
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        // SAFETY: the statement lives as long as this, and no values of its row are held: they borrow this. What is returned is
        // what `end` tells whoever wants to know.
        unsafe {
            ffi::sqlite3_reset(self.raw.as_ptr());
            ffi::sqlite3_clear_bindings(self.raw.as_ptr());
        }
        if let Some(statement) = self.statement.take()
            && self.keeping == Keeping::Kept
        {
            self.connected.put_back(statement);
        }
    }
}

impl<'a> Row<'a> {
    /// The same without its first columns.
    pub(super) fn after(self, skip: usize) -> Self {
        Self {
            skip: self.skip + skip,
            ..self
        }
    }

    /// The value of a column, from 0; NULL where there is none.
    pub(super) fn value(self, column: usize) -> ValueRef<'a> {
        let Ok(column) = c_int::try_from(self.skip + column) else {
            return ValueRef::Null;
        };
        // SAFETY: the statement is at a row as long as this is borrowed from its `Run`, and for a column that it does not have
        // the SQLite that is compiled in gives a value that is NULL (`columnMem`). The value is read on the thread that uses the connection,
        // which is all that its being "unprotected" demands. What it points to stays there until the statement is stepped or reset:
        // a value's type is asked first, and only what converts nothing then, or a text to UTF-8 once.
        unsafe {
            let value = ffi::sqlite3_column_value(self.run.raw.as_ptr(), column);
            match ffi::sqlite3_value_type(value) {
                ffi::SQLITE_INTEGER => ValueRef::Integer(ffi::sqlite3_value_int64(value)),
                ffi::SQLITE_FLOAT => ValueRef::Real(ffi::sqlite3_value_double(value)),
                ffi::SQLITE_TEXT => {
                    let text = ffi::sqlite3_value_text(value);
                    ValueRef::Text(octets(text, ffi::sqlite3_value_bytes(value)))
                }
                ffi::SQLITE_BLOB => {
                    let blob = ffi::sqlite3_value_blob(value);
                    ValueRef::Blob(octets(blob.cast(), ffi::sqlite3_value_bytes(value)))
                }
                _ => ValueRef::Null,
            }
        }
    }

    /// The value of a column, kept.
    pub(super) fn owned(self, column: usize) -> Value {
        match self.value(column) {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(integer) => Value::Integer(integer),
            ValueRef::Real(real) => Value::Real(real),
            ValueRef::Text(text) => match str::from_utf8(text) {
                Ok(text) => Value::Text(text.to_owned()),
                Err(_) => Value::Blob(text.to_vec()),
            },
            ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
        }
    }

    /// Some of the values, kept.
    pub(super) fn all(self, start: usize, count: usize) -> Vec<Value> {
        (start..start + count)
            .map(|column| self.owned(column))
            .collect()
    }
}

impl value::Row for Row<'_> {
    fn value(&self, column: usize) -> ValueRef<'_> {
        Row::value(*self, column)
    }
}

/// How long a text or the octets of a blob are, as SQLite counts.
fn length(octets: &[u8]) -> Result<c_int, Failure> {
    c_int::try_from(octets.len())
        .map_err(|_too_many| Failure::SqliteFailure(ffi::Error::new(ffi::SQLITE_TOOBIG), None))
}

/// The octets of a value.
///
/// # Safety
/// There are as many at `start`, and they stay there for `'a`; or `start` is null.
unsafe fn octets<'a>(start: *const u8, length: c_int) -> &'a [u8] {
    match usize::try_from(length) {
        // Memory may have run out while a text was converted, which the next step or the end tells; and a blob without octets stands
        // nowhere.
        Ok(length) if !start.is_null() => {
            // SAFETY: as demanded.
            unsafe { slice::from_raw_parts(start, length) }
        }
        Ok(_) | Err(_) => &[],
    }
}

#[cfg(test)]
mod tests;
