//! What a request carries.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use bytes::Bytes;

mod error;
pub(crate) mod file;
pub(crate) mod datum;
pub(crate) mod json;
pub(crate) mod form;
pub(crate) mod multipart;

pub use error::Error;

/// The content of a request.
pub enum Body {
    /// Pieces that stand one after the other. They can be sent again, for a retry or behind a redirect, and their length is known.
    Pieces(Vec<Piece>),
    /// Whatever comes until the end, once: standard input.
    Stream(Box<dyn Read + Send>),
}

/// A part of a body that can be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These octets.
    Bytes(Bytes),
    /// The content of a file, which is read as it is sent.
    File {
        /// Where it is.
        path: PathBuf,
        /// How long it was when the request was made: what `Content-Length` says.
        octets: u64,
    },
}

impl Body {
    /// A body of these octets.
    pub fn bytes(octets: impl Into<Bytes>) -> Self {
        Self::Pieces(vec![Piece::Bytes(octets.into())])
    }

    /// The length, if it is known before it is sent.
    pub fn octets(&self) -> Option<u64> {
        match self {
            Self::Pieces(pieces) => Some(pieces.iter().map(Piece::octets).sum()),
            Self::Stream(_) => None,
        }
    }
}

impl Piece {
    /// The length.
    pub fn octets(&self) -> u64 {
        match self {
            Self::Bytes(octets) => octets.len() as u64,
            Self::File { octets, .. } => *octets,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pieces(pieces) => f.debug_tuple("Pieces").field(pieces).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}
