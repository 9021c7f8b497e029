//! What tells callers apart.

use crate::principal::Principal;
use crate::rule::Policy;

/// What tells callers apart as far as decisions go: for all of a class the same plans are made, with other values of parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(Box<[u8]>);

impl Class {
    /// It, as octets. Those of two policies mean nothing to each other.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl Policy {
    /// The class of a caller.
    pub fn class(&self, principal: &Principal) -> Class {
        let mut octets = Vec::new();
        let telling = self.rules().iter().filter(|rule| rule.tells_apart());
        for (place, rule) in telling.enumerate() {
            if place % 8 == 0 {
                octets.push(0);
            }
            if let Some(last) = octets.last_mut() {
                *last |= u8::from(rule.admits(principal)) << (place % 8);
            }
        }
        if let Some(scope) = principal.user().and_then(|user| user.scope.as_ref()) {
            let mut scope: Vec<_> = scope.iter().collect();
            scope.sort_unstable();
            scope.dedup();
            for part in scope {
                let on = part.on.as_deref().unwrap_or_default();
                octets.extend_from_slice(part.operation.name().as_bytes());
                octets.push(if part.on.is_some() { b':' } else { b' ' });
                // With its length, so that no name can look like two.
                octets.extend_from_slice(&on.len().to_be_bytes());
                octets.extend_from_slice(on.as_bytes());
            }
            // One that opens nothing is not none.
            octets.push(b'.');
        }
        Class(octets.into())
    }
}
