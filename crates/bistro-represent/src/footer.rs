//! What is known of an answer only after its last row.

/// What is known only after the last row.
#[derive(Clone, Debug, Default)]
pub struct Footer {
    /// The URL of the next page, if there is one.
    pub next: Option<String>,
    /// The total, if it was asked for.
    pub total: Option<u64>,
}
