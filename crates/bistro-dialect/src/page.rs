//! Which part of the rows: limit, offset, and the cursor of keyset paging.

/// `limit` and `offset` of one resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many rows.
    pub limit: Option<u64>,
    /// After skipping so many.
    pub offset: Option<u64>,
}

/// A place in an ordered collection: the sort values of the last row seen.
///
/// On the wire it is base64url of a JSON array, so it never has a dot in it: `after=…` with a dot is an ordinary filter
/// on a column called `after`. It holds nothing a client may not choose freely.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// One value for each order term and then each column of the key, in order.
    pub values: Vec<CursorValue>,
}

/// A sort value inside a cursor. Exact for every value a database can sort by.
#[derive(Clone, Debug, PartialEq)]
pub enum CursorValue {
    /// NULL
    Null,
    /// an integer
    Integer(i64),
    /// a real, as its bits (NaN and infinities included)
    Real(f64),
    /// text
    Text(String),
    /// bytes
    Blob(Vec<u8>),
}
