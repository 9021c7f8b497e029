//! Which relationship a name and a hint mean.

use std::sync::Arc;

use crate::catalog::{ForeignKey, Relation, RelationKind, nearest};
use crate::error::{Candidate, Error};
use crate::plan::reach::Reach;
use crate::plan::related::{Link, Pair};
use crate::plan::relationship::{Cardinality, Relationship, all};

/// The one relationship of `origin` that is meant by a name and a hint (`PostgREST`, "Resource Embedding").
///
/// The name is a relation's, a constraint's or that of a column of `origin` that is a foreign key by itself; the latter two
/// mean the table referred to, and no view of it. The hint is a constraint, a foreign key's only column on either side, or
/// a join table.
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
    keep_meant(&mut found, origin, target, hint);
    if found.len() > 1 {
        let candidates = found.iter().map(|one| candidate(one, origin, &found));
        return Err(Error::AmbiguousRelationship {
            from: origin.name.clone(),
            to: target.to_owned(),
            candidates: candidates.collect(),
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

/// Every relationship of `origin` by a name that means it and no other: the relation's, or where that will not do the
/// constraint's.
pub(super) fn named(reach: Reach<'_>, origin: &Arc<Relation>) -> Vec<(String, Relationship)> {
    let all = all(reach, origin);
    let names = all.iter().map(|one| one.relation.name.clone());
    let constraints = all
        .iter()
        .filter_map(constraint)
        .map(|key| key.name.clone());
    let mut named: Vec<(String, Relationship)> = Vec::new();
    for name in names.chain(constraints) {
        let mut found = all.clone();
        keep_meant(&mut found, origin, &name, None);
        let is_new = |one: &Relationship| {
            named
                .iter()
                .all(|(taken, other)| *taken != name && !is_same(other, one))
        };
        if let [only] = found.as_slice()
            && is_new(only)
        {
            named.push((name, only.clone()));
        }
    }
    named
}

fn keep_meant(found: &mut Vec<Relationship>, origin: &Relation, target: &str, hint: Option<&str>) {
    found.retain(|relationship| is_meant(relationship, origin, target, hint));
    if found.len() > 1 && found.iter().any(|one| !one.is_through_view()) {
        // Else a new view of a join table would make ambiguous what was clear.
        found.retain(|one| !one.is_through_view());
    }
}

/// The foreign key between the two, if no join table stands there.
fn constraint(relationship: &Relationship) -> Option<&ForeignKey> {
    match &relationship.kind {
        Cardinality::ManyToOne(key)
        | Cardinality::OneToMany(key)
        | Cardinality::OneToOne(key)
        | Cardinality::OneToOneBack(key) => Some(key),
        Cardinality::ManyToMany(..) => None,
    }
}

/// Whether both lead to the same rows in the same way.
fn is_same(one: &Relationship, other: &Relationship) -> bool {
    one.relation.name == other.relation.name
        && one.refers_back() == other.refers_back()
        && one.link == other.link
}

fn is_meant(
    relationship: &Relationship,
    origin: &Relation,
    target: &str,
    hint: Option<&str>,
) -> bool {
    let Relationship {
        relation,
        link,
        kind,
        is_self,
    } = relationship;
    let is_relation = relation.name == target;
    let is_view = relation.kind == RelationKind::View;
    let (near, far) = only_columns(relationship, origin).unzip();
    match (kind, hint) {
        // Between a table and itself the table's name leads down, to those that refer to the row, and the column's up.
        (Cardinality::ManyToOne(key) | Cardinality::OneToOne(key), None) => {
            (is_relation && !is_self) || (!is_view && (key.name == target || near == Some(target)))
        }
        (Cardinality::OneToMany(key) | Cardinality::OneToOneBack(key), None) => {
            is_relation || (!is_view && key.name == target && !is_self)
        }
        (Cardinality::ManyToMany(..), None) => is_relation,
        (Cardinality::ManyToOne(key) | Cardinality::OneToOne(key), Some(hint)) => {
            // A view of the same table is up by the column that is referred to: its other names lead down.
            let is_other = !is_self || relation.name != origin.name;
            is_relation
                && ((!is_self && (key.name == hint || near == Some(hint)))
                    || (is_other && far == Some(hint)))
        }
        (Cardinality::OneToMany(key) | Cardinality::OneToOneBack(key), Some(hint)) => {
            is_relation
                && (key.name == hint || far == Some(hint) || (!is_self && near == Some(hint)))
        }
        (Cardinality::ManyToMany(near, far), Some(hint)) => {
            let Link::Through { relation: join, .. } = link else {
                return false;
            };
            // The constraint tells the two directions of a join table from a table to itself.
            is_relation
                && (join.name == hint
                    || (*is_self && (near.name == hint || is_only(near, join, hint)))
                    || (!is_self && far.name == hint))
        }
    }
}

/// The columns of a foreign key that has one: that of the origin, and that of the other relation.
fn only_columns<'a>(
    relationship: &'a Relationship,
    origin: &'a Relation,
) -> Option<(&'a str, &'a str)> {
    match &relationship.link {
        Link::Direct(pairs) => match pairs.as_slice() {
            [Pair { from, to, .. }] => Some((
                &origin.column(*from).name,
                &relationship.relation.column(*to).name,
            )),
            _ => None,
        },
        Link::Free | Link::Through { .. } => None,
    }
}

fn is_only(key: &ForeignKey, holder: &Relation, name: &str) -> bool {
    matches!(key.columns.as_slice(), [one] if holder.column(*one).name == name)
}

/// What `PostgREST` says of each relationship that could be meant, and by which hint it is the only one.
fn candidate(relationship: &Relationship, origin: &Relation, all: &[Relationship]) -> Candidate {
    let target = &relationship.relation;
    let cardinality = match &relationship.kind {
        Cardinality::ManyToOne(_) => "many-to-one",
        Cardinality::OneToMany(_) => "one-to-many",
        Cardinality::OneToOne(_) | Cardinality::OneToOneBack(_) => "one-to-one",
        Cardinality::ManyToMany(..) => "many-to-many",
    };
    let hints = hints(relationship, origin);
    let is_clear = |hint: &&&str| {
        let is_same = |other: &&Relationship| is_meant(other, origin, &target.name, Some(hint));
        all.iter().filter(is_same).count() == 1
    };
    let hint = hints.iter().find(is_clear).or(hints.first());
    Candidate {
        cardinality,
        embedding: format!("{} with {}", origin.name, target.name),
        relationship: described(relationship, origin),
        name: format!("{}!{}", target.name, hint.copied().unwrap_or_default()),
    }
}

/// The hints that could lead to it, those that PostgREST would name first.
fn hints<'a>(relationship: &'a Relationship, origin: &'a Relation) -> Vec<&'a str> {
    let columns = only_columns(relationship, origin);
    match &relationship.kind {
        Cardinality::ManyToOne(key) | Cardinality::OneToOne(key) => {
            let columns = columns.map(|(near, far)| [near, far]);
            let columns = columns.into_iter().flatten();
            [key.name.as_str()].into_iter().chain(columns).collect()
        }
        Cardinality::OneToMany(key) | Cardinality::OneToOneBack(key) => {
            let columns = columns.map(|(near, far)| [far, near]);
            let columns = columns.into_iter().flatten();
            [key.name.as_str()].into_iter().chain(columns).collect()
        }
        Cardinality::ManyToMany(near, _) if relationship.is_self => vec![near.name.as_str()],
        Cardinality::ManyToMany(_, far) => match &relationship.link {
            Link::Through { relation, .. } => vec![relation.name.as_str(), far.name.as_str()],
            Link::Free | Link::Direct(_) => vec![far.name.as_str()],
        },
    }
}

/// By which columns, as `PostgREST` writes it.
fn described(relationship: &Relationship, origin: &Relation) -> String {
    let listed = |relation: &Relation, positions: &mut dyn Iterator<Item = usize>| {
        let names = positions.map(|at| relation.column(at).name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let target = &relationship.relation;
    match (&relationship.kind, &relationship.link) {
        (
            Cardinality::ManyToOne(key)
            | Cardinality::OneToOne(key)
            | Cardinality::OneToMany(key)
            | Cardinality::OneToOneBack(key),
            Link::Direct(pairs),
        ) => {
            let left = listed(origin, &mut pairs.iter().map(|pair| pair.from));
            let right = listed(target, &mut pairs.iter().map(|pair| pair.to));
            format!(
                "{} using {}({left}) and {}({right})",
                key.name, origin.name, target.name
            )
        }
        (Cardinality::ManyToMany(near, far), Link::Through { relation, .. }) => format!(
            "{} using {}({}) and {}({})",
            relation.name,
            near.name,
            listed(relation, &mut near.columns.iter().copied()),
            far.name,
            listed(relation, &mut far.columns.iter().copied())
        ),
        (_, Link::Free | Link::Direct(_) | Link::Through { .. }) => target.name.clone(),
    }
}
