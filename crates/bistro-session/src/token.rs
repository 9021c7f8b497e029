//! Bistro's own bearer tokens, for programs: not sessions, but made, scoped and revoked one by one.

use std::fmt;

use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::key::{self, Hash};
use crate::random;

/// How every token begins, so that people and scanners for secrets know it when they see it.
pub const TOKEN_PREFIX: &str = "bistro_";

/// How long a token is: the prefix, 256 bits, and a checksum of 32 bits, the latter two in base64url.
pub const TOKEN_CHARACTERS: usize = TOKEN_PREFIX.len() + 43 + 6;

/// A token: 256 random bits, which only its bearer holds.
#[derive(Clone)]
pub struct Token([u8; 32]);

/// A scope that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScopeError {
    /// It does not begin with something that can be done.
    #[error(
        "`{scope}` is no scope: it is `read`, `create`, `update`, `delete` or `call`, alone or for one resource as in `read:songs`"
    )]
    Operation {
        /// The scope.
        scope: String,
    },
    /// Nothing stands behind the `:`, or something that names no resource.
    #[error(
        "`{scope}` names no resource: write `read:songs`, `call:rpc/top`, or the operation alone for all"
    )]
    Resource {
        /// The scope.
        scope: String,
    },
}

impl Token {
    /// A new token.
    pub fn random() -> Self {
        Self(random::octets())
    }

    /// Whether a bearer's text is meant to be such a token, and not one of someone else's making.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(TOKEN_PREFIX)
    }

    /// Reads a token as [`Token::print`] writes it. One with a wrong checksum is none: nobody need be asked about it.
    pub fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(TOKEN_PREFIX)?;
        let (secret, sum) = rest.split_at_checked(43)?;
        let octets = Zeroizing::new(random::read(secret)?);
        let token = Self(octets.as_slice().try_into().ok()?);
        (token.checksum() == sum).then_some(token)
    }

    /// Writes the token, for its bearer alone.
    pub fn print(&self) -> String {
        let secret = Zeroizing::new(random::print(&self.0));
        format!("{TOKEN_PREFIX}{}{}", *secret, self.checksum())
    }

    /// What a store may keep.
    pub fn hash(&self) -> Hash {
        key::hash(&self.0)
    }

    /// The beginning of the hash of its hash: it tells a token from a mistyped one, and nothing of what is stored.
    fn checksum(&self) -> String {
        let [one, two, three, four, ..] = key::hash(&self.hash());
        random::print(&[one, two, three, four])
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// In constant time.
impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Token {}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Whether a token that ends then (`None`: never), in seconds since 1970, can still be used.
pub fn is_alive(now: i64, expires: Option<i64>) -> bool {
    expires.is_none_or(|expires| now < expires)
}

/// Reads scopes between spaces or commas: `read:songs call:rpc/top`. The text of each is kept, one that comes twice once.
pub fn read_scopes(text: &str) -> Result<Vec<String>, ScopeError> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split([' ', ',', '\t', '\n']) {
        if scope.is_empty() || scopes.iter().any(|other| other == scope) {
            continue;
        }
        let (operation, resource) = match scope.split_once(':') {
            Some((operation, resource)) => (operation, Some(resource)),
            None => (scope, None),
        };
        if !["read", "create", "update", "delete", "call"].contains(&operation) {
            return Err(ScopeError::Operation {
                scope: scope.to_owned(),
            });
        }
        let is_resource =
            |name: &str| !name.is_empty() && !name.contains([':', '"', '\\']) && is_visible(name);
        if !resource.is_none_or(is_resource) {
            return Err(ScopeError::Resource {
                scope: scope.to_owned(),
            });
        }
        scopes.push(scope.to_owned());
    }
    Ok(scopes)
}

fn is_visible(text: &str) -> bool {
    text.chars()
        .all(|character| !character.is_control() && !character.is_whitespace())
}

#[cfg(test)]
mod tests;
