//! Rows that belong to one row: `/artists/7/songs`.

use std::sync::Arc;

use bistro_dialect::Request;

use crate::catalog::{Kind, Relation};
use crate::error::Error;
use crate::plan::change;
use crate::plan::condition::{Comparison, Condition};
use crate::plan::expression::Expression;
use crate::plan::key;
use crate::plan::output::Output;
use crate::plan::reach::Reach;
use crate::plan::read::Read;
use crate::plan::related::{Link, Pair, Related};
use crate::plan::relationship::Relationship;
use crate::plan::write::Write;
use crate::value::Value;

/// A row by its address, and what belongs to it.
pub(super) struct Belonging<'a> {
    pub parent: &'a Arc<Relation>,
    pub key: &'a [String],
    pub found: &'a Relationship,
}

impl Belonging<'_> {
    /// Plans a read of the rows: all that a collection can do.
    pub(super) fn read(&self, request: &Request, reach: Reach<'_>) -> Result<Read, Error> {
        let mut read = Read::collection(request, reach, &self.found.relation)?;
        match &self.found.link {
            Link::Free => {}
            Link::Direct(pairs) => match self.fixed(pairs)? {
                Fixed::Plain(values) => read.narrow(equal(&values)),
                Fixed::Text => read.narrow_by(self.own_row(pairs)?),
                Fixed::No => read.narrow_to(targets(pairs), self.own_values(pairs)?),
            },
            Link::Through {
                relation,
                near,
                far,
            } => {
                let mut joined = taking(relation, far.iter().map(|pair| pair.from));
                match self.fixed(near)? {
                    Fixed::Plain(values) => joined.condition = equal(&values),
                    Fixed::Text => {
                        joined.condition = Condition::Exists(0);
                        joined.related.push(self.own_row(near)?);
                    }
                    Fixed::No => {
                        joined.condition = Condition::Among {
                            columns: targets(near),
                            place: 0,
                        };
                        joined.related.push(self.own_values(near)?);
                    }
                }
                read.narrow_to(targets(far), joined);
            }
        }
        read.parent = Some(Box::new(self.existence(reach)?));
        Ok(read)
    }

    /// Plans a `POST` of rows that refer to the row.
    pub(super) fn create(&self, request: &Request, reach: Reach<'_>) -> Result<Write, Error> {
        let fixed = match &self.found.link {
            Link::Direct(pairs) => key::referring(self.parent, self.key, pairs)?,
            Link::Free | Link::Through { .. } => None,
        };
        let seen = &self.found.relation;
        let relation = reach.catalog.relations.get(&seen.name).unwrap_or(seen);
        let fixed = fixed.unwrap_or_default().into_iter();
        let fixed: Vec<(usize, Value)> = fixed
            .filter_map(|(at, value)| Some((relation.position(&seen.column(at).name)?, value)))
            .collect();
        let mut write = change::create(request, reach, relation, &fixed)?;
        write.parent = Some(Box::new(self.existence(reach)?));
        Ok(write)
    }

    fn existence(&self, reach: Reach<'_>) -> Result<Read, Error> {
        let condition = key::condition(self.parent, self.key)?;
        Ok(Read::existence(reach, self.parent, condition))
    }

    /// What the columns must hold, if the address alone tells. A key of no declared kind may be a number or its text.
    fn fixed(&self, pairs: &[Pair]) -> Result<Fixed, Error> {
        let is_any = |pair: &Pair| self.parent.column(pair.from).kind == Kind::Any;
        if pairs.iter().any(is_any) {
            return Ok(Fixed::No);
        }
        let is_text = |(_, value): &(usize, Value)| matches!(value, Value::Text(_));
        Ok(match key::referring(self.parent, self.key, pairs)? {
            Some(values) if values.iter().any(is_text) => Fixed::Text,
            Some(values) => Fixed::Plain(values),
            None => Fixed::No,
        })
    }

    /// The row, as it belongs to those that belong to it: so they are compared as it is where they are embedded.
    fn own_row(&self, pairs: &[Pair]) -> Result<Related, Error> {
        let back = pairs.iter().map(|pair| Pair {
            from: pair.to,
            to: pair.from,
            is_back: !pair.is_back,
        });
        let mut row = taking(self.parent, [].into_iter());
        row.link = Link::Direct(back.collect());
        row.condition = key::condition(self.parent, self.key)?;
        Ok(row)
    }

    /// The row's own columns that others refer to.
    fn own_values(&self, pairs: &[Pair]) -> Result<Related, Error> {
        let mut row = taking(self.parent, pairs.iter().map(|pair| pair.from));
        row.condition = key::condition(self.parent, self.key)?;
        Ok(row)
    }
}

/// What the columns of rows must hold that belong to a row.
enum Fixed {
    /// Values that are the same in every column.
    Plain(Vec<(usize, Value)>),
    /// Texts among them: which are equal, the column says that is referred to.
    Text,
    /// What the row holds.
    No,
}

fn equal(fixed: &[(usize, Value)]) -> Condition {
    let fixed = fixed.iter();
    Condition::all(fixed.map(|(column, value)| Condition::Compare {
        left: Expression::Column(*column),
        comparison: Comparison::Equal,
        right: value.clone(),
    }))
}

fn targets(pairs: &[Pair]) -> Vec<usize> {
    pairs.iter().map(|pair| pair.to).collect()
}

/// Columns of rows that depend on no other row.
fn taking(relation: &Arc<Relation>, columns: impl Iterator<Item = usize>) -> Related {
    let outputs = columns.map(|position| {
        let column = relation.column(position);
        Output {
            name: column.name.clone(),
            kind: column.kind,
            expression: Expression::Column(position),
            is_aggregate: false,
        }
    });
    Related {
        relation: Arc::clone(relation),
        link: Link::Free,
        outputs: outputs.collect(),
        condition: Condition::Always,
        order: Vec::new(),
        limit: None,
        offset: 0,
        related: Vec::new(),
    }
}
