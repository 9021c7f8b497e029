//! What must be true of a row, in SQL's three-valued logic.

use crate::plan::expression::Expression;
use crate::value::Value;

/// What must be true of a row. A backend writes it in its own SQL; each is NULL where SQL's would be.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// true
    Always,
    /// false
    Never,
    /// A value compared with another.
    Compare {
        /// Left side.
        left: Expression,
        /// How.
        comparison: Comparison,
        /// Right side.
        right: Value,
    },
    /// Text between two bounds by its bytes, whatever the column's collation: the lower included, the upper not.
    Between {
        /// What is compared.
        expression: Expression,
        /// Lower bound.
        from: String,
        /// Upper bound.
        to: String,
    },
    /// `(a, b) > (1, 2)`: several values compared in turn, until two differ.
    CompareRow {
        /// Left side.
        left: Vec<Expression>,
        /// How.
        comparison: Comparison,
        /// Right side, as many.
        right: Vec<Value>,
    },
    /// NULL.
    IsNull(Expression),
    /// `IS TRUE` or `IS FALSE`, never NULL.
    IsBoolean(Expression, bool),
    /// One of several values.
    In(Expression, Vec<Value>),
    /// Text that fits a pattern.
    Matches {
        /// The text.
        expression: Expression,
        /// What kind of pattern.
        language: Language,
        /// The pattern.
        pattern: String,
    },
    /// JSON compared by what it holds.
    Holds {
        /// One side.
        expression: Expression,
        /// How.
        relation: Containment,
        /// The other side, as JSON text.
        json: String,
    },
    /// Rows that the relation, a full-text index, finds. The query is in the index's own language (FTS5).
    Search {
        /// What each row of the relation is known by: its rowid's name.
        rowid: &'static str,
        /// The query.
        query: String,
    },
    /// The same with [`Expression::Rank`] known of each row. Nothing else may be enough for a row to pass.
    Ranked(String),
    /// There is a related row.
    Exists(usize),
    /// These columns together are the values of a related row.
    Among {
        /// Positions of the columns.
        columns: Vec<usize>,
        /// The place of the related rows, in the list of what belongs to the row.
        place: usize,
    },
    /// One condition for rows where the value is stored as a number, another for all others.
    ByStorage {
        /// The value.
        expression: Expression,
        /// If it is a number.
        number: Box<Self>,
        /// If it is not.
        otherwise: Box<Self>,
    },
    /// not
    Not(Box<Self>),
    /// and
    All(Vec<Self>),
    /// or
    Any(Vec<Self>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `IS NOT`: different, and NULL is a value like any other
    Distinct,
}

/// What kind of pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `%`, `_`, and `\` to escape them
    Like,
    /// the same, in any case
    LikeIgnoreCase,
    /// a regular expression
    Match,
    /// the same, in any case
    MatchIgnoreCase,
}

/// How JSON is compared by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Containment {
    /// the expression holds all of the JSON given
    Contains,
    /// the JSON given holds all of the expression
    ContainedIn,
    /// they have an element in common
    Overlaps,
}

impl Condition {
    /// All of these, without wrapping where there is nothing to join.
    pub fn all(members: impl IntoIterator<Item = Self>) -> Self {
        let mut members: Vec<Self> = members
            .into_iter()
            .filter(|member| *member != Self::Always)
            .collect();
        match members.len() {
            0 => Self::Always,
            1 => members.pop().unwrap_or(Self::Always),
            _ => Self::All(members),
        }
    }

    /// Any of these, without wrapping where there is nothing to join.
    pub fn any(members: impl IntoIterator<Item = Self>) -> Self {
        let mut members: Vec<Self> = members
            .into_iter()
            .filter(|member| *member != Self::Never)
            .collect();
        match members.len() {
            0 => Self::Never,
            1 => members.pop().unwrap_or(Self::Never),
            _ => Self::Any(members),
        }
    }

    /// How many patterns it holds that have to be compiled: all but those of `like` that are letters and `%`.
    pub(super) fn patterns(&self) -> usize {
        match self {
            Self::Matches {
                language, pattern, ..
            } => match language {
                Language::Like => usize::from(pattern.contains('_')),
                Language::LikeIgnoreCase | Language::Match | Language::MatchIgnoreCase => 1,
            },
            Self::Not(member) => member.patterns(),
            Self::All(members) | Self::Any(members) => members.iter().map(Self::patterns).sum(),
            Self::ByStorage {
                number, otherwise, ..
            } => number.patterns() + otherwise.patterns(),
            Self::Always
            | Self::Never
            | Self::Compare { .. }
            | Self::Between { .. }
            | Self::CompareRow { .. }
            | Self::IsNull(_)
            | Self::IsBoolean(..)
            | Self::In(..)
            | Self::Holds { .. }
            | Self::Exists(_)
            | Self::Among { .. }
            | Self::Search { .. }
            | Self::Ranked(_) => 0,
        }
    }

    /// How much a statement grows with it: no less than the parameters it needs. `related` has the weight of everything
    /// that belongs to the row.
    pub(super) fn weight(&self, related: &[usize]) -> usize {
        let of = |expression: &Expression| expression.weight(related);
        match self {
            Self::Always | Self::Never => 0,
            Self::IsNull(left) | Self::IsBoolean(left, _) => 1 + of(left),
            Self::Search { .. } | Self::Ranked(_) => 1,
            Self::Compare { left, .. } => 1 + of(left),
            Self::Between { expression, .. } => 2 + 2 * of(expression),
            Self::CompareRow { left, right, .. } => {
                right.len() + left.iter().map(of).sum::<usize>()
            }
            Self::In(left, values) => values.len() + of(left),
            Self::Matches { expression, .. } | Self::Holds { expression, .. } => 1 + of(expression),
            Self::ByStorage {
                expression,
                number,
                otherwise,
            } => of(expression) + number.weight(related) + otherwise.weight(related),
            Self::Exists(place) | Self::Among { place, .. } => {
                related.get(*place).copied().unwrap_or_default()
            }
            Self::Not(member) => member.weight(related),
            Self::All(members) | Self::Any(members) => members
                .iter()
                .map(|member| member.weight(related))
                .fold(0, usize::saturating_add),
        }
    }
}
