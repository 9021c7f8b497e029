//! What to return: columns, aggregates, and embedded relations.

use crate::error::Problem;
use crate::field::{Field, read_path};
use crate::reader::{Budget, Name, Reader};

/// One item of `select`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `*`
    Everything,
    /// `alias:field::cast.aggregate()::cast`
    Column(Column),
    /// `alias:relation!hint!inner(…)`
    Embed(Embed),
    /// `...relation(…)`
    Spread(Embed),
}

/// A returned value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name before `:`.
    pub alias: Option<String>,
    /// What is returned or aggregated; `None` only for `count()`, which counts rows.
    pub field: Option<Field>,
    /// The cast before the aggregate, or the only one.
    pub cast: Option<String>,
    /// `.sum()` and its like.
    pub aggregate: Option<Aggregate>,
}

/// An aggregate function and the cast of its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// `sum()::text`
    pub cast: Option<String>,
}

/// The five aggregate functions of the dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateFunction {
    /// `avg()`
    Average,
    /// `count()`
    Count,
    /// `max()`
    Maximum,
    /// `min()`
    Minimum,
    /// `sum()`
    Sum,
}

/// A related resource inside the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embed {
    /// The name before `:`.
    pub alias: Option<String>,
    /// The relation, or the foreign-key column, to follow.
    pub relation: String,
    /// `!hint`: the constraint, column or join table meant.
    pub hint: Option<String>,
    /// `!inner` or `!left`.
    pub join: Option<Join>,
    /// What to return of it; empty for `relation()`.
    pub items: Vec<Item>,
}

/// How an embed treats parents that have no such row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// `!inner`: they are left out
    Inner,
    /// `!left`: they stay (the default)
    Left,
}

/// Reads the value of `select`; an empty one selects nothing.
pub(crate) fn read(text: &str, budget: &mut Budget<'_>) -> Result<Vec<Item>, Problem> {
    let mut reader = Reader::new(text);
    reader.skip_blanks();
    if reader.rest().is_empty() {
        return Ok(Vec::new());
    }
    let items = read_items(&mut reader, budget, 0)?;
    reader.end("`,` or end of input")?;
    Ok(items)
}

fn read_items(
    reader: &mut Reader<'_>,
    budget: &mut Budget<'_>,
    depth: usize,
) -> Result<Vec<Item>, Problem> {
    budget.check_depth(depth)?;
    let mut items = Vec::new();
    loop {
        budget.spend()?;
        items.push(Item::read(reader, budget, depth)?);
        reader.skip_blanks();
        if !reader.take(",") {
            return Ok(items);
        }
    }
}

impl Item {
    fn read(
        reader: &mut Reader<'_>,
        budget: &mut Budget<'_>,
        depth: usize,
    ) -> Result<Self, Problem> {
        const EXPECTED: &str = "a column, a relation or `*`";
        reader.skip_blanks();
        if reader.take("*") {
            return Ok(Self::Everything);
        }
        if reader.take("...") {
            let relation = reader.name("a relation to spread")?;
            return Embed::read(None, relation, reader, budget, depth).map(Self::Spread);
        }
        let mut alias = None;
        let mut name = reader.name(EXPECTED)?;
        if reader.peek() == Some(':') && !reader.rest().starts_with("::") {
            reader.take(":");
            alias = Some(name.text);
            name = reader.name("a column or a relation")?;
        }
        if name.is_word("count") && reader.take("()") {
            let aggregate = Some(Aggregate {
                function: AggregateFunction::Count,
                cast: read_cast(reader)?,
            });
            return Ok(Self::Column(Column {
                alias,
                field: None,
                cast: None,
                aggregate,
            }));
        }
        match reader.peek() {
            Some('(' | '!') => Embed::read(alias, name, reader, budget, depth).map(Self::Embed),
            _ => Column::read(alias, name, reader, budget).map(Self::Column),
        }
    }
}

impl Column {
    fn read(
        alias: Option<String>,
        name: Name,
        reader: &mut Reader<'_>,
        budget: &mut Budget<'_>,
    ) -> Result<Self, Problem> {
        let path = read_path(reader, budget)?;
        let field = Some(Field {
            name: name.text,
            path,
        });
        let cast = read_cast(reader)?;
        let aggregate = if reader.take(".") {
            Some(Aggregate::read(reader)?)
        } else {
            None
        };
        Ok(Self {
            alias,
            field,
            cast,
            aggregate,
        })
    }
}

fn read_cast(reader: &mut Reader<'_>) -> Result<Option<String>, Problem> {
    if !reader.take("::") {
        return Ok(None);
    }
    Ok(Some(reader.name("the name of a type")?.text))
}

impl Aggregate {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Problem> {
        const EXPECTED: &str = "`avg()`, `count()`, `max()`, `min()` or `sum()`";
        let start = reader.at();
        let word = reader.take_while(|character| character.is_alphanumeric() || character == '_');
        let function = AggregateFunction::ALL
            .into_iter()
            .find(|function| function.token() == word);
        let Some(function) = function else {
            reader.go_back(start);
            return Err(if word.is_empty() {
                reader.problem(EXPECTED)
            } else {
                reader.problem_at(start, format!("`{word}`"), EXPECTED)
            });
        };
        reader.require("()", "`()`")?;
        let cast = read_cast(reader)?;
        Ok(Self { function, cast })
    }
}

impl AggregateFunction {
    /// All five.
    pub const ALL: [Self; 5] = [
        Self::Average,
        Self::Count,
        Self::Maximum,
        Self::Minimum,
        Self::Sum,
    ];

    /// How it is written, without the parentheses; also the name of its column in an answer, unless there is an alias.
    pub fn token(self) -> &'static str {
        match self {
            Self::Average => "avg",
            Self::Count => "count",
            Self::Maximum => "max",
            Self::Minimum => "min",
            Self::Sum => "sum",
        }
    }
}

impl Join {
    /// How it is written after `!`.
    pub fn token(self) -> &'static str {
        match self {
            Self::Inner => "inner",
            Self::Left => "left",
        }
    }
}

impl Embed {
    /// Reads what follows the relation's name: `!hint!inner(…)`.
    fn read(
        alias: Option<String>,
        relation: Name,
        reader: &mut Reader<'_>,
        budget: &mut Budget<'_>,
        depth: usize,
    ) -> Result<Self, Problem> {
        let mut hint = None;
        let mut join = None;
        while reader.take("!") {
            let start = reader.at();
            let word = reader.name("a hint, `inner` or `left`")?;
            let said = [Join::Inner, Join::Left]
                .into_iter()
                .find(|join| word.is_word(join.token()));
            let is_repeated = match said {
                Some(said) => join.replace(said).is_some(),
                None => hint.replace(word.text.clone()).is_some(),
            };
            if is_repeated {
                let found = format!("`{}`", word.text);
                return Err(reader.problem_at(start, found, "at most one hint and one join"));
            }
        }
        reader.require("(", "`(`")?;
        reader.skip_blanks();
        let items = if reader.peek() == Some(')') {
            budget.check_depth(depth + 1)?;
            Vec::new()
        } else {
            read_items(reader, budget, depth + 1)?
        };
        reader.require(")", "`,` or `)`")?;
        reader.skip_blanks();
        Ok(Self {
            alias,
            relation: relation.text,
            hint,
            join,
            items,
        })
    }
}

#[cfg(test)]
mod tests;
