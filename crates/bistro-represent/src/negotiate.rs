//! Which representation of a resource a client gets.

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Representation {
    /// How rows are written.
    pub format: Format,
    /// `application/vnd.pgrst.object+json`: exactly one row, or an error.
    pub is_singular: bool,
    /// `…;nulls=stripped`: members that are NULL are left out.
    pub strips_nulls: bool,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`, and `PostgREST`'s own variants of it
    Json,
    /// `text/csv`
    Csv,
    /// `application/x-ndjson`
    Ndjson,
    /// `text/html`
    Html,
}

impl Representation {
    /// Chooses by `Accept` (RFC 9110 §12.5.1); JSON where nothing is asked. `None`: nothing acceptable is offered.
    pub fn choose(_accept: &[&str]) -> Option<Self> {
        unreachable!("skeleton")
    }

    /// The `Content-Type` of the answer.
    pub fn content_type(&self) -> &'static str {
        unreachable!("skeleton")
    }
}
