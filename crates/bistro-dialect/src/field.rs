//! A column, or a place inside a JSON column.

use crate::error::Problem;
use crate::reader::{Budget, Reader};

/// What a filter compares, an order sorts by and a select returns: `name` or `name->path->>last`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The column's name, unquoted.
    pub name: String,
    /// Steps into a JSON value; empty for the column itself.
    pub path: Vec<Step>,
}

/// One arrow of a JSON path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The member or element wanted.
    pub key: StepKey,
    /// What the arrow gives.
    pub arrow: Arrow,
}

/// A member's name or an element's position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKey {
    /// `->name`
    Name(String),
    /// `->3`, or `->-1` counted from the end
    Index(i64),
}

/// The two arrows of PostgreSQL's JSON operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrow {
    /// `->`: the value as JSON
    Json,
    /// `->>`: the value as text
    Text,
}

impl Field {
    /// Reads `name`, or `name->path->>last`.
    pub(crate) fn read(reader: &mut Reader<'_>, budget: &mut Budget<'_>) -> Result<Self, Problem> {
        let name = reader.name("a column's name")?.text;
        let path = read_path(reader, budget)?;
        Ok(Self { name, path })
    }
}

/// Reads the arrows after a column's name; there may be none.
pub(crate) fn read_path(
    reader: &mut Reader<'_>,
    budget: &mut Budget<'_>,
) -> Result<Vec<Step>, Problem> {
    let mut path = Vec::new();
    while let Some(arrow) = Arrow::read(reader) {
        budget.spend()?;
        let key = StepKey::read(reader)?;
        path.push(Step { key, arrow });
    }
    Ok(path)
}

impl Arrow {
    /// How it is written.
    pub fn token(self) -> &'static str {
        match self {
            Self::Json => "->",
            Self::Text => "->>",
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        // The longer one first: the shorter is its beginning.
        [Self::Text, Self::Json]
            .into_iter()
            .find(|arrow| reader.take(arrow.token()))
    }
}

impl StepKey {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Problem> {
        let start = reader.at();
        let sign = if reader.take("-") { "-" } else { "" };
        let name = reader.name("a JSON key or an index")?;
        let is_number = name.text.bytes().all(|digit| digit.is_ascii_digit());
        if name.is_quoted && sign.is_empty() {
            return Ok(Self::Name(name.text));
        }
        if name.is_quoted || !is_number {
            return if sign.is_empty() {
                Ok(Self::Name(name.text))
            } else {
                Err(reader.problem_at(start, "`-`".to_owned(), "a JSON key or an index"))
            };
        }
        let index = format!("{sign}{}", name.text);
        match index.parse() {
            Ok(index) => Ok(Self::Index(index)),
            Err(_) => Err(reader.problem_at(start, format!("`{index}`"), "an index of 64 bits")),
        }
    }
}
