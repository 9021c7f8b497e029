//! Bodies become rows of values.

use bistro_dialect::Request;
use bistro_dialect::payload::{Datum, Payload, Rows};
use bistro_dialect::preference::Missing;

use crate::catalog::{Generated, Kind, Relation};
use crate::error::Error;
use crate::literal;
use crate::plan::field;
use crate::plan::sight::Open;
use crate::plan::write::{Assigned, Assignment, Batch};
use crate::value::Value;

/// The rows that a body holds, by what they are.
pub(super) enum Sent<'a> {
    /// Rows as they are to be.
    Whole(&'a Rows),
    /// One row, a patch document: it says how to change a row rather than what the row is.
    Merged(&'a Rows),
}

/// The rows of a request's body.
///
/// # Errors
/// It has none.
pub(super) fn rows(request: &Request) -> Result<Sent<'_>, Error> {
    let method = request.method;
    match &request.payload {
        None => Err(Error::NoPayload { method }),
        Some(Payload::Rows(rows)) => Ok(Sent::Whole(rows)),
        Some(Payload::MergePatch(rows)) => Ok(Sent::Merged(rows)),
        Some(Payload::JsonPatch(_)) => Err(Error::WrongPayload { method }),
    }
}

/// A relation as it is written to.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    /// All of it.
    pub relation: &'a Relation,
    /// The columns that a body may name.
    pub open: Open,
    /// Columns that a row has these values in unless it says otherwise.
    pub filled: Vec<(usize, Value)>,
}

/// Rows whose columns are known.
pub(super) struct Body<'a> {
    entry: &'a Entry<'a>,
    rows: &'a Rows,
    /// Each column to write: where it stands in the relation, and in the rows if they name it.
    columns: Vec<(usize, Option<usize>)>,
    missing: Missing,
    is_merged: bool,
}

impl<'a> Body<'a> {
    /// The rows of a request's body, restricted to `columns` if it says so.
    pub(super) fn read(request: &'a Request, entry: &'a Entry<'a>) -> Result<Self, Error> {
        let (rows, is_merged) = match rows(request)? {
            Sent::Whole(rows) => (rows, false),
            Sent::Merged(rows) => (rows, true),
        };
        let names = request.query.columns.as_ref().unwrap_or(&rows.columns);
        let missing = request.preferences.missing.unwrap_or(Missing::Null);
        let body = Self::of(entry, rows, names, missing)?;
        Ok(Self { is_merged, ..body })
    }

    /// Rows of which the columns called `names` are written.
    pub(super) fn of(
        entry: &'a Entry<'a>,
        rows: &'a Rows,
        names: impl IntoIterator<Item = &'a String>,
        missing: Missing,
    ) -> Result<Self, Error> {
        let relation = entry.relation;
        let mut columns: Vec<(usize, Option<usize>)> = Vec::new();
        for name in names {
            let position = field::payload_column(relation, name, &entry.open)?;
            if relation.column(position).generated != Generated::No {
                return Err(Error::GeneratedColumn {
                    relation: relation.name.clone(),
                    column: name.clone(),
                });
            }
            if !columns.iter().any(|(other, _)| *other == position) {
                columns.push((position, rows.columns.iter().position(|sent| sent == name)));
            }
        }
        Ok(Self {
            entry,
            rows,
            columns,
            missing,
            is_merged: false,
        })
    }

    /// The columns that it names, by position.
    pub(super) fn named(&self) -> Vec<usize> {
        self.columns.iter().map(|(column, _)| *column).collect()
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.rows.len()
    }

    /// The rows, neighbors that write the same columns together.
    pub(super) fn batches(&self) -> Result<Vec<Batch>, Error> {
        let mut batches: Vec<Batch> = Vec::new();
        for row in &self.rows.rows {
            let mut columns = Vec::with_capacity(self.columns.len());
            let mut values = Vec::with_capacity(self.columns.len());
            for &(column, sent) in &self.columns {
                let datum = sent.and_then(|sent| row.get(sent)?.as_ref());
                match (datum, self.missing) {
                    (Some(datum), _) => {
                        columns.push(column);
                        values.push(self.value(column, datum)?);
                    }
                    (None, _) if self.is_filled(column) => {}
                    (None, Missing::Null) => {
                        columns.push(column);
                        values.push(Value::Null);
                    }
                    (None, Missing::Default) => {}
                }
            }
            for (column, value) in &self.entry.filled {
                if !columns.contains(column) {
                    columns.push(*column);
                    values.push(value.clone());
                }
            }
            match batches.last_mut() {
                Some(batch) if batch.columns == columns => batch.rows.push(values),
                _ => batches.push(Batch {
                    columns,
                    rows: vec![values],
                }),
            }
        }
        Ok(batches)
    }

    /// What the first row assigns to its columns.
    pub(super) fn assignments(&self) -> Result<Vec<Assignment>, Error> {
        let Some(row) = self.rows.rows.first() else {
            return Ok(Vec::new());
        };
        let mut assignments = Vec::with_capacity(self.columns.len());
        for &(column, sent) in &self.columns {
            let source = match sent.and_then(|sent| row.get(sent)?.as_ref()) {
                Some(datum) if self.is_merged_into(column, datum) => {
                    Assigned::Merged(self.value(column, datum)?)
                }
                Some(datum) => Assigned::Value(self.value(column, datum)?),
                None => match self.missing {
                    Missing::Null => Assigned::Value(Value::Null),
                    Missing::Default => Assigned::Default,
                },
            };
            assignments.push(Assignment { column, source });
        }
        Ok(assignments)
    }

    fn is_filled(&self, column: usize) -> bool {
        self.entry.filled.iter().any(|(own, _)| *own == column)
    }

    fn is_merged_into(&self, column: usize, datum: &Datum) -> bool {
        let is_object = matches!(datum, Datum::Json(text) if text.trim_start().starts_with('{'));
        self.is_merged && is_object && self.entry.relation.column(column).kind == Kind::Json
    }

    fn value(&self, column: usize, datum: &Datum) -> Result<Value, Error> {
        let column = self.entry.relation.column(column);
        literal::of_datum(&column.name, column.kind, datum)
    }
}
