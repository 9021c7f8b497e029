//! What a write did.

use bistro_plan::value::Value;

/// What a write did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Rows inserted, updated or deleted by the statement itself; not those its triggers and cascades changed.
    pub affected: u64,
    /// Of these, rows that were not there before.
    pub created: u64,
    /// The primary key of the first row touched, if the relation has one.
    pub key: Option<Vec<Value>>,
}
