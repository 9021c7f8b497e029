//! How a demo database is told from one that somebody needs.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// What `music.sql` writes with `PRAGMA application_id`: "Bist".
pub(super) const APPLICATION_ID: [u8; 4] = *b"Bist";

/// Where the file format keeps it ("Database File Format", §1.3).
const OFFSET: u64 = 68;

/// Whether the file at `path` was made by `bistro demo`.
///
/// # Errors
/// The file cannot be read. One that is too short to be a database is merely no demo.
pub(crate) fn is_demo(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(OFFSET))?;
    let mut found = [0; 4];
    match file.read_exact(&mut found) {
        Ok(()) => Ok(found == APPLICATION_ID),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
