//! A place in a text, and the small pieces all the grammars are made of: names, quotes, blanks.

use crate::error::Problem;
use crate::limits::{Bound, Limits};

/// What is still to be read of one decoded text.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// A name as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Without quotes and escapes, and without blanks around it if it had no quotes.
    pub(crate) text: String,
    /// Whether it stood in double quotes: then it is never a word of the grammar.
    pub(crate) is_quoted: bool,
}

impl Name {
    /// Whether it is this word of the grammar.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        !self.is_quoted && self.text == word
    }
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of `text`.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The byte offset of [`Reader::rest`].
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to where [`Reader::at`] said we were.
    pub(crate) fn go_back(&mut self, at: usize) {
        self.at = at;
    }

    /// The next character.
    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes the next character.
    pub(crate) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Takes `token` if it comes next.
    pub(crate) fn take(&mut self, token: &str) -> bool {
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    /// Takes `token`, which must come next.
    pub(crate) fn require(&mut self, token: &str, expected: &str) -> Result<(), Problem> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.problem(expected))
        }
    }

    /// Takes characters as long as they are wanted.
    pub(crate) fn take_while(&mut self, is_wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest
            .find(|character| !is_wanted(character))
            .unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Takes everything that is left.
    pub(crate) fn take_rest(&mut self) -> &'a str {
        self.take_while(|_| true)
    }

    /// Skips spaces and tabs.
    pub(crate) fn skip_blanks(&mut self) {
        self.take_while(is_blank);
    }

    /// Nothing may be left.
    pub(crate) fn end(&self, expected: &str) -> Result<(), Problem> {
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.problem(expected))
        }
    }

    /// Something other than what is expected stands here.
    pub(crate) fn problem(&self, expected: &str) -> Problem {
        let found = match self.peek() {
            Some(character) => format!("`{character}`"),
            None => "end of input".to_owned(),
        };
        self.problem_at(self.at, found, expected)
    }

    /// Something other than what is expected stands at `at`.
    pub(crate) fn problem_at(&self, at: usize, found: String, expected: &str) -> Problem {
        Problem::Syntax {
            text: self.text.to_owned(),
            at,
            found,
            expected: expected.to_owned(),
        }
    }

    /// A name: bare, or in double quotes with backslash escapes.
    ///
    /// Bare names are letters, digits, `_`, `$`, blanks and inner `-`; everything else is punctuation of the grammar
    /// and needs quotes (`PostgREST`, "Tables and Views", reserved characters).
    pub(crate) fn name(&mut self, expected: &str) -> Result<Name, Problem> {
        self.skip_blanks();
        if self.peek() == Some('"') {
            let text = self.quoted()?;
            self.skip_blanks();
            return Ok(Name {
                text,
                is_quoted: true,
            });
        }
        let start = self.at;
        while let Some(character) = self.peek() {
            let is_dash = character == '-' && self.at != start && !self.rest().starts_with("->");
            if !(is_bare(character) || is_dash) {
                break;
            }
            self.next();
        }
        let bare = self.text.get(start..self.at).unwrap_or_default();
        let text = bare.trim_matches(is_blank).to_owned();
        if text.is_empty() {
            return Err(self.problem(expected));
        }
        Ok(Name {
            text,
            is_quoted: false,
        })
    }

    /// A text in double quotes, where a backslash makes the next character ordinary.
    pub(crate) fn quoted(&mut self) -> Result<String, Problem> {
        self.require("\"", "`\"`")?;
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.problem("`\"`, which ends the quoted text")),
                Some('"') => return Ok(text),
                Some('\\') => match self.next() {
                    None => return Err(self.problem("the character that `\\` escapes")),
                    Some(character) => text.push(character),
                },
                Some(character) => text.push(character),
            }
        }
    }
}

/// Whether a character may stand anywhere in a bare name.
fn is_bare(character: char) -> bool {
    match character {
        '_' | '$' | ' ' | '\t' => true,
        character if character.is_ascii() => character.is_ascii_alphanumeric(),
        character => !character.is_control(),
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// What one request may still ask for.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    limits: &'a Limits,
    terms: usize,
}

impl<'a> Budget<'a> {
    /// Everything the limits allow.
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, terms: 0 }
    }

    /// Spends one predicate, select item, order term or JSON step.
    pub(crate) fn spend(&mut self) -> Result<(), Problem> {
        self.terms += 1;
        within(
            self.terms,
            self.limits.terms,
            "filters, select items, order terms and JSON steps",
            Bound::Terms,
        )
    }

    /// Checks how deep something nests.
    pub(crate) fn check_depth(&self, depth: usize) -> Result<(), Problem> {
        within(depth, self.limits.depth, "levels of nesting", Bound::Depth)
    }

    /// Checks how long a list of values is.
    pub(crate) fn check_list(&self, length: usize) -> Result<(), Problem> {
        within(length, self.limits.list, "values in one list", Bound::List)
    }

    /// Checks how many columns are named.
    pub(crate) fn check_columns(&self, count: usize) -> Result<(), Problem> {
        within(count, self.limits.columns, "columns", Bound::Columns)
    }
}

/// `amount` must not exceed `limit`.
pub(crate) fn within(
    amount: usize,
    limit: usize,
    what: &'static str,
    bound: Bound,
) -> Result<(), Problem> {
    if amount > limit {
        Err(Problem::TooMuch { what, limit, bound })
    } else {
        Ok(())
    }
}
