//! What the cookie of a session holds where the data is kept by the client.

use std::fmt;

use thiserror::Error;

use crate::key::{self, Key};
use crate::session::Session;

/// The content of a sealed session. `data` and all else is only as new as the cookie that is shown: nothing in it may be a
/// credit, a stock, or a thing that can be used once.
///
/// Times are in seconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// By its hash a session is found that has a row: one with a user, or one that was ended.
    pub key: Key,
    /// As in [`Session`].
    pub id: String,
    /// What `owner` columns hold of this visitor.
    pub owner: String,
    /// The user who has signed in.
    pub user: Option<String>,
    /// When the session began.
    pub created: i64,
    /// When it was last used, give or take.
    pub seen: i64,
    /// When the user last showed a password.
    pub signed_in: Option<i64>,
    /// The visitor's own JSON document, an object.
    pub data: String,
}

/// Content that is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealedError {
    /// It was written by a Bistro that knows more. It is no damage: whoever goes back to an older version loses these sessions.
    #[error("the sealed session has format {version}, this version of Bistro knows {VERSION} only")]
    Version {
        /// The format.
        version: u8,
    },
    /// It ends too early or too late, or is no text where text should be.
    #[error("the sealed session is damaged")]
    Damaged,
}

/// The format that is written.
const VERSION: u8 = 1;

impl Sealed {
    /// What a cookie holds of a session; agent and address are not for its bearer to know.
    pub fn new(key: Key, session: &Session) -> Self {
        Self {
            key,
            id: session.id.clone(),
            owner: session.owner.clone(),
            user: session.user.clone(),
            created: session.created,
            seen: session.seen,
            signed_in: session.signed_in,
            data: session.data.clone(),
        }
    }

    /// The key, and the session as a store would have it, except for its generation and the age of its key: they stand in the row of
    /// one with a user.
    pub fn into_session(self) -> (Key, Session) {
        let session = Session {
            id: self.id,
            owner: self.owner,
            user: self.user,
            generation: 0,
            created: self.created,
            keyed: self.created,
            seen: self.seen,
            signed_in: self.signed_in,
            agent: None,
            address: None,
            data: self.data,
        };
        (self.key, session)
    }

    /// Writes the content to be sealed: the version, the key, the times, the identifiers, and the data to its end.
    pub fn encode(&self) -> Vec<u8> {
        let mut octets = vec![VERSION];
        octets.extend_from_slice(self.key.octets());
        octets.extend_from_slice(&self.created.to_be_bytes());
        octets.extend_from_slice(&self.seen.to_be_bytes());
        match self.signed_in {
            None => octets.push(0),
            Some(time) => {
                octets.push(1);
                octets.extend_from_slice(&time.to_be_bytes());
            }
        }
        write_name(&self.id, &mut octets);
        write_name(&self.owner, &mut octets);
        match &self.user {
            None => octets.push(0),
            Some(user) => {
                octets.push(1);
                write_name(user, &mut octets);
            }
        }
        octets.extend_from_slice(self.data.as_bytes());
        octets
    }

    /// Reads what [`Sealed::encode`] wrote.
    pub fn decode(octets: &[u8]) -> Result<Self, SealedError> {
        let (version, rest) = octets.split_first().ok_or(SealedError::Damaged)?;
        if *version != VERSION {
            return Err(SealedError::Version { version: *version });
        }
        read_first(rest).ok_or(SealedError::Damaged)
    }
}

/// Reads the rest of the first version.
fn read_first(octets: &[u8]) -> Option<Sealed> {
    let mut rest = octets;
    let key = Key::from_octets(*take(&mut rest)?);
    let created = i64::from_be_bytes(*take(&mut rest)?);
    let seen = i64::from_be_bytes(*take(&mut rest)?);
    let signed_in = match take(&mut rest)? {
        [0] => None,
        [1] => Some(i64::from_be_bytes(*take(&mut rest)?)),
        _ => return None,
    };
    let id = read_name(&mut rest)?;
    let owner = read_name(&mut rest)?;
    let user = match take(&mut rest)? {
        [0] => None,
        [1] => Some(read_name(&mut rest)?),
        _ => return None,
    };
    Some(Sealed {
        key,
        id,
        owner,
        user,
        created,
        seen,
        signed_in,
        data: String::from_utf8(rest.to_vec()).ok()?,
    })
}

/// Takes so many octets.
fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(taken)
}

/// How a name begins that is a UUID, and one that is another text: its length in two octets follows.
const NAME_UUID: u8 = 0;
const NAME_TEXT: u8 = 1;

/// Writes a name, a UUID in 16 octets.
fn write_name(name: &str, octets: &mut Vec<u8>) {
    if let Some(id) = key::read_id(name) {
        octets.push(NAME_UUID);
        octets.extend_from_slice(&id);
        return;
    }
    let length = u16::try_from(name.len()).expect("an identifier is shorter than 64 KiB");
    octets.push(NAME_TEXT);
    octets.extend_from_slice(&length.to_be_bytes());
    octets.extend_from_slice(name.as_bytes());
}

/// Reads a name as [`write_name`] writes it.
fn read_name(rest: &mut &[u8]) -> Option<String> {
    match take(rest)? {
        [NAME_UUID] => Some(key::print_id(*take(rest)?)),
        [NAME_TEXT] => {
            let length = u16::from_be_bytes(*take(rest)?);
            let (name, left) = rest.split_at_checked(length.into())?;
            *rest = left;
            String::from_utf8(name.to_vec()).ok()
        }
        _ => None,
    }
}

/// Without the key and the document.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("id", &self.id)
            .field("owner", &self.owner)
            .field("user", &self.user)
            .field("created", &self.created)
            .field("seen", &self.seen)
            .field("signed_in", &self.signed_in)
            .field("data_octets", &self.data.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
