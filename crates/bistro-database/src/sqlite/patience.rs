//! How long a connection waits for others that have a lock.

use std::time::Duration;

use rusqlite::{Connection, Result, ffi};

/// Has it wait so long, by trying again and again.
///
/// SQLite is compiled so that it would have the system wait as well (`.cargo/config.toml`), for as long as it tries itself. On Unix the
/// system is not asked, but the lock of who writes would then be taken before it is looked whether the log is open for reading only, and
/// that would become an error of the disk (`sqlite3WalBeginWriteTransaction`). So it is told not to.
#[expect(
    unsafe_code,
    reason = "the binding has no name of its own for `sqlite3_setlk_timeout`"
)]
pub(super) fn set(connection: &Connection, patience: Duration) -> Result<()> {
    connection.busy_timeout(patience)?;
    // SAFETY: the handle is valid as long as the connection, which is borrowed; the other arguments are numbers.
    let _cannot_fail = unsafe { ffi::sqlite3_setlk_timeout(connection.handle(), 0, 0) };
    Ok(())
}
