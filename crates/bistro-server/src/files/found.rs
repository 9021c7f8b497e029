//! A file that is there: opened, and as much of it read as is sent in one piece.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bistro_http::etag::EntityTag;
use bytes::Bytes;
use rustix::fs::OFlags;

use crate::answer::entity;
use crate::files::kind;
use crate::files::place::Place;

/// The longest file that is read whole, in octets: its tag is made of what is in it.
const WHOLE_MAX: u64 = 256 * 1024;

/// For how long a file may change once more without its times telling: file systems count in pieces as long as this at most.
const GRAIN: Duration = Duration::from_secs(2);

/// What is at a place.
#[derive(Debug)]
pub(super) enum Found {
    /// A file.
    File(Served),
    /// A folder with a page of its own, asked for as if it were a file.
    Folder,
}

/// A file about to be served.
#[derive(Debug)]
pub(super) struct Served {
    /// What it is.
    pub(super) content_type: &'static str,
    /// The name of its state.
    pub(super) tag: EntityTag,
    /// When it was last changed; `None` if that is in the future, or before 1970.
    pub(super) modified: Option<SystemTime>,
    /// Its octets.
    pub(super) length: u64,
    /// Where they are.
    pub(super) content: Content,
}

/// What is in a file.
#[derive(Debug)]
pub(super) enum Content {
    /// All of it.
    Whole(Bytes),
    /// Still to be read.
    Open(File),
}

/// What a place below `folder` has for everyone. It waits for the disk.
///
/// # Errors
/// The system fails. That nothing is there, nothing that is served or nothing that may be read is no error.
pub(super) fn find(folder: &Path, place: &Place, now: SystemTime) -> io::Result<Option<Found>> {
    match open(folder, place, now) {
        Err(error) if is_absence(&error) => Ok(None),
        found => found,
    }
}

fn open(folder: &Path, place: &Place, now: SystemTime) -> io::Result<Option<Found>> {
    // Without any link in it: what a link leads to is served only if it lies in the folder, too.
    let path = fs::canonicalize(place.below(folder))?;
    let folder = fs::canonicalize(folder)?;
    if !path.starts_with(&folder) {
        return Ok(None);
    }
    let kind = fs::symlink_metadata(&path)?.file_type();
    if kind.is_dir() && !place.is_folder() {
        let index = find(&folder, &place.as_folder(), now)?;
        return Ok(index.map(|_page| Found::Folder));
    }
    // To open a pipe or a device may do something, or wait.
    if !kind.is_file() {
        return Ok(None);
    }
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = File::options()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(&path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    serve(file, &metadata, kind::of(place.file_name()), now).map(|served| Some(Found::File(served)))
}

fn serve(
    mut file: File,
    metadata: &Metadata,
    content_type: &'static str,
    now: SystemTime,
) -> io::Result<Served> {
    let (tag, length, content) = if metadata.len() <= WHOLE_MAX {
        let mut octets = Vec::new();
        (&mut file).take(metadata.len()).read_to_end(&mut octets)?;
        let octets = Bytes::from(octets);
        let tag = entity::tag(content_type, None, &octets);
        (tag, octets.len() as u64, Content::Whole(octets))
    } else {
        let tag = entity::tag(content_type, None, identity(metadata).as_bytes());
        let tag = EntityTag {
            // Two states that nothing tells apart may have one tag only if it is weak (RFC 9110 §8.8.1).
            is_weak: changed(metadata).is_none_or(|changed| changed + GRAIN > now),
            ..tag
        };
        (tag, metadata.len(), Content::Open(file))
    };
    let modified = metadata.modified().ok();
    Ok(Served {
        content_type,
        tag,
        modified: modified
            .filter(|&modified| modified <= now && modified >= SystemTime::UNIX_EPOCH),
        length,
        content,
    })
}

/// What changes whenever a file does. Whoever copies a file may set when it was written, but not when it was changed.
fn identity(metadata: &Metadata) -> String {
    format!(
        "{} {} {} {} {}",
        metadata.dev(),
        metadata.ino(),
        metadata.len(),
        metadata.ctime(),
        metadata.ctime_nsec()
    )
}

fn changed(metadata: &Metadata) -> Option<SystemTime> {
    let seconds = u64::try_from(metadata.ctime()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds + 1))
}

/// Whether it means that there is nothing to serve.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::PermissionDenied
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput
    ) || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}
