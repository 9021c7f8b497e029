//! How two relations belong together: the foreign keys between them, in every direction.

use std::sync::Arc;

use crate::catalog::{ForeignKey, Relation};
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

/// Every relationship of a relation with one that the caller may read.
pub(super) fn all(reach: Reach<'_>, origin: &Arc<Relation>) -> Vec<Relationship> {
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
