//! Files that become a body, a part of one, or a value.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::error::WHOLE_OCTETS_MAX;
use super::{Body, Error, Piece};

/// The path that is meant: `~/` is the home, because no shell replaces it in the middle of a word.
pub(crate) fn resolve(typed: &str, home: Option<&Path>) -> PathBuf {
    match (typed.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => typed.into(),
    }
}

/// The file as text.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    String::from_utf8(whole(path)?).map_err(|error| Error::Utf8 {
        path: path.to_owned(),
        at: error.utf8_error().valid_up_to(),
    })
}

/// The file as a part of a body, which is read when it is sent.
pub(crate) fn piece(path: &Path) -> Result<Piece, Error> {
    match octets(path)? {
        Some(octets) => Ok(Piece::File {
            path: path.to_owned(),
            octets,
        }),
        None => Ok(Piece::Bytes(whole(path)?.into())),
    }
}

/// The file as the whole of a body.
pub(crate) fn body(path: &Path) -> Result<Body, Error> {
    match octets(path)? {
        Some(octets) => Ok(Body::Pieces(vec![Piece::File {
            path: path.to_owned(),
            octets,
        }])),
        None => Ok(Body::Stream(Box::new(open(path)?))),
    }
}

/// The length, if that can be known: a pipe (`@<(command)`) has none.
fn octets(path: &Path) -> Result<Option<u64>, Error> {
    let metadata = fs::metadata(path).map_err(|cause| read_error(path, cause))?;
    if metadata.is_dir() {
        return Err(Error::Folder {
            path: path.to_owned(),
        });
    }
    if !metadata.is_file() {
        return Ok(None);
    }
    // A file that nobody may read is found before the server is asked for anything.
    open(path)?;
    Ok(Some(metadata.len()))
}

fn whole(path: &Path) -> Result<Vec<u8>, Error> {
    let mut octets = Vec::new();
    let file = open(path)?;
    let is_folder = file.metadata().is_ok_and(|metadata| metadata.is_dir());
    if is_folder {
        return Err(Error::Folder {
            path: path.to_owned(),
        });
    }
    file.take(WHOLE_OCTETS_MAX + 1)
        .read_to_end(&mut octets)
        .map_err(|cause| read_error(path, cause))?;
    if octets.len() as u64 > WHOLE_OCTETS_MAX {
        return Err(Error::TooLong {
            path: path.to_owned(),
        });
    }
    Ok(octets)
}

fn open(path: &Path) -> Result<File, Error> {
    File::open(path).map_err(|cause| read_error(path, cause))
}

fn read_error(path: &Path, cause: io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        cause,
    }
}
