//! Conditions in an operator's own SQL: `where` and `check` of a rule.

mod scan;

use scan::Scanner;

/// What a predicate, or a stored query, knows of whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallerValue {
    /// The user's identifier; NULL for others.
    User,
    /// The user's identifier or the visitor's; NULL for others.
    Owner,
    /// The user's address; NULL if none is known.
    Email,
    /// The user's roles, a JSON array of texts.
    Roles,
    /// What a token of someone else's making claims, a JSON object; NULL if there is none.
    Claims,
}

impl CallerValue {
    /// Each of them.
    pub const ALL: [Self; 5] = [
        Self::User,
        Self::Owner,
        Self::Email,
        Self::Roles,
        Self::Claims,
    ];

    /// What it is called, without the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Owner => "owner",
            Self::Email => "email",
            Self::Roles => "roles",
            Self::Claims => "claims",
        }
    }

    /// The one of this name.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.name() == name)
    }
}

/// A condition in an operator's own SQL. It can stand in parentheses in any statement, and reaches out of none.
///
/// Of what SQL means by it nothing is known here: a database has to prepare it against the relation it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Predicate {
    text: String,
    pieces: Vec<Piece>,
}

/// A part of a predicate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// SQL, without comments.
    Text(String),
    /// A parameter.
    Caller(CallerValue),
}

impl Predicate {
    /// Reads a condition.
    ///
    /// # Errors
    /// The first thing in it that cannot stand there.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        Ok(Self {
            text: text.to_owned(),
            pieces: Scanner::new(text).pieces()?,
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its parts, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether it says the same of the same row, for the same caller, for as long as the row is the same. That is known of plain
    /// conditions: a function may know what time it is, and so may a view that a subquery reads.
    pub fn is_steady(&self) -> bool {
        let texts = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Caller(_) => None,
        });
        texts.flat_map(|text| words(text)).all(|(word, is_called)| {
            let is = |known: &&str| known.eq_ignore_ascii_case(word);
            if is_called {
                STEADY.iter().any(is)
            } else {
                !UNSTEADY.iter().any(is)
            }
        })
    }

    /// How many parameters it has.
    pub fn parameters(&self) -> usize {
        let pieces = self.pieces.iter();
        pieces
            .filter(|piece| matches!(piece, Piece::Caller(_)))
            .count()
    }
}

/// What may stand before a parenthesis without making anything depend on more than the row: words of the grammar, and functions
/// of their arguments alone.
const STEADY: [&str; 28] = [
    "abs",
    "and",
    "between",
    "case",
    "cast",
    "coalesce",
    "else",
    "glob",
    "hex",
    "ifnull",
    "iif",
    "in",
    "instr",
    "is",
    "json_extract",
    "json_type",
    "json_valid",
    "length",
    "like",
    "lower",
    "not",
    "nullif",
    "or",
    "substr",
    "then",
    "typeof",
    "upper",
    "when",
];

/// Words that are values or begin something that may depend on more.
const UNSTEADY: [&str; 6] = [
    "select",
    "values",
    "with",
    "current_date",
    "current_time",
    "current_timestamp",
];

/// The words of a text, names and what stands in quotes among them, each with whether a parenthesis follows.
fn words(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(is_of_word)?;
        let from = rest.get(start..)?;
        let end = from
            .find(|letter| !is_of_word(letter))
            .unwrap_or(from.len());
        let (word, behind) = from.split_at_checked(end)?;
        rest = behind;
        // A name may stand in quotes.
        let behind = behind.trim_start_matches(['"', '`', ']', '\'']);
        Some((word, behind.trim_start().starts_with('(')))
    })
}

/// Why a text is no predicate, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Mistake {
    /// The octet of the text it begins at.
    pub at: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong with a predicate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is nothing but space and comments.
    #[error("a condition is missing")]
    Empty,
    /// A parameter that nobody has a value for.
    #[error("unknown parameter `:{name}`{}", suggestion(*nearest))]
    UnknownParameter {
        /// As written, without the colon.
        name: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// A parameter of another form.
    #[error(
        "`{sign}` cannot stand here: parameters are `:user`, `:owner`, `:email`, `:roles` and `:claims`"
    )]
    OtherParameter {
        /// What it begins with.
        sign: char,
    },
    /// More than one statement.
    #[error("`;` cannot stand here: this is one condition")]
    Semicolon,
    /// A parenthesis without its counterpart.
    #[error("the parenthesis `{0}` has no counterpart")]
    Unbalanced(char),
    /// A text, name or comment without its end.
    #[error("what begins with `{0}` has no end")]
    Unclosed(&'static str),
    /// NUL, where SQLite takes a text to end.
    #[error("a NUL cannot stand here")]
    Nul,
}

/// How a message goes on that has named something unknown.
fn suggestion(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("; did you mean `:{nearest}`?"),
        None => "; there are `:user`, `:owner`, `:email`, `:roles` and `:claims`".to_owned(),
    }
}

#[cfg(test)]
mod tests;
