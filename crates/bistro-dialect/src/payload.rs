//! The body of a request, as columns and rows.

/// What a body holds, by its media type.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// JSON object or array, CSV, or a form: rows to write.
    Rows(Rows),
    /// `application/merge-patch+json` (RFC 7396): one row whose JSON columns are merged into, not replaced.
    MergePatch(Rows),
    /// `application/json-patch+json` (RFC 6902): the checked text of the operations.
    JsonPatch(String),
}

/// Rows with the same columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Names in the order first met.
    pub columns: Vec<String>,
    /// One value per column; `None` where a row does not name the column.
    pub rows: Vec<Vec<Option<Datum>>>,
    /// Whether the body was a single object rather than a list.
    pub is_single: bool,
}

/// A value as the client sent it. What it means depends on the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// JSON `null`, or an unquoted `NULL` in CSV.
    Null,
    /// JSON other than null: the exact text sent.
    Json(String),
    /// A field of CSV or of a form.
    Text(String),
}
