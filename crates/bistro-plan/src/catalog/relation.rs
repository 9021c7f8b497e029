//! Tables and views.

use crate::catalog::kind::Kind;

/// A table or view.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Its exact name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// In the order declared. Hidden columns of virtual tables are left out.
    pub columns: Vec<Column>,
    /// Positions in `columns`; empty if there is no primary key.
    pub primary_key: Vec<usize>,
    /// Unique constraints and unique indexes over plain columns, the primary key left out.
    pub uniques: Vec<Unique>,
    /// References to other tables.
    pub foreign_keys: Vec<ForeignKey>,
    /// What may be done to it at all, whoever asks.
    pub writable: Writable,
    /// Whether rows have SQLite's `rowid` (tables, unless `WITHOUT ROWID`).
    pub has_rowid: bool,
    /// The number of rows the database's statistics know of.
    pub rows_estimated: Option<u64>,
}

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// An ordinary table.
    Table,
    /// A view.
    View,
    /// A virtual table, such as FTS5's.
    Virtual,
}

/// What may be done to a relation at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "three independent facts")]
pub struct Writable {
    /// Tables, and views with an `INSTEAD OF INSERT` trigger.
    pub can_insert: bool,
    /// Tables, and views with an `INSTEAD OF UPDATE` trigger.
    pub can_update: bool,
    /// Tables, and views with an `INSTEAD OF DELETE` trigger.
    pub can_delete: bool,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its exact name.
    pub name: String,
    /// The declared type, as written; empty if there is none.
    pub declared: String,
    /// What its values mean.
    pub kind: Kind,
    /// Whether NULL is allowed.
    pub is_nullable: bool,
    /// The default as SQL text from the schema.
    pub default: Option<String>,
    /// Whether and how it is generated.
    pub generated: Generated,
}

/// Whether a column is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    /// an ordinary column
    No,
    /// `GENERATED ALWAYS AS … VIRTUAL`
    Virtual,
    /// `GENERATED ALWAYS AS … STORED`
    Stored,
}

/// A unique constraint or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unique {
    /// The index's name.
    pub name: String,
    /// Positions in the relation's columns.
    pub columns: Vec<usize>,
    /// Whether it has a `WHERE`: then it is no conflict target by its columns alone.
    pub is_partial: bool,
}

/// A reference to another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// The constraint's name if it has one, else `{table}_{columns}_fkey` as PostgreSQL would name it.
    pub name: String,
    /// Positions in this relation's columns.
    pub columns: Vec<usize>,
    /// The table referred to.
    pub target: String,
    /// The columns referred to, by name, one for each of `columns`.
    pub target_columns: Vec<String>,
}
