//! The file that seal keys are kept in: readable by its owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::seal::{SealKeys, SealKeysError};

/// What a new file says above its key.
const HEAD: &str = "# Keys that seal Bistro's session cookies: the first seals, all open. To change it, put a new one above it,\n\
                    # and remove the old one when sessions sealed with it have ended. Keep this file secret.\n";

/// The longest file that is read, in octets.
const FILE_OCTETS_MAX: u64 = 64 * 1024;

/// A file of keys that cannot be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The system says so.
    #[error("the key file {} cannot be read: {error}", path.display())]
    Read {
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There was none, and none can be made.
    #[error("the key file {} cannot be made: {error}", path.display())]
    Create {
        /// Where it would be.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Others than its owner can read or write it.
    #[error("the key file {path} can be used by others (mode {mode:03o}): run `chmod 600 {path}`, and put a new key first if others may have read it", path = path.display())]
    Open {
        /// Where it is.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// What it holds are no keys.
    #[error("the key file {}: {error}", path.display())]
    Keys {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with them.
        error: SealKeysError,
    },
}

/// Reads the keys in a file.
pub fn read(path: &Path) -> Result<SealKeys, KeyFileError> {
    let fail = |error| KeyFileError::Read {
        path: path.to_owned(),
        error,
    };
    // Asked of the file that is open, so that it cannot be another by then.
    let file = File::open(path).map_err(fail)?;
    let mode = file.metadata().map_err(fail)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(FILE_OCTETS_MAX)
        .read_to_string(&mut text)
        .map_err(fail)?;
    SealKeys::read(&text).map_err(|error| KeyFileError::Keys {
        path: path.to_owned(),
        error,
    })
}

/// Makes a file with one new key. It is an error if there is one already.
pub fn create(path: &Path) -> Result<SealKeys, KeyFileError> {
    let keys = SealKeys::random();
    write_new(path, &keys).map_err(|error| KeyFileError::Create {
        path: path.to_owned(),
        error,
    })?;
    Ok(keys)
}

/// Reads the keys in a file, which is made if there is none. Of two servers that start at the same time both use the same.
pub fn read_or_create(path: &Path) -> Result<SealKeys, KeyFileError> {
    let is_absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    match read(path) {
        Err(KeyFileError::Read { error, .. }) if is_absent(&error) => {}
        other => return other,
    }
    match create(path) {
        Err(KeyFileError::Create { error, .. }) if error.kind() == io::ErrorKind::AlreadyExists => {
            read(path)
        }
        other => other,
    }
}

/// Writes a file that is there either whole or not at all.
fn write_new(path: &Path, keys: &SealKeys) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}", crate::key::new_id()));
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(HEAD.as_bytes())?;
        file.write_all(keys.print().as_bytes())?;
        file.sync_all()?;
        // Unlike a renaming, a second name takes no place that is taken.
        fs::hard_link(&draft, path)?;
        File::open(folder)?.sync_all()
    };
    let written = write();
    let removed = fs::remove_file(&draft);
    written.and(removed)
}

#[cfg(test)]
mod tests;
