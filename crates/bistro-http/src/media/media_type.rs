//! One media type with its parameters.

use std::fmt::{self, Display};

use thiserror::Error;

use crate::field;

/// A media type, or a range of them: `*/*`, `text/*` (RFC 9110 §8.3.1, §12.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// What stands before `/`, in lower case.
    pub kind: String,
    /// What stands after `/`, in lower case.
    pub subtype: String,
    /// Names in lower case, and values as they were written, without quotes.
    pub parameters: Vec<(String, String)>,
}

/// Text that is no media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{reason} at byte {at}")]
pub struct MediaTypeError {
    /// Where, in bytes from 0.
    pub at: usize,
    /// What is wrong there.
    pub reason: MediaTypeReason,
}

/// Why text is no media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MediaTypeReason {
    /// There is no `type/subtype` of two tokens.
    #[error("a media type is written `type/subtype`")]
    Essence,
    /// A parameter is not `name=value`.
    #[error(
        "a parameter is written `name=value`, where a value with spaces or separators is quoted"
    )]
    Parameter,
}

impl MediaType {
    /// Reads `type/subtype` and parameters, as in `Content-Type`.
    pub fn read(text: &str) -> Result<Self, MediaTypeError> {
        let mut parts = field::split(text, ';');
        let essence = parts.next().map_or("", |(_, part)| field::trim(part));
        let (kind, subtype) = essence
            .split_once('/')
            .filter(|(kind, subtype)| field::is_token(kind) && field::is_token(subtype))
            .ok_or(MediaTypeError {
                at: 0,
                reason: MediaTypeReason::Essence,
            })?;
        let parameters = parts
            // RFC 9110 §5.6.6 allows `;` with nothing after it.
            .filter(|(_, part)| !field::trim(part).is_empty())
            .map(|(at, part)| {
                parameter(part).ok_or(MediaTypeError {
                    at,
                    reason: MediaTypeReason::Parameter,
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            parameters,
        })
    }

    /// Whether this is `kind/subtype`, whatever its parameters. Names are given in lower case.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype
    }

    /// The value of a parameter; the first one if it is repeated. The name is given in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.subtype)?;
        for (name, value) in &self.parameters {
            if field::is_token(value) {
                write!(f, ";{name}={value}")?;
            } else {
                let mut quoted = String::new();
                field::quote_into(value, &mut quoted);
                write!(f, ";{name}={quoted}")?;
            }
        }
        Ok(())
    }
}

fn parameter(part: &str) -> Option<(String, String)> {
    let (name, value) = field::trim(part).split_once('=')?;
    let value = if field::is_token(value) {
        value.to_owned()
    } else {
        field::unquote(value)?
    };
    field::is_token(name).then(|| (name.to_ascii_lowercase(), value))
}
