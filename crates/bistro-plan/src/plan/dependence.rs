//! On whom the answer to a request depends.

use std::collections::BTreeSet;

use crate::catalog::{Function, Relation};
use crate::plan::read::{Read, Source};
use crate::plan::related::{Link, Related};
use crate::predicate::CallerValue;
use crate::rule::{self, Policy};

/// On whom an answer depends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dependence {
    /// On nobody: whoever asks gets it.
    Nobody,
    /// On the class of who asks ([`Policy::class`]).
    Class,
    /// On the class, and on these values of who asks ([`Principal::value`](crate::principal::Principal::value)).
    Values(BTreeSet<CallerValue>),
}

impl Read {
    /// On whom the answer depends, under the policy that it was planned with: whoever is alike in that gets the same.
    pub fn dependence(&self, policy: &Policy) -> Dependence {
        let mut values = BTreeSet::new();
        self.add_values(&mut values);
        if !values.is_empty() {
            Dependence::Values(values)
        } else if self.depends_on_class(policy) {
            Dependence::Class
        } else {
            Dependence::Nobody
        }
    }

    fn add_values(&self, values: &mut BTreeSet<CallerValue>) {
        match &self.source {
            Source::Called { function, .. } => add_of_function(function, values),
            Source::Relation | Source::Touched(_) | Source::Returned(_) => {}
        }
        add_of_relation(&self.relation, values);
        for related in &self.related {
            add_of_related(related, values);
        }
        if let Some(parent) = &self.parent {
            parent.add_values(values);
        }
    }

    fn depends_on_class(&self, policy: &Policy) -> bool {
        let called;
        let on = match &self.source {
            Source::Called { .. } | Source::Returned(_) => {
                called = rule::called(&self.relation.name);
                &called
            }
            Source::Relation | Source::Touched(_) => &self.relation.name,
        };
        let parent = self.parent.as_ref();
        // Which relations there are besides decides what the name of an embed means.
        policy.tells_apart_on(on)
            || (!self.related.is_empty() && policy.tells_apart())
            || parent.is_some_and(|parent| policy.tells_apart() || parent.depends_on_class(policy))
    }
}

fn add_of_relation(relation: &Relation, values: &mut BTreeSet<CallerValue>) {
    if let Some(seen) = &relation.seen {
        values.extend(seen.callers());
    }
}

fn add_of_function(function: &Function, values: &mut BTreeSet<CallerValue>) {
    values.extend(function.callers.iter().map(|(_, value)| *value));
}

fn add_of_related(related: &Related, values: &mut BTreeSet<CallerValue>) {
    add_of_relation(&related.relation, values);
    match &related.link {
        Link::Through { relation, .. } => add_of_relation(relation, values),
        Link::Free | Link::Direct(_) => {}
    }
    for inner in &related.related {
        add_of_related(inner, values);
    }
}
