//! The files of a download: the part that is written, the tag beside it, and the name it gets in the end.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom};
#[cfg(unix)]
use std::os::fd::AsFd as _;
#[cfg(windows)]
use std::os::windows::io::AsHandle as _;
use std::path::{Path, PathBuf};

use super::NAMES_MAX;
use super::failure::Error;
use crate::file_name;

/// Gives a file its name, for good. The permissions of a file that was there stay.
pub(super) fn settle(part: &Path, path: &Path) -> Result<(), Error> {
    let error = |source| Error::File {
        path: path.to_owned(),
        source,
    };
    if let Ok(old) = fs::metadata(path) {
        fs::set_permissions(part, old.permissions()).map_err(error)?;
    }
    fs::rename(part, path).map_err(error)?;
    // That the tag stays behind would do no harm, and not every folder can be synced.
    let _ = fs::remove_file(with_ending(part, ".tag"));
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
    Ok(())
}

/// The file a path means: behind a symbolic link, so that the link stays.
pub(super) fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .ok()
        .filter(|real| real.is_file())
        .unwrap_or_else(|| path.to_owned())
}

pub(super) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The part for a file that the user named, to be written on from this position: the file, its name, and that of the part. A
/// device or a pipe is its own part: it is neither cut nor renamed, and nothing in it can be continued.
pub(super) fn chosen_file(path: &Path, octets: u64) -> Result<(File, PathBuf, PathBuf), Error> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        if octets > 0 {
            return Err(Error::OtherPart { octets });
        }
        let file = OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(|source| Error::File {
                path: path.to_owned(),
                source,
            })?;
        return Ok((file, path.to_owned(), path.to_owned()));
    }
    let part = with_ending(path, ".part");
    Ok((part_file(&part, octets)?, path.to_owned(), part))
}

/// Whether a path means standard output.
pub(super) fn is_standard_output(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
        .iter()
        .any(|name| path == Path::new(name))
}

/// Standard output itself, as [`chosen_file`] gives a device. It may be a file that others have written to and will, and under
/// its name there another would take its place.
pub(super) fn standard_output(path: &Path, octets: u64) -> Result<(File, PathBuf, PathBuf), Error> {
    if octets > 0 {
        return Err(Error::OtherPart { octets });
    }
    #[cfg(unix)]
    let own = io::stdout().as_fd().try_clone_to_owned();
    #[cfg(windows)]
    let own = io::stdout().as_handle().try_clone_to_owned();
    let file = own.map(File::from).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })?;
    Ok((file, path.to_owned(), path.to_owned()))
}

/// A file to write on from this position.
fn part_file(part: &Path, octets: u64) -> Result<File, Error> {
    let error = |source| Error::File {
        path: part.to_owned(),
        source,
    };
    // A link in a folder where everybody may write would lead the download to one of the user's own files.
    if fs::symlink_metadata(part).is_ok_and(|found| found.is_symlink()) {
        fs::remove_file(part).map_err(error)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(part)
        .map_err(error)?;
    lock(&file, part)?;
    let found = file.metadata().map_err(error)?.len();
    if found < octets {
        return Err(Error::OtherPart { octets: found });
    }
    file.set_len(octets).map_err(error)?;
    file.seek(SeekFrom::Start(octets)).map_err(error)?;
    Ok(file)
}

/// A new part in a folder, for a name that is free: the file, its name, and that of the part.
pub(super) fn free_file(folder: &Path, name: &str) -> Result<(File, PathBuf, PathBuf), Error> {
    for number in 0..NAMES_MAX {
        let path = folder.join(if number == 0 {
            name.to_owned()
        } else {
            file_name::numbered(name, number)
        });
        if fs::symlink_metadata(&path).is_ok() {
            continue;
        }
        let part = with_ending(&path, ".part");
        match File::create_new(&part) {
            Ok(file) => {
                lock(&file, &part)?;
                return Ok((file, path, part));
            }
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Error::File { path: part, source }),
        }
    }
    Err(Error::Taken {
        path: folder.join(name),
    })
}

/// Keeps a second download out, where the file system knows locks.
fn lock(file: &File, part: &Path) -> Result<(), Error> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::Busy {
            part: part.to_owned(),
        }),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Takes a name that nobody else has, also if somebody took the first one since.
pub(super) fn reserved(path: PathBuf) -> Result<PathBuf, Error> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    for number in 0..NAMES_MAX {
        let path = if number == 0 {
            path.clone()
        } else {
            path.with_file_name(file_name::numbered(&name, number))
        };
        match File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Error::File { path, source }),
        }
    }
    Err(Error::Taken { path })
}
