//! Which methods a resource has, for whom.

use std::sync::Arc;

use bistro_dialect::Target;
use bistro_http::method::Method;

use crate::catalog::{Catalog, Relation, RelationKind, nearest};
use crate::error::Error;
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
    match target {
        Target::Root => Ok(vec![Method::Get, Method::Head, Method::Options]),
        // The server knows what its own resources can do.
        Target::Own { .. } => Ok(vec![Method::Options]),
        Target::Function { name } => Err(Error::UnknownFunction { name: name.clone() }),
        Target::Related {
            relation, related, ..
        } => {
            let relation = visible(relation, principal, catalog, policy)?;
            Err(Error::UnknownRelationship {
                from: relation.name.clone(),
                to: related.clone(),
            })
        }
        Target::Collection { relation } => {
            let relation = visible(relation, principal, catalog, policy)?;
            let caller = Caller {
                principal,
                policy,
                relation,
            };
            Ok(offered(|method| caller.has_on_collection(method)))
        }
        Target::Item { relation, .. } => {
            let relation = visible(relation, principal, catalog, policy)?;
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

/// The relation of this name, if the caller may do anything at all with it: otherwise it does not exist for him.
pub(super) fn visible<'a>(
    name: &str,
    principal: &Principal,
    catalog: &'a Catalog,
    policy: &Policy,
) -> Result<&'a Arc<Relation>, Error> {
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
