//! What is wrong with a request, where, and what was expected.

use std::fmt::{self, Display};

use bistro_http::percent::{DecodeError, DecodeReason};

use crate::limits::Bound;

/// A request that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Error {
    /// The part of the request.
    pub place: Place,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The path.
    Path,
    /// The query string as a whole.
    Query,
    /// A parameter of the query string, by its decoded name.
    Parameter(String),
    /// A header field, by its name.
    Field(&'static str),
    /// The body.
    Body,
    /// What a member of a row in the body holds, by the member's name.
    Member(String),
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("the path"),
            Self::Query => f.write_str("the query string"),
            Self::Parameter(name) => write!(f, "parameter `{name}`"),
            Self::Field(name) => write!(f, "field `{name}`"),
            Self::Body => f.write_str("the body"),
            Self::Member(name) => write!(f, "member `{name}` of the body"),
        }
    }
}

/// What is wrong with a part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The grammar ends here.
    #[error("unexpected {found} at byte {at} of `{text}`, expected {expected}")]
    Syntax {
        /// The decoded text that was being read.
        text: String,
        /// Byte offset into it.
        at: usize,
        /// What stands there: a character in backticks, or `end of input`.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// `%` not followed by two hexadecimal digits, or octets that are not UTF-8.
    #[error("{reason} at byte {at}")]
    Encoding {
        /// Byte offset into the raw part.
        at: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Said twice where once is allowed.
    #[error("given more than once")]
    Repeated,
    /// A bound of [`crate::Limits`] is exceeded.
    #[error("{what}: at most {limit} allowed")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
        /// Which bound that is.
        bound: Bound,
    },
    /// A body is required and there is none.
    #[error("a body is required")]
    Missing,
    /// A body without `Content-Type` where it cannot be guessed (RFC 10008 §2 for `QUERY`).
    #[error("no `Content-Type`; this resource takes {expected}")]
    NoMediaType {
        /// The media types that are understood, in the form of an `Accept` field.
        expected: &'static str,
    },
    /// A body of a media type this resource does not take.
    #[error("`Content-Type: {found}` is not understood; this resource takes {expected}")]
    MediaType {
        /// What was sent.
        found: String,
        /// The media types that are understood, in the form of an `Accept` field.
        expected: &'static str,
    },
    /// A body that is not what its media type says: JSON that does not parse, a CSV row that is too short.
    #[error("{reason} (line {line}, column {column})")]
    Malformed {
        /// What is wrong.
        reason: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Rows of one payload name different columns, without `columns` to say which are meant.
    #[error("row {row} does not have the same keys as the first")]
    UnequalKeys {
        /// From 1.
        row: usize,
    },
    /// `Range` whose last position is before its first.
    #[error("the last position is before the first")]
    EmptyRange,
    /// `limit` below zero (`PostgREST` answers it as it answers a `Range` that cannot be satisfied).
    #[error("the limit must be zero or more")]
    NegativeLimit,
    /// Preferences that were not understood, under `handling=strict`.
    #[error("not understood: {0:?}")]
    Preferences(Vec<String>),
}

impl Problem {
    /// Text that cannot be decoded; `offset` is where it stands in the raw part.
    pub(crate) fn encoding(error: DecodeError, offset: usize) -> Self {
        Self::Encoding {
            at: offset + error.at,
            reason: match error.reason {
                DecodeReason::Escape => {
                    "`%` without two hexadecimal digits after it (a percent sign itself is `%25`)"
                }
                DecodeReason::Utf8 => "octets that are not UTF-8",
            },
        }
    }

    /// Says where the problem is.
    pub(crate) fn at(self, place: Place) -> Error {
        Error {
            place,
            problem: self,
        }
    }
}
