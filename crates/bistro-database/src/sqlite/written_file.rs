//! The files of a connection that writes: the log is written in large pieces, and whoever serves connections may go first in between.
//!
//! A commit and a checkpoint are one call each of SQLite's, which writes each page, and each page's header in the log, with a system call of its
//! own; meanwhile there is no other place to look who waits for the core.
//!
//! What is written to the log is gathered until it is asked for in any way, above all until it is to be on disk. Nobody else looks for
//! it before that: with `synchronous=FULL` a commit is told to others, by the header of the log's index, after the log was synchronised
//! ("WAL-mode File Format" §2.2, `sqlite3WalFrames`). A connection without that does not gather.
#![expect(
    unsafe_code,
    reason = "what SQLite does between two statements is reached through its file methods alone"
)]

#[cfg(target_os = "linux")]
mod write_back;

use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::slice;
#[cfg(target_os = "linux")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ffi};

use crate::share::give_way;
use crate::sqlite::file_control;
use crate::sqlite::generation::is_wal;
#[cfg(target_os = "linux")]
use crate::sqlite::written_file::write_back::WriteBack;

/// The most octets that are gathered: a piece takes the system some 20 µs.
const PIECE: usize = 64 * 1024;

/// Pages written to the database between two looks at who waits.
const PAGES: u32 = 8;

/// A version of the methods that has all that the binding to SQLite knows of.
const VERSION: c_int = 3;

/// A file that is written to by way of its own methods.
///
/// The file refers to it, so it must live as long as the connection.
#[derive(Debug)]
#[repr(C)]
pub(super) struct WrittenFile {
    /// What SQLite calls: the first member, so that a pointer to it is one to the whole.
    methods: ffi::sqlite3_io_methods,
    own: ffi::sqlite3_io_methods,
    /// Pages that were written.
    pages: AtomicU32,
    /// Of a database, where the system can be asked for it.
    #[cfg(target_os = "linux")]
    write_back: OnceLock<WriteBack>,
    /// Only the connection's thread locks it.
    gathered: Mutex<Gathered>,
}

/// What was written and has not been given to the system yet.
#[derive(Debug, Default)]
struct Gathered {
    offset: ffi::sqlite3_int64,
    octets: Vec<u8>,
}

/// Has the files of this connection written so, from now on. Its log is gathered if it `is_synchronised` by each commit.
pub(super) fn take_over(connection: &Connection, is_synchronised: bool) -> Vec<Arc<WrittenFile>> {
    let mut files = Vec::new();
    let Some(database) = file_control::database(connection) else {
        return files;
    };
    let written = replace(database, |own| ffi::sqlite3_io_methods {
        xWrite: Some(write_page),
        ..*own
    });
    #[cfg(target_os = "linux")]
    if let Some(written) = &written
        && let Some(write_back) = WriteBack::of(connection, database)
    {
        let _first = written.write_back.set(write_back);
    }
    files.extend(written);
    // A log that is filled up to the end of a sector goes on behind what was synchronised.
    if is_synchronised
        && is_wal(connection)
        && is_safe_to_overwrite(database)
        && let Some(log) = file_control::journal(connection)
    {
        files.extend(replace(log, |own| ffi::sqlite3_io_methods {
            xClose: Some(close),
            xRead: Some(read),
            xWrite: Some(gather),
            xTruncate: Some(truncate),
            xSync: Some(sync),
            xFileSize: Some(file_size),
            ..*own
        }));
    }
    files
}

/// Whether a write that the power fails in the middle of leaves the octets around it alone (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`).
fn is_safe_to_overwrite(database: NonNull<ffi::sqlite3_file>) -> bool {
    // SAFETY: the methods of an open file are those of its VFS, or ours, and take the file they belong to ("sqlite3_file").
    let characteristics = unsafe {
        database
            .as_ref()
            .pMethods
            .as_ref()
            .and_then(|methods| methods.xDeviceCharacteristics)
            .map_or(0, |ask| ask(database.as_ptr()))
    };
    characteristics & ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE != 0
}

fn replace(
    mut file: NonNull<ffi::sqlite3_file>,
    methods: impl FnOnce(&ffi::sqlite3_io_methods) -> ffi::sqlite3_io_methods,
) -> Option<Arc<WrittenFile>> {
    // SAFETY: nobody else uses the file now, for its connection belongs to this thread. Its methods are null while it is not open, and
    // else those of its VFS ("sqlite3_file").
    let own = unsafe { file.as_ref().pMethods.as_ref()? };
    if own.iVersion < VERSION {
        return None;
    }
    let written = Arc::new(WrittenFile {
        methods: methods(own),
        own: *own,
        pages: AtomicU32::new(0),
        #[cfg(target_os = "linux")]
        write_back: OnceLock::new(),
        gathered: Mutex::default(),
    });
    // SAFETY: as above. The methods are looked up at each call, and whoever keeps the connection keeps these as well, and longer
    // (`Opened`).
    unsafe { file.as_mut().pMethods = Arc::as_ptr(&written).cast() };
    Some(written)
}

/// What a method was called for.
///
/// # Safety
/// `file` is open, and its methods are the first member of a `WrittenFile`: it was given to one of the methods of such a file.
unsafe fn written<'a>(file: *mut ffi::sqlite3_file) -> &'a WrittenFile {
    // SAFETY: by the contract above; `replace` was given a pointer to the whole, which outlives the file.
    unsafe { &*(*file).pMethods.cast::<WrittenFile>() }
}

impl WrittenFile {
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives what was gathered to the system. If that fails it is gone, as it would be had SQLite been told at once: it undoes the
    /// transaction.
    ///
    /// # Safety
    /// As for [`written`], and `file` is what this was found by.
    unsafe fn give(&self, file: *mut ffi::sqlite3_file, gathered: &mut Gathered) -> c_int {
        if gathered.octets.is_empty() {
            return ffi::SQLITE_OK;
        }
        let octets = c_int::try_from(gathered.octets.len()).unwrap_or(c_int::MAX);
        let code = match self.own.xWrite {
            // SAFETY: the method of the file itself, given as many octets as there are: at most `PIECE` are gathered.
            Some(write) => unsafe {
                write(
                    file,
                    gathered.octets.as_ptr().cast(),
                    octets,
                    gathered.offset,
                )
            },
            None => ffi::SQLITE_IOERR_WRITE,
        };
        gathered.octets.clear();
        code
    }

    /// Gives what was gathered to the system, before something else is done with the file.
    ///
    /// # Safety
    /// As for [`WrittenFile::give`].
    unsafe fn give_all(&self, file: *mut ffi::sqlite3_file) -> c_int {
        // SAFETY: the same contract.
        unsafe { self.give(file, &mut self.gathered()) }
    }
}

unsafe extern "C" fn write_page(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    octets: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls this through the methods of the file.
    let this = unsafe { written(file) };
    let pages = this.pages.fetch_add(1, Ordering::Relaxed);
    if pages % PAGES == PAGES - 1 {
        give_way();
    }
    let code = match this.own.xWrite {
        // SAFETY: the arguments are those that SQLite gave for this very method.
        Some(write) => unsafe { write(file, data, octets, offset) },
        None => ffi::SQLITE_IOERR_WRITE,
    };
    #[cfg(target_os = "linux")]
    if let Some(write_back) = this.write_back.get() {
        write_back.wrote(offset, octets);
    }
    code
}

unsafe extern "C" fn gather(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    octets: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite calls this through the methods of the file.
    let this = unsafe { written(file) };
    let mut gathered = this.gathered();
    let length = usize::try_from(octets).unwrap_or_default();
    let end = i64::try_from(gathered.octets.len()).map_or(i64::MAX, |held| gathered.offset + held);
    if offset != end || gathered.octets.len() + length > PIECE {
        // SAFETY: as above.
        let code = unsafe { this.give(file, &mut gathered) };
        give_way();
        if code != ffi::SQLITE_OK {
            return code;
        }
    }
    if length > PIECE {
        drop(gathered);
        // SAFETY: as above, with the arguments that SQLite gave.
        return unsafe { write_page(file, data, octets, offset) };
    }
    if gathered.octets.is_empty() {
        gathered.offset = offset;
    }
    // SAFETY: SQLite gives a pointer to as many octets as it says ("sqlite3_io_methods"), which are its own until this returns.
    let data = unsafe { slice::from_raw_parts(data.cast::<u8>(), length) };
    gathered.octets.extend_from_slice(data);
    ffi::SQLITE_OK
}

/// Writes what was gathered, and then does the same as the method of the file itself.
macro_rules! after_writing {
    ($name:ident, $method:ident, $failure:expr $(, $argument:ident: $type:ty)*) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $type)*) -> c_int {
            // SAFETY: SQLite calls this through the methods of the file.
            let this = unsafe { written(file) };
            // SAFETY: as above.
            let code = unsafe { this.give_all(file) };
            if code != ffi::SQLITE_OK {
                return code;
            }
            match this.own.$method {
                // SAFETY: the arguments are those that SQLite gave for this very method.
                Some(method) => unsafe { method(file $(, $argument)*) },
                None => $failure,
            }
        }
    };
}

after_writing!(read, xRead, ffi::SQLITE_IOERR_READ, room: *mut c_void, octets: c_int, offset: ffi::sqlite3_int64);
after_writing!(truncate, xTruncate, ffi::SQLITE_IOERR_TRUNCATE, size: ffi::sqlite3_int64);
after_writing!(sync, xSync, ffi::SQLITE_IOERR_FSYNC, flags: c_int);
after_writing!(file_size, xFileSize, ffi::SQLITE_IOERR_FSTAT, size: *mut ffi::sqlite3_int64);

/// Closes the file. What was gathered and was never asked for belongs to no commit.
unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite calls this through the methods of the file.
    let this = unsafe { written(file) };
    this.gathered().octets = Vec::new();
    match this.own.xClose {
        // SAFETY: as above. It forgets the methods, and does not need them: they are the file's own that are called.
        Some(close) => unsafe { close(file) },
        None => ffi::SQLITE_IOERR_CLOSE,
    }
}

#[cfg(test)]
mod tests;
