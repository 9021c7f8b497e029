//! What SQLite tells of a connection's files by a pointer ("File Control Opcodes").
#![expect(
    unsafe_code,
    reason = "the binding has no name of its own for `sqlite3_file_control`"
)]

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};

use rusqlite::{Connection, ffi};

/// The open database file, which lives as long as the connection.
pub(super) fn database(connection: &Connection) -> Option<NonNull<ffi::sqlite3_file>> {
    // SAFETY: the code is for a pointer to a file.
    unsafe { pointer(connection, ffi::SQLITE_FCNTL_FILE_POINTER) }
}

/// The open log or journal, which lives as long as the connection.
pub(super) fn journal(connection: &Connection) -> Option<NonNull<ffi::sqlite3_file>> {
    // SAFETY: the code is for a pointer to a file.
    unsafe { pointer(connection, ffi::SQLITE_FCNTL_JOURNAL_POINTER) }
}

/// By which way SQLite goes to them.
#[cfg(target_os = "linux")]
pub(super) fn vfs(connection: &Connection) -> Option<NonNull<ffi::sqlite3_vfs>> {
    // SAFETY: the code is for a pointer to a VFS.
    unsafe { pointer(connection, ffi::SQLITE_FCNTL_VFS_POINTER) }
}

/// # Safety
/// For this code SQLite writes one pointer to a `T` where it is told to.
unsafe fn pointer<T>(connection: &Connection, code: c_int) -> Option<NonNull<T>> {
    let mut pointer: *mut T = ptr::null_mut();
    // SAFETY: the handle is valid as long as the connection, which is borrowed; by the contract above `pointer` is what is written.
    let outcome = unsafe {
        ffi::sqlite3_file_control(
            connection.handle(),
            c"main".as_ptr(),
            code,
            ptr::from_mut(&mut pointer).cast::<c_void>(),
        )
    };
    NonNull::new(pointer).filter(|_| outcome == ffi::SQLITE_OK)
}
