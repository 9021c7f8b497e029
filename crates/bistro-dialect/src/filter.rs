//! Predicates, and the `and`/`or` trees they hang in.

use crate::error::Problem;
use crate::field::Field;
use crate::operator::{Form, OPERATORS, Operator, Quantifier};
use crate::reader::{Budget, Reader};
use crate::value::{self, Context};

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
        Predicate::read(field, reader, budget, Context::Tree).map(Self::Predicate)
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
        context: Context,
    ) -> Result<Self, Problem> {
        budget.spend()?;
        let is_negated = reader.take("not.");
        let operator = read_operator(reader)?;
        let row = operator.row();
        let operand = match row.form {
            Form::One if row.is_quantifiable && reader.take("(") => {
                let quantifier = read_quantifier(reader)?;
                reader.require(".", "`.` and a list in braces")?;
                Operand::Quantified(quantifier, value::read_braces(reader, budget, context)?)
            }
            Form::One => {
                reader.require(".", "`.` and a value")?;
                Operand::One(value::read(reader, context))
            }
            Form::List => {
                reader.require(".", "`.` and a list in parentheses")?;
                Operand::List(value::read_list(reader, budget)?)
            }
            Form::Is => {
                reader.require(
                    ".",
                    "`.` and `null`, `not_null`, `true`, `false` or `unknown`",
                )?;
                Operand::Is(read_is(reader, context)?)
            }
            Form::Search => read_search(reader, context)?,
        };
        if context == Context::Parameter {
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

fn read_is(reader: &mut Reader<'_>, context: Context) -> Result<Is, Problem> {
    let start = reader.at();
    let word = value::read(reader, context);
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

fn read_search(reader: &mut Reader<'_>, context: Context) -> Result<Operand, Problem> {
    let mut configuration = None;
    if reader.take("(") {
        configuration = Some(reader.name("the name of a text-search configuration")?.text);
        reader.require(")", "`)`")?;
    }
    reader.require(".", "`.` and the words to search for")?;
    let text = value::read(reader, context);
    Ok(Operand::Search {
        configuration,
        text,
    })
}

#[cfg(test)]
mod tests;
