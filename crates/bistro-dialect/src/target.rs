//! Which resource a path names.

use bistro_http::percent;

use crate::error::{Error, Place, Problem};
use crate::reader::Reader;

/// The resource a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `/`
    Root,
    /// `/{relation}`
    Collection {
        /// Table or view, decoded.
        relation: String,
    },
    /// `/{relation}/{key}`
    Item {
        /// Table or view, decoded.
        relation: String,
        /// The key's values in the order of its columns, decoded.
        key: Vec<String>,
    },
    /// `/{relation}/{key}/{related}`
    Related {
        /// Table or view, decoded.
        relation: String,
        /// The key's values.
        key: Vec<String>,
        /// What is related to it.
        related: String,
    },
    /// `/rpc/{name}`
    Function {
        /// Decoded.
        name: String,
    },
    /// `/-/{…}`: Bistro's own resources.
    Own {
        /// The segments after `-`, decoded.
        path: Vec<String>,
    },
}

/// Where supabase clients look for the data: the same resources as without it.
pub(crate) const PREFIX: &str = "/rest/v1";

impl Target {
    /// Reads a path, still percent-encoded, starting with `/`.
    ///
    /// # Errors
    /// A segment is empty or badly encoded, or there are more segments than any resource has.
    pub fn read(path: &str) -> Result<Self, Error> {
        Self::read_path(path).map_err(|problem| problem.at(Place::Path))
    }

    fn read_path(path: &str) -> Result<Self, Problem> {
        let inner = match path.strip_prefix(PREFIX) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            Some(_) | None => path,
        };
        if inner.is_empty() {
            return Ok(Self::Root);
        }
        // Positions are those of the path as it came.
        let mut at = path.len() - inner.len() + 1;
        let Some(inner) = inner.strip_prefix('/') else {
            return Err(syntax(path, 0, "`/`"));
        };
        if inner.is_empty() {
            return Ok(Self::Root);
        }
        let mut segments = Vec::new();
        for text in inner.split('/') {
            segments.push(Segment { at, text });
            at += text.len() + 1;
        }
        // `%2D` is another spelling of `-` (RFC 3986 §6.2.2.2), so what the first segment is shows when it is decoded.
        let Some((first, rest)) = segments.split_first() else {
            return Ok(Self::Root);
        };
        let relation = first.name(path)?;
        match (relation.as_str(), rest) {
            ("-", _) => read_own(path, rest),
            (_, [] | [Segment { text: "", .. }]) => Ok(Self::Collection { relation }),
            ("rpc", [name]) => Ok(Self::Function {
                name: name.name(path)?,
            }),
            ("rpc", [_, beyond, ..]) => Err(syntax(path, beyond.at - 1, "the end of the path")),
            (_, [key]) => Ok(Self::Item {
                relation,
                key: key.key(path)?,
            }),
            (_, [key, related]) => Ok(Self::Related {
                relation,
                key: key.key(path)?,
                related: related.name(path)?,
            }),
            (_, [_, _, beyond, ..]) => Err(syntax(path, beyond.at - 1, "the end of the path")),
        }
    }
}

fn read_own(path: &str, segments: &[Segment<'_>]) -> Result<Target, Problem> {
    let segments = match segments {
        [inner @ .., Segment { text: "", .. }] => inner,
        segments => segments,
    };
    let path: Result<_, _> = segments.iter().map(|segment| segment.name(path)).collect();
    Ok(Target::Own { path: path? })
}

/// A piece of the path between slashes, still encoded.
#[derive(Clone, Copy, Debug)]
struct Segment<'a> {
    at: usize,
    text: &'a str,
}

impl Segment<'_> {
    fn name(self, path: &str) -> Result<String, Problem> {
        if self.text.is_empty() {
            return Err(syntax(path, self.at, "a name"));
        }
        decode(self.text, self.at)
    }

    /// The values of a key. Only a comma that is not encoded separates them.
    fn key(self, path: &str) -> Result<Vec<String>, Problem> {
        if self.text.is_empty() {
            return Err(syntax(path, self.at, "a key"));
        }
        let mut at = self.at;
        let mut values = Vec::new();
        for value in self.text.split(',') {
            values.push(decode(value, at)?);
            at += value.len() + 1;
        }
        Ok(values)
    }
}

fn decode(text: &str, offset: usize) -> Result<String, Problem> {
    percent::decode(text).map_err(|error| Problem::encoding(error, offset))
}

fn syntax(path: &str, at: usize, expected: &str) -> Problem {
    let mut reader = Reader::new(path);
    reader.go_back(at);
    reader.problem(expected)
}

#[cfg(test)]
mod tests;
