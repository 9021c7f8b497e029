//! Matching text as PostgreSQL's `LIKE`, `ILIKE`, `~` and `~*` do, in time linear in the text.

use std::fmt::Write as _;

use regex::{Regex, RegexBuilder};

/// Bytes a compiled pattern may take, and its automaton while matching.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// Whether letters must be of the same case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// `LIKE`, `~`
    Sensitive,
    /// `ILIKE`, `~*`: Unicode's simple case folding
    Insensitive,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) enum Pattern {
    /// `LIKE` of literal parts between `%`.
    Parts(Parts),
    /// Everything else.
    Regex(Regex),
}

/// Literal text between the `%` of a `LIKE`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// What the text starts with.
    first: String,
    /// What follows somewhere, in this order.
    middle: Vec<String>,
    /// What it ends with; `None` if there is no `%`: then `first` is all of it.
    last: Option<String>,
}

/// A character of a `LIKE` pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// itself
    Literal(char),
    /// `_`
    One,
    /// `%`
    Many,
}

impl Pattern {
    /// `LIKE`: `%` any text, `_` any character, `\` takes the next one literally.
    ///
    /// # Errors
    /// The pattern is too large, or ends in a lone `\`.
    pub(super) fn like(pattern: &str, case: Case) -> Result<Self, String> {
        let pieces = pieces(pattern)?;
        if case == Case::Sensitive && !pieces.contains(&Piece::One) {
            return Ok(Self::Parts(Parts::of(&pieces)));
        }
        build(&expression(&pieces), case).map(Self::Regex)
    }

    /// A regular expression that may match anywhere. As in PostgreSQL, `.` matches a line break too.
    ///
    /// # Errors
    /// What is wrong with it: it does not parse, or is too large.
    pub(super) fn regex(pattern: &str, case: Case) -> Result<Self, String> {
        build(pattern, case).map(Self::Regex)
    }

    /// Whether a text fits.
    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Parts(parts) => parts.is_match(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

impl Parts {
    fn of(pieces: &[Piece]) -> Self {
        let mut texts = pieces.split(|piece| *piece == Piece::Many).map(|part| {
            part.iter()
                .filter_map(|piece| match piece {
                    Piece::Literal(literal) => Some(*literal),
                    Piece::One | Piece::Many => None,
                })
                .collect::<String>()
        });
        let first = texts.next().unwrap_or_default();
        let mut middle: Vec<String> = texts.collect();
        let last = middle.pop();
        middle.retain(|part| !part.is_empty());
        Self {
            first,
            middle,
            last,
        }
    }

    fn is_match(&self, text: &str) -> bool {
        let Some(last) = &self.last else {
            return text == self.first;
        };
        let Some(rest) = text.strip_prefix(self.first.as_str()) else {
            return false;
        };
        let Some(mut rest) = rest.strip_suffix(last.as_str()) else {
            return false;
        };
        // The leftmost place for each part leaves the most room for the next.
        for part in &self.middle {
            match rest.split_once(part.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }
}

fn pieces(pattern: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '%' => Piece::Many,
            '_' => Piece::One,
            '\\' => match characters.next() {
                Some(escaped) => Piece::Literal(escaped),
                None => return Err("LIKE pattern must not end with escape character".to_owned()),
            },
            literal => Piece::Literal(literal),
        });
    }
    Ok(pieces)
}

/// The regular expression of a `LIKE`. A `%` at an end needs no `.*`, only no anchor.
fn expression(pieces: &[Piece]) -> String {
    let mut expression = String::new();
    let is_open = |end: Option<&Piece>| end == Some(&Piece::Many);
    if !is_open(pieces.first()) {
        expression.push_str(r"\A");
    }
    let inner_start = pieces
        .iter()
        .take_while(|piece| **piece == Piece::Many)
        .count();
    let inner_end = pieces.len()
        - pieces
            .iter()
            .skip(inner_start)
            .rev()
            .take_while(|piece| **piece == Piece::Many)
            .count();
    let mut letter = [0; 4];
    for piece in pieces.iter().take(inner_end).skip(inner_start) {
        match piece {
            Piece::Literal(literal) => {
                expression.push_str(&regex::escape(literal.encode_utf8(&mut letter)));
            }
            Piece::One => expression.push('.'),
            Piece::Many => expression.push_str(".*?"),
        }
    }
    if !is_open(pieces.last()) {
        let _infallible = write!(expression, r"\z");
    }
    expression
}

fn build(expression: &str, case: Case) -> Result<Regex, String> {
    RegexBuilder::new(expression)
        .case_insensitive(case == Case::Insensitive)
        .dot_matches_new_line(true)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            other => other.to_string(),
        })
}

#[cfg(test)]
mod tests;
