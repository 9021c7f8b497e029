//! A named session on disk: its cookies and the fields that every request of it has, safe from parallel runs and hostile
//! servers.
//!
//! A run reads the file, works on its own copy, and at the end does its changes again on what the file says by then,
//! under a lock. The file is replaced whole: it is never half written, and what stands at the end of a symbolic link is
//! never written to.

pub mod format;
pub mod error;
pub mod place;

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use http::header::{CONNECTION, COOKIE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName};
use url::Url;

use self::error::Error;
use crate::jar::Jar;
use crate::jar::refusal::Refusal;

/// How long a file may be. The largest jar, all of whose values have to be escaped, takes half of it.
const OCTETS_MAX: u64 = 64 * 1024 * 1024;

/// Whether a run's changes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// They are written at the end (`--session`).
    ReadWrite,
    /// They end with the run (`--session-read-only`).
    ReadOnly,
}

/// A named session.
///
/// Cookies without an end are kept in it until it is cleared, as HTTPie does: a session that has a name is over when
/// somebody says so, not when a program ends.
pub struct Session {
    file: PathBuf,
    access: Access,
    /// Its cookies.
    pub jar: Jar,
    fields: HeaderMap,
    /// The names of fields that this run has set or taken out.
    changed: Vec<HeaderName>,
}

impl Session {
    /// Reads a session; a file that is not there is an empty one.
    pub fn open(file: PathBuf, access: Access) -> Result<Self, Error> {
        let (fields, jar) = read(&file)?;
        Ok(Self {
            file,
            access,
            jar,
            fields,
            changed: Vec::new(),
        })
    }

    /// Where it is kept.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The fields that every request of the session has, unless the command line says something else. They may hold
    /// credentials: they are for the host that was asked, and must not follow a redirect to another one.
    pub fn fields(&self) -> &HeaderMap {
        &self.fields
    }

    /// Remembers the fields that somebody typed for a request to this target, at a time in seconds since 1970, and says
    /// which typed cookies cannot be kept.
    ///
    /// As with HTTPie, all are kept, `Authorization` too, except what belongs to one request: `Content-*`, `If-*`,
    /// `Host`. The cookies of a `Cookie` field go into the jar. `Idempotency-Key`, `Connection` and `Transfer-Encoding`
    /// are left out, too: a key that came again would have a server take another request for a repetition.
    pub fn remember(&mut self, typed: &HeaderMap, url: &Url, now: u64) -> Vec<Refusal> {
        let mut refused = Vec::new();
        for name in typed.keys() {
            let values = typed.get_all(name);
            if name == COOKIE {
                for value in values {
                    let receipts = self.jar.receive_typed(url, value.as_bytes(), now);
                    refused.extend(receipts.into_iter().filter_map(Result::err));
                }
            } else if is_kept(name) {
                self.fields.remove(name);
                for value in values {
                    self.fields.append(name, value.clone());
                }
                self.note(name);
            }
        }
        refused
    }

    /// Takes a field out of the session, and says whether it was there.
    pub fn forget(&mut self, name: &HeaderName) -> bool {
        let was_there = self.fields.remove(name).is_some();
        self.note(name);
        was_there
    }

    /// Remembers that a field is not what was read.
    fn note(&mut self, name: &HeaderName) {
        if !self.changed.contains(name) {
            self.changed.push(name.clone());
        }
    }

    /// Writes what this run has changed, at a time in seconds since 1970. What other runs have written meanwhile stays,
    /// and is known here afterwards. Without a change nothing is touched.
    pub fn commit(&mut self, now: u64) -> Result<(), Error> {
        let is_changed = self.jar.is_changed() || !self.changed.is_empty();
        if self.access == Access::ReadOnly || !is_changed {
            return Ok(());
        }
        make_directory(&self.file)?;
        let _lock = lock(&self.file)?;
        let (mut fields, jar) = read(&self.file)?;
        for name in &self.changed {
            fields.remove(name);
            for value in self.fields.get_all(name) {
                fields.append(name, value.clone());
            }
        }
        let mut merged = self.jar.clone();
        merged.replay_on(jar, now);
        write(&self.file, &fields, &merged)?;
        self.jar = merged;
        self.fields = fields;
        self.changed.clear();
        Ok(())
    }
}

/// Takes a whole session away, unreadable ones too, and says whether there was one.
pub fn remove(file: &Path) -> Result<bool, Error> {
    let path = file.to_owned();
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(Error::Read { path, source }),
        Ok(_) => {}
    }
    let _lock = lock(file)?;
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error::Write { path, source }),
        Ok(()) => Ok(true),
    }
}

/// Without the fields, which may be credentials.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("file", &self.file)
            .field("access", &self.access)
            .field("jar", &self.jar)
            .finish_non_exhaustive()
    }
}

/// Whether a field belongs to the session rather than to one request.
fn is_kept(name: &HeaderName) -> bool {
    let text = name.as_str();
    let is_of_one_request = text.starts_with("content-")
        || text.starts_with("if-")
        || text == "idempotency-key"
        || [HOST, COOKIE, CONNECTION, TRANSFER_ENCODING].contains(name);
    !is_of_one_request
}

/// What a file says.
fn read(file: &Path) -> Result<(HeaderMap, Jar), Error> {
    let read = |source| Error::Read {
        path: file.to_owned(),
        source,
    };
    // Asked before it is opened: opening a pipe would wait for somebody to write.
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((HeaderMap::new(), Jar::default()));
        }
        Err(error) => return Err(read(error)),
    };
    let path = file.to_owned();
    if !metadata.is_file() {
        return Err(Error::NotAFile { path });
    }
    let mut octets = Vec::new();
    let opened = File::open(file).map_err(read)?;
    opened
        .take(OCTETS_MAX + 1)
        .read_to_end(&mut octets)
        .map_err(read)?;
    if octets.len() as u64 > OCTETS_MAX {
        let max = OCTETS_MAX;
        return Err(Error::TooLong { path, max });
    }
    match format::read(&octets) {
        Ok((fields, cookies)) => Ok((fields, Jar::of(cookies))),
        Err(source) => Err(Error::Broken { path, source }),
    }
}

/// Makes the directory of a file, for nobody else to look into, if it is not there.
fn make_directory(file: &Path) -> Result<(), Error> {
    let directory = directory_of(file);
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(directory).map_err(|source| Error::Write {
        path: directory.to_owned(),
        source,
    })
}

/// Waits until no other run writes this file. The lock ends when what is returned is dropped; its file stays, as taking
/// it away would let two runs lock two files of one name.
fn lock(file: &Path) -> Result<File, Error> {
    let path = beside(file, "lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let opened = private(&mut options).open(&path);
    let locked = opened.and_then(|lock| lock.lock().map(|()| lock));
    locked.map_err(|source| Error::Lock { path, source })
}

/// Writes a session into its file, under its lock.
fn write(file: &Path, fields: &HeaderMap, jar: &Jar) -> Result<(), Error> {
    let path = file.to_owned();
    let octets = match format::write(fields, jar.cookies()) {
        Ok(octets) if octets.len() as u64 > OCTETS_MAX => {
            let max = OCTETS_MAX;
            return Err(Error::Full { path, max });
        }
        Ok(octets) => octets,
        Err(error) => {
            let source = error.into();
            return Err(Error::Write { path, source });
        }
    };
    let new = beside(file, "new");
    replace(file, &new, &octets).map_err(|source| {
        // What went wrong is told; that nothing is left behind is only tidy.
        let _ = fs::remove_file(&new);
        Error::Write { path, source }
    })
}

/// Writes a new file and puts it in the place of the old one.
fn replace(file: &Path, new: &Path, octets: &[u8]) -> io::Result<()> {
    // A run that was killed may have left one.
    match fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut opened = private(options.write(true).create_new(true)).open(new)?;
    opened.write_all(octets)?;
    opened.sync_all()?;
    drop(opened);
    fs::rename(new, file)?;
    // The new name lasts when the directory does; only Unix lets one be opened for that.
    #[cfg(unix)]
    File::open(directory_of(file))?.sync_all()?;
    Ok(())
}

/// For nobody else to read.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    options.mode(0o600);
    options
}

/// A hidden file beside a file: `me.json` has `.me.json.lock`.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".");
    name.push(ending);
    file.with_file_name(name)
}

/// Where a file is.
fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests;
