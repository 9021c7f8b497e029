//! What to return: columns, aggregates, and embedded relations.

use crate::field::Field;

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
