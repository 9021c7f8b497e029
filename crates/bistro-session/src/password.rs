//! Passwords: which are taken, and how they are kept and compared.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::email::Email;
use crate::random;

pub mod hasher;

/// The longest password, in octets: far more than anybody remembers, and nothing is cut off.
pub const PASSWORD_OCTETS_MAX: usize = 1024;

/// How short a password may be, in characters, unless told otherwise (NIST SP 800-63B-4 §3.1.1.2, where it is not the only factor).
pub const CHARACTERS_MIN: usize = 8;

/// Passwords that are found with fewer guesses are refused.
const GUESSES_MIN: u64 = 100_000;

/// Of a longer password only so many characters are looked at when guesses are counted, for that takes more than linear time.
const CHARACTERS_GUESSED: usize = 32;

/// A password as somebody gave it, in normalisation form C, so that it is the same from every keyboard.
///
/// Any character may stand in it. It is gone from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// A password that nobody may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// It is too short.
    #[error("the password has {characters} characters, it needs at least {min}")]
    TooShort {
        /// How many it has.
        characters: usize,
        /// How many it needs.
        min: usize,
    },
    /// It is too long.
    #[error("the password is too long: at most {PASSWORD_OCTETS_MAX} bytes are possible")]
    TooLong,
    /// It is the address one signs in with.
    #[error("the password must not be the email address")]
    Email,
    /// It is one of those that are tried first.
    #[error(
        "the password is too easy to guess: it is one of the most common, or almost; a few words that have nothing to do with each other are better"
    )]
    Common,
}

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory: u32,
    /// How often the memory is gone through.
    pub passes: u32,
    /// How many lanes the memory has.
    pub lanes: u32,
}

/// What was found out about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the user's.
    Right {
        /// Whether the hash was made at another cost than is wanted now: make it anew while the password is at hand.
        needs_rehash: bool,
    },
    /// It is not; or there is no such user.
    Wrong,
}

/// A hash that is none, or that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// What is stored is no hash in PHC's form.
    #[error("the stored hash of a password is damaged")]
    Damaged,
    /// The cost is beyond what Argon2 can do.
    #[error("Argon2 cannot hash with {memory} KiB, {passes} passes and {lanes} lanes")]
    Cost {
        /// Memory, in KiB.
        memory: u32,
        /// How often the memory is gone through.
        passes: u32,
        /// How many lanes the memory has.
        lanes: u32,
    },
}

impl Password {
    /// Takes what was given. It need not be one that could be chosen.
    pub fn new(text: &str) -> Self {
        // What is too long is refused, so nobody need bring it into another form.
        if text.len() > PASSWORD_OCTETS_MAX {
            Self(text.to_owned())
        } else {
            Self(text.nfc().collect())
        }
    }

    /// Whether the password may be chosen by who has this address (OWASP ASVS 5.0, 6.2). `min` is in characters.
    ///
    /// How easy it is to guess `zxcvbn` says, which knows the 30,000 most common passwords, and what people make of them. It takes
    /// a millisecond, and as long as a hash where a stranger wants it to: [`hasher::Hasher::choose`] does it on threads for that.
    pub fn check(&self, email: &Email, min: usize) -> Result<(), PasswordError> {
        if !self.is_possible() {
            return Err(PasswordError::TooLong);
        }
        let characters = self.0.chars().count();
        if characters < min {
            return Err(PasswordError::TooShort { characters, min });
        }
        if self.0.trim().to_lowercase() == email.as_str() {
            return Err(PasswordError::Email);
        }
        let name = email.as_str().split('@').next().unwrap_or_default();
        let beginning = Zeroizing::new(self.0.chars().take(CHARACTERS_GUESSED).collect::<String>());
        let guesses = zxcvbn::zxcvbn(&beginning, &[email.as_str(), name, "bistro"]).guesses();
        if guesses < GUESSES_MIN {
            return Err(PasswordError::Common);
        }
        Ok(())
    }

    /// Whether it is short enough to be anybody's.
    fn is_possible(&self) -> bool {
        self.0.len() <= PASSWORD_OCTETS_MAX
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What OWASP's Password Storage Cheat Sheet asks for at least: 19 MiB, two passes, one lane.
impl Default for Cost {
    fn default() -> Self {
        Self {
            memory: 19 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

impl Cost {
    /// Hashes a password with Argon2id (RFC 9106) and a new salt; gives a PHC string, which says all that is needed to verify it.
    ///
    /// This takes tens of milliseconds of a core: [`hasher::Hasher`] has threads for it.
    pub fn hash(self, password: &Password) -> Result<String, HashError> {
        let salt: [u8; 16] = random::octets();
        self.argon2()?
            .hash_password_with_salt(password.0.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|_unhelpful| self.too_much())
    }

    /// Compares a password with a hash, at the cost that the hash was made at. In constant time, as far as what is right is
    /// concerned.
    pub fn verify(self, password: &Password, hash: &str) -> Result<Verdict, HashError> {
        let hash = PasswordHash::new(hash).map_err(|_unhelpful| HashError::Damaged)?;
        let own = Params::try_from(&hash).map_err(|_unhelpful| HashError::Damaged)?;
        let is_right = self
            .argon2()?
            .verify_password(password.0.as_bytes(), &hash)
            .is_ok();
        if !is_right || !password.is_possible() {
            return Ok(Verdict::Wrong);
        }
        let is_as_wanted = hash.algorithm == Algorithm::Argon2id.ident()
            && hash.version == Some(Version::V0x13.into())
            && (own.m_cost(), own.t_cost(), own.p_cost()) == (self.memory, self.passes, self.lanes);
        Ok(Verdict::Right {
            needs_rehash: !is_as_wanted,
        })
    }

    fn argon2(self) -> Result<Argon2<'static>, HashError> {
        Params::new(self.memory, self.passes, self.lanes, None)
            .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
            .map_err(|_unhelpful| self.too_much())
    }

    fn too_much(self) -> HashError {
        HashError::Cost {
            memory: self.memory,
            passes: self.passes,
            lanes: self.lanes,
        }
    }
}

#[cfg(test)]
mod tests;
