//! Reading rows of one relation.

use std::sync::Arc;

use bistro_dialect::Request;
use bistro_dialect::page::{Cursor, CursorValue};
use bistro_dialect::preference::Count;

use crate::catalog::{Function, Relation};
use crate::error::Error;
use crate::plan::condition::Condition;
use crate::plan::key;
use crate::plan::order;
use crate::plan::output::{Output, Sort};
use crate::plan::page::{self, Window};
use crate::plan::parts::Parts;
use crate::plan::reach::Reach;
use crate::plan::related::{self, Related};
use crate::plan::said::Said;
use crate::principal::Principal;
use crate::shape::{Shape, ShapeColumn};
use crate::value::{Row, Value, ValueRef};

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
    /// The key of the one row that is meant; [`Condition::Always`] where none is.
    pub key: Condition,
    /// Which of them.
    pub condition: Condition,
    /// Where the page begins, if a cursor says so.
    pub after: Option<Condition>,
    /// In which order; none if it does not matter.
    pub order: Vec<Sort>,
    /// What belongs to each row: expressions and conditions speak of it by place.
    pub related: Vec<Related>,
    /// The row that the rows belong to, by its key, if the target names one: it must be there.
    pub parent: Option<Box<Self>>,
    /// On whose behalf.
    pub caller: Principal,
    shape: Shape,
}

/// Which rows a read looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// All rows of the relation.
    Relation,
    /// The rows that a write has touched, in the order of touching unless another is asked for.
    Touched(Identity),
    /// The rows that a stored query gives.
    Called {
        /// The query.
        function: Arc<Function>,
        /// What it is called with, in the order of its parameters. What it knows of whoever calls is not among them.
        arguments: Vec<Value>,
    },
    /// The rows that a stored query has returned, which changed something, in the order in which it did. All of them, with all
    /// columns, are like this.
    Returned(Arc<Relation>),
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
        reach: Reach<'_>,
        relation: &Arc<Relation>,
    ) -> Result<Self, Error> {
        let said = Said::of(&request.query);
        let asked = said.page();
        let window = Window::new(asked, request.range, reach.policy.rows_max)?;
        let mut read = Self::of(request, reach, relation, &said)?;
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
            let reason = if asked.offset.is_some() {
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
        reach: Reach<'_>,
        relation: &Arc<Relation>,
        key: Condition,
    ) -> Result<Self, Error> {
        if request.query.after.is_some() {
            return Err(Error::CursorMisplaced {
                reason: "an item has no pages",
            });
        }
        let mut read = Self::of(request, reach, relation, &Said::of(&request.query))?;
        read.key = key;
        read.is_item = true;
        read.order.clear();
        Ok(read)
    }

    /// A read of all that a write touches. `limit` and `offset` do not apply, as in `PostgREST` since version 13: who asks
    /// for one row of many that were changed would take it for the only one.
    pub(super) fn representation(
        request: &Request,
        reach: Reach<'_>,
        relation: &Arc<Relation>,
        condition: Condition,
        source: Source,
    ) -> Result<Self, Error> {
        let said = Said::of(&request.query).without_own_conditions();
        let mut read = Self::of(request, reach, relation, &said)?;
        read.source = source;
        read.condition = Condition::all([condition, read.condition]);
        Ok(read)
    }

    fn of(
        request: &Request,
        reach: Reach<'_>,
        relation: &Arc<Relation>,
        said: &Said<'_>,
    ) -> Result<Self, Error> {
        let select = request.query.select.as_deref();
        let parts = Parts::read(reach, relation, select, said)?;
        Ok(Self {
            relation: Arc::clone(relation),
            is_item: false,
            limit: None,
            offset: 0,
            count: request.preferences.count,
            source: Source::Relation,
            shape: shape(&parts.outputs),
            outputs: parts.outputs,
            key: Condition::Always,
            condition: parts.condition,
            after: None,
            order: parts.order,
            related: parts.related,
            parent: None,
            caller: reach.principal.clone(),
        })
    }

    /// Whether rows of a relation are there, and nothing about them.
    pub(super) fn existence(
        reach: Reach<'_>,
        relation: &Arc<Relation>,
        condition: Condition,
    ) -> Self {
        Self {
            relation: Arc::clone(relation),
            is_item: true,
            limit: None,
            offset: 0,
            count: None,
            source: Source::Relation,
            shape: Shape::default(),
            outputs: Vec::new(),
            key: Condition::Always,
            condition,
            after: None,
            order: Vec::new(),
            related: Vec::new(),
            parent: None,
            caller: reach.principal.clone(),
        }
    }

    /// Only rows that pass this, too.
    pub(super) fn narrow(&mut self, condition: Condition) {
        let before = std::mem::replace(&mut self.condition, Condition::Always);
        self.condition = Condition::all([condition, before]);
    }

    /// Only rows to which such a row belongs.
    pub(super) fn narrow_by(&mut self, related: Related) {
        let place = self.related.len();
        self.related.push(related);
        self.narrow(Condition::Exists(place));
    }

    /// Only rows whose columns are the values of these others.
    pub(super) fn narrow_to(&mut self, columns: Vec<usize>, others: Related) {
        let place = self.related.len();
        self.related.push(others);
        self.narrow(Condition::Among { columns, place });
    }

    /// Whether rows are grouped, because something is computed from groups of them.
    pub fn is_grouped(&self) -> bool {
        self.outputs.iter().any(|output| output.is_aggregate)
    }

    /// Whether all rows of the relation are meant and seen, whatever the page.
    pub fn is_of_all_rows(&self) -> bool {
        self.key == Condition::Always
            && self.condition == Condition::Always
            && self.relation.seen.is_none()
            && !self.is_grouped()
    }

    /// How long its statement is: no less than the parameters it needs.
    pub(super) fn weight(&self) -> usize {
        let related = related::weights(&self.related);
        let outputs = self.outputs.iter().map(|output| &output.expression);
        let expressions = outputs.chain(self.order.iter().map(|sort| &sort.expression));
        let conditions = [Some(&self.key), Some(&self.condition), self.after.as_ref()];
        let conditions = conditions.into_iter().flatten();
        expressions
            .map(|expression| expression.weight(&related))
            .chain(conditions.map(|condition| condition.weight(&related)))
            .chain([self.source.weight(), self.relation.parameters_of_rules()])
            .fold(0, usize::saturating_add)
    }

    /// The values that stand for the key in the statement of this read ([`Statement::key`](crate::sql::Statement)), if it meant
    /// the row at another address. `None` where the statement would be another one, or the address names no row.
    pub fn rekeyed(&self, parts: &[impl AsRef<str>]) -> Option<Vec<Value>> {
        let is_same_for_all = !self.relation.primary_key.is_empty()
            && self.key != Condition::Always
            && key::is_by_value(&self.relation);
        if !is_same_for_all {
            return None;
        }
        key::of_address(&self.relation, parts).ok()
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

impl Source {
    fn weight(&self) -> usize {
        match self {
            Self::Called {
                function,
                arguments,
            } => arguments.len() + function.callers.len(),
            Self::Relation | Self::Touched(_) | Self::Returned(_) => 0,
        }
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
                is_written: output.expression.is_json(),
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
