//! Predicates, and the `and`/`or` trees they hang in.

use crate::error::Problem;
use crate::field::Field;
use crate::operator::{Form, OPERATORS, Operator, Quantifier};
use crate::reader::{Budget, Reader};

/// A predicate or a group of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `year=gte.1990`
    Predicate(Predicate),
    /// `or=(a.eq.1,b.eq.2)`, `not.and(…)`
    Group(Group),
}

/// Conditions joined by one connective.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Whether `not` stands before it.
    pub is_negated: bool,
    /// What joins the members.
    pub connective: Connective,
    /// One or more.
    pub members: Vec<Condition>,
}

/// `and` or `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connective {
    /// every member holds
    And,
    /// some member holds
    Or,
}

/// One comparison of a field with what the client wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// Left side.
    pub field: Field,
    /// Whether `not` stands before the operator.
    pub is_negated: bool,
    /// How it compares.
    pub operator: Operator,
    /// Right side, in the form the operator takes.
    pub operand: Operand,
}

/// The right side of a predicate: text as the client wrote it, unquoted; its type is decided in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A single value.
    One(String),
    /// `in.(a,b)`
    List(Vec<String>),
    /// `eq(any).{a,b}`
    Quantified(Quantifier, Vec<String>),
    /// `is.null`, `is.not_null`, …
    Is(Is),
    /// `fts(english).word`
    Search {
        /// The text-search configuration in parentheses.
        configuration: Option<String>,
        /// The query.
        text: String,
    },
}

/// What `is` may be followed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// `null`
    Null,
    /// `not_null`
    NotNull,
    /// `true`
    True,
    /// `false`
    False,
    /// `unknown`
    Unknown,
}

/// Where a predicate's value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// As the value of a parameter: with the text. Quotes are ordinary characters.
    Parameter,
    /// Inside `and(…)`: before `,` and `)`, unless it stands in double quotes.
    Tree,
}

impl Condition {
    /// Reads a member of a group: another group, or `field.operator.value`.
    fn read(
        reader: &mut Reader<'_>,
        budget: &mut Budget<'_>,
        depth: usize,
    ) -> Result<Self, Problem> {
        reader.skip_blanks();
        let start = reader.at();
        let is_negated = reader.take("not.");
        let connective = Connective::ALL
            .into_iter()
            .find(|connective| reader.take(connective.token()));
        if let Some(connective) = connective {
            reader.skip_blanks();
            if reader.peek() == Some('(') {
                let members = read_members(reader, budget, depth + 1)?;
                return Ok(Self::Group(Group {
                    is_negated,
                    connective,
                    members,
                }));
            }
        }
        // No group after all: a column whose name begins like one.
        reader.go_back(start);
        let field = Field::read(reader, budget)?;
        reader.require(".", "`.` and an operator")?;
        Predicate::read(field, reader, budget, Place::Tree).map(Self::Predicate)
    }
}

impl Group {
    /// Reads `(condition,condition)`, the value of a parameter `and` or `or`.
    pub(crate) fn read(
        is_negated: bool,
        connective: Connective,
        text: &str,
        budget: &mut Budget<'_>,
    ) -> Result<Self, Problem> {
        let mut reader = Reader::new(text);
        reader.skip_blanks();
        let members = read_members(&mut reader, budget, 1)?;
        reader.skip_blanks();
        reader.end("end of input")?;
        Ok(Self {
            is_negated,
            connective,
            members,
        })
    }
}

fn read_members(
    reader: &mut Reader<'_>,
    budget: &mut Budget<'_>,
    depth: usize,
) -> Result<Vec<Condition>, Problem> {
    budget.check_depth(depth)?;
    reader.require("(", "`(`")?;
    let mut members = Vec::new();
    loop {
        members.push(Condition::read(reader, budget, depth)?);
        reader.skip_blanks();
        if reader.take(")") {
            return Ok(members);
        }
        reader.require(",", "`,` or `)`")?;
    }
}

impl Connective {
    /// Both.
    pub const ALL: [Self; 2] = [Self::And, Self::Or];

    /// How it is written.
    pub fn token(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Or => "or",
        }
    }
}

impl Is {
    /// Every value, in the order they are documented.
    pub const ALL: [Self; 5] = [
        Self::Null,
        Self::NotNull,
        Self::True,
        Self::False,
        Self::Unknown,
    ];

    /// How it is written; case does not matter when read.
    pub fn token(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::NotNull => "not_null",
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

impl Predicate {
    /// Reads what follows the field: `not.in.(1,2)`.
    pub(crate) fn read(
        field: Field,
        reader: &mut Reader<'_>,
        budget: &mut Budget<'_>,
        place: Place,
    ) -> Result<Self, Problem> {
        budget.spend()?;
        let is_negated = reader.take("not.");
        let operator = read_operator(reader)?;
        let row = operator.row();
        let operand = match row.form {
            Form::One if row.is_quantifiable && reader.take("(") => {
                let quantifier = read_quantifier(reader)?;
                reader.require(".", "`.` and a list in braces")?;
                Operand::Quantified(quantifier, read_braces(reader, budget, place)?)
            }
            Form::One => {
                reader.require(".", "`.` and a value")?;
                Operand::One(read_value(reader, place))
            }
            Form::List => {
                reader.require(".", "`.` and a list in parentheses")?;
                Operand::List(read_list(reader, budget)?)
            }
            Form::Is => {
                reader.require(
                    ".",
                    "`.` and `null`, `not_null`, `true`, `false` or `unknown`",
                )?;
                Operand::Is(read_is(reader, place)?)
            }
            Form::Search => read_search(reader, place)?,
        };
        if place == Place::Parameter {
            reader.end("end of input")?;
        }
        Ok(Self {
            field,
            is_negated,
            operator,
            operand,
        })
    }
}

fn read_operator(reader: &mut Reader<'_>) -> Result<Operator, Problem> {
    let start = reader.at();
    let word = reader.take_while(|character| character.is_alphanumeric() || character == '_');
    let Some(operator) = Operator::read(word) else {
        let perhaps = match Operator::nearest(word) {
            Some(nearest) => format!(" (perhaps `{}`)", nearest.token()),
            None => String::new(),
        };
        let tokens: Vec<_> = OPERATORS.iter().map(|row| row.token).collect();
        let expected = format!(
            "an operator{perhaps} and `.` before the value; the operators are {}",
            tokens.join(", ")
        );
        if word.is_empty() {
            return Err(reader.problem(&expected));
        }
        return Err(reader.problem_at(start, format!("`{word}`"), &expected));
    };
    Ok(operator)
}

fn read_quantifier(reader: &mut Reader<'_>) -> Result<Quantifier, Problem> {
    let quantifier = if reader.take(Quantifier::Any.token()) {
        Quantifier::Any
    } else if reader.take(Quantifier::All.token()) {
        Quantifier::All
    } else {
        return Err(reader.problem("`any` or `all`"));
    };
    reader.require(")", "`)`")?;
    Ok(quantifier)
}

fn read_is(reader: &mut Reader<'_>, place: Place) -> Result<Is, Problem> {
    let start = reader.at();
    let word = read_value(reader, place);
    Is::ALL
        .into_iter()
        .find(|is| word.eq_ignore_ascii_case(is.token()))
        .ok_or_else(|| {
            let found = if word.is_empty() {
                "nothing".to_owned()
            } else {
                format!("`{word}`")
            };
            reader.problem_at(
                start,
                found,
                "`null`, `not_null`, `true`, `false` or `unknown`",
            )
        })
}

fn read_search(reader: &mut Reader<'_>, place: Place) -> Result<Operand, Problem> {
    let mut configuration = None;
    if reader.take("(") {
        configuration = Some(reader.name("the name of a text-search configuration")?.text);
        reader.require(")", "`)`")?;
    }
    reader.require(".", "`.` and the words to search for")?;
    let text = read_value(reader, place);
    Ok(Operand::Search {
        configuration,
        text,
    })
}

fn read_value(reader: &mut Reader<'_>, place: Place) -> String {
    match place {
        Place::Parameter => reader.take_rest().to_owned(),
        Place::Tree => read_tree_value(reader),
    }
}

/// Reads a value up to `,` or `)`: in quotes, an array or object in braces, or bare.
fn read_tree_value(reader: &mut Reader<'_>) -> String {
    read_element(reader)
        .or_else(|| read_balanced(reader))
        .unwrap_or_else(|| reader.take_while(is_inside).to_owned())
}

/// Reads a quoted element; `None`, and nothing read, if none stands here. A quote that does not close before `,` or `)`
/// is an ordinary character: clients send such values bare.
fn read_element(reader: &mut Reader<'_>) -> Option<String> {
    let start = reader.at();
    let text = reader.quoted().ok();
    if text.is_none() || reader.peek().is_some_and(is_inside) {
        reader.go_back(start);
        return None;
    }
    text
}

/// Reads `{…}` as it stands, so that the commas of an array literal need no quotes; `None`, and nothing read, if none
/// stands here.
fn read_balanced(reader: &mut Reader<'_>) -> Option<String> {
    if reader.peek() != Some('{') {
        return None;
    }
    let start = reader.at();
    let text = reader.rest();
    let mut depth = 0_usize;
    let mut is_quoted = false;
    while let Some(character) = reader.next() {
        match character {
            '\\' => {
                reader.next();
            }
            '"' => is_quoted = !is_quoted,
            '{' if !is_quoted => depth += 1,
            '}' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    if depth > 0 || reader.peek().is_some_and(is_inside) {
        reader.go_back(start);
        return None;
    }
    text.get(..reader.at() - start).map(ToOwned::to_owned)
}

/// Whether a bare value goes on with this character.
fn is_inside(character: char) -> bool {
    !matches!(character, ',' | ')')
}

/// Reads `(a,b)`. `()` has no values; a single empty one is `("")`.
fn read_list(reader: &mut Reader<'_>, budget: &mut Budget<'_>) -> Result<Vec<String>, Problem> {
    reader.skip_blanks();
    reader.require("(", "`(`")?;
    reader.skip_blanks();
    let mut values = Vec::new();
    if !reader.take(")") {
        loop {
            let value = read_element(reader);
            values.push(value.unwrap_or_else(|| reader.take_while(is_inside).to_owned()));
            budget.check_list(values.len())?;
            if reader.take(")") {
                break;
            }
            reader.require(",", "`,` or `)`")?;
        }
    }
    reader.skip_blanks();
    Ok(values)
}

/// Reads `{a,b}` with the quoting rules of `PostgreSQL`'s array literals.
fn read_braces(
    reader: &mut Reader<'_>,
    budget: &mut Budget<'_>,
    place: Place,
) -> Result<Vec<String>, Problem> {
    if place == Place::Tree && reader.peek() == Some('"') {
        let literal = reader.quoted()?;
        let mut inner = Reader::new(&literal);
        let values = read_array(&mut inner, budget)?;
        inner.end("end of input")?;
        return Ok(values);
    }
    read_array(reader, budget)
}

fn read_array(reader: &mut Reader<'_>, budget: &mut Budget<'_>) -> Result<Vec<String>, Problem> {
    reader.require("{", "`{`")?;
    let mut values = Vec::new();
    reader.skip_blanks();
    if !reader.take("}") {
        loop {
            reader.skip_blanks();
            let value = match reader.peek() {
                Some('"') => reader.quoted()?,
                _ => read_bare_member(reader)?,
            };
            values.push(value);
            budget.check_list(values.len())?;
            reader.skip_blanks();
            if reader.take("}") {
                break;
            }
            reader.require(",", "`,` or `}`")?;
        }
    }
    reader.skip_blanks();
    Ok(values)
}

fn read_bare_member(reader: &mut Reader<'_>) -> Result<String, Problem> {
    const EXPECTED: &str = "a value, or one in double quotes";
    let start = reader.at();
    let mut text = String::new();
    // Blanks at the end do not belong to the value, unless they are escaped.
    let mut length = 0;
    loop {
        match reader.peek() {
            None | Some('"' | '{') => return Err(reader.problem(EXPECTED)),
            Some(',' | '}') => break,
            Some('\\') => {
                reader.next();
                match reader.next() {
                    Some(character) => text.push(character),
                    None => return Err(reader.problem("the character that `\\` escapes")),
                }
                length = text.len();
            }
            Some(character) => {
                reader.next();
                text.push(character);
                if !matches!(character, ' ' | '\t') {
                    length = text.len();
                }
            }
        }
    }
    text.truncate(length);
    if text.is_empty() {
        return Err(reader.problem(EXPECTED));
    }
    if text.eq_ignore_ascii_case("null") {
        return Err(reader.problem_at(
            start,
            format!("`{text}`"),
            "a value: nothing is equal to NULL (the word itself goes in double quotes)",
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
