//! Values computed from a row, with names resolved: what a backend writes in its own SQL.

use bistro_dialect::field::StepKey;
use bistro_dialect::select::AggregateFunction;

use crate::catalog::Kind;

/// A value computed from a row of the plan's relation. Columns are positions in it, so no client's text can be a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// The column itself.
    Column(usize),
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
