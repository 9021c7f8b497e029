//! Where requests begin and end in the octets of an HTTP/1 connection, and what hyper does not tell of them.
//!
//! hyper drops a fragment from a target and a `Content-Length` that comes with `Transfer-Encoding`; it takes chunk sizes
//! that others read differently. A scanner sees the same octets before hyper does, counts the same messages, and notes
//! those facts for each. It never lets a message through that hyper refuses, because it only watches; where it loses
//! count, the requests that follow have no facts and are refused.

mod chunked;

use std::mem;
use std::sync::Arc;

use memchr::{memchr, memrchr};

use crate::wire::scan::chunked::{Chunked, Unsound};

/// What a request's head said beyond what hyper shows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Octets of the request target.
    pub(crate) target_bytes: usize,
    /// The first octet of the target that may not stand there, and its place: `#`, a control or anything beyond ASCII.
    pub(crate) stray: Option<(usize, u8)>,
    /// The query, if it has octets that RFC 3986 wants encoded and hyper refuses (see [`is_tolerated`]), with these encoded.
    pub(crate) query: Option<Arc<str>>,
    /// Whether there is a `Content-Length`.
    pub(crate) has_length: bool,
    /// Whether there is a `Transfer-Encoding`.
    pub(crate) has_coding: bool,
    /// The value of `Content-Length`; 0 without one.
    length: u64,
}

/// Where in its connection a scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Between two requests: nothing of the next one has come.
    Between,
    /// In a head.
    Head,
    /// In a body.
    Body,
    /// Nowhere: what came was no HTTP/1.
    Lost,
}

/// A body that is not framed as RFC 9112 §7.1 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chunked body is malformed")]
pub(crate) struct Malformed {
    /// Octets before it, of those scanned, that are sound.
    pub(crate) sound: usize,
}

/// Follows one connection.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    stage: Stage,
    /// The line under way, as far as it came in earlier reads.
    line: Vec<u8>,
    head: Head,
    /// Where, in the octets scanned last, queries have octets that hyper must not see.
    tolerated: Vec<usize>,
    /// Whether the request line under way has come to its query.
    is_in_query: bool,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Between,
    RequestLine,
    Fields,
    Length(u64),
    Chunked(Chunked),
    Lost,
}

impl Scanner {
    /// Takes the next octets of the connection and tells `found` of each head that ends in them.
    ///
    /// # Errors
    /// A chunked body is malformed: no more than the sound octets before it should reach hyper.
    pub(crate) fn scan(
        &mut self,
        all: &[u8],
        mut found: impl FnMut(Head),
    ) -> Result<(), Malformed> {
        let mut octets = all;
        self.tolerated.clear();
        while !octets.is_empty() {
            octets = match &mut self.stage {
                Stage::Between => match octets {
                    // RFC 9112 §2.2: empty lines before a request line are skipped.
                    [b'\r' | b'\n', rest @ ..] => rest,
                    _ => {
                        self.stage = Stage::RequestLine;
                        self.is_in_query = false;
                        self.head = Head::default();
                        octets
                    }
                },
                Stage::RequestLine => {
                    self.tolerate(octets, all.len() - octets.len());
                    self.scan_line(octets, &mut found)
                }
                Stage::Fields => self.scan_line(octets, &mut found),
                Stage::Length(left) => {
                    let taken = usize::try_from(*left)
                        .unwrap_or(usize::MAX)
                        .min(octets.len());
                    *left -= taken as u64;
                    if *left == 0 {
                        self.stage = Stage::Between;
                    }
                    octets.get(taken..).unwrap_or_default()
                }
                Stage::Chunked(chunked) => match chunked.scan(octets) {
                    Ok((rest, is_done)) => {
                        if is_done {
                            self.stage = Stage::Between;
                        }
                        rest
                    }
                    Err(Unsound) => {
                        self.stage = Stage::Lost;
                        return Err(Malformed {
                            sound: all.len() - octets.len(),
                        });
                    }
                },
                Stage::Lost => return Ok(()),
            };
        }
        Ok(())
    }

    /// Where the octets scanned last need [`STAND_IN`] before hyper sees them: what stood there is in [`Head::query`].
    pub(crate) fn tolerated(&self) -> &[usize] {
        &self.tolerated
    }

    /// Where it is now.
    pub(crate) fn place(&self) -> Place {
        match self.stage {
            Stage::Between => Place::Between,
            Stage::RequestLine | Stage::Fields => Place::Head,
            Stage::Length(_) | Stage::Chunked(_) => Place::Body,
            Stage::Lost => Place::Lost,
        }
    }

    /// How long the target of the head under way is, as far as it has come.
    pub(crate) fn target_bytes(&self) -> usize {
        match self.stage {
            Stage::RequestLine => target(&self.line).len(),
            Stage::Between | Stage::Fields | Stage::Length(_) | Stage::Chunked(_) | Stage::Lost => {
                self.head.target_bytes
            }
        }
    }

    /// Notes what is tolerated in a request line, from its `?` on. `base`: where `octets` start in those scanned.
    fn tolerate(&mut self, octets: &[u8], base: usize) {
        let end = memchr(b'\n', octets).unwrap_or(octets.len());
        let line = octets.get(..end).unwrap_or_default();
        let start = match memchr(b'?', line) {
            _ if self.is_in_query => 0,
            Some(start) => start,
            None => return,
        };
        self.is_in_query = true;
        let query = line.iter().enumerate().skip(start);
        let tolerated = query.filter(|(_, octet)| is_tolerated(**octet));
        self.tolerated.extend(tolerated.map(|(at, _)| base + at));
    }

    fn scan_line<'a>(&mut self, octets: &'a [u8], found: &mut impl FnMut(Head)) -> &'a [u8] {
        let Some(end) = memchr(b'\n', octets) else {
            self.line.extend_from_slice(octets);
            return &[];
        };
        let (line, rest) = octets.split_at(end);
        if self.line.is_empty() {
            self.end_line(line, found);
        } else {
            let mut whole = mem::take(&mut self.line);
            whole.extend_from_slice(line);
            self.end_line(&whole, found);
        }
        rest.get(1..).unwrap_or_default()
    }

    fn end_line(&mut self, line: &[u8], found: &mut impl FnMut(Head)) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if matches!(self.stage, Stage::RequestLine) {
            let target = target(line);
            self.head.target_bytes = target.len();
            self.head.stray = target
                .iter()
                .position(|&octet| octet == b'#' || !octet.is_ascii_graphic())
                .and_then(|at| Some((at, *target.get(at)?)));
            self.head.query = encoded_query(target);
            self.stage = Stage::Fields;
        } else if line.is_empty() {
            self.end_head(found);
        } else {
            self.note_field(line);
        }
    }

    fn note_field(&mut self, line: &[u8]) {
        // Lengths first: nearly every field is told apart by them alone.
        if line.get(14) == Some(&b':') && starts_with(line, b"content-length") {
            self.head.has_length = true;
            self.head.length = line.get(15..).map_or(0, read_length);
        } else if line.get(17) == Some(&b':') && starts_with(line, b"transfer-encoding") {
            self.head.has_coding = true;
        }
    }

    fn end_head(&mut self, found: &mut impl FnMut(Head)) {
        let head = mem::take(&mut self.head);
        self.stage = match head {
            Head {
                has_length: true,
                has_coding: true,
                ..
            } => Stage::Lost,
            Head {
                has_coding: true, ..
            } => Stage::Chunked(Chunked::default()),
            Head { length: 0, .. } => Stage::Between,
            Head { length, .. } => Stage::Length(length),
        };
        found(head);
    }
}

/// What stands in a query for an octet that is tolerated, on its way through hyper.
pub(crate) const STAND_IN: u8 = b'_';

/// Octets that may not stand in a query (RFC 3986 §3.4), but that `PostgREST`'s users write there as they are:
/// `select=data->>name`, `name=in.("a,b")`. curl sends them so. Nothing else gives them a meaning.
fn is_tolerated(octet: u8) -> bool {
    matches!(octet, b'"' | b'<' | b'>')
}

/// The query of a target in which something is tolerated, with that encoded.
fn encoded_query(target: &[u8]) -> Option<Arc<str>> {
    let start = memchr(b'?', target)? + 1;
    let query = target.get(start..)?;
    if !query.iter().any(|&octet| is_tolerated(octet)) {
        return None;
    }
    let query = str::from_utf8(query).ok()?;
    let encoded = query
        .replace('"', "%22")
        .replace('<', "%3C")
        .replace('>', "%3E");
    Some(Arc::from(encoded))
}

/// The target of a request line: between its first space and the last, if that is followed by the version.
fn target(line: &[u8]) -> &[u8] {
    let Some(start) = memchr(b' ', line) else {
        return &[];
    };
    let rest = line.get(start + 1..).unwrap_or_default();
    match memrchr(b' ', rest) {
        Some(end) => rest.get(..end).unwrap_or_default(),
        None => rest,
    }
}

fn starts_with(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
}

/// A length as hyper has it; what is no length hyper refuses, and then nothing follows.
fn read_length(value: &[u8]) -> u64 {
    str::from_utf8(value)
        .ok()
        .and_then(|text| text.trim_matches([' ', '\t']).parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
