//! On whom the answer to a request depends.

use crate::catalog::{Function, Relation};
use crate::plan::Plan;
use crate::plan::read::{Read, Source};
use crate::plan::related::{Link, Related};
use crate::rule::{self, Policy};

/// On whom an answer depends. What depends on more comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dependence {
    /// On nobody: whoever asks gets it.
    Nobody,
    /// On the class of who asks ([`Policy::class`]).
    Class,
    /// On who exactly it is: values of his are in it.
    Caller,
}

impl Plan {
    /// On whom the answer depends, under the policy that it was planned with.
    pub fn dependence(&self, policy: &Policy) -> Dependence {
        match self {
            Self::Read(read) => read.dependence(policy),
            // Nobody keeps what becomes of a change.
            Self::Write(_) | Self::Call(_) if policy.tells_apart() => Dependence::Caller,
            Self::Write(_) => Dependence::Nobody,
            Self::Call(call) => of_function(&call.function),
        }
    }
}

impl Read {
    /// On whom the answer depends, under the policy that it was planned with.
    pub fn dependence(&self, policy: &Policy) -> Dependence {
        let source = match &self.source {
            Source::Called { function, .. } => of_function(function),
            Source::Relation | Source::Touched(_) | Source::Returned(_) => Dependence::Nobody,
        };
        let is_function = matches!(self.source, Source::Called { .. } | Source::Returned(_));
        let on = if is_function {
            rule::called(&self.relation.name)
        } else {
            self.relation.name.clone()
        };
        // Which relations there are besides decides what a name of an embed means.
        let embeds = !self.related.is_empty() && policy.tells_apart();
        let own = if embeds || policy.tells_apart_on(&on) {
            Dependence::Class
        } else {
            Dependence::Nobody
        };
        let parent = self.parent.as_ref();
        let parent = parent.map_or(Dependence::Nobody, |parent| parent.dependence(policy));
        let related = self.related.iter().map(of_related);
        related
            .chain([own, source, parent, of_relation(&self.relation)])
            .max()
            .unwrap_or(Dependence::Nobody)
    }
}

fn of_relation(relation: &Relation) -> Dependence {
    if relation.parameters_of_rules() > 0 {
        Dependence::Caller
    } else {
        Dependence::Nobody
    }
}

fn of_function(function: &Function) -> Dependence {
    if function.callers.is_empty() {
        Dependence::Nobody
    } else {
        Dependence::Caller
    }
}

fn of_related(related: &Related) -> Dependence {
    let joined = match &related.link {
        Link::Through { relation, .. } => of_relation(relation),
        Link::Free | Link::Direct(_) => Dependence::Nobody,
    };
    let inner = related.related.iter().map(of_related);
    inner
        .chain([joined, of_relation(&related.relation)])
        .max()
        .unwrap_or(Dependence::Nobody)
}
