//! In which order rows come.

use crate::error::Problem;
use crate::field::{Field, read_path};
use crate::reader::{Budget, Reader};

/// One term of `order`: `field.desc.nullslast`, or `relation(field)` for an embedded to-one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The embedded relation whose field is meant, if any.
    pub relation: Option<String>,
    /// What to sort by.
    pub field: Field,
    /// `asc` or `desc`, if said.
    pub direction: Option<Direction>,
    /// `nullsfirst` or `nullslast`, if said.
    pub nulls: Option<Nulls>,
}

/// Upwards or downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `asc`
    Ascending,
    /// `desc`
    Descending,
}

/// Where NULL sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// `nullsfirst`
    First,
    /// `nullslast`
    Last,
}

/// Reads the value of `order`: one or more terms.
pub(crate) fn read(text: &str, budget: &mut Budget<'_>) -> Result<Vec<Term>, Problem> {
    let mut reader = Reader::new(text);
    let mut terms = Vec::new();
    loop {
        budget.spend()?;
        terms.push(Term::read(&mut reader, budget)?);
        reader.skip_blanks();
        if reader.rest().is_empty() {
            return Ok(terms);
        }
        reader.require(",", "`,` or end of input")?;
    }
}

impl Term {
    fn read(reader: &mut Reader<'_>, budget: &mut Budget<'_>) -> Result<Self, Problem> {
        let name = reader.name("a column's name")?.text;
        let mut relation = None;
        let field = if reader.take("(") {
            relation = Some(name);
            let field = Field::read(reader, budget)?;
            reader.require(")", "`)`")?;
            field
        } else {
            let path = read_path(reader, budget)?;
            Field { name, path }
        };
        let mut term = Self {
            relation,
            field,
            direction: None,
            nulls: None,
        };
        while reader.take(".") {
            term.read_modifier(reader)?;
        }
        Ok(term)
    }

    fn read_modifier(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        let start = reader.at();
        let word = reader.take_while(|character| character.is_alphanumeric() || character == '_');
        let direction = Direction::ALL
            .into_iter()
            .find(|direction| direction.token() == word);
        let nulls = Nulls::ALL.into_iter().find(|nulls| nulls.token() == word);
        // The direction comes first, and each is said once.
        if direction.is_some() && self.direction.is_none() && self.nulls.is_none() {
            self.direction = direction;
        } else if nulls.is_some() && self.nulls.is_none() {
            self.nulls = nulls;
        } else {
            let expected = match (self.direction, self.nulls) {
                (_, Some(_)) => "`,` or end of input",
                (Some(_), None) => "`nullsfirst` or `nullslast`",
                (None, None) => "`asc`, `desc`, `nullsfirst` or `nullslast`",
            };
            reader.go_back(start);
            return Err(if word.is_empty() {
                reader.problem(expected)
            } else {
                reader.problem_at(start, format!("`{word}`"), expected)
            });
        }
        Ok(())
    }
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ascending, Self::Descending];

    /// How it is written.
    pub fn token(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }
}

impl Nulls {
    /// Both.
    pub const ALL: [Self; 2] = [Self::First, Self::Last];

    /// How it is written.
    pub fn token(self) -> &'static str {
        match self {
            Self::First => "nullsfirst",
            Self::Last => "nullslast",
        }
    }
}

#[cfg(test)]
mod tests;
