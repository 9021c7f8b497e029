//! The query string as a whole.

use bistro_http::percent;

use crate::error::{Error, Place, Problem};
use crate::field::{Field, Step, read_path};
use crate::filter::{Condition, Connective, Group, Predicate};
use crate::limits::{Bound, Limits};
use crate::order::{self, Term};
use crate::page::{Cursor, Page, not_a_number, read_number};
use crate::reader::{Budget, Name, Reader, within};
use crate::select::{self, Item};
use crate::target::Target;
use crate::value::Context;

/// All parameters of a URL, or of a `QUERY` body, sorted by what they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// `select`; `None` means every column. `Some(vec![])` is an empty `select=`.
    pub select: Option<Vec<Item>>,
    /// Filters and trees, joined by `and`, each at the embed it concerns.
    pub conditions: Vec<At<Condition>>,
    /// `order`, `relation.order`
    pub order: Vec<At<Vec<Term>>>,
    /// `limit` and `offset`, `relation.limit`
    pub pages: Vec<At<Page>>,
    /// `after`
    pub after: Option<Cursor>,
    /// `columns`
    pub columns: Option<Vec<String>>,
    /// `on_conflict`
    pub on_conflict: Option<Vec<String>>,
    /// For `/rpc/…` and `/-/…` only: every parameter as it came, decoded, for whoever takes it as an argument.
    pub arguments: Vec<(String, String)>,
    /// For `/rpc/…` and `/-/…` only: what is wrong with parameters that are neither words of the grammar nor filters. It
    /// is a mistake unless they are arguments.
    pub mistakes: Vec<Error>,
}

/// Something said about the resource itself (empty path) or about an embed (the names leading to it).
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// Names of embeds, outermost first.
    pub path: Vec<String>,
    /// What was said.
    pub value: T,
}

impl Query {
    /// Reads the query string of a collection or item, without `?`.
    ///
    /// # Errors
    /// Names the parameter, the byte in it, and what was expected there.
    pub fn read(query: &str, limits: &Limits) -> Result<Self, Error> {
        Self::read_for(&Target::Root, &[query], limits)
    }

    /// Reads query strings as if they were one: that of a URL, and the body of a `QUERY`. For a function, and for Bistro's
    /// own resources, every parameter is an argument, too, and need not be a filter.
    ///
    /// # Errors
    /// Names the parameter, the byte in it, and what was expected there.
    pub fn read_for(target: &Target, queries: &[&str], limits: &Limits) -> Result<Self, Error> {
        let has_arguments = match target {
            Target::Function { .. } | Target::Own { .. } => true,
            Target::Root
            | Target::Collection { .. }
            | Target::Item { .. }
            | Target::Related { .. } => false,
        };
        let mut query = Self::default();
        let mut budget = Budget::new(limits);
        for text in queries {
            within(
                text.len(),
                limits.query_bytes,
                "bytes of a query",
                Bound::QueryBytes,
            )
            .map_err(|problem| problem.at(Place::Query))?;
            for (name, value) in parameters(text)? {
                let added = query.add(&name, &value, &mut budget);
                let added = added.map_err(|problem| problem.at(Place::Parameter(name.clone())));
                match added {
                    Err(mistake) if has_arguments && is_perhaps_argument(&name, &mistake) => {
                        budget
                            .spend()
                            .map_err(|problem| problem.at(Place::Parameter(name.clone())))?;
                        query.mistakes.push(mistake);
                    }
                    added => added?,
                }
                if has_arguments {
                    query.arguments.push((name, value));
                }
            }
        }
        Ok(query)
    }

    /// Takes in one decoded parameter.
    fn add(&mut self, name: &str, value: &str, budget: &mut Budget<'_>) -> Result<(), Problem> {
        let (key, word) = Key::read(name, budget)?.split();
        match word {
            Some(Word::Select) => once(&mut self.select, select::read(value, budget)?),
            Some(Word::Columns) => once(&mut self.columns, read_names(value, budget)?),
            Some(Word::OnConflict) => once(&mut self.on_conflict, read_names(value, budget)?),
            Some(Word::After) if !value.contains('.') => {
                once(&mut self.after, Cursor::read(value)?)
            }
            Some(Word::Order) => {
                let path = key.path();
                if self.order.iter().any(|order| order.path == path) {
                    return Err(Problem::Repeated);
                }
                let value = order::read(value, budget)?;
                self.order.push(At { path, value });
                Ok(())
            }
            Some(Word::Limit) => {
                let limit = read_number(value, &Problem::NegativeLimit)?;
                once(&mut self.page(key.path()).limit, limit)
            }
            Some(Word::Offset) => {
                let offset = read_number(value, &not_a_number(value))?;
                once(&mut self.page(key.path()).offset, offset)
            }
            Some(Word::Group(connective)) => {
                let (path, is_negated) = key.negated_path();
                let group = Group::read(is_negated, connective, value, budget)?;
                let value = Condition::Group(group);
                self.conditions.push(At { path, value });
                Ok(())
            }
            Some(Word::After) | None => {
                self.conditions.push(key.predicate(value, budget)?);
                Ok(())
            }
        }
    }

    /// The page of an embed, made if it is not there yet.
    fn page(&mut self, path: Vec<String>) -> &mut Page {
        let at = self.pages.iter().position(|page| page.path == path);
        let at = at.unwrap_or_else(|| {
            let value = Page::default();
            self.pages.push(At { path, value });
            self.pages.len() - 1
        });
        let page = self.pages.get_mut(at);
        &mut page.expect("it was found or pushed just now").value
    }
}

/// Whether what is wrong with a parameter as a filter, or as a cursor, says nothing against it as an argument.
fn is_perhaps_argument(name: &str, mistake: &Error) -> bool {
    let name = name.trim_matches([' ', '\t']);
    let is_word = RESERVED.contains(&name) && name != "after";
    !is_word && matches!(mistake.problem, Problem::Syntax { .. })
}

/// Splits a query string or form into decoded names and values. A name without `=` has an empty value; nothing between
/// two `&` is nothing.
pub(crate) fn parameters(text: &str) -> Result<Vec<(String, String)>, Error> {
    let mut parameters = Vec::new();
    let mut at = 0;
    for pair in text.split('&') {
        if !pair.is_empty() {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |part: &str, offset: usize| {
                percent::decode_form(part).map_err(|error| {
                    let shown = percent::decode_form(name).unwrap_or_else(|_| name.to_owned());
                    Problem::encoding(error, at + offset).at(Place::Parameter(shown))
                })
            };
            parameters.push((decode(name, 0)?, decode(value, name.len() + 1)?));
        }
        at += pair.len() + 1;
    }
    Ok(parameters)
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Problem> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Problem::Repeated),
    }
}

/// Reads the value of `columns` or `on_conflict`.
fn read_names(text: &str, budget: &Budget<'_>) -> Result<Vec<String>, Problem> {
    let mut reader = Reader::new(text);
    let mut names = Vec::new();
    loop {
        names.push(reader.name("a column's name")?.text);
        budget.check_columns(names.len())?;
        if reader.rest().is_empty() {
            return Ok(names);
        }
        reader.require(",", "`,` or end of input")?;
    }
}

/// A parameter whose name is a word of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Select,
    Columns,
    OnConflict,
    After,
    Order,
    Limit,
    Offset,
    Group(Connective),
}

/// Names that have to be quoted where a column is meant.
pub const RESERVED: [&str; 10] = [
    "select",
    "columns",
    "on_conflict",
    "after",
    "order",
    "limit",
    "offset",
    "and",
    "or",
    "not",
];

/// The name of a parameter: `embed.embed.column->path`.
#[derive(Debug)]
struct Key {
    embeds: Vec<Name>,
    name: Name,
    steps: Vec<Step>,
}

impl Key {
    fn read(text: &str, budget: &mut Budget<'_>) -> Result<Self, Problem> {
        let mut reader = Reader::new(text);
        let mut embeds = Vec::new();
        let mut name = reader.name("the name of a column or parameter")?;
        while reader.take(".") {
            embeds.push(name);
            budget.check_depth(embeds.len())?;
            name = reader.name("the name of a column or parameter")?;
        }
        let steps = read_path(&mut reader, budget)?;
        reader.end("`.`, `->`, `->>` or end of input")?;
        Ok(Self {
            embeds,
            name,
            steps,
        })
    }

    /// Tells which word of the grammar the name is, if it is one.
    fn split(self) -> (Self, Option<Word>) {
        let word = if self.name.is_quoted || !self.steps.is_empty() {
            None
        } else {
            match (self.name.text.as_str(), self.embeds.is_empty()) {
                ("select", true) => Some(Word::Select),
                ("columns", true) => Some(Word::Columns),
                ("on_conflict", true) => Some(Word::OnConflict),
                ("after", true) => Some(Word::After),
                ("order", _) => Some(Word::Order),
                ("limit", _) => Some(Word::Limit),
                ("offset", _) => Some(Word::Offset),
                ("and", _) => Some(Word::Group(Connective::And)),
                ("or", _) => Some(Word::Group(Connective::Or)),
                _ => None,
            }
        };
        (self, word)
    }

    fn path(self) -> Vec<String> {
        self.embeds.into_iter().map(|embed| embed.text).collect()
    }

    /// The path of `embed.not.or`, without the `not`, and whether there was one.
    fn negated_path(self) -> (Vec<String>, bool) {
        let length = self.embeds.len();
        let path: Vec<_> = self
            .embeds
            .into_iter()
            .filter(|embed| !embed.is_word("not"))
            .map(|embed| embed.text)
            .collect();
        let is_negated = path.len() < length;
        (path, is_negated)
    }

    fn predicate(self, value: &str, budget: &mut Budget<'_>) -> Result<At<Condition>, Problem> {
        let path = self.embeds.into_iter().map(|embed| embed.text).collect();
        let field = Field {
            name: self.name.text,
            path: self.steps,
        };
        let mut reader = Reader::new(value);
        let predicate = Predicate::read(field, &mut reader, budget, Context::Parameter)?;
        Ok(At {
            path,
            value: Condition::Predicate(predicate),
        })
    }
}

#[cfg(test)]
mod tests;
