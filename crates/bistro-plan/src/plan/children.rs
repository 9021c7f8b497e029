//! New rows that stand in new rows: they are created together, and refer to the one they stand in.

use std::sync::Arc;

use bistro_dialect::Request;
use bistro_dialect::payload::{Datum, Rows};
use bistro_dialect::preference::Missing;

use crate::catalog::{Relation, RelationKind};
use crate::error::Error;
use crate::plan::field;
use crate::plan::identity;
use crate::plan::meant;
use crate::plan::payload::{Body, Entry};
use crate::plan::reach::Reach;
use crate::plan::related::{Link, Pair};
use crate::plan::write::{Batch, Children};
use crate::predicate::CallerValue;
use crate::rule::Operation;

/// New rows of one relation, and what is created with them.
#[derive(Debug)]
pub(super) struct Family {
    pub batches: Vec<Batch>,
    pub children: Vec<Children>,
    /// The columns that the rows name, by position.
    pub named: Vec<usize>,
    /// The columns that are filled in where a row does not name them.
    pub filled: Vec<usize>,
}

impl Family {
    /// What the body of a request makes of a relation. A member of a row that is no column, but what rows of another
    /// relation are embedded as, holds new rows of that relation.
    ///
    /// # Errors
    /// A member is neither; rows in rows are too many, too deep, or cannot refer to the row they stand in.
    pub(super) fn of(
        request: &Request,
        reach: Reach<'_>,
        relation: &Arc<Relation>,
        rows: &Rows,
    ) -> Result<Self, Error> {
        let mut growth = Growth {
            reach,
            missing: request.preferences.missing.unwrap_or(Missing::Null),
            rows: 0,
        };
        let names = request.query.columns.as_ref().unwrap_or(&rows.columns);
        growth.family(relation, rows, names, 0)
    }
}

/// Rows in rows, as they are counted.
struct Growth<'a> {
    reach: Reach<'a>,
    missing: Missing,
    rows: usize,
}

/// A member that holds rows.
struct Member {
    /// Where it stands in the rows.
    sent: Option<usize>,
    name: String,
    relation: Arc<Relation>,
    pairs: Vec<Pair>,
}

impl Growth<'_> {
    fn family(
        &mut self,
        relation: &Arc<Relation>,
        rows: &Rows,
        names: &[String],
        depth: usize,
    ) -> Result<Family, Error> {
        self.rows = self.rows.saturating_add(rows.rows.len());
        let limits = &self.reach.policy.limits;
        for (found, limit, what) in [
            (
                self.rows,
                limits.rows,
                "rows in one body, those in rows included",
            ),
            (depth, limits.depth, "rows in rows, one in another"),
        ] {
            if found > limit {
                return Err(Error::TooManyRows { what, limit });
            }
        }
        let entry = self.entry(relation);
        let mut columns: Vec<&String> = Vec::with_capacity(names.len());
        let mut members = Vec::new();
        for name in names {
            match field::payload_column(relation, name, &entry.open) {
                Ok(_) => columns.push(name),
                Err(unknown) => members.push(self.member(relation, rows, name, unknown)?),
            }
        }
        // Rows in rows need not be alike: what one does not name takes its default.
        let missing = if depth == 0 {
            self.missing
        } else {
            Missing::Default
        };
        let body = Body::of(&entry, rows, columns, missing)?;
        let batches = body.batches()?;
        let mut children = Vec::new();
        for (parent, row) in rows.rows.iter().enumerate() {
            for member in &members {
                let datum = member.sent.and_then(|sent| row.get(sent)?.as_ref());
                children.extend(self.children(parent, member, datum, depth)?);
            }
        }
        Ok(Family {
            batches,
            children,
            named: body.named(),
            filled: entry.filled.iter().map(|(column, _)| *column).collect(),
        })
    }

    /// A relation as rows are created in it: they belong to who creates them, if rules say so.
    fn entry<'b>(&self, relation: &'b Relation) -> Entry<'b> {
        let rules = self.reach.rules(relation, Operation::Create);
        let owner = self.reach.principal.value(CallerValue::Owner);
        let owners = rules.owners(relation).into_iter();
        Entry {
            relation,
            open: rules.open(relation),
            filled: owners.map(|column| (column, owner.clone())).collect(),
        }
    }

    /// What rows of `relation` can hold under this name, which no column has: `unknown` says so.
    fn member(
        &self,
        relation: &Arc<Relation>,
        rows: &Rows,
        name: &str,
        unknown: Error,
    ) -> Result<Member, Error> {
        let (target, hint) = match name.split_once('!') {
            Some((target, hint)) => (target, Some(hint)),
            None => (name, None),
        };
        let found = match meant::find(self.reach, relation, target, hint) {
            Ok(found) => found,
            Err(Error::UnknownRelationship { .. }) => return Err(unknown),
            Err(other) => return Err(other),
        };
        let not_created = || Error::NotCreatedWith {
            relation: relation.name.clone(),
            name: name.to_owned(),
        };
        let refers_back = found.refers_back() && relation.kind == RelationKind::Table;
        let Link::Direct(pairs) = found.link else {
            return Err(not_created());
        };
        if !refers_back || !found.relation.writable.can_insert {
            return Err(not_created());
        }
        let Reach {
            catalog,
            policy,
            principal,
            ..
        } = self.reach;
        if !policy.admits(principal, &found.relation.name, Operation::Create) {
            return Err(Error::Forbidden {
                relation: found.relation.name.clone(),
                operation: Operation::Create,
            });
        }
        let seen = &found.relation;
        let whole = catalog.relations.get(&seen.name).unwrap_or(seen);
        let pairs = pairs.into_iter().filter_map(|pair| {
            let to = whole.position(&seen.column(pair.to).name)?;
            Some(Pair { to, ..pair })
        });
        Ok(Member {
            sent: rows.columns.iter().position(|sent| sent == name),
            name: name.to_owned(),
            relation: Arc::clone(whole),
            pairs: pairs.collect(),
        })
    }

    /// The new rows in one row.
    fn children(
        &mut self,
        parent: usize,
        member: &Member,
        datum: Option<&Datum>,
        depth: usize,
    ) -> Result<Option<Children>, Error> {
        let text = match datum {
            None | Some(Datum::Null) => return Ok(None),
            Some(Datum::Json(text)) => text,
            Some(Datum::Text(_)) => {
                return Err(Error::RowsInText {
                    name: member.name.clone(),
                });
            }
        };
        let rows = Rows::read_member(&member.name, text, &self.reach.policy.limits)?;
        if rows.rows.is_empty() {
            return Ok(None);
        }
        let relation = &member.relation;
        let is_filled = |name: &&String| {
            let mut filled = member.pairs.iter();
            filled.any(|pair| relation.column(pair.to).name == **name)
        };
        if let Some(column) = rows.columns.iter().find(is_filled) {
            return Err(Error::FilledColumn {
                column: column.clone(),
                name: member.name.clone(),
            });
        }
        let family = self.family(relation, &rows, &rows.columns, depth + 1)?;
        let rules = self.reach.rules(relation, Operation::Create);
        let open = rules.open(relation);
        let mut written = family.named;
        for pair in &member.pairs {
            // Who creates rows in a row says what they refer to.
            field::payload_column(relation, &relation.column(pair.to).name, &open)?;
            written.push(pair.to);
        }
        let demands = rules.left(relation, &written);
        let identity = identity::demanded(relation, &demands)?;
        Ok(Some(Children {
            parent,
            relation: Arc::clone(relation),
            pairs: member.pairs.clone(),
            batches: family.batches,
            children: family.children,
            demands,
            identity,
        }))
    }
}
