//! The keys that tokens are verified with, and the algorithms that each is for.
//!
//! A token does not choose how it is verified: a key knows its algorithms. So a public key is never taken for a secret (RFC 8725 §3.1).

use std::fmt;
use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};
use serde_json::Value;
use thiserror::Error;

/// The shortest secret, in octets (RFC 7518 §3.2).
pub const SECRET_OCTETS_MIN: usize = 32;

/// The shortest modulus of an RSA key, in octets: 2048 bits (RFC 7518 §3.3).
const MODULUS_OCTETS_MIN: usize = 256;

/// Where keys come from: the content of a setting, or of a file.
#[derive(Clone)]
pub enum Source {
    /// A secret that both sides know, as text.
    Secret(String),
    /// The same in base64 or base64url.
    SecretBase64(String),
    /// Public keys in PEM.
    Pem(String),
    /// A JSON Web Key Set (RFC 7517 §5). Keys of kinds that are not known, or not for signatures, are passed over.
    Jwks(String),
}

/// Keys that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// There is no key at all.
    #[error("there is no key to verify tokens with: give a secret, a PEM file or a JWKS file")]
    None,
    /// A secret could be guessed.
    #[error(
        "the secret for tokens has {octets} bytes, it needs at least {SECRET_OCTETS_MIN}: make one with `openssl rand -base64 32`"
    )]
    Short {
        /// Its length.
        octets: usize,
    },
    /// A secret is not base64.
    #[error("the secret for tokens is not base64")]
    Base64,
    /// A private key where a public one suffices.
    #[error(
        "this is a private key, which only the issuer of tokens should have: give the public key, as `openssl pkey -pubout` writes it"
    )]
    Private,
    /// There is no key in the PEM file that could be read.
    #[error(
        "the PEM file has no public key that can be used: RSA, EC (P-256, P-384) and Ed25519 are known"
    )]
    Pem,
    /// An RSA key could be broken.
    #[error("the RSA key for tokens has less than 2048 bits")]
    Weak,
    /// The key set is not what RFC 7517 says.
    #[error("the JWKS file cannot be read: {reason}")]
    Jwks {
        /// What is wrong.
        reason: String,
    },
    /// None of the keys in the set can be used.
    #[error(
        "the JWKS file has no key for signatures that can be used: RSA, EC (P-256, P-384), OKP (Ed25519) and oct are known"
    )]
    Unusable,
    /// There is no such algorithm.
    #[error(
        "`{name}` is no algorithm that tokens are signed with: HS, RS, PS (each 256, 384, 512), ES256, ES384 and EdDSA are known"
    )]
    Algorithm {
        /// What was written.
        name: String,
    },
    /// A key has none of the algorithms that are allowed.
    #[error("none of the keys is for the algorithms {names}")]
    Mismatch {
        /// The algorithms that are allowed.
        names: String,
    },
}

/// A key, and what it is for.
pub(crate) struct VerifyingKey {
    /// Its name in a set: `kid`.
    pub(crate) id: Option<String>,
    pub(crate) key: DecodingKey,
    pub(crate) algorithms: Vec<Algorithm>,
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("id", &self.id)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(…)",
            Self::SecretBase64(_) => "SecretBase64(…)",
            Self::Pem(_) => "Pem(…)",
            Self::Jwks(_) => "Jwks(…)",
        })
    }
}

/// Reads all keys; each keeps those of its algorithms that are allowed.
pub(crate) fn read(sources: &[Source], allowed: &[String]) -> Result<Vec<VerifyingKey>, KeyError> {
    let allowed = read_algorithms(allowed)?;
    let mut keys = Vec::new();
    for source in sources {
        match source {
            Source::Secret(text) => keys.push(read_secret(text.as_bytes())?),
            Source::SecretBase64(text) => keys.push(read_base64(text)?),
            Source::Pem(text) => keys.extend(read_pem(text)?),
            Source::Jwks(text) => keys.extend(read_jwks(text)?),
        }
    }
    if keys.is_empty() {
        return Err(KeyError::None);
    }
    if !allowed.is_empty() {
        for key in &mut keys {
            key.algorithms
                .retain(|algorithm| allowed.contains(algorithm));
        }
        keys.retain(|key| !key.algorithms.is_empty());
        if keys.is_empty() {
            let names: Vec<_> = allowed.iter().map(|name| format!("{name:?}")).collect();
            return Err(KeyError::Mismatch {
                names: names.join(", "),
            });
        }
    }
    Ok(keys)
}

fn read_algorithms(names: &[String]) -> Result<Vec<Algorithm>, KeyError> {
    let read = |name: &String| {
        Algorithm::from_str(name).map_err(|_unhelpful| KeyError::Algorithm { name: name.clone() })
    };
    names.iter().map(read).collect()
}

fn read_secret(secret: &[u8]) -> Result<VerifyingKey, KeyError> {
    if secret.len() < SECRET_OCTETS_MIN {
        return Err(KeyError::Short {
            octets: secret.len(),
        });
    }
    let key = DecodingKey::from_secret(secret).map_err(|_empty| KeyError::Short { octets: 0 })?;
    Ok(with_family(key, None))
}

fn read_base64(text: &str) -> Result<VerifyingKey, KeyError> {
    let text = text.trim();
    let secret = STANDARD
        .decode(text)
        .or_else(|_other| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')))
        .map_err(|_unhelpful| KeyError::Base64)?;
    read_secret(&secret)
}

/// A key with all algorithms of its family. A key of one curve verifies nothing that was signed on the other.
fn with_family(key: DecodingKey, id: Option<String>) -> VerifyingKey {
    VerifyingKey {
        id,
        algorithms: key.family().algorithms().to_vec(),
        key,
    }
}

/// Reads the keys of a PEM file, one after the other.
fn read_pem(text: &str) -> Result<Vec<VerifyingKey>, KeyError> {
    let mut keys = Vec::new();
    for block in text.split("-----BEGIN ").skip(1) {
        if block
            .split("-----")
            .next()
            .is_some_and(|label| label.ends_with("PRIVATE KEY"))
        {
            return Err(KeyError::Private);
        }
        let block = format!("-----BEGIN {block}");
        let key = DecodingKey::from_rsa_pem(block.as_bytes())
            .or_else(|_other| DecodingKey::from_ec_pem(block.as_bytes()))
            .or_else(|_other| DecodingKey::from_ed_pem(block.as_bytes()))
            .map_err(|_unhelpful| KeyError::Pem)?;
        if is_weak(&key) {
            return Err(KeyError::Weak);
        }
        keys.push(with_family(key, None));
    }
    if keys.is_empty() {
        return Err(KeyError::Pem);
    }
    Ok(keys)
}

/// Whether it is an RSA key with a short modulus. What surrounds the modulus in DER is a few octets.
fn is_weak(key: &DecodingKey) -> bool {
    let modulus = match key.kind() {
        DecodingKeyKind::SecretOrDer(octets) => octets.len(),
        DecodingKeyKind::RsaModulusExponent { n, .. } => n.len(),
    };
    key.family() == AlgorithmFamily::Rsa && modulus < MODULUS_OCTETS_MIN
}

/// Reads the keys of a set that are for signatures.
fn read_jwks(text: &str) -> Result<Vec<VerifyingKey>, KeyError> {
    let set: Value = serde_json::from_str(text).map_err(|error| KeyError::Jwks {
        reason: error.to_string(),
    })?;
    let list = set.get("keys").and_then(Value::as_array);
    let list = list.ok_or_else(|| KeyError::Jwks {
        reason: "there is no list called `keys`".to_owned(),
    })?;
    let mut keys = Vec::new();
    for entry in list {
        // One that cannot be read is of a kind that is not known here.
        let Ok(jwk) = serde_json::from_value::<Jwk>(entry.clone()) else {
            continue;
        };
        keys.extend(read_jwk(&jwk)?);
    }
    if keys.is_empty() {
        return Err(KeyError::Unusable);
    }
    Ok(keys)
}

/// A key of a set; `None` if it is not for signatures, or of a kind that is not known.
fn read_jwk(jwk: &Jwk) -> Result<Option<VerifyingKey>, KeyError> {
    let is_for_signatures = jwk
        .common
        .public_key_use
        .as_ref()
        .is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let Ok(key) = DecodingKey::from_jwk(jwk) else {
        return Ok(None);
    };
    let mut key = with_family(key, jwk.common.key_id.clone());
    match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(parameters) => match parameters.curve {
            EllipticCurve::P256 => key.algorithms = vec![Algorithm::ES256],
            EllipticCurve::P384 => key.algorithms = vec![Algorithm::ES384],
            _ => return Ok(None),
        },
        AlgorithmParameters::OctetKeyPair(parameters) => {
            if parameters.curve != EllipticCurve::Ed25519 {
                return Ok(None);
            }
        }
        AlgorithmParameters::OctetKey(_) => check_secret(&key.key)?,
        AlgorithmParameters::RSA(_) if is_weak(&key.key) => return Err(KeyError::Weak),
        AlgorithmParameters::RSA(_) => {}
        _ => return Ok(None),
    }
    if let Some(only) = jwk.common.key_algorithm {
        let only = Algorithm::try_from(only).ok();
        key.algorithms.retain(|algorithm| Some(*algorithm) == only);
    }
    Ok(Some(key).filter(|key| is_for_signatures && !key.algorithms.is_empty()))
}

fn check_secret(key: &DecodingKey) -> Result<(), KeyError> {
    let octets = key.try_get_as_bytes().map_or(0, <[u8]>::len);
    if octets < SECRET_OCTETS_MIN {
        return Err(KeyError::Short { octets });
    }
    Ok(())
}
