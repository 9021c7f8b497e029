//! A body on its way to a file: under another name until it is whole, and continued where it broke off.
//!
//! `FILE` is first `FILE.part`, so that what is called `FILE` is always whole. Beside it `FILE.part.tag` keeps what the server
//! called this state of the representation: without that, two halves of different states could become one file.

mod failure;
mod part;
mod resume;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use url::Url;

use crate::file_name;

pub use failure::Error;
pub use resume::Resume;

use failure::shown;
use part::{
    chosen_file, free_file, is_standard_output, reserved, resolved, settle, standard_output,
    with_ending,
};
use resume::{content_range, validator};

/// How many names are tried when the first is taken.
const NAMES_MAX: u32 = 1000;
/// What is drawn if the length is known.
const KNOWN: &str = "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
/// What is drawn if it is not.
const UNKNOWN: &str = "{msg} {bytes} {bytes_per_sec} {elapsed}";

/// Where a download goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// To this file, whether it exists or not (`--output FILE`). What is no regular file, as `/dev/null`, is written directly, and
    /// so is standard output, as `-` or `/dev/stdout`, whatever it is.
    File(PathBuf),
    /// Into this folder, under a name that is free (`--download`).
    Folder(PathBuf),
}

/// The head of the response to be saved, and whom it came from.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Its status: 200, 206, 416, or any other whose body the user wants.
    pub status: StatusCode,
    /// Its fields, as they came.
    pub fields: &'a HeaderMap,
    /// The URL that was asked in the end.
    pub url: &'a Url,
}

/// What a response means for a download.
#[derive(Debug)]
pub enum Begun {
    /// Its body is to be written.
    Open(Download),
    /// Everything is here already; the body is only a message.
    Complete {
        /// The file.
        path: PathBuf,
        /// How long it is.
        octets: u64,
    },
}

/// A file that is being written.
#[derive(Debug)]
pub struct Download {
    file: File,
    /// What it becomes.
    path: PathBuf,
    /// Where it is: the same for what is no regular file.
    part: PathBuf,
    /// Whether `path` may be overwritten.
    is_chosen: bool,
    octets: u64,
    expected: Option<u64>,
    is_resumable: bool,
    bar: ProgressBar,
}

impl Download {
    /// Opens the file for a response. `resume` is what the request asked to continue; `shows_progress`: a terminal looks at
    /// standard error, where a bar is drawn.
    pub fn begin(
        place: &Place,
        head: Head<'_>,
        resume: Option<&Resume>,
        shows_progress: bool,
    ) -> Result<Begun, Error> {
        let (octets, expected) = match (head.status, resume) {
            (StatusCode::PARTIAL_CONTENT, _) => Self::rest(head, resume)?,
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(resume)) => {
                return complete(place, head, resume);
            }
            _ => (0, length(head.fields)),
        };
        let (file, path, part) = match place {
            Place::File(path) if is_standard_output(path) => standard_output(path, octets)?,
            Place::File(path) => chosen_file(&resolved(path), octets)?,
            // The rest of a file can only be put behind its beginning.
            Place::Folder(_) if octets > 0 => return Err(Error::OtherPart { octets }),
            Place::Folder(folder) => free_file(folder, &name(head))?,
        };
        let mut download = Self {
            file,
            is_chosen: matches!(place, Place::File(_)),
            octets,
            expected,
            is_resumable: false,
            bar: bar(&path, octets, expected, shows_progress),
            path,
            part,
        };
        if download.part != download.path {
            // A 206 need not repeat what it continues.
            let known = resume
                .filter(|_| octets > 0)
                .map(|resume| resume.validator.clone());
            download.keep_tag(known.or_else(|| validator(head.fields)))?;
        }
        Ok(Begun::Open(download))
    }

    /// From where to where a 206 goes (RFC 9110 §14.4).
    fn rest(head: Head<'_>, resume: Option<&Resume>) -> Result<(u64, Option<u64>), Error> {
        let octets = resume.map_or(0, |resume| resume.octets);
        let text = |name| head.fields.get(name).and_then(|value| value.to_str().ok());
        let is_same = match (resume, text(ETAG)) {
            (Some(resume), Some(tag)) => {
                !resume.validator.as_bytes().starts_with(b"\"") || resume.validator == tag
            }
            _ => true,
        };
        let is_plain =
            text(CONTENT_ENCODING).is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
        let range = text(CONTENT_RANGE).and_then(content_range);
        let total = range.and_then(|range| range.total);
        match range.and_then(|range| range.positions) {
            Some((first, last)) if first == octets && is_same && is_plain => {
                Ok((octets, total.or(last.checked_add(1))))
            }
            Some(_) | None => Err(Error::OtherPart { octets }),
        }
    }

    /// The next piece of the body.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        self.file
            .write_all(chunk)
            .map_err(|source| self.failed(source))?;
        self.octets = self.octets.saturating_add(chunk.len() as u64);
        self.bar.set_position(self.octets);
        Ok(())
    }

    /// How many octets of the file are here.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// The end of the body: the file is on the disk, under its name, which is given back. It is an error if not all came.
    pub fn finish(mut self) -> Result<PathBuf, Error> {
        self.bar.finish_and_clear();
        match self.expected {
            Some(expected) if self.octets < expected => return Err(self.interrupted()),
            Some(expected) if self.octets > expected => {
                let (part, octets) = (self.part, self.octets);
                return Err(Error::Excess {
                    part,
                    octets,
                    expected,
                });
            }
            Some(_) | None => {}
        }
        if self.part == self.path {
            return Ok(self.path);
        }
        self.file.sync_all().map_err(|source| self.failed(source))?;
        if !self.is_chosen {
            self.path = reserved(self.path)?;
        }
        settle(&self.part, &self.path)?;
        Ok(self.path)
    }

    /// The body broke off: what came stays, and the error says how to go on.
    pub fn interrupted(self) -> Error {
        self.bar.finish_and_clear();
        Error::Incomplete {
            path: self.path,
            part: self.part,
            octets: self.octets,
            expected: self.expected,
            is_resumable: self.is_resumable,
        }
    }

    fn keep_tag(&mut self, validator: Option<HeaderValue>) -> Result<(), Error> {
        let path = with_ending(&self.part, ".tag");
        let error = |source| Error::File {
            path: path.clone(),
            source,
        };
        let Some(validator) = validator else {
            return match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => Err(error(source)),
                _ => Ok(()),
            };
        };
        fs::write(&path, validator.as_bytes()).map_err(error)?;
        self.is_resumable = true;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> Error {
        self.bar.finish_and_clear();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full {
                path: self.path.clone(),
                part: self.part.clone(),
                octets: self.octets,
                is_resumable: self.is_resumable,
            },
            _ => Error::File {
                path: self.part.clone(),
                source,
            },
        }
    }
}

/// A 416: either all is here and only its name is missing, or something else is.
fn complete(place: &Place, head: Head<'_>, resume: &Resume) -> Result<Begun, Error> {
    let octets = resume.octets;
    let range = head
        .fields
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok());
    let total = range.and_then(content_range).and_then(|range| range.total);
    match place {
        Place::File(path) if total == Some(octets) => {
            let path = resolved(path);
            settle(&with_ending(&path, ".part"), &path)?;
            Ok(Begun::Complete { path, octets })
        }
        Place::File(_) | Place::Folder(_) => Err(Error::NothingBehind { octets, total }),
    }
}

/// What the file is called, if nobody says.
fn name(head: Head<'_>) -> String {
    let disposition = head
        .fields
        .get(CONTENT_DISPOSITION)
        .map(HeaderValue::as_bytes);
    let content_type = head
        .fields
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    file_name::suggest(disposition, head.url, content_type)
}

/// The length of the file, unless a coding makes it another than that of the body.
fn length(fields: &HeaderMap) -> Option<u64> {
    let text = |name| fields.get(name).and_then(|value| value.to_str().ok());
    let is_plain =
        text(CONTENT_ENCODING).is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
    text(CONTENT_LENGTH).filter(|_| is_plain)?.parse().ok()
}

fn bar(path: &Path, octets: u64, expected: Option<u64>, shows_progress: bool) -> ProgressBar {
    let target = if shows_progress {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let template = if expected.is_some() { KNOWN } else { UNKNOWN };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(expected, target)
        .with_style(style)
        .with_position(octets);
    // What was here before says nothing of the speed.
    bar.reset_eta();
    bar.set_message(
        path.file_name()
            .map(|name| shown(Path::new(name)))
            .unwrap_or_default(),
    );
    bar
}

#[cfg(test)]
mod tests;
