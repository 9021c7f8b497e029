//! How two relations belong together: the foreign keys between them, in every direction.

use std::sync::Arc;

use crate::catalog::{ForeignKey, Relation, RelationKind};
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
    /// Whether both are the same table, or views of it.
    pub is_self: bool,
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

    /// Whether a view is the join table.
    pub(super) fn is_through_view(&self) -> bool {
        match &self.link {
            Link::Through { relation, .. } => relation.kind == RelationKind::View,
            Link::Free | Link::Direct(_) => false,
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

/// Every relationship of a relation with one that the caller may read. Views stand for the tables whose columns they show,
/// also where those tables are not open.
pub(super) fn all(reach: Reach<'_>, origin: &Arc<Relation>) -> Vec<Relationship> {
    let mut found = Vec::new();
    for key in &origin.foreign_keys {
        let based = Based::of(reach, origin, key);
        let shared = Arc::new(key.clone());
        for (target, pairs) in targets(reach, key) {
            let key = Arc::clone(&shared);
            found.push(Relationship {
                relation: Arc::clone(target),
                link: Link::Direct(pairs),
                is_self: based.is_of(&key.target),
                kind: if based.is_unique() {
                    Cardinality::OneToOne(key)
                } else {
                    Cardinality::ManyToOne(key)
                },
            });
        }
    }
    for relation in reach.readable() {
        for key in &relation.foreign_keys {
            for pairs in pairs(key, origin) {
                let based = Based::of(reach, relation, key);
                let key = Arc::new(key.clone());
                found.push(Relationship {
                    relation: Arc::clone(relation),
                    link: Link::Direct(turned(&pairs)),
                    is_self: based.is_of(&key.target),
                    kind: if based.is_unique() {
                        Cardinality::OneToOneBack(key)
                    } else {
                        Cardinality::OneToMany(key)
                    },
                });
            }
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
    for near in &join.foreign_keys {
        let ways = pairs(near, origin);
        if ways.is_empty() {
            continue;
        }
        let near_based = Based::of(reach, join, near);
        if !near_based.is_in_key(join) {
            continue;
        }
        for far in &join.foreign_keys {
            let far_based = Based::of(reach, join, far);
            if !far_based.is_beside(&near_based) || !far_based.is_in_key(join) {
                continue;
            }
            for (target, to_target) in targets(reach, far) {
                for to_origin in &ways {
                    found.push(Relationship {
                        relation: Arc::clone(target),
                        link: Link::Through {
                            relation: Arc::clone(join),
                            near: turned(to_origin),
                            far: to_target.clone(),
                        },
                        is_self: near.target == far.target,
                        kind: Cardinality::ManyToMany(
                            Arc::new(near.clone()),
                            Arc::new(far.clone()),
                        ),
                    });
                }
            }
        }
    }
}

/// What a foreign key leads to: the table, and the views that show the columns it refers to.
fn targets<'a>(
    reach: Reach<'a>,
    key: &'a ForeignKey,
) -> impl Iterator<Item = (&'a Arc<Relation>, Vec<Pair>)> {
    let table = reach.find(&key.target);
    let views = reach
        .readable()
        .filter(|relation| relation.kind == RelationKind::View);
    let relations = table.into_iter().chain(views);
    relations.flat_map(|relation| {
        pairs(key, relation)
            .into_iter()
            .map(move |pairs| (relation, pairs))
    })
}

/// The columns of a foreign key, and those they refer to, in each way that `target` shows those.
fn pairs(key: &ForeignKey, target: &Relation) -> Vec<Vec<Pair>> {
    let names: Vec<&str> = key.target_columns.iter().map(String::as_str).collect();
    let ways = target.appearances(&key.target, &names).into_iter();
    let ways = ways.map(|positions| {
        let columns = key.columns.iter().zip(positions);
        let pair = |(&from, to)| Pair {
            from,
            to,
            is_back: false,
        };
        columns.map(pair).collect()
    });
    ways.collect()
}

fn turned(pairs: &[Pair]) -> Vec<Pair> {
    let pairs = pairs.iter();
    pairs
        .map(|pair| Pair {
            from: pair.to,
            to: pair.from,
            is_back: !pair.is_back,
        })
        .collect()
}

/// A foreign key in the table that declares it: only that knows what is unique. Of a view that is the table it shows,
/// whether or not that is open.
struct Based<'a> {
    table: Option<&'a Relation>,
    columns: Vec<usize>,
}

impl<'a> Based<'a> {
    fn of(reach: Reach<'a>, holder: &'a Relation, key: &ForeignKey) -> Self {
        // Every column of a view's key has one, and none of a table's.
        let origins = key
            .columns
            .iter()
            .map(|at| holder.column(*at).origin.as_ref());
        let Some(origins) = origins.collect::<Option<Vec<_>>>() else {
            return Self {
                table: Some(holder),
                columns: key.columns.clone(),
            };
        };
        let name = origins.first().map(|origin| origin.relation.as_str());
        let table = name.and_then(|name| reach.catalog.relations.get(name));
        let columns = origins
            .iter()
            .filter_map(|origin| table?.position(&origin.column));
        Self {
            columns: columns.collect(),
            table: table.map(Arc::as_ref),
        }
    }

    fn is_of(&self, table: &str) -> bool {
        self.table.is_some_and(|own| own.name == table)
    }

    fn is_unique(&self) -> bool {
        self.table
            .is_some_and(|table| table.is_unique(&self.columns))
    }

    /// Whether it is part of the table's primary key, and `holder` shows all of that.
    fn is_in_key(&self, holder: &Relation) -> bool {
        self.table.is_some_and(|table| {
            let mut columns = self.columns.iter();
            let is_part = columns.all(|column| table.primary_key.contains(column));
            let key = table
                .primary_key
                .iter()
                .map(|at| table.column(*at).name.as_str());
            is_part
                && !holder
                    .appearances(&table.name, &key.collect::<Vec<_>>())
                    .is_empty()
        })
    }

    /// Whether it is another foreign key of the same table.
    fn is_beside(&self, other: &Self) -> bool {
        other.table.is_some_and(|table| self.is_of(&table.name)) && self.columns != other.columns
    }
}
