//! Which state of a database is the newest, told in a few nanoseconds and without a statement.
//!
//! In WAL mode every commit, by whichever process, ends in new values in the header of the log's index, which is shared
//! memory ("WAL-mode File Format" §2.2: a counter of changes, the number of frames, their running checksum, the salts of the
//! log). As long as one connection stays open no two states have the same header. SQLite itself looks there to learn
//! whether what it has cached is still true.
#![expect(
    unsafe_code,
    reason = "the shared memory of the log's index is reached through SQLite's file methods alone"
)]

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, Ordering, fence};

use rusqlite::{Connection, ffi};

use crate::sqlite::file_control;

/// Words of the header: `WalIndexHdr` has 48 octets.
const WORDS: usize = 12;

/// The size of one region of the index, in octets: what SQLite maps at once.
const REGION: c_int = 32 * 1024;

/// One state of a database. States with equal generations are equal while the connection that told them is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Generation {
    /// Which of the files that were opened at the path one after the other.
    tenure: u64,
    header: [u32; WORDS],
}

/// Where the generation of an open database stands.
///
/// It must not outlive the connection it was found by.
#[derive(Debug)]
pub(super) struct Header {
    words: NonNull<AtomicU32>,
    /// Two files may have equal headers.
    pub(super) tenure: u64,
}

// SAFETY: the pointer is to shared memory that belongs to no thread, and it is only read, by atomic loads.
unsafe impl Send for Header {}

impl Header {
    /// Finds the header of the main database of a connection that has read in WAL mode; `None` in any other mode.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        if !is_wal(connection) {
            return None;
        }
        let file = file_control::database(connection)?.as_ptr();
        let mut region: *mut c_void = ptr::null_mut();
        // SAFETY: the file of an open connection is open, so its methods are set ("sqlite3_file"); those of version 2 have
        // `xShmMap`. The connection has read in WAL mode, so the index is mapped already: this finds its first region, which
        // is not extended (`bExtend` is 0), and counts nothing that would have to be released.
        let code = unsafe {
            let methods = (*file).pMethods.as_ref()?;
            if methods.iVersion < 2 {
                return None;
            }
            methods.xShmMap?(file, 0, REGION, 0, (&raw mut region).cast())
        };
        let region = NonNull::new(region.cast::<AtomicU32>())?;
        (code == ffi::SQLITE_OK && region.is_aligned()).then_some(Self {
            words: region,
            tenure: 0,
        })
    }

    /// The newest state.
    pub(super) fn read(&self) -> Generation {
        let mut header = [0; WORDS];
        for (place, word) in header.iter_mut().enumerate() {
            // SAFETY: the region is longer than the header and aligned (checked above). It stays mapped at this address until the
            // last connection of this process to the file lets go of it, which ours does when it is closed, or leaves WAL
            // mode: nothing that Bistro runs on it does, and no other process can while it is open. Others write there while
            // we read, hence the atomic loads.
            *word = unsafe { self.words.add(place).as_ref() }.load(Ordering::Relaxed);
        }
        // What is read of the database after this is at least as new.
        fence(Ordering::Acquire);
        Generation {
            tenure: self.tenure,
            header,
        }
    }
}

/// Whether the main database has a write-ahead log.
pub(super) fn is_wal(connection: &Connection) -> bool {
    connection
        .query_row("PRAGMA main.journal_mode", [], |row| {
            Ok(row.get_ref(0)?.as_str()?.eq_ignore_ascii_case("wal"))
        })
        .unwrap_or(false)
}

#[cfg(test)]
mod tests;
