//! Relations as somebody sees them.

use std::sync::Arc;

use crate::catalog::relation::Relation;
use crate::catalog::seen::{Admitted, Seen};

impl Relation {
    /// What is left of it with these columns alone, by position, each with the rows in which its value is seen, and of the
    /// rows those that all of `rows` admit.
    ///
    /// A key that is not seen in every row is none: rows have no address then.
    #[must_use]
    pub fn seen_as(&self, columns: &[(usize, Option<Admitted>)], rows: Vec<Admitted>) -> Self {
        let place = |position: &usize| columns.iter().position(|(other, _)| other == position);
        let places = |positions: &[usize]| positions.iter().map(place).collect::<Option<Vec<_>>>();
        let is_whole = |position: &usize| {
            columns
                .iter()
                .any(|(other, values)| other == position && values.is_none())
        };
        let key = places(&self.primary_key).filter(|_| self.primary_key.iter().all(is_whole));
        let has_rowid_key = self.has_rowid_key && key.is_some();
        let shown = columns.iter().map(|(position, values)| {
            let mut column = self.column(*position).clone();
            column.is_nullable |= values.is_some();
            column
        });
        let uniques = self.uniques.iter().filter_map(|unique| {
            let mut unique = unique.clone();
            unique.columns = places(&unique.columns)?;
            Some(unique)
        });
        let foreign_keys = self.foreign_keys.iter().filter_map(|foreign_key| {
            let mut foreign_key = foreign_key.clone();
            foreign_key.columns = places(&foreign_key.columns)?;
            Some(foreign_key)
        });
        Self {
            name: self.name.clone(),
            kind: self.kind,
            columns: shown.collect(),
            primary_key: key.unwrap_or_default(),
            uniques: uniques.collect(),
            foreign_keys: foreign_keys.collect(),
            writable: self.writable,
            has_rowid: self.has_rowid,
            has_rowid_key,
            // They know of rows that are not seen.
            rows_estimated: None,
            seen: Some(Arc::new(Seen {
                rows,
                values: columns.iter().map(|(_, values)| values.clone()).collect(),
                rowid: self.rowid(),
            })),
        }
    }

    /// The same, and of its rows only those that all of `rows` admit.
    #[must_use]
    pub fn narrowed(&self, rows: &[Admitted]) -> Self {
        let seen = match &self.seen {
            Some(seen) => Seen::clone(seen),
            None => Seen {
                rows: Vec::new(),
                values: vec![None; self.columns.len()],
                rowid: self.rowid(),
            },
        };
        Self {
            rows_estimated: None,
            seen: Some(Arc::new(Seen {
                rows: seen.rows.iter().chain(rows).cloned().collect(),
                ..seen
            })),
            ..self.clone()
        }
    }

    /// Whether the value of a column is seen in some rows only.
    pub fn is_partly_seen(&self, position: usize) -> bool {
        self.values_seen(position).is_some()
    }

    /// The rows in which the value of a column is seen, if not in all.
    pub fn values_seen(&self, position: usize) -> Option<&Admitted> {
        let seen = self.seen.as_ref()?;
        seen.values.get(position)?.as_ref()
    }

    /// Whether the same of it is seen, by the same caller, for as long as nothing in the database changes, as far as rules go.
    pub fn is_steadily_seen(&self) -> bool {
        let Some(seen) = &self.seen else {
            return true;
        };
        let values = seen.values.iter().flatten();
        let mut grants = seen.rows.iter().chain(values).flat_map(|rows| &rows.grants);
        grants.all(|grant| {
            let predicate = grant.predicate.as_ref();
            predicate.is_none_or(|predicate| predicate.is_steady())
        })
    }

    /// The parameters that it takes to see what rules leave of it.
    pub fn parameters_of_rules(&self) -> usize {
        self.seen.as_ref().map_or(0, |seen| seen.parameters())
    }
}
