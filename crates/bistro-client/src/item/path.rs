//! Where a value stands in the JSON that items build: `a[b][0][]`, HTTPie's nested syntax.

use std::ops::Range;

use thiserror::Error;
use unicode_width::UnicodeWidthStr as _;

use crate::escape::{self, Keep};

/// The highest index: what lies below it and is not told becomes `null`, which costs memory here and five octets there.
pub(crate) const INDEX_MAX: usize = 65_535;
/// The deepest nesting. Readers of JSON have a limit of their own, often 128.
pub(crate) const DEPTH_MAX: usize = 100;

/// The way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// As typed.
    pub(crate) text: String,
    /// From the outside to the inside; never empty.
    pub(crate) steps: Vec<Step>,
}

/// One step on it, and where it is written, in octets of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `name` or `[name]`: into an object.
    Key(String, Range<usize>),
    /// `[3]`: into an array.
    Index(usize, Range<usize>),
    /// `[]`: behind the last element of an array.
    Append(Range<usize>),
}

/// A key that leads nowhere, with a mark under the place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}\n{}", self.mark())]
pub struct PathError {
    /// The key, as typed.
    pub key: String,
    /// Which octets of it are wrong. Behind the end, if something is missing there.
    pub at: Range<usize>,
    /// What is wrong with them.
    pub reason: PathReason,
}

/// Why a key leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathReason {
    /// A bracket is not closed.
    #[error("`]` is missing; a bracket that means itself is written `\\[`")]
    Unclosed,
    /// A `[` where none can be.
    #[error("`[` in brackets is written `\\[`")]
    Opened,
    /// A `]` that closes nothing.
    #[error("`]` closes nothing; one that means itself is written `\\]`")]
    Closed,
    /// Text between brackets.
    #[error("only `[` can follow `]`")]
    Between,
    /// A name in brackets at the beginning.
    #[error(
        "a key that begins with brackets builds an array and has `[]` or a number in them; a name stands without"
    )]
    Name,
    /// A negative index.
    #[error("an index counts from 0; a key that looks like a number is written `[\\-1]`")]
    Negative,
    /// An index beyond the limit.
    #[error(
        "an index is at most {INDEX_MAX}; a key that looks like a number is written `[\\65536]`"
    )]
    Index,
    /// More brackets than the limit.
    #[error("at most {DEPTH_MAX} levels can be nested")]
    Depth,
    /// Something else is there already.
    #[error("{place} is {found} by now, and this needs {needed}")]
    Kind {
        /// Where, as typed: `a[b]`.
        place: String,
        /// What is there.
        found: &'static str,
        /// What should be.
        needed: &'static str,
    },
}

impl Path {
    /// Reads a key.
    pub(crate) fn read(key: &str) -> Result<Self, PathError> {
        let wrong = |at, reason| PathError {
            key: key.to_owned(),
            at,
            reason,
        };
        let mut steps = Vec::new();
        let root = end_of_text(key, 0);
        if !key.starts_with('[') {
            let name = read_name(key.get(..root).unwrap_or_default());
            steps.push(Step::Key(name, 0..root));
        }
        let mut at = root;
        while at < key.len() {
            let rest = key.get(at..).unwrap_or_default();
            if rest.starts_with(']') {
                return Err(wrong(at..at + 1, PathReason::Closed));
            }
            if !rest.starts_with('[') {
                return Err(wrong(at..end_of_text(key, at), PathReason::Between));
            }
            let end = end_of_text(key, at + 1);
            match key.get(end..).and_then(|rest| rest.chars().next()) {
                Some(']') => {}
                Some(_) => return Err(wrong(end..end + 1, PathReason::Opened)),
                None => return Err(wrong(end..end + 1, PathReason::Unclosed)),
            }
            let inner = key.get(at + 1..end).unwrap_or_default();
            let step =
                read_step(inner, at..end + 1).map_err(|reason| wrong(at + 1..end, reason))?;
            if steps.is_empty() && matches!(step, Step::Key(..)) {
                return Err(wrong(at..end + 1, PathReason::Name));
            }
            if steps.len() == DEPTH_MAX {
                return Err(wrong(at..end + 1, PathReason::Depth));
            }
            steps.push(step);
            at = end + 1;
        }
        Ok(Self {
            text: key.to_owned(),
            steps,
        })
    }

    /// The error that something else is there already, at this step.
    pub(crate) fn conflict(&self, step: &Step, found: &'static str) -> PathError {
        let at = step.at();
        let before = self.text.get(..at.start).unwrap_or_default();
        let place = match before {
            "" => "the whole".to_owned(),
            _ => format!("`{before}`"),
        };
        let needed = match step {
            Step::Key(..) => "an object",
            Step::Index(..) | Step::Append(..) => "an array",
        };
        PathError {
            key: self.text.clone(),
            at,
            reason: PathReason::Kind {
                place,
                found,
                needed,
            },
        }
    }
}

impl Step {
    fn at(&self) -> Range<usize> {
        match self {
            Self::Key(_, at) | Self::Index(_, at) | Self::Append(at) => at.clone(),
        }
    }
}

impl PathError {
    /// The key, and a mark below what is wrong.
    fn mark(&self) -> String {
        let shown = |range: Range<usize>| {
            let text = self.key.get(range).unwrap_or_default();
            escape::text(text, Keep::Nothing)
        };
        let length = self.key.len();
        let key = shown(0..length);
        let before = shown(0..self.at.start.min(length)).width();
        let wrong = shown(self.at.start.min(length)..self.at.end.min(length)).width();
        format!("{key}\n{}{}", " ".repeat(before), "^".repeat(wrong.max(1)))
    }
}

/// Where the next bracket is that a backslash does not precede, or the end.
fn end_of_text(key: &str, from: usize) -> usize {
    let mut characters = key.char_indices().skip_while(|(at, _)| *at < from);
    while let Some((at, character)) = characters.next() {
        match character {
            '[' | ']' => return at,
            '\\' => _ = characters.next(),
            _ => {}
        }
    }
    key.len()
}

/// What stands in brackets.
fn read_step(inner: &str, at: Range<usize>) -> Result<Step, PathReason> {
    if inner.is_empty() {
        return Ok(Step::Append(at));
    }
    if is_number(inner) {
        let index = inner.parse().ok().filter(|index| *index <= INDEX_MAX);
        return index
            .map(|index| Step::Index(index, at))
            .ok_or(PathReason::Index);
    }
    if inner.strip_prefix('-').is_some_and(is_number) {
        return Err(PathReason::Negative);
    }
    Ok(Step::Key(read_name(inner), at))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

/// A name without the backslashes before brackets and backslashes, and without the one that makes a name of a number.
fn read_name(typed: &str) -> String {
    let number = typed
        .strip_prefix('\\')
        .filter(|rest| is_number(rest.strip_prefix('-').unwrap_or(rest)));
    if let Some(number) = number {
        return number.to_owned();
    }
    let mut name = String::with_capacity(typed.len());
    let mut characters = typed.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            name.push(character);
            continue;
        }
        match characters.next() {
            Some(special @ ('[' | ']' | '\\')) => name.push(special),
            Some(other) => name.extend(['\\', other]),
            None => name.push('\\'),
        }
    }
    name
}

#[cfg(test)]
mod tests;
