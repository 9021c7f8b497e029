//! How much a stranger may ask at once.

/// Bounds on everything in a request that a client controls.
///
/// Beyond a bound the answer is an error that names the bound; nothing is cut off in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the query string, or of a `QUERY` body. Default 64 KiB.
    pub query_bytes: usize,
    /// How deep `and`/`or` groups and embeds may nest. Default 16.
    pub depth: usize,
    /// Predicates, select items and order terms together. Default 512.
    pub terms: usize,
    /// Values in one `in.(…)` or `any`/`all` list. Default 10 000.
    pub list: usize,
    /// Rows in one payload. Default 100 000.
    pub rows: usize,
    /// Columns in one payload. Default 2 000.
    pub columns: usize,
    /// Requests in one batch. Default 100.
    pub requests: usize,
}

/// Which bound was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// [`Limits::query_bytes`]
    QueryBytes,
    /// [`Limits::depth`]
    Depth,
    /// [`Limits::terms`]
    Terms,
    /// [`Limits::list`]
    List,
    /// [`Limits::rows`]
    Rows,
    /// [`Limits::columns`]
    Columns,
    /// One that nobody sets: how many values the rows of a body have.
    Values,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            query_bytes: 64 * 1024,
            depth: 16,
            terms: 512,
            list: 10_000,
            rows: 100_000,
            columns: 2_000,
            requests: 100,
        }
    }
}
