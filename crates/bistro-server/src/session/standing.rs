//! Whether who asks is still who he was, when his change is made.
//!
//! Between asking and changing he may sign in elsewhere, sign out, or be removed. What he creates then would belong to somebody who
//! is not there any more.

use bistro_database::Transaction;
use bistro_database::accounts::Found;
use bistro_session::key::Hash;
use hyper::StatusCode;

use crate::problem::Problem;
use crate::session::held::Held;

/// What must still be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing that the database knows of: there is no session, or Redis has it.
    Any,
    /// The session has its row, and its user has ended no more than he had.
    Kept(Hash),
    /// The session, which is with its client, was not ended.
    NotEnded(Hash),
}

impl Standing {
    /// That of whose session this is; `is_remote` if Redis has it.
    pub(crate) fn of(session: Option<&Held>, is_remote: bool) -> Self {
        match session {
            None => Self::Any,
            Some(_) if is_remote => Self::Any,
            Some(held) if held.has_row() => Self::Kept(held.hash),
            Some(held) => Self::NotEnded(held.hash),
        }
    }

    /// Checks that it is so.
    ///
    /// # Errors
    /// 409: the session has ended meanwhile.
    pub(crate) fn check(self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        let find = |hash: &Hash| transaction.snapshot().register().session(hash);
        let holds = match self {
            Self::Any => true,
            Self::Kept(hash) => match find(&hash)? {
                Some(Found::Session(session, _, user)) => {
                    user.is_none_or(|user| user.generation == session.generation)
                }
                Some(Found::Ended) | None => false,
            },
            Self::NotEnded(hash) => !matches!(find(&hash)?, Some(Found::Ended)),
        };
        if holds { Ok(()) } else { Err(gone()) }
    }
}

/// The session ended while the request was under way.
pub(crate) fn gone() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "BISTRO409",
        "The session has ended meanwhile; nothing was changed",
    )
    .hint("Send the request again, as who you are now.")
}
