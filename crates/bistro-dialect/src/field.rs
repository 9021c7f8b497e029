//! A column, or a place inside a JSON column.

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
