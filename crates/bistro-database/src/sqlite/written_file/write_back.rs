//! What a checkpoint writes is given to the disk while it writes.
//!
//! Otherwise all of it is left to the call that waits for the disk, which first has the core for up to two milliseconds for some hundred pages, and no
//! other thread may interrupt it there. In portions that takes hardly longer in all, and others have their turn in between.
//!
//! The system is asked by the descriptor that SQLite has. To open the file once more would do as well, but to close that again would take
//! away all locks that this process has on it (`fcntl(2)`, "Record locking").
#![expect(
    unsafe_code,
    reason = "SQLite tells the descriptor to nobody, and no library that is kept well offers `sync_file_range(2)`"
)]

use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};
use std::{fs, mem};

use rusqlite::{Connection, ffi};

use crate::sqlite::file_control;

/// How files of SQLite's own VFS for Unix begin: `unixFile` in `os_unix.c`.
#[repr(C)]
struct UnixFile {
    methods: *const ffi::sqlite3_io_methods,
    vfs: *mut ffi::sqlite3_vfs,
    inode: *mut c_void,
    descriptor: c_int,
}

/// A portion, in octets: the system has the core for some 0.1 ms for it.
const PORTION: i64 = 256 * 1024;

/// A database file that is written to.
#[derive(Debug)]
pub(super) struct WriteBack {
    descriptor: Descriptor,
    /// Only the connection's thread locks it.
    written: Mutex<Written>,
}

/// What was written since the last portion.
#[derive(Debug, Default)]
struct Written {
    from: i64,
    to: i64,
    octets: i64,
}

impl WriteBack {
    /// Of the connection's database, which has this `file`; `None` where its descriptor cannot be told.
    pub(super) fn of(connection: &Connection, file: NonNull<ffi::sqlite3_file>) -> Option<Self> {
        Some(Self {
            descriptor: Descriptor::of(connection, file)?,
            written: Mutex::default(),
        })
    }

    /// Has the system begin to write to disk what was written, if that is a portion by now. That it is on disk is another matter
    /// (`fdatasync`), which then has less to do.
    pub(super) fn wrote(&self, offset: i64, octets: c_int) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let to = offset.saturating_add(octets.into());
        // A checkpoint writes pages in their order in the file.
        if written.octets == 0 || offset < written.from {
            written.from = offset;
        }
        written.to = written.to.max(to);
        written.octets += i64::from(octets);
        if written.octets >= PORTION {
            let Written { from, to, .. } = mem::take(&mut *written);
            self.descriptor.begin_to_write(from, to);
        }
    }
}

/// A descriptor of the database file, which is open as long as the connection.
#[derive(Clone, Copy, Debug)]
struct Descriptor(c_int);

impl Descriptor {
    /// That of the connection's database. `None` where SQLite was told to go by another way to files, or keeps the
    /// descriptor elsewhere than it used to: what is found is compared with the file at the path.
    fn of(connection: &Connection, file: NonNull<ffi::sqlite3_file>) -> Option<Self> {
        let vfs = file_control::vfs(connection)?;
        // SAFETY: VFSs live as long as they are registered, and SQLite's own for ever; their names as long as they do ("sqlite3_vfs").
        let (name, octets) = unsafe { (CStr::from_ptr(vfs.as_ref().zName), vfs.as_ref().szOsFile) };
        let is_large_enough =
            usize::try_from(octets).is_ok_and(|octets| octets >= size_of::<UnixFile>());
        if name != c"unix" || !is_large_enough {
            return None;
        }
        // SAFETY: a file of a VFS has as many octets as it says, from an address that is good for any type. All types in the structure
        // may have any octets, whatever SQLite means by them.
        let unix = unsafe { ptr::read(file.as_ptr().cast::<UnixFile>()) };
        let found = Self(unix.descriptor);
        let is_it = unix.vfs == vfs.as_ptr()
            && found.identity().is_some()
            && found.identity() == identity(Path::new(connection.path()?));
        is_it.then_some(found)
    }

    /// Has the system begin to write to disk what was written to a part of the file.
    fn begin_to_write(self, from: i64, to: i64) {
        // SAFETY: it takes no pointers, and does nothing to what is in files. It fails if the descriptor is none of a file any more.
        let _only_later =
            unsafe { libc::sync_file_range(self.0, from, to - from, libc::SYNC_FILE_RANGE_WRITE) };
    }

    /// Which file it is of: its device, and its number there.
    fn identity(self) -> Option<(u64, u64)> {
        let mut status = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: it fails if this is no descriptor, and else writes all of the structure that it is given a pointer to.
        let status = unsafe {
            (libc::fstat(self.0, status.as_mut_ptr()) == 0).then(|| status.assume_init())
        };
        status.map(|status| (status.st_dev, status.st_ino))
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let status = fs::metadata(path).ok()?;
    Some((status.dev(), status.ino()))
}

#[cfg(test)]
mod tests {
    use rusqlite::OpenFlags;

    use super::*;

    fn write_back(connection: &Connection) -> Option<WriteBack> {
        let file = file_control::database(connection)?;
        WriteBack::of(connection, file)
    }

    #[test]
    fn the_descriptor_of_a_database_is_found() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a.db", "b.db"] {
            let path = directory.path().join(name);
            let connection = Connection::open(&path).unwrap();
            connection.execute_batch("CREATE TABLE t (a)").unwrap();
            let found = write_back(&connection).unwrap();
            assert_eq!(found.descriptor.identity(), identity(&path));
        }
    }

    #[test]
    fn what_is_not_known_to_be_it_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let create = |path: &Path, vfs: &CStr| {
            let connection =
                Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs).unwrap();
            connection
                .execute_batch("CREATE TABLE IF NOT EXISTS t (a)")
                .unwrap();
            connection
        };
        // Another way to files, which may keep other things where this one keeps its descriptor.
        assert!(write_back(&create(&path, c"unix-dotfile")).is_none());
        assert!(write_back(&create(Path::new(":memory:"), c"unix")).is_none());
        // Another file at the path: nobody can tell whose descriptor that is.
        let connection = create(&path, c"unix");
        assert!(write_back(&connection).is_some());
        fs::rename(&path, directory.path().join("b.db")).unwrap();
        fs::write(&path, "").unwrap();
        assert!(write_back(&connection).is_none());
    }

    #[test]
    fn portions_are_given_to_the_disk_as_they_are_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (a)").unwrap();
        let write_back = write_back(&connection).unwrap();
        let written = || {
            let written = write_back.written.lock().unwrap();
            (written.from, written.to, written.octets)
        };
        for page in [3, 5, 9, 2] {
            write_back.wrote(page * 4096, 4096);
        }
        assert_eq!(written(), (2 * 4096, 10 * 4096, 4 * 4096));
        for page in 10..70 {
            write_back.wrote(page * 4096, 4096);
        }
        assert_eq!(written(), (0, 0, 0));
        write_back.wrote(70 * 4096, 4096);
        assert_eq!(written(), (70 * 4096, 71 * 4096, 4096));
    }
}
