//! How two relations belong together: the foreign keys between them, in every direction.

use std::sync::Arc;

use crate::catalog::{ForeignKey, Relation, nearest};
use crate::error::{Candidate, Error};
use crate::plan::reach::Reach;
use crate::plan::related::{Link, Pair};

/// A relation as it belongs to another one, its origin.
#[derive(Clone, Debug)]
pub(super) struct Relationship {
    /// The relation.
    pub relation: Arc<Relation>,
    /// How its rows are found from a row of the origin.
    pub link: Link,
    /// How many there can be, and by which constraint.
    pub kind: Cardinality,
}

/// How many rows belong to how many.
#[derive(Clone, Debug)]
pub(super) enum Cardinality {
    /// The origin refers to it.
    ManyToOne(Arc<ForeignKey>),
    /// It refers to the origin.
    OneToMany(Arc<ForeignKey>),
    /// The origin refers to it, each row to another one.
    OneToOne(Arc<ForeignKey>),
    /// It refers to the origin, each row to another one.
    OneToOneBack(Arc<ForeignKey>),
    /// A join table refers to both: to the origin, and to it.
    ManyToMany(Arc<ForeignKey>, Arc<ForeignKey>),
}

impl Relationship {
    /// Whether several rows can belong to one.
    pub(super) fn is_many(&self) -> bool {
        match self.kind {
            Cardinality::OneToMany(_) | Cardinality::ManyToMany(..) => true,
            Cardinality::ManyToOne(_) | Cardinality::OneToOne(_) | Cardinality::OneToOneBack(_) => {
                false
            }
        }
    }

    /// The foreign key between the two, if no join table stands there.
    fn constraint(&self) -> Option<&ForeignKey> {
        match &self.kind {
            Cardinality::ManyToOne(key)
            | Cardinality::OneToMany(key)
            | Cardinality::OneToOne(key)
            | Cardinality::OneToOneBack(key) => Some(key),
            Cardinality::ManyToMany(..) => None,
        }
    }

    /// Whether its rows hold the foreign key.
    pub(super) fn refers_back(&self) -> bool {
        match self.kind {
            Cardinality::OneToMany(_) | Cardinality::OneToOneBack(_) => true,
            Cardinality::ManyToOne(_) | Cardinality::OneToOne(_) | Cardinality::ManyToMany(..) => {
                false
            }
        }
    }
}

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

/// Every relationship of `origin` by the name that means it and no other: the relation's, or where that will not do the
/// constraint's.
pub(super) fn named(reach: Reach<'_>, origin: &Arc<Relation>) -> Vec<(String, Relationship)> {
    let found = all(reach, origin);
    let is_clear = |name: &str| {
        let meant = found
            .iter()
            .filter(|other| is_meant(other, origin, name, None));
        meant.count() == 1
    };
    let mut named: Vec<(String, Relationship)> = Vec::new();
    for relationship in &found {
        let names = [
            Some(&relationship.relation.name),
            relationship.constraint().map(|key| &key.name),
        ];
        let mut fitting = names.into_iter().flatten();
        let name = fitting.find(|name| {
            is_meant(relationship, origin, name, None)
                && is_clear(name)
                && named.iter().all(|(taken, _)| taken != *name)
        });
        if let Some(name) = name {
            named.push((name.clone(), relationship.clone()));
        }
    }
    named
}

/// Every relationship of a relation with one that the caller may read.
fn all(reach: Reach<'_>, origin: &Arc<Relation>) -> Vec<Relationship> {
    let mut found = Vec::new();
    for key in &origin.foreign_keys {
        let Some(target) = reach.find(&key.target) else {
            continue;
        };
        let Some(pairs) = pairs(key, target) else {
            continue;
        };
        let is_unique = origin.is_unique(&key.columns);
        let key = Arc::new(key.clone());
        found.push(Relationship {
            relation: Arc::clone(target),
            link: Link::Direct(pairs),
            kind: if is_unique {
                Cardinality::OneToOne(key)
            } else {
                Cardinality::ManyToOne(key)
            },
        });
    }
    for relation in reach.readable() {
        for key in referring(relation, origin) {
            let Some(pairs) = pairs(key, origin) else {
                continue;
            };
            let is_unique = relation.is_unique(&key.columns);
            let key = Arc::new(key.clone());
            found.push(Relationship {
                relation: Arc::clone(relation),
                link: Link::Direct(turned(&pairs)),
                kind: if is_unique {
                    Cardinality::OneToOneBack(key)
                } else {
                    Cardinality::OneToMany(key)
                },
            });
        }
        joined(reach, origin, relation, &mut found);
    }
    found
}

/// The relationships through a join table: its primary key holds a foreign key to either side.
fn joined(
    reach: Reach<'_>,
    origin: &Arc<Relation>,
    join: &Arc<Relation>,
    found: &mut Vec<Relationship>,
) {
    let is_in_key = |key: &&ForeignKey| {
        let mut columns = key.columns.iter();
        columns.all(|column| join.primary_key.contains(column))
    };
    for near in referring(join, origin).filter(is_in_key) {
        let others = join.foreign_keys.iter().filter(is_in_key);
        for far in others.filter(|far| far.columns != near.columns) {
            let Some(target) = reach.find(&far.target) else {
                continue;
            };
            let (Some(to_origin), Some(to_target)) = (pairs(near, origin), pairs(far, target))
            else {
                continue;
            };
            found.push(Relationship {
                relation: Arc::clone(target),
                link: Link::Through {
                    relation: Arc::clone(join),
                    near: turned(&to_origin),
                    far: to_target,
                },
                kind: Cardinality::ManyToMany(Arc::new(near.clone()), Arc::new(far.clone())),
            });
        }
    }
}

fn referring<'a>(
    relation: &'a Relation,
    origin: &'a Relation,
) -> impl Iterator<Item = &'a ForeignKey> {
    let keys = relation.foreign_keys.iter();
    keys.filter(|key| key.target == origin.name)
}

/// The columns of a foreign key, and those they refer to.
fn pairs(key: &ForeignKey, target: &Relation) -> Option<Vec<Pair>> {
    let columns = key.columns.iter().zip(&key.target_columns);
    columns
        .map(|(&from, name)| {
            let to = target.position(name)?;
            Some(Pair { from, to })
        })
        .collect()
}

fn turned(pairs: &[Pair]) -> Vec<Pair> {
    let pairs = pairs.iter();
    pairs
        .map(|pair| Pair {
            from: pair.to,
            to: pair.from,
        })
        .collect()
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
