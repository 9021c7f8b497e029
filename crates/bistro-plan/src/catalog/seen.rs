//! What rules leave of a relation for whoever asks.

use std::sync::Arc;

use crate::predicate::{CallerValue, Piece, Predicate};

/// What rules leave of a relation, besides the columns that are closed: those are gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The rows: those that each of these admits.
    pub rows: Vec<Admitted>,
    /// For each column, in which of these rows its value is seen; `None` in all. It is NULL elsewhere.
    pub values: Vec<Option<Admitted>>,
    /// A name that means SQLite's rowid, in the table with all its columns.
    pub rowid: Option<&'static str>,
}

/// Rows that rules admit: each that one of them does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// What each rule demands. Without any, there is no such row.
    pub grants: Vec<Grant>,
}

/// What a rule demands of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// A condition.
    pub predicate: Option<Arc<Predicate>>,
    /// A column, by name, that holds who asks.
    pub owner: Option<String>,
}

impl Grant {
    /// Whether it demands nothing.
    pub fn is_of_all(&self) -> bool {
        self.predicate.is_none() && self.owner.is_none()
    }

    fn parameters(&self) -> usize {
        let predicate = self.predicate.as_ref();
        usize::from(self.owner.is_some()) + predicate.map_or(0, |predicate| predicate.parameters())
    }
}

impl Admitted {
    /// Each row that one of these grants admits; `None` if that is every row.
    pub fn of(grants: impl IntoIterator<Item = Grant>) -> Option<Self> {
        let mut each: Vec<Grant> = Vec::new();
        for grant in grants {
            if grant.is_of_all() {
                return None;
            }
            if !each.contains(&grant) {
                each.push(grant);
            }
        }
        Some(Self { grants: each })
    }

    /// How many parameters it has.
    pub fn parameters(&self) -> usize {
        self.grants.iter().map(Grant::parameters).sum()
    }
}

impl Grant {
    fn callers(&self) -> impl Iterator<Item = CallerValue> {
        let owner = self.owner.as_ref().map(|_| CallerValue::Owner);
        let predicate = self.predicate.iter();
        let pieces = predicate.flat_map(|predicate| predicate.pieces());
        let values = pieces.filter_map(|piece| match piece {
            Piece::Caller(value) => Some(*value),
            Piece::Text(_) => None,
        });
        values.chain(owner)
    }
}

impl Seen {
    /// What has to be known of whoever asks, as often as it has to.
    pub fn callers(&self) -> impl Iterator<Item = CallerValue> {
        let values = self.values.iter().flatten();
        let grants = self.rows.iter().chain(values).flat_map(|rows| &rows.grants);
        grants.flat_map(Grant::callers)
    }

    /// How many parameters it has.
    pub fn parameters(&self) -> usize {
        let values = self.values.iter().flatten();
        let each = self.rows.iter().chain(values);
        each.map(Admitted::parameters).sum()
    }
}
