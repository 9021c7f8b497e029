//! What a column's values mean to a client.

/// The meaning of a column: how its values are read from a client and written to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Floating point.
    Real,
    /// Numbers of either form.
    Numeric,
    /// Text.
    Text,
    /// `true` and `false`; SQLite keeps 1 and 0.
    Boolean,
    /// A JSON document kept as text.
    Json,
    /// Octets; base64 (RFC 4648 §4, with padding) in JSON and CSV.
    Blob,
    /// A date, time or both, kept as the text or number it was written as.
    Temporal,
    /// A UUID kept as text.
    Uuid,
    /// Nothing is known: each value speaks for itself.
    Any,
}

/// SQLite's five type affinities (SQLite, "Datatypes in SQLite" §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Affinity {
    /// `INTEGER`
    Integer,
    /// `REAL`
    Real,
    /// `NUMERIC`
    Numeric,
    /// `TEXT`
    Text,
    /// `BLOB`: none
    Blob,
}
