//! What is here of a file, and what a server says of the rest.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use bistro_http::etag::EntityTag;
use http::header::{ACCEPT_ENCODING, DATE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::failure::Error;
use super::part::{resolved, with_ending};

/// How long a kept tag may be.
const TAG_OCTETS_MAX: u64 = 4096;

/// The beginning of a file that is here already (`--continue`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// How long it is.
    pub octets: u64,
    /// What the server called this state: a strong entity tag, or a date.
    pub(super) validator: HeaderValue,
}

impl Resume {
    /// What can be continued of the download to this file. `None`: nothing is here, or nothing that the server could recognise,
    /// so that it has to begin again.
    pub fn find(output: &Path) -> Result<Option<Self>, Error> {
        let output = resolved(output);
        let part = with_ending(&output, ".part");
        let octets = match fs::metadata(&part) {
            Ok(found) if found.is_file() && found.len() > 0 => found.len(),
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::File { path: part, source }),
        };
        let mut tag = String::new();
        let read = File::open(with_ending(&part, ".tag"))
            .and_then(|file| file.take(TAG_OCTETS_MAX).read_to_string(&mut tag));
        // A tag that is not there or was damaged means only that there is nothing to go on with.
        let validator = read.ok().and_then(|_| checked_validator(tag.trim_end()));
        Ok(validator.map(|validator| Self { octets, validator }))
    }

    /// The fields that ask for the rest, and for all if there is a new state (RFC 9110 §13.1.5, §14.2). Without a coding, for
    /// the positions of a coded representation are others.
    pub fn fields(&self) -> Vec<(HeaderName, HeaderValue)> {
        let mut fields = vec![
            (IF_RANGE, self.validator.clone()),
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ];
        // Digits are always a value.
        fields.extend(
            HeaderValue::from_str(&format!("bytes={}-", self.octets))
                .ok()
                .map(|range| (RANGE, range)),
        );
        fields
    }
}

/// What `Content-Range` says (RFC 9110 §14.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContentRange {
    /// The first and the last position, from 0; `None` in a 416.
    pub(super) positions: Option<(u64, u64)>,
    /// How long all of it is, if that is known.
    pub(super) total: Option<u64>,
}

/// Reads `bytes 5-9/10`, `bytes 5-9/*`, `bytes */10`; `None` for other units and what is no range.
pub(super) fn content_range(text: &str) -> Option<ContentRange> {
    let (unit, range) = text.trim().split_once(' ')?;
    let (positions, total) = range.trim().split_once('/')?;
    let number = |digits: &str| {
        digits
            .bytes()
            .all(|octet| octet.is_ascii_digit())
            .then(|| digits.parse().ok())
            .flatten()
    };
    let positions = match positions.split_once('-') {
        None if positions == "*" => None,
        None => return None,
        Some((first, last)) => {
            Some((number(first)?, number(last)?)).filter(|(first, last)| first <= last)
        }
    };
    unit.eq_ignore_ascii_case("bytes").then(|| ContentRange {
        positions,
        total: number(total),
    })
}

/// What names this very state of the representation (RFC 9110 §13.1.5): a strong tag, or the date of the last change, if that
/// second was over and no other change can have happened in it (§8.8.2.2).
pub(super) fn validator(fields: &HeaderMap) -> Option<HeaderValue> {
    let text = |name| fields.get(name).and_then(|value| value.to_str().ok());
    if let Some(tag) = text(ETAG)
        .and_then(checked_validator)
        .filter(|tag| tag.as_bytes().starts_with(b"\""))
    {
        return Some(tag);
    }
    let modified = text(LAST_MODIFIED)?;
    let since = httpdate::parse_http_date(text(DATE)?)
        .ok()?
        .duration_since(httpdate::parse_http_date(modified).ok()?);
    since
        .is_ok_and(|since| since >= Duration::from_secs(1))
        .then(|| HeaderValue::from_str(modified).ok())
        .flatten()
}

/// A strong entity tag or a date.
fn checked_validator(text: &str) -> Option<HeaderValue> {
    let is_tag = EntityTag::read(text).is_some_and(|tag| !tag.is_weak);
    let is_date = httpdate::parse_http_date(text).is_ok();
    (is_tag || is_date)
        .then(|| HeaderValue::from_str(text).ok())
        .flatten()
}
