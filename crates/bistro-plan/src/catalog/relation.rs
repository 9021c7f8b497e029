//! Tables and views.

use std::sync::Arc;

use crate::catalog::kind::Kind;
use crate::catalog::seen::Seen;

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
    /// References to other tables; of a view, those of the tables whose columns it shows.
    pub foreign_keys: Vec<ForeignKey>,
    /// What may be done to it at all, whoever asks.
    pub writable: Writable,
    /// Whether rows have SQLite's `rowid` (tables, unless `WITHOUT ROWID`).
    pub has_rowid: bool,
    /// Whether the primary key is that rowid by another name: `INTEGER PRIMARY KEY`, but not one that is declared `DESC`.
    pub has_rowid_key: bool,
    /// The number of rows the database's statistics know of.
    pub rows_estimated: Option<u64>,
    /// What rules leave of it, if it is not what the database has but what somebody sees of that.
    pub seen: Option<Arc<Seen>>,
}

impl Relation {
    /// Where a column of this exact name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The column at a position that [`Relation::position`], `primary_key` or a plan of this relation gave.
    pub fn column(&self, position: usize) -> &Column {
        self.columns
            .get(position)
            .expect("positions are made from this relation's columns")
    }

    /// The positions of columns that have the values of these columns of a table: the table's own, or those of a view that
    /// shows them. A column that is shown twice is there in two ways; several together only in one, since two showings of a
    /// table may be of different rows.
    pub fn appearances(&self, table: &str, columns: &[&str]) -> Vec<Vec<usize>> {
        let shown = |name: &str| -> Vec<usize> {
            let columns = self.columns.iter().enumerate();
            let found = columns.filter(|(_, column)| match &column.origin {
                Some(origin) => origin.relation == table && origin.column == name,
                None => self.name == table && column.name == name,
            });
            found.map(|(position, _)| position).collect()
        };
        match columns {
            [] => Vec::new(),
            [name] => shown(name).into_iter().map(|at| vec![at]).collect(),
            several => {
                let each = several.iter().map(|name| match shown(name).as_slice() {
                    [one] => Some(*one),
                    _ => None,
                });
                each.collect::<Option<_>>().into_iter().collect()
            }
        }
    }

    /// Whether a column can hold no NULL: declared so, or part of a key that SQLite keeps free of NULL.
    pub fn is_never_null(&self, position: usize) -> bool {
        !self.column(position).is_nullable
            || self.is_rowid_alias(position)
            || (self.kind == RelationKind::Table
                && !self.has_rowid
                && self.primary_key.contains(&position))
    }

    /// Whether a column is another name of SQLite's rowid.
    pub fn is_rowid_alias(&self, position: usize) -> bool {
        self.has_rowid_key && self.primary_key == [position]
    }

    /// A name that means SQLite's rowid here: one that no column has taken.
    pub fn rowid(&self) -> Option<&'static str> {
        if let Some(seen) = &self.seen {
            return seen.rowid;
        }
        let is_free = |name: &&str| {
            !self
                .columns
                .iter()
                .any(|column| column.name.eq_ignore_ascii_case(name))
        };
        self.has_rowid
            .then(|| ["rowid", "_rowid_", "oid"].into_iter().find(is_free))
            .flatten()
    }

    /// Whether these columns, in any order, are the primary key or a unique constraint an upsert may name.
    pub fn is_unique(&self, columns: &[usize]) -> bool {
        let is_same = |unique: &[usize]| {
            !unique.is_empty()
                && unique.iter().all(|position| columns.contains(position))
                && columns.iter().all(|position| unique.contains(position))
        };
        is_same(&self.primary_key)
            || self
                .uniques
                .iter()
                .any(|unique| !unique.is_partial && is_same(&unique.columns))
    }
}

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// An ordinary table.
    Table,
    /// A view.
    View,
    /// A full-text index: FTS5's virtual table.
    Search,
    /// Any other virtual table.
    Virtual,
}

/// What may be done to a relation at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The column of a table that a view shows here as it is.
    pub origin: Option<Origin>,
}

/// Where the values of a view's column come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The table.
    pub relation: String,
    /// Its column.
    pub column: String,
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
