//! The keys of sessions, and public identifiers.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::random;

/// How long a key is when it is written: 256 bits in base64url without padding.
pub const KEY_CHARACTERS: usize = 43;

/// What is kept of a key or a token, and what they are found by: SHA-256. That is enough for what has 256 random bits.
pub type Hash = [u8; 32];

/// The key of a session: 256 random bits, which only the cookie holds.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// A new key.
    pub fn random() -> Self {
        Self(random::octets())
    }

    /// The key of these octets.
    pub(crate) fn from_octets(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// Reads a key as [`Key::print`] writes it. Nothing else is one: no padding, no other length, no other way to write the same.
    pub fn read(text: &[u8]) -> Option<Self> {
        if text.len() != KEY_CHARACTERS {
            return None;
        }
        let octets = Zeroizing::new(random::read(text)?);
        octets.as_slice().try_into().ok().map(Self)
    }

    /// Writes the key: [`KEY_CHARACTERS`] of base64url.
    pub fn print(&self) -> String {
        random::print(&self.0)
    }

    /// What a store may keep.
    pub fn hash(&self) -> Hash {
        hash(&self.0)
    }

    /// The octets, to be sealed.
    pub(crate) fn octets(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// In constant time.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// SHA-256 (FIPS 180-4).
pub(crate) fn hash(octets: &[u8]) -> Hash {
    Sha256::digest(octets).into()
}

/// A new identifier for an owner, a user or a session: a random UUID (RFC 9562 §5.4), in lower case with hyphens.
///
/// It names something and opens nothing: whoever sees it has learnt 122 bits that lead nowhere.
pub fn new_id() -> String {
    let mut octets: [u8; 16] = random::octets();
    octets[6] = octets[6] & 0x0f | 0x40;
    octets[8] = octets[8] & 0x3f | 0x80;
    print_id(octets)
}

/// Writes a UUID as [`new_id`] does.
pub(crate) fn print_id(octets: [u8; 16]) -> String {
    let digits = format!("{:032x}", u128::from_be_bytes(octets));
    let mut text = String::with_capacity(36);
    for (at, digit) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// The octets of a UUID, if the text is what [`print_id`] writes of them.
pub(crate) fn read_id(text: &str) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let digits: String = text.chars().filter(|character| *character != '-').collect();
    let octets = u128::from_str_radix(&digits, 16).ok()?.to_be_bytes();
    (print_id(octets) == text).then_some(octets)
}

#[cfg(test)]
mod tests;
