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
    is_steady: bool,
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
        let (pieces, is_steady) = Scanner::new(text).pieces()?;
        Ok(Self {
            text: text.to_owned(),
            pieces,
            is_steady,
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

    /// Whether it means the same for a caller as long as the row is the same: it calls no function, which might tell the time, and
    /// asks no other table. Otherwise it may all the same; that is not known here.
    pub fn is_steady(&self) -> bool {
        self.is_steady
    }

    /// How many parameters it has.
    pub fn parameters(&self) -> usize {
        let pieces = self.pieces.iter();
        pieces
            .filter(|piece| matches!(piece, Piece::Caller(_)))
            .count()
    }
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
