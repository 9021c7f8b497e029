//! Cuts a condition into its pieces, with the tokens of SQLite (`tokenize.c`), as far as it takes to find parameters and to know
//! that nothing reaches out of the condition.

use crate::nearest::nearest;
use crate::predicate::{CallerValue, Fault, Mistake, Piece};

/// A condition, as far as it is read.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The octets of parentheses that are open.
    open: Vec<usize>,
    pieces: Vec<Piece>,
    written: String,
    /// What the last token makes of the next one.
    behind: Behind,
    /// Whether nothing was found that need not mean the same each time.
    is_steady: bool,
}

/// What a token may mean for the one behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// A parenthesis would call it.
    Name,
    /// A name would be another table's.
    In,
    /// Nothing.
    Other,
}

/// What may stand before a parenthesis without making anything depend on more than the row: words of the grammar, and functions of
/// their arguments alone.
const STEADY: [&str; 34] = [
    "abs",
    "and",
    "between",
    "case",
    "cast",
    "coalesce",
    "collate",
    "distinct",
    "else",
    "escape",
    "from",
    "glob",
    "hex",
    "ifnull",
    "iif",
    "instr",
    "is",
    "isnull",
    "json_extract",
    "json_type",
    "json_valid",
    "length",
    "like",
    "lower",
    "match",
    "not",
    "nullif",
    "or",
    "regexp",
    "substr",
    "then",
    "typeof",
    "upper",
    "when",
];

/// Words that ask for more than the row: what another table holds, or what time it is.
const UNSTEADY: [&str; 4] = [
    "select",
    "current_time",
    "current_date",
    "current_timestamp",
];

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            open: Vec::new(),
            pieces: Vec::new(),
            written: String::new(),
            behind: Behind::Other,
            is_steady: true,
        }
    }

    /// All pieces, and whether together they mean the same as long as the row does.
    pub(super) fn pieces(mut self) -> Result<(Vec<Piece>, bool), Mistake> {
        while let Some(first) = self.rest().chars().next() {
            self.token(first)?;
        }
        if let Some(at) = self.open.last() {
            return Err(mistake(*at, Fault::Unbalanced('(')));
        }
        self.end_text();
        let is_nothing = |piece: &Piece| match piece {
            Piece::Text(text) => text.trim().is_empty(),
            Piece::Caller(_) => false,
        };
        if self.pieces.iter().all(is_nothing) {
            return Err(mistake(0, Fault::Empty));
        }
        Ok((self.pieces, self.is_steady))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self, first: char) -> Result<(), Mistake> {
        let rest = self.rest();
        let behind = std::mem::replace(&mut self.behind, Behind::Other);
        self.is_steady &= behind != Behind::In || !is_name(first);
        match first {
            space if space.is_ascii_whitespace() => {
                self.behind = behind;
                self.take(1);
            }
            '-' if rest.starts_with("--") => {
                let length = rest.find('\n').unwrap_or(rest.len());
                self.behind = behind;
                self.skip(length);
            }
            '/' if rest.starts_with("/*") => {
                let end = rest.get(2..).and_then(|inside| inside.find("*/"));
                let end = end.ok_or_else(|| mistake(self.at, Fault::Unclosed("/*")))?;
                self.behind = behind;
                self.skip(end + 4);
            }
            // A quote that is doubled ends one text and begins another: it comes to the same here.
            '\'' => self.quoted('\'', "'")?,
            '"' => self.quoted('"', "\"")?,
            '`' => self.quoted('`', "`")?,
            '[' => self.quoted(']', "[")?,
            '(' => {
                self.is_steady &= behind != Behind::Name;
                self.open.push(self.at);
                self.take(1);
            }
            ')' => {
                if self.open.pop().is_none() {
                    return Err(mistake(self.at, Fault::Unbalanced(')')));
                }
                self.take(1);
            }
            ';' => return Err(mistake(self.at, Fault::Semicolon)),
            '\0' => return Err(mistake(self.at, Fault::Nul)),
            ':' => self.parameter()?,
            '?' | '@' | '$' | '#' => {
                return Err(mistake(self.at, Fault::OtherParameter { sign: first }));
            }
            letter if is_of_name(letter) => self.name(name_length(rest)),
            other => self.take(other.len_utf8()),
        }
        Ok(())
    }

    fn name(&mut self, length: usize) {
        let name = self.rest().get(..length).unwrap_or_default();
        let is_one_of = |words: &[&str]| words.iter().any(|word| name.eq_ignore_ascii_case(word));
        self.is_steady &= !is_one_of(&UNSTEADY);
        self.behind = if is_one_of(&["in"]) {
            Behind::In
        } else if is_one_of(&STEADY) {
            Behind::Other
        } else {
            Behind::Name
        };
        self.take(length);
    }

    /// What stands in quotes: text or a name.
    fn quoted(&mut self, close: char, open: &'static str) -> Result<(), Mistake> {
        let inside = self.rest().get(1..).unwrap_or_default();
        match inside.find(close) {
            // SQLite ends at a NUL, wherever it stands.
            Some(end) => match inside.get(..end).and_then(|text| text.find('\0')) {
                Some(nul) => Err(mistake(self.at + 1 + nul, Fault::Nul)),
                None => {
                    self.behind = Behind::Name;
                    self.take(end + 2);
                    Ok(())
                }
            },
            None => Err(mistake(self.at, Fault::Unclosed(open))),
        }
    }

    fn parameter(&mut self) -> Result<(), Mistake> {
        let after = self.rest().get(1..).unwrap_or_default();
        let length = name_length(after);
        let (name, behind) = after.split_at_checked(length).unwrap_or((after, ""));
        // `:a::b` and `:a(b)` are names of parameters, too, in the manner of Tcl.
        let is_longer = behind.starts_with("::") || behind.starts_with('(');
        if name.is_empty() || is_longer {
            return Err(mistake(self.at, Fault::OtherParameter { sign: ':' }));
        }
        let Some(value) = CallerValue::read(name) else {
            let names = CallerValue::ALL.map(CallerValue::name);
            let fault = Fault::UnknownParameter {
                name: name.to_owned(),
                nearest: nearest(name, names),
            };
            return Err(mistake(self.at, fault));
        };
        self.end_text();
        self.pieces.push(Piece::Caller(value));
        self.at += 1 + length;
        Ok(())
    }

    /// Goes on behind a comment, which is as good as a space.
    fn skip(&mut self, length: usize) {
        self.at += length;
        self.written.push(' ');
    }

    fn take(&mut self, length: usize) {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.written.push_str(taken);
        self.at += length;
    }

    fn end_text(&mut self) {
        if !self.written.is_empty() {
            let text = std::mem::take(&mut self.written);
            self.pieces.push(Piece::Text(text));
        }
    }
}

/// Whether a name begins so, in quotes or not.
fn is_name(first: char) -> bool {
    is_of_name(first) || matches!(first, '"' | '`' | '[' | '\'')
}

/// Whether SQLite lets a letter stand in a name or number.
fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || !letter.is_ascii()
}

/// How long a name or number is that a text begins with, in octets. `$` may stand inside.
fn name_length(text: &str) -> usize {
    let ends = |letter: char| !is_of_name(letter) && letter != '$';
    text.find(ends).unwrap_or(text.len())
}

fn mistake(at: usize, fault: Fault) -> Mistake {
    Mistake { at, fault }
}
