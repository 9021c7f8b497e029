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

impl Kind {
    /// The meaning of a column by its declared type: SQLite lets any words stand there, so the familiar ones are looked for.
    ///
    /// Words that say nothing we know (`POINT`, `STRING`, none at all) give [`Kind::Any`], where nothing is refused.
    pub fn of(declared: &str) -> Self {
        let name = declared.to_ascii_uppercase();
        let has = |part: &str| name.contains(part);
        if has("JSON") {
            Self::Json
        } else if has("BOOL") {
            Self::Boolean
        } else if has("UUID") || has("GUID") || has("UNIQUEIDENTIFIER") {
            Self::Uuid
        } else if name.starts_with("DATE") || name.starts_with("TIME") {
            Self::Temporal
        } else if has("POINT") || has("INTERVAL") {
            // They hold the letters `INT`, but no integers.
            Self::Any
        } else if has("INT") || has("SERIAL") {
            Self::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || has("BINARY") || has("BYTEA") {
            Self::Blob
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Real
        } else if has("DEC") || has("NUMERIC") || has("NUMBER") || has("MONEY") {
            Self::Numeric
        } else {
            Self::Any
        }
    }

    /// What to call it in a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Json => "json",
            Self::Blob => "base64",
            Self::Temporal => "date or time",
            Self::Uuid => "uuid",
            Self::Any => "value",
        }
    }
}

impl Affinity {
    /// The affinity of a declared type (SQLite, "Datatypes in SQLite" §3.1): five rules, in this order.
    pub fn of(declared: &str) -> Self {
        let name = declared.to_ascii_uppercase();
        let has = |part: &str| name.contains(part);
        if has("INT") {
            Self::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || name.is_empty() {
            Self::Blob
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Affinity, Kind};

    #[test]
    fn a_declared_type_tells_meaning_and_affinity() {
        for (declared, kind, affinity) in [
            ("", Kind::Any, Affinity::Blob),
            ("INTEGER", Kind::Integer, Affinity::Integer),
            ("bigint", Kind::Integer, Affinity::Integer),
            ("UNSIGNED BIG INT", Kind::Integer, Affinity::Integer),
            ("INTERVAL", Kind::Any, Affinity::Integer),
            ("FLOATING POINT", Kind::Any, Affinity::Integer),
            ("TEXT", Kind::Text, Affinity::Text),
            ("VARCHAR(255)", Kind::Text, Affinity::Text),
            ("CLOB", Kind::Text, Affinity::Text),
            ("STRING", Kind::Any, Affinity::Numeric),
            ("BLOB", Kind::Blob, Affinity::Blob),
            ("BYTEA", Kind::Blob, Affinity::Numeric),
            ("REAL", Kind::Real, Affinity::Real),
            ("double precision", Kind::Real, Affinity::Real),
            ("DECIMAL(10,2)", Kind::Numeric, Affinity::Numeric),
            ("NUMERIC", Kind::Numeric, Affinity::Numeric),
            ("BOOLEAN", Kind::Boolean, Affinity::Numeric),
            ("bool", Kind::Boolean, Affinity::Numeric),
            ("JSON", Kind::Json, Affinity::Numeric),
            ("jsonb", Kind::Json, Affinity::Numeric),
            ("JSON TEXT", Kind::Json, Affinity::Text),
            ("DATE", Kind::Temporal, Affinity::Numeric),
            ("DATETIME", Kind::Temporal, Affinity::Numeric),
            (
                "TIMESTAMP WITH TIME ZONE",
                Kind::Temporal,
                Affinity::Numeric,
            ),
            ("UUID", Kind::Uuid, Affinity::Numeric),
            ("GUID TEXT", Kind::Uuid, Affinity::Text),
            ("ANY", Kind::Any, Affinity::Numeric),
        ] {
            assert_eq!(Kind::of(declared), kind, "{declared}");
            assert_eq!(Affinity::of(declared), affinity, "{declared}");
        }
    }
}
