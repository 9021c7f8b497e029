//! Values computed from a row, with names resolved: what a backend writes in its own SQL.

use bistro_dialect::field::StepKey;
use bistro_dialect::select::AggregateFunction;

use crate::catalog::Kind;

/// A value computed from a row of the plan's relation. Columns are positions in it, so no client's text can be a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// The column itself.
    Column(usize),
    /// How well the row fits the search of [`Condition::Ranked`](crate::plan::Condition::Ranked): less is better.
    Rank,
    /// A place inside the JSON of a column.
    Path(Path),
    /// A value turned into another kind.
    Cast {
        /// What is turned.
        of: Box<Self>,
        /// What it was.
        from: Kind,
        /// What it becomes.
        to: Cast,
    },
    /// A value computed from the rows of a group.
    Aggregate {
        /// How.
        function: AggregateFunction,
        /// From what; `None` counts rows.
        of: Option<Box<Self>>,
    },
    /// What is taken of related rows.
    Related {
        /// Their place in the list of what belongs to the row.
        place: usize,
        /// What.
        taken: Taken,
    },
}

/// What is taken of related rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// The first row as a JSON object; NULL if there is none.
    Object,
    /// All rows as a JSON array of objects.
    Objects,
    /// A value of the first row; NULL if there is none. The expression is one of that row.
    Value(Box<Expression>),
    /// A value of every row, as a JSON array.
    Values {
        /// The value, of each row.
        of: Box<Expression>,
        /// What it means.
        kind: Kind,
    },
}

impl Taken {
    /// Whether it is JSON that we have written ourselves.
    pub fn is_json(&self) -> bool {
        match self {
            Self::Object | Self::Objects | Self::Values { .. } => true,
            Self::Value(of) => of.is_json(),
        }
    }
}

impl Expression {
    /// Whether it gives JSON that we have written ourselves.
    pub fn is_json(&self) -> bool {
        match self {
            Self::Related { taken, .. } => taken.is_json(),
            Self::Column(_)
            | Self::Rank
            | Self::Path(_)
            | Self::Cast { .. }
            | Self::Aggregate { .. } => false,
        }
    }

    /// Whether the rank of rows has a part in it.
    pub(super) fn is_ranked(&self) -> bool {
        match self {
            Self::Rank => true,
            Self::Cast { of, .. } => of.is_ranked(),
            Self::Aggregate { of, .. } => of.as_ref().is_some_and(|of| of.is_ranked()),
            Self::Column(_) | Self::Path(_) | Self::Related { .. } => false,
        }
    }

    /// Whether it is computed from a group of rows.
    pub(super) fn is_aggregate(&self) -> bool {
        match self {
            Self::Aggregate { .. } => true,
            Self::Cast { of, .. } => of.is_aggregate(),
            Self::Column(_) | Self::Rank | Self::Path(_) | Self::Related { .. } => false,
        }
    }

    /// How much a statement grows with it: no less than the parameters it needs. `related` has the weight of everything
    /// that belongs to the row.
    pub(super) fn weight(&self, related: &[usize]) -> usize {
        match self {
            Self::Column(_) | Self::Rank => 0,
            Self::Path(_) => 1,
            Self::Cast { of, .. } => of.weight(related),
            Self::Aggregate { of, .. } => of.as_ref().map_or(0, |of| of.weight(related)),
            Self::Related { place, .. } => related.get(*place).copied().unwrap_or_default(),
        }
    }
}

/// A place inside the JSON of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The column.
    pub column: usize,
    /// The way from the top; empty for all of it.
    pub steps: Vec<StepKey>,
    /// What is wanted of what is found there.
    pub extract: Extract,
}

/// What a JSON path gives. A place that is not there gives NULL, and so does a column whose text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extract {
    /// The JSON text, without spaces.
    Json,
    /// As PostgreSQL's `->>`: strings without quotes, `null` as NULL, anything else as JSON text.
    Text,
    /// A number; NULL if something else is there.
    Number,
    /// A string; NULL if something else is there.
    String,
    /// Whatever is there as a value of its own kind, to sort by.
    Scalar,
}

/// What a cast gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// a whole number
    Integer,
    /// a double
    Real,
    /// a number of either form
    Numeric,
    /// text
    Text,
    /// true or false
    Boolean,
    /// JSON
    Json,
    /// a day, `1994-09-19`
    Date,
    /// a time of day, `12:34:56`
    Time,
    /// both, `1994-09-19T12:34:56`
    Timestamp,
    /// a UUID
    Uuid,
}

impl Cast {
    /// The cast to a PostgreSQL type, by its name; a length or precision in parentheses is ignored.
    pub fn read(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let base = name.split('(').next().unwrap_or_default().trim();
        Some(match base {
            "int" | "int2" | "int4" | "int8" | "integer" | "bigint" | "smallint" => Self::Integer,
            "float" | "float4" | "float8" | "real" | "double" | "double precision" => Self::Real,
            "numeric" | "decimal" => Self::Numeric,
            "text" | "varchar" | "character varying" | "char" | "character" | "bpchar"
            | "citext" | "name" => Self::Text,
            "bool" | "boolean" => Self::Boolean,
            "json" | "jsonb" => Self::Json,
            "date" => Self::Date,
            "time" | "time without time zone" => Self::Time,
            "timestamp"
            | "timestamptz"
            | "timestamp without time zone"
            | "timestamp with time zone"
            | "datetime" => Self::Timestamp,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }

    /// What the values mean afterwards.
    pub fn kind(self) -> Kind {
        match self {
            Self::Integer => Kind::Integer,
            Self::Real => Kind::Real,
            Self::Numeric => Kind::Numeric,
            Self::Text => Kind::Text,
            Self::Boolean => Kind::Boolean,
            Self::Json => Kind::Json,
            Self::Date | Self::Time | Self::Timestamp => Kind::Temporal,
            Self::Uuid => Kind::Uuid,
        }
    }
}
