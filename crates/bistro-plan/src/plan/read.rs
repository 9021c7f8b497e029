//! Reading rows of one relation.

use std::sync::Arc;

use bistro_dialect::Request;
use bistro_dialect::page::{Cursor, CursorValue};
use bistro_dialect::preference::Count;

use crate::catalog::Relation;
use crate::error::Error;
use crate::plan::condition::Condition;
use crate::plan::order::{self, Sort};
use crate::plan::page::{self, Window};
use crate::plan::select::{self, Output};
use crate::shape::{Shape, ShapeColumn};
use crate::value::{Row, ValueRef};

/// A read: which values, of which rows, in which order, which part of them.
#[derive(Clone, Debug)]
pub struct Read {
    /// Of what.
    pub relation: Arc<Relation>,
    /// Whether one row is meant, by its key: none is 404, and its JSON is an object.
    pub is_item: bool,
    /// The most rows wanted; the statement asks for one more, to know whether there are more.
    pub limit: Option<u64>,
    /// Rows skipped.
    pub offset: u64,
    /// How the total is found, if it is wanted.
    pub count: Option<Count>,
    /// Which rows are looked at.
    pub source: Source,
    /// The values, in order.
    pub outputs: Vec<Output>,
    /// Which of them.
    pub condition: Condition,
    /// Where the page begins, if a cursor says so.
    pub after: Option<Condition>,
    /// In which order; none if it does not matter.
    pub order: Vec<Sort>,
    shape: Shape,
}

/// Which rows a read looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// All rows of the relation.
    Relation,
    /// The rows that a write has touched, in the order of touching unless another is asked for.
    Touched(Identity),
}

/// How rows are found again after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By SQLite's rowid, under this name.
    Rowid(&'static str),
    /// By the primary key.
    Key,
}

impl Read {
    /// A read of a collection: everything the query says applies.
    pub(super) fn collection(
        request: &Request,
        relation: &Arc<Relation>,
        condition: Condition,
        rows_max: Option<u64>,
    ) -> Result<Self, Error> {
        let window = Window::new(&request.query.pages, request.range, rows_max)?;
        let mut read = Self::of(request, relation, condition, Source::Relation)?;
        read.limit = window.limit;
        read.offset = window.offset;
        let is_paged = window.is_partial() || request.query.after.is_some();
        if is_paged && read.is_grouped() && read.order.is_empty() {
            read.order = order::by_groups(&read.outputs);
        }
        let has_total_order = !read.is_grouped() && !relation.primary_key.is_empty();
        if is_paged && has_total_order {
            read.order = order::with_key(relation, read.order);
            if read.limit.is_some() {
                read.shape.hidden = read.order.len();
            }
        }
        if let Some(cursor) = &request.query.after {
            let reason = if page::asked(&request.query.pages)?.offset.is_some() {
                Some("cannot be combined with `offset`")
            } else if read.is_grouped() {
                Some("cannot be combined with aggregates")
            } else if relation.primary_key.is_empty() {
                Some("rows without a primary key have no order to continue in")
            } else {
                None
            };
            if let Some(reason) = reason {
                return Err(Error::CursorMisplaced { reason });
            }
            read.after = Some(page::after(&read.order, cursor)?);
        }
        Ok(read)
    }

    /// A read of one row by its key: there is no page of it.
    pub(super) fn item(
        request: &Request,
        relation: &Arc<Relation>,
        condition: Condition,
    ) -> Result<Self, Error> {
        if request.query.after.is_some() {
            return Err(Error::CursorMisplaced {
                reason: "an item has no pages",
            });
        }
        let mut read = Self::of(request, relation, condition, Source::Relation)?;
        read.is_item = true;
        read.order.clear();
        Ok(read)
    }

    /// A read of all that a write touches. `limit` and `offset` do not apply, as in `PostgREST` since version 13: who asks
    /// for one row of many that were changed would take it for the only one.
    pub(super) fn representation(
        request: &Request,
        relation: &Arc<Relation>,
        condition: Condition,
        source: Source,
    ) -> Result<Self, Error> {
        Self::of(request, relation, condition, source)
    }

    fn of(
        request: &Request,
        relation: &Arc<Relation>,
        condition: Condition,
        source: Source,
    ) -> Result<Self, Error> {
        let outputs = select::outputs(relation, request.query.select.as_deref())?;
        let order = order::sorts(relation, &request.query.order)?;
        if outputs.iter().any(|output| output.is_aggregate) {
            order::check_grouped(relation, &order, &outputs)?;
        }
        Ok(Self {
            relation: Arc::clone(relation),
            is_item: false,
            limit: None,
            offset: 0,
            count: request.preferences.count,
            source,
            shape: shape(&outputs),
            outputs,
            condition,
            after: None,
            order,
        })
    }

    /// Whether rows are grouped, because something is computed from groups of them.
    pub fn is_grouped(&self) -> bool {
        self.outputs.iter().any(|output| output.is_aggregate)
    }

    /// How many values it holds: as many parameters as its statement needs, at least.
    pub(super) fn values(&self) -> usize {
        self.condition.values() + self.after.as_ref().map_or(0, Condition::values)
    }

    /// The columns of the answer, and how many hidden ones follow them in each row.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The cursor after a row of this read: its hidden columns. `None` where rows have no total order to continue in
    /// (aggregates, relations without a key), or where a text to sort by is no UTF-8.
    pub fn cursor(&self, row: &dyn Row) -> Option<Cursor> {
        let first = self.shape.columns.len();
        let values: Option<Vec<CursorValue>> = (first..first + self.shape.hidden)
            .map(|column| cursor_value(row.value(column)))
            .collect();
        values
            .filter(|values| !values.is_empty())
            .map(|values| Cursor { values })
    }
}

/// The shape of a row with these values.
pub(super) fn shape(outputs: &[Output]) -> Shape {
    Shape {
        columns: outputs
            .iter()
            .map(|output| ShapeColumn {
                name: output.name.clone(),
                kind: output.kind,
            })
            .collect(),
        hidden: 0,
    }
}

fn cursor_value(value: ValueRef<'_>) -> Option<CursorValue> {
    Some(match value {
        ValueRef::Null => CursorValue::Null,
        ValueRef::Integer(integer) => CursorValue::Integer(integer),
        ValueRef::Real(real) => CursorValue::Real(real),
        ValueRef::Text(octets) => CursorValue::Text(std::str::from_utf8(octets).ok()?.to_owned()),
        ValueRef::Blob(octets) => CursorValue::Blob(octets.to_vec()),
    })
}
