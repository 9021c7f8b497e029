//! JSON Web Tokens that somebody else has made (RFC 7519, RFC 8725).
//!
//! `jsonwebtoken` checks signatures, with implementations that need nothing but Rust to build. What a token claims is checked here,
//! where the time is an argument.

use std::str::FromStr as _;

use jsonwebtoken::{Algorithm, Header};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::random;
use keys::VerifyingKey;

pub mod keys;

/// The longest token that is looked at, in octets.
pub const TOKEN_OCTETS_MAX: usize = 8 * 1024;

/// How far clocks may differ, in seconds, unless told otherwise.
pub const LEEWAY: i64 = 30;

/// Which tokens are believed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The keys that they may be signed with.
    pub keys: Vec<keys::Source>,
    /// The algorithms that may be used, as `RS256`; empty: all that suit the keys.
    pub algorithms: Vec<String>,
    /// One of these must be in `aud`; empty: it is not looked at.
    pub audience: Vec<String>,
    /// One of these must be `iss`; empty: it is not looked at.
    pub issuer: Vec<String>,
    /// Where the roles are: names of members with dots between, as `realm_access.roles`.
    pub role_claim: String,
    /// Whether a token without `exp`, which is good for ever, is refused.
    pub needs_expiry: bool,
    /// How far clocks may differ, in seconds.
    pub leeway: i64,
}

/// Tells tokens that are believed from others.
#[derive(Debug)]
pub struct Verifier {
    keys: Vec<VerifyingKey>,
    audience: Vec<String>,
    issuer: Vec<String>,
    role_claim: Vec<String>,
    needs_expiry: bool,
    leeway: i64,
}

/// What a token that is believed says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: the user.
    pub subject: String,
    /// The roles; those that are no text are left out.
    pub roles: Vec<String>,
    /// `email`, unless `email_verified` says that it may not be the user's.
    pub email: Option<String>,
    /// All claims, as a JSON object.
    pub json: String,
}

/// A token that is not believed. It is 401, and the client may know why: a token is no secret to its bearer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JwtError {
    /// It is longer than tokens are.
    #[error("the token has {octets} bytes, at most {TOKEN_OCTETS_MAX} are looked at")]
    TooLong {
        /// Its length.
        octets: usize,
    },
    /// It is not three parts of base64url, of which two are JSON objects.
    #[error("this is no JSON Web Token")]
    Malformed,
    /// Its header demands an extension that must be understood (RFC 7515 §4.1.11); none is.
    #[error("the token demands an extension that is not known")]
    Critical,
    /// No key is for its algorithm. `none` is no algorithm at all.
    #[error("the token's algorithm is not accepted here")]
    Algorithm,
    /// No key has its `kid`.
    #[error("the token's key is not known here")]
    Key,
    /// No key has signed it.
    #[error("the token's signature is wrong")]
    Signature,
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It will be good.
    #[error("the token is not valid yet")]
    NotYet,
    /// It is for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// It is somebody else's.
    #[error("the token is from another issuer")]
    Issuer,
    /// It lacks something that it must have, or that is of the wrong kind.
    #[error("the token has no valid `{claim}`")]
    Claim {
        /// The claim's name.
        claim: &'static str,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            algorithms: Vec::new(),
            audience: Vec::new(),
            issuer: Vec::new(),
            role_claim: "role".to_owned(),
            needs_expiry: true,
            leeway: LEEWAY,
        }
    }
}

impl Verifier {
    /// Reads the keys.
    pub fn new(settings: &Settings) -> Result<Self, keys::KeyError> {
        let role_claim = settings
            .role_claim
            .split('.')
            .filter(|name| !name.is_empty());
        Ok(Self {
            keys: keys::read(&settings.keys, &settings.algorithms)?,
            audience: settings.audience.clone(),
            issuer: settings.issuer.clone(),
            role_claim: role_claim.map(str::to_owned).collect(),
            needs_expiry: settings.needs_expiry,
            leeway: settings.leeway.max(0),
        })
    }

    /// Reads a token, if it is to be believed at `now`, in seconds since 1970.
    pub fn verify(&self, token: &str, now: i64) -> Result<Claims, JwtError> {
        if token.len() > TOKEN_OCTETS_MAX {
            return Err(JwtError::TooLong {
                octets: token.len(),
            });
        }
        let header = read_header(token)?;
        if header.crit.is_some() {
            return Err(JwtError::Critical);
        }
        let claims = self.signed(token, &header)?;
        self.check_times(&claims, now)?;
        self.check_parties(&claims)?;
        let subject = claims.get("sub").and_then(Value::as_str);
        let subject = subject.filter(|subject| is_subject(subject));
        Ok(Claims {
            subject: subject.ok_or(JwtError::Claim { claim: "sub" })?.to_owned(),
            roles: self.roles(&claims),
            email: email(&claims),
            json: Value::Object(claims).to_string(),
        })
    }

    /// The claims, if one of the keys that may be meant has signed them.
    fn signed(&self, token: &str, header: &Header) -> Result<Map<String, Value>, JwtError> {
        let suits = |key: &&VerifyingKey| key.algorithms.contains(&header.alg);
        if !self.keys.iter().any(|key| suits(&key)) {
            return Err(JwtError::Algorithm);
        }
        let is_meant = |key: &&VerifyingKey| match (&header.kid, &key.id) {
            (Some(meant), Some(id)) => meant == id,
            (None, _) | (_, None) => true,
        };
        let mut outcome = Err(JwtError::Key);
        for key in self.keys.iter().filter(suits).filter(is_meant) {
            match decode(token, key, header.alg) {
                Ok(claims) => return Ok(claims),
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    fn check_times(&self, claims: &Map<String, Value>, now: i64) -> Result<(), JwtError> {
        match time(claims, "exp")? {
            None if self.needs_expiry => return Err(JwtError::Claim { claim: "exp" }),
            Some(end) if end <= now.saturating_sub(self.leeway) => return Err(JwtError::Expired),
            None | Some(_) => {}
        }
        match time(claims, "nbf")? {
            Some(start) if start > now.saturating_add(self.leeway) => Err(JwtError::NotYet),
            None | Some(_) => Ok(()),
        }
    }

    fn check_parties(&self, claims: &Map<String, Value>) -> Result<(), JwtError> {
        let is_ours = |ours: &[String], value: Option<&Value>| {
            let names = value.map(texts).unwrap_or_default();
            ours.is_empty() || ours.iter().any(|ours| names.contains(&ours.as_str()))
        };
        if !is_ours(&self.audience, claims.get("aud")) {
            return Err(JwtError::Audience);
        }
        let issuer = claims.get("iss").filter(|issuer| issuer.is_string());
        if !is_ours(&self.issuer, issuer) {
            return Err(JwtError::Issuer);
        }
        Ok(())
    }

    /// What stands at the path of the roles: one, or a list.
    fn roles(&self, claims: &Map<String, Value>) -> Vec<String> {
        let (first, rest) = match self.role_claim.split_first() {
            Some((first, rest)) => (claims.get(first), rest),
            None => return Vec::new(),
        };
        let found = rest
            .iter()
            .try_fold(first, |value, name| Some(value?.get(name)))
            .flatten();
        let roles = found.map(texts).unwrap_or_default();
        roles.into_iter().map(str::to_owned).collect()
    }
}

/// Checks the signature, and reads what is claimed.
fn decode(
    token: &str,
    key: &VerifyingKey,
    algorithm: Algorithm,
) -> Result<Map<String, Value>, JwtError> {
    let (message, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    // An error is about a key or a signature of another form, which is as wrong.
    let is_signed =
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.key, algorithm);
    if !is_signed.unwrap_or(false) {
        return Err(JwtError::Signature);
    }
    let claims = message.split_once('.').map(|(_, claims)| claims);
    let claims = claims.and_then(random::read).ok_or(JwtError::Malformed)?;
    serde_json::from_slice(&claims).map_err(|_unhelpful| JwtError::Malformed)
}

/// Reads the header. That of an algorithm which is not known cannot be read as a whole.
fn read_header(token: &str) -> Result<Header, JwtError> {
    jsonwebtoken::decode_header(token).map_err(|_unhelpful| {
        let part = token.split('.').next().and_then(random::read);
        let header = part.and_then(|part| serde_json::from_slice::<Value>(&part).ok());
        let algorithm = header.as_ref().and_then(|header| header.get("alg"));
        match algorithm.and_then(Value::as_str).map(Algorithm::from_str) {
            Some(Err(_unknown)) => JwtError::Algorithm,
            Some(Ok(_)) | None => JwtError::Malformed,
        }
    })
}

/// A time claim in seconds, which may have a fraction (RFC 7519 §2).
fn time(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<i64>, JwtError> {
    let Some(value) = claims.get(claim) else {
        return Ok(None);
    };
    if let Some(seconds) = value.as_i64() {
        return Ok(Some(seconds));
    }
    match value.as_f64() {
        Some(seconds) if seconds.is_finite() => Ok(Some(whole(seconds))),
        Some(_) | None => Err(JwtError::Claim { claim }),
    }
}

/// The whole seconds of a time; one beyond all calendars is the end of time.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is larger becomes the largest number there is, as it should"
)]
fn whole(seconds: f64) -> i64 {
    seconds.floor() as i64
}

/// One text, or the texts of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

/// Whether a text can be a user's identifier: it is kept in columns and shown in logs.
fn is_subject(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn email(claims: &Map<String, Value>) -> Option<String> {
    let is_doubtful = match claims.get("email_verified") {
        Some(Value::Bool(is_verified)) => !is_verified,
        Some(Value::String(text)) => text != "true",
        Some(_) => true,
        None => false,
    };
    let email = claims.get("email")?.as_str()?;
    (!is_doubtful).then(|| email.to_owned())
}

#[cfg(test)]
mod tests;
