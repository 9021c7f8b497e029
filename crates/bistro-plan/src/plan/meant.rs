//! Which relationship a name and a hint mean.

use std::sync::Arc;

use crate::catalog::{ForeignKey, Relation, nearest};
use crate::error::{Candidate, Error};
use crate::plan::reach::Reach;
use crate::plan::related::Link;
use crate::plan::relationship::{Cardinality, Relationship, all};

/// The one relationship of `origin` that is meant by a name and a hint (`PostgREST`, "Resource Embedding").
///
/// The name is a relation's, a constraint's or that of a column of `origin` that is a foreign key by itself. The hint is
/// a constraint, a foreign key's only column on either side, or a join table.
///
/// # Errors
/// There is none, or more than one.
pub(super) fn find(
    reach: Reach<'_>,
    origin: &Arc<Relation>,
    target: &str,
    hint: Option<&str>,
) -> Result<Relationship, Error> {
    let mut found = all(reach, origin);
    found.retain(|relationship| is_meant(relationship, origin, target, hint));
    if found.len() > 1 {
        return Err(Error::AmbiguousRelationship {
            from: origin.name.clone(),
            to: target.to_owned(),
            candidates: found.iter().map(|one| candidate(one, origin)).collect(),
        });
    }
    found.pop().ok_or_else(|| {
        let related = all(reach, origin);
        let names = related.iter().map(|one| one.relation.name.as_str());
        let suggestion = nearest(target, names).filter(|name| *name != target);
        Error::UnknownRelationship {
            from: origin.name.clone(),
            to: target.to_owned(),
            hint: hint.map(str::to_owned),
            nearest: suggestion.map(str::to_owned),
        }
    })
}

fn is_meant(
    relationship: &Relationship,
    origin: &Relation,
    target: &str,
    hint: Option<&str>,
) -> bool {
    let is_relation = relationship.relation.name == target;
    let is_self = relationship.relation.name == origin.name;
    let only_column = |key: &ForeignKey, holder: &Relation, name: &str| matches!(key.columns.as_slice(), [one] if holder.column(*one).name == name);
    let only_target = |key: &ForeignKey, name: &str| matches!(key.target_columns.as_slice(), [one] if one == name);
    match (&relationship.kind, hint) {
        // Between a table and itself the table's name leads down, to those that refer to the row, and the column's up.
        (Cardinality::ManyToOne(key) | Cardinality::OneToOne(key), None) => {
            (is_relation && !is_self) || key.name == target || only_column(key, origin, target)
        }
        (Cardinality::OneToMany(key) | Cardinality::OneToOneBack(key), None) => {
            is_relation || (key.name == target && !is_self)
        }
        (Cardinality::ManyToMany(..), None) => is_relation,
        (Cardinality::ManyToOne(key) | Cardinality::OneToOne(key), Some(hint)) => {
            is_relation
                && !is_self
                && (key.name == hint || only_column(key, origin, hint) || only_target(key, hint))
        }
        (Cardinality::OneToMany(key) | Cardinality::OneToOneBack(key), Some(hint)) => {
            let holder = &relationship.relation;
            is_relation
                && (key.name == hint
                    || only_column(key, holder, hint)
                    || (!is_self && only_target(key, hint)))
        }
        (Cardinality::ManyToMany(near, far), Some(hint)) => {
            let Link::Through { relation, .. } = &relationship.link else {
                return false;
            };
            // The constraint tells the two directions of a join table from a table to itself.
            is_relation
                && (relation.name == hint
                    || (is_self && (near.name == hint || only_column(near, relation, hint)))
                    || (!is_self && far.name == hint))
        }
    }
}

/// What `PostgREST` says of each relationship that could be meant.
fn candidate(relationship: &Relationship, origin: &Relation) -> Candidate {
    let target = &relationship.relation;
    let names = |key: &ForeignKey, holder: &Relation| {
        let columns = key
            .columns
            .iter()
            .map(|at| holder.column(*at).name.as_str());
        columns.collect::<Vec<_>>().join(", ")
    };
    let plain = |key: &ForeignKey, is_back: bool| {
        let own = names(key, if is_back { target } else { origin });
        let other = key.target_columns.join(", ");
        let (left, right) = if is_back { (other, own) } else { (own, other) };
        format!(
            "{} using {}({left}) and {}({right})",
            key.name, origin.name, target.name
        )
    };
    let (cardinality, described, hint) = match &relationship.kind {
        Cardinality::ManyToOne(key) => ("many-to-one", plain(key, false), key.name.clone()),
        Cardinality::OneToMany(key) => ("one-to-many", plain(key, true), key.name.clone()),
        Cardinality::OneToOne(key) => ("one-to-one", plain(key, false), key.name.clone()),
        Cardinality::OneToOneBack(key) => ("one-to-one", plain(key, true), key.name.clone()),
        Cardinality::ManyToMany(near, far) => {
            let join = match &relationship.link {
                Link::Through { relation, .. } => relation,
                Link::Free | Link::Direct(_) => target,
            };
            let described = format!(
                "{} using {}({}) and {}({})",
                join.name,
                near.name,
                names(near, join),
                far.name,
                names(far, join)
            );
            let hint = if target.name == origin.name {
                near.name.clone()
            } else {
                join.name.clone()
            };
            ("many-to-many", described, hint)
        }
    };
    Candidate {
        cardinality,
        embedding: format!("{} with {}", origin.name, target.name),
        relationship: described,
        name: format!("{}!{hint}", target.name),
    }
}
