//! Which methods a resource has, for whom.

use std::sync::Arc;

use bistro_dialect::Target;
use bistro_http::method::Method;

use crate::catalog::{Catalog, Function, Relation, RelationKind, nearest};
use crate::error::Error;
use crate::plan::meant;
use crate::plan::reach::Reach;
use crate::plan::related::Link;
use crate::plan::relationship::Relationship;
use crate::plan::sight::Sights;
use crate::plan::writable::written;
use crate::principal::Principal;
use crate::rule::{Operation, Policy};

/// The methods of a target for this caller, in the order of [`Method::ALL`]: what `Allow` says. `TRACE` and `CONNECT`
/// are the server's business and never among them.
///
/// # Errors
/// There is no such resource for this caller.
pub fn methods(
    target: &Target,
    principal: &Principal,
    catalog: &Catalog,
    policy: &Policy,
) -> Result<Vec<Method>, Error> {
    let sights = Sights::of(catalog, principal, policy);
    let reach = Reach::of(catalog, principal, policy, &sights);
    reached(target, reach)
}

/// The methods of a target, for whoever reaches it.
pub(super) fn reached(target: &Target, reach: Reach<'_>) -> Result<Vec<Method>, Error> {
    let Reach {
        principal, policy, ..
    } = reach;
    match target {
        Target::Root => Ok(vec![Method::Get, Method::Head, Method::Options]),
        // The server knows what its own resources can do.
        Target::Own { .. } => Ok(vec![Method::Options]),
        Target::Function { name } => {
            let function = callable(reach, name)?;
            let is_refused = policy.is_read_only && !function.is_read_only;
            Ok(offered(|method| {
                has_on_function(function, method) && (method != Method::Post || !is_refused)
            }))
        }
        Target::Related {
            relation, related, ..
        } => {
            let (parent, found) = belonging(reach, relation, related)?;
            Ok(related_methods(reach, &parent, &found))
        }
        Target::Collection { relation } => {
            let relation = visible(reach, relation)?;
            let caller = Caller {
                principal,
                policy,
                relation,
            };
            Ok(offered(|method| caller.has_on_collection(method)))
        }
        Target::Item { relation, .. } => {
            let relation = reach.known(visible(reach, relation)?);
            if relation.primary_key.is_empty() {
                return Err(Error::NoKey {
                    relation: relation.name.clone(),
                });
            }
            let caller = Caller {
                principal,
                policy,
                relation,
            };
            Ok(offered(|method| caller.has_on_item(method)))
        }
    }
}

/// What belongs to the rows of a relation, as this caller finds it by name.
#[derive(Clone, Debug)]
pub struct Relative {
    /// The name in a path, and in `select`.
    pub name: String,
    /// What is found by it.
    pub relation: Arc<Relation>,
    /// The same, as rows of it are written.
    pub written: Arc<Relation>,
    /// Whether there can be several rows of it.
    pub is_many: bool,
    /// Which of its columns a new row has from the address, if it can be made there.
    pub filled: Vec<usize>,
    /// The methods of `/{relation}/{key}/{name}`, in the order of [`Method::ALL`]; none where rows have no address.
    pub methods: Vec<Method>,
}

/// Everything that belongs to the rows of a relation and that this caller may read, each by the name that means it and
/// no other. Nothing if he may not read the relation itself.
pub fn relatives(
    relation: &Arc<Relation>,
    principal: &Principal,
    catalog: &Catalog,
    policy: &Policy,
) -> Vec<Relative> {
    let sights = Sights::of(catalog, principal, policy);
    let reach = Reach::of(catalog, principal, policy, &sights);
    let Some(relation) = reach.find(&relation.name) else {
        return Vec::new();
    };
    let relatives = meant::named(reach, relation).into_iter();
    relatives
        .map(|(name, found)| Relative {
            name,
            is_many: found.is_many(),
            filled: filled(relation, &found),
            methods: if relation.primary_key.is_empty() {
                Vec::new()
            } else {
                related_methods(reach, relation, &found)
            },
            written: match catalog.relations.get(&found.relation.name) {
                Some(relation) => written(reach, relation),
                None => Arc::clone(&found.relation),
            },
            relation: found.relation,
        })
        .collect()
}

fn related_methods(reach: Reach<'_>, parent: &Relation, found: &Relationship) -> Vec<Method> {
    let caller = Caller {
        principal: reach.principal,
        policy: reach.policy,
        relation: &found.relation,
    };
    let can_refer = refers_to_key(parent, found);
    offered(|method| caller.has_on_related(method) && (method != Method::Post || can_refer))
}

/// The columns of a related row that its parent's address gives.
fn filled(parent: &Relation, found: &Relationship) -> Vec<usize> {
    match &found.link {
        Link::Direct(pairs) if refers_to_key(parent, found) => {
            pairs.iter().map(|pair| pair.to).collect()
        }
        Link::Direct(_) | Link::Free | Link::Through { .. } => Vec::new(),
    }
}

/// The relation a path begins with, and the one that belongs to its rows. Whoever may not read the first knows nothing of
/// what belongs to it.
pub(super) fn belonging(
    reach: Reach<'_>,
    name: &str,
    related: &str,
) -> Result<(Arc<Relation>, Relationship), Error> {
    visible(reach, name)?;
    let Some(parent) = reach.find(name) else {
        return Err(Error::NotRelated {
            parent: name.to_owned(),
            relation: related.to_owned(),
            nearest: None,
        });
    };
    if parent.primary_key.is_empty() {
        return Err(Error::NoKey {
            relation: parent.name.clone(),
        });
    }
    match meant::find(reach, parent, related, None) {
        Ok(found) => Ok((Arc::clone(parent), found)),
        Err(Error::UnknownRelationship {
            from, to, nearest, ..
        }) => Err(Error::NotRelated {
            parent: from,
            relation: to,
            nearest,
        }),
        Err(other) => Err(other),
    }
}

/// Whether a new row can be made to belong to one by its address alone.
fn refers_to_key(parent: &Relation, found: &Relationship) -> bool {
    match &found.link {
        Link::Direct(pairs) => {
            found.refers_back()
                && pairs
                    .iter()
                    .all(|pair| parent.primary_key.contains(&pair.from))
        }
        Link::Free | Link::Through { .. } => false,
    }
}

/// The relation of this name as it is, if the caller may do anything at all with it: otherwise it does not exist for him.
pub(super) fn visible<'a>(reach: Reach<'a>, name: &str) -> Result<&'a Arc<Relation>, Error> {
    let Reach {
        catalog,
        principal,
        policy,
        ..
    } = reach;
    let is_visible = |name: &str| {
        [
            Operation::Read,
            Operation::Create,
            Operation::Update,
            Operation::Delete,
        ]
        .into_iter()
        .any(|operation| policy.admits(principal, name, operation))
    };
    let found = catalog.relations.get(name);
    found.filter(|_| is_visible(name)).ok_or_else(|| {
        let names = catalog.relations.keys().map(String::as_str);
        Error::UnknownRelation {
            name: name.to_owned(),
            nearest: nearest(name, names.filter(|name| is_visible(name))).map(str::to_owned),
        }
    })
}

/// The stored query of this name, if the caller may call it: otherwise it does not exist for him.
pub(super) fn callable<'a>(reach: Reach<'a>, name: &str) -> Result<&'a Arc<Function>, Error> {
    let Reach {
        catalog,
        principal,
        policy,
        ..
    } = reach;
    let may_call = |function: &Function| policy.admits_call(principal, function);
    let found = catalog.functions.get(name);
    found.filter(|function| may_call(function)).ok_or_else(|| {
        let callable = catalog.functions.values().filter(|other| may_call(other));
        let names = callable.map(|function| function.name.as_str());
        Error::UnknownFunction {
            name: name.to_owned(),
            nearest: nearest(name, names).map(str::to_owned),
        }
    })
}

fn has_on_function(function: &Function, method: Method) -> bool {
    match method {
        Method::Get | Method::Head | Method::Query => function.takes_get,
        Method::Post | Method::Options => true,
        Method::Put | Method::Patch | Method::Delete | Method::Trace | Method::Connect => false,
    }
}

fn offered(has: impl Fn(Method) -> bool) -> Vec<Method> {
    Method::ALL
        .into_iter()
        .filter(|&method| has(method))
        .collect()
}

struct Caller<'a> {
    principal: &'a Principal,
    policy: &'a Policy,
    relation: &'a Relation,
}

impl Caller<'_> {
    fn may(&self, operation: Operation) -> bool {
        let can = match operation {
            Operation::Read => true,
            Operation::Create => self.relation.writable.can_insert,
            Operation::Update => self.relation.writable.can_update,
            Operation::Delete => self.relation.writable.can_delete,
            Operation::Call => false,
        };
        can && self
            .policy
            .admits(self.principal, &self.relation.name, operation)
    }

    fn has_on_collection(&self, method: Method) -> bool {
        match method {
            Method::Get | Method::Head | Method::Query => self.may(Operation::Read),
            Method::Post => self.may(Operation::Create),
            Method::Put | Method::Patch | Method::Delete | Method::Options => {
                self.has_on_item(method)
            }
            Method::Trace | Method::Connect => false,
        }
    }

    fn has_on_related(&self, method: Method) -> bool {
        match method {
            Method::Get | Method::Head | Method::Query | Method::Post | Method::Options => {
                self.has_on_collection(method)
            }
            Method::Put | Method::Patch | Method::Delete | Method::Trace | Method::Connect => false,
        }
    }

    fn has_on_item(&self, method: Method) -> bool {
        match method {
            Method::Get | Method::Head => self.may(Operation::Read),
            Method::Put => {
                self.relation.kind == RelationKind::Table
                    && !self.relation.primary_key.is_empty()
                    && self.may(Operation::Create)
                    && self.may(Operation::Update)
            }
            Method::Patch => self.may(Operation::Update),
            Method::Delete => self.may(Operation::Delete),
            Method::Options => true,
            Method::Query | Method::Post | Method::Trace | Method::Connect => false,
        }
    }
}
