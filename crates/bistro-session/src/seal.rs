//! Sealing what a cookie holds: nobody without a key can read it, change it, or move it to another cookie.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): its nonce of 192 bits may be random for as many seals as anybody makes, and
//! the implementation needs nothing but Rust to build. Nothing is compressed, for the length would tell of secrets.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::random;

/// The longest text that is looked at: no cookie is longer.
pub const SEALED_CHARACTERS_MAX: usize = 4096;

/// How many keys are used at most; each costs every stranger's cookie a try.
pub const KEYS_MAX: usize = 16;

/// The only format there is. It is sealed in, so a later one cannot be taken for it.
const FORMAT: u8 = 1;
const NONCE_OCTETS: usize = 24;
const TAG_OCTETS: usize = 16;
const TIME_OCTETS: usize = 8;

/// Secret keys of 256 bits: the first seals, all open.
#[derive(Clone)]
pub struct SealKeys(Vec<Zeroizing<[u8; 32]>>);

/// Text that holds no keys.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SealKeysError {
    /// There is no key in it.
    #[error(
        "there is no key: write one a line, 32 random bytes in base64url or hexadecimal digits"
    )]
    None,
    /// One is not 32 octets in a form that is read. What stands there is not said, for it may be most of a key.
    #[error("key {number} is not 32 bytes in base64url (43 characters) or hexadecimal digits (64)")]
    Form {
        /// Which one, from 1.
        number: usize,
    },
    /// One stands there twice, which is a mistake in rotating keys.
    #[error("key {number} stands there twice: remove one")]
    Twice {
        /// The second of the two, from 1.
        number: usize,
    },
    /// There are more than [`KEYS_MAX`].
    #[error(
        "there are {count} keys, at most {KEYS_MAX} are used: remove the oldest, which stand last"
    )]
    TooMany {
        /// How many there are.
        count: usize,
    },
}

/// Seals and opens the values of one cookie for one purpose.
pub struct Sealer {
    ciphers: Vec<XChaCha20Poly1305>,
    /// What the seal is bound to besides the key: format, cookie, purpose.
    bound_to: Vec<u8>,
}

/// What was sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The content.
    pub content: Vec<u8>,
    /// When it was sealed, in seconds since 1970.
    pub issued: i64,
    /// Which key opened it, from 0. Unless it is the first, seal it anew: the key will be removed one day.
    pub key: usize,
}

/// A value that no key opens: damaged, made up, sealed with a key that is gone, or for something else. Which of these nobody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the sealed value cannot be opened")]
pub struct OpenError;

impl SealKeys {
    /// One new key.
    pub fn random() -> Self {
        Self(vec![Zeroizing::new(random::octets())])
    }

    /// Reads keys between line ends or commas: 32 octets each, in base64url or hexadecimal digits. What follows a `#` is a comment.
    /// The first seals.
    pub fn read(text: &str) -> Result<Self, SealKeysError> {
        let words = text
            .lines()
            .filter_map(|line| line.split('#').next())
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .filter(|word| !word.is_empty());
        let mut keys: Vec<Zeroizing<[u8; 32]>> = Vec::new();
        for (index, word) in words.enumerate() {
            let number = index + 1;
            let key = read_key(word).ok_or(SealKeysError::Form { number })?;
            if keys.contains(&key) {
                return Err(SealKeysError::Twice { number });
            }
            keys.push(key);
        }
        match keys.len() {
            0 => Err(SealKeysError::None),
            count if count > KEYS_MAX => Err(SealKeysError::TooMany { count }),
            _ => Ok(Self(keys)),
        }
    }

    /// Writes the keys, one a line, to be stored in a place that nobody else reads.
    pub fn print(&self) -> Zeroizing<String> {
        let lines = self
            .0
            .iter()
            .map(|key| random::print(key.as_slice()) + "\n");
        Zeroizing::new(lines.collect())
    }

    /// How many there are: at least one.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKeys({} keys)", self.0.len())
    }
}

/// 43 characters of base64url, with or without padding, or 64 hexadecimal digits.
fn read_key(word: &str) -> Option<Zeroizing<[u8; 32]>> {
    let octets = Zeroizing::new(match word.len() {
        64 => read_hexadecimal(word)?,
        _ => random::read(word.strip_suffix('=').unwrap_or(word))?,
    });
    octets.as_slice().try_into().ok().map(Zeroizing::new)
}

fn read_hexadecimal(word: &str) -> Option<Vec<u8>> {
    let digits = word.as_bytes().chunks(2);
    digits
        .map(|pair| {
            let [high, low] = pair else { return None };
            let digit = |octet: u8| char::from(octet).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        })
        .collect()
}

impl Sealer {
    /// Seals for the cookie of that name; `purpose` tells apart what else might be sealed with the same keys.
    pub fn new(keys: &SealKeys, cookie: &str, purpose: &str) -> Self {
        let mut bound_to = vec![FORMAT];
        for part in [cookie, purpose] {
            let octets = u64::try_from(part.len()).unwrap_or(u64::MAX);
            bound_to.extend_from_slice(&octets.to_be_bytes());
            bound_to.extend_from_slice(part.as_bytes());
        }
        let ciphers = keys.0.iter();
        Self {
            ciphers: ciphers
                .map(|key| {
                    XChaCha20Poly1305::new(key.as_slice().try_into().expect("a key has 32 octets"))
                })
                .collect(),
            bound_to,
        }
    }

    /// How many characters a content of so many octets becomes.
    pub fn sealed_characters(content_octets: usize) -> usize {
        let octets = NONCE_OCTETS + TIME_OCTETS + content_octets + TAG_OCTETS;
        octets / 3 * 4 + [0, 2, 3].get(octets % 3).copied().unwrap_or_default()
    }

    /// Seals with the first key: base64url of nonce, and ciphertext of `now` and the content.
    pub fn seal(&self, now: i64, content: &[u8]) -> String {
        let mut plain = Zeroizing::new(Vec::with_capacity(TIME_OCTETS + content.len()));
        plain.extend_from_slice(&now.to_be_bytes());
        plain.extend_from_slice(content);
        let nonce: [u8; NONCE_OCTETS] = random::octets();
        let payload = Payload {
            msg: &plain,
            aad: &self.bound_to,
        };
        let first = self.ciphers.first().expect("there is at least one key");
        let sealed = first
            .encrypt(&XNonce::from(nonce), payload)
            .expect("the cipher takes far longer contents");
        random::print(&[nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Sealer::seal`] made, with whichever key. How old it may be is for the caller to say.
    pub fn open(&self, text: &[u8]) -> Result<Opened, OpenError> {
        if text.len() > SEALED_CHARACTERS_MAX {
            return Err(OpenError);
        }
        let octets = random::read(text).ok_or(OpenError)?;
        let (nonce, sealed) = octets
            .split_first_chunk::<NONCE_OCTETS>()
            .ok_or(OpenError)?;
        let nonce = XNonce::from(*nonce);
        let payload = || Payload {
            msg: sealed,
            aad: &self.bound_to,
        };
        let (key, plain) = self
            .ciphers
            .iter()
            .enumerate()
            .find_map(|(key, cipher)| Some((key, cipher.decrypt(&nonce, payload()).ok()?)))
            .ok_or(OpenError)?;
        let (issued, content) = plain.split_first_chunk::<TIME_OCTETS>().ok_or(OpenError)?;
        Ok(Opened {
            content: content.to_vec(),
            issued: i64::from_be_bytes(*issued),
            key,
        })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({} keys)", self.ciphers.len())
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("octets", &self.content.len())
            .field("issued", &self.issued)
            .field("key", &self.key)
            .finish()
    }
}

#[cfg(test)]
mod tests;
