//! Values between SQLite and the plan.

use bistro_plan::value::{Row, Value, ValueRef};
use rusqlite::types::ValueRef as Stored;
use rusqlite::{Error, Row as Found, Statement};

/// A row under SQLite's cursor.
pub(super) struct Shown<'a, 'statement> {
    row: &'a Found<'statement>,
    /// Columns before the first that is shown.
    skip: usize,
}

impl<'a, 'statement> Shown<'a, 'statement> {
    pub(super) fn new(row: &'a Found<'statement>, skip: usize) -> Self {
        Self { row, skip }
    }
}

impl Row for Shown<'_, '_> {
    fn value(&self, column: usize) -> ValueRef<'_> {
        match self.row.get_ref(self.skip + column) {
            Ok(Stored::Null) | Err(_) => ValueRef::Null,
            Ok(Stored::Integer(integer)) => ValueRef::Integer(integer),
            Ok(Stored::Real(real)) => ValueRef::Real(real),
            Ok(Stored::Text(text)) => ValueRef::Text(text),
            Ok(Stored::Blob(blob)) => ValueRef::Blob(blob),
        }
    }
}

/// A column of a row, kept.
pub(super) fn owned(row: &Found<'_>, column: usize) -> Value {
    match row.get_ref(column) {
        Ok(Stored::Null) | Err(_) => Value::Null,
        Ok(Stored::Integer(integer)) => Value::Integer(integer),
        Ok(Stored::Real(real)) => Value::Real(real),
        Ok(Stored::Text(text)) => match str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(text.to_vec()),
        },
        Ok(Stored::Blob(blob)) => Value::Blob(blob.to_vec()),
    }
}

/// Binds `?1`, `?2`, ….
pub(super) fn bind(statement: &mut Statement<'_>, parameters: &[Value]) -> Result<(), Error> {
    let found = statement.parameter_count();
    if found != parameters.len() {
        return Err(Error::InvalidParameterCount(parameters.len(), found));
    }
    for (place, value) in (1..).zip(parameters) {
        let value = match value {
            Value::Null => Stored::Null,
            Value::Integer(integer) => Stored::Integer(*integer),
            Value::Real(real) => Stored::Real(*real),
            Value::Text(text) => Stored::Text(text.as_bytes()),
            Value::Blob(blob) => Stored::Blob(blob),
        };
        statement.raw_bind_parameter(place, rusqlite::types::ToSqlOutput::Borrowed(value))?;
    }
    Ok(())
}
