//! What is sent back of a write.

use std::sync::Arc;

use bistro_dialect::{Request, Target};

use crate::catalog::{Relation, RelationKind};
use crate::error::Error;
use crate::plan::condition::Condition;
use crate::plan::expression::Expression;
use crate::plan::identity;
use crate::plan::output::Output;
use crate::plan::parts::Parts;
use crate::plan::reach::Reach;
use crate::plan::read::{Identity, Read, Source};
use crate::plan::said::Said;
use crate::plan::write::{Change, Demands, Returning};
use crate::rule::Operation;

const NOT_READ_AGAIN: &str =
    "its rows cannot be read again after the change; ask for `return=minimal` and read them";

/// Whether rows may be new after a change, and whether they may be others.
fn writes(change: &Change) -> (bool, bool) {
    match change {
        Change::Insert { conflict, .. } => (true, conflict.is_some()),
        Change::Update { .. } => (false, true),
        Change::Delete { .. } => (false, false),
    }
}

/// What is sent back is read.
pub(super) fn check_readable(reach: Reach<'_>, relation: &Relation) -> Result<(), Error> {
    if reach.may_read(&relation.name) {
        return Ok(());
    }
    Err(Error::Forbidden {
        relation: relation.name.clone(),
        operation: Operation::Read,
    })
}

/// Rows that are wanted back from a write.
pub(super) struct Wanted<'a> {
    pub request: &'a Request,
    pub reach: Reach<'a>,
    pub relation: &'a Arc<Relation>,
}

impl Wanted<'_> {
    /// Where they come from. What is sent back has to be seen, so that is demanded of it, too.
    pub(super) fn representation(
        &self,
        change: &Change,
        demands: &mut Demands,
        deleted: Option<Condition>,
    ) -> Result<Returning, Error> {
        let relation = self.relation;
        let sight = self.reach.known(relation);
        let is_insert = matches!(change, Change::Insert { .. });
        if let Some(matching) = deleted {
            let sight = if demands.met.is_empty() {
                Arc::clone(sight)
            } else {
                Arc::new(sight.narrowed(&demands.met))
            };
            return self.read(&sight, matching, Source::Relation);
        }
        match (relation.kind, identity::of(relation)) {
            (RelationKind::Table, Some(identity)) => {
                if identity == Identity::Key && sight.primary_key.is_empty() {
                    return Err(self.not_read_again());
                }
                if let Some(seen) = &sight.seen {
                    let (creates, changes) = writes(change);
                    let rows = |is_meant: bool| seen.rows.iter().filter(move |_| is_meant).cloned();
                    demands.created.extend(rows(creates));
                    demands.changed.extend(rows(changes));
                }
                self.read(sight, Condition::Always, Source::Touched(identity))
            }
            // SQLite has no RETURNING for updates of virtual tables.
            (RelationKind::Search | RelationKind::Virtual, _) if !is_insert => {
                Err(self.not_read_again())
            }
            (
                RelationKind::Table
                | RelationKind::View
                | RelationKind::Search
                | RelationKind::Virtual,
                _,
            ) => {
                // What RETURNING gives is not held against rules.
                let seen = sight.seen.as_ref();
                let is_partial = seen.is_some_and(|seen| {
                    !seen.rows.is_empty() || seen.values.iter().any(Option::is_some)
                });
                if is_partial {
                    return Err(self.not_read_again());
                }
                Ok(Returning::Direct)
            }
        }
    }

    fn read(
        &self,
        sight: &Arc<Relation>,
        condition: Condition,
        source: Source,
    ) -> Result<Returning, Error> {
        let mut read = Read::representation(self.request, self.reach, sight, condition, source)?;
        read.is_item = is_item(&self.request.target);
        Ok(Returning::Read(Box::new(read)))
    }

    fn not_read_again(&self) -> Error {
        unsupported(self.relation, "return=representation", NOT_READ_AGAIN)
    }
}

/// What `RETURNING` can give by itself: plain columns, in the order of the change.
pub(super) fn direct(
    request: &Request,
    reach: Reach<'_>,
    relation: &Arc<Relation>,
) -> Result<Vec<Output>, Error> {
    let said = Said::of(&request.query).without_own_conditions();
    let sight = reach.known(relation);
    let parts = Parts::read(reach, sight, request.query.select.as_deref(), &said)?;
    let mut outputs = parts.outputs;
    for output in &mut outputs {
        if let Expression::Column(position) = &mut output.expression {
            let name = &sight.column(*position).name;
            *position = relation.position(name).unwrap_or(*position);
        }
    }
    let is_plain = |output: &Output| matches!(output.expression, Expression::Column(_));
    let what = if !outputs.iter().all(is_plain) || !parts.related.is_empty() {
        "`select` of more than columns from a write"
    } else if !request.query.order.is_empty() {
        "`order` of a write"
    } else {
        return Ok(outputs);
    };
    Err(unsupported(relation, what, NOT_READ_AGAIN))
}

/// Whether one row is meant, by its key.
pub(super) fn is_item(target: &Target) -> bool {
    matches!(target, Target::Item { .. })
}

/// Something that a relation cannot do.
pub(super) fn unsupported(relation: &Relation, what: &'static str, instead: &'static str) -> Error {
    Error::Unsupported {
        what,
        relation: relation.name.clone(),
        instead,
    }
}
