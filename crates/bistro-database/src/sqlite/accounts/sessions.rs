//! `bistro_sessions`

use bistro_session::key::Hash;
use bistro_session::session::Session;
use rusqlite::types::ValueRef;
use rusqlite::{Result as Outcome, Row, params};

use crate::accounts::{Deadline, Found};
use crate::error::Error;
use crate::sqlite::accounts::{Changes, Register, users};

/// Columns of a session, in the order of [`session`].
const COLUMNS: &str = "s.id, s.owner, s.user, s.generation, s.created, s.seen, s.signed_in, s.agent, s.address, s.data";

impl Register<'_> {
    /// What is kept under this hash.
    pub fn session(self, hash: &Hash) -> Result<Option<Found>, Error> {
        // One text, so that it is put together once: it is asked for with each request.
        const TEXT: &str = "\
            SELECT s.id, s.owner, s.user, s.generation, s.created, s.seen, s.signed_in, s.agent, s.address, s.data, \
            s.is_ended, u.id, u.email, u.roles, u.generation, u.created \
            FROM main.bistro_sessions AS s LEFT JOIN main.bistro_users AS u ON u.id = s.user WHERE s.hash = ?1";
        self.first(TEXT, [hash], |row| {
            if row.get(10)? {
                return Ok(Found::Ended);
            }
            let has_user = row.get_ref(11)? != ValueRef::Null;
            let user = has_user.then(|| users::user(row, 11)).transpose()?;
            Ok(Found::Session(Box::new(session(row)?), user))
        })
    }

    /// The sessions of a user that are not over, the one used last first.
    pub fn sessions_of(self, user: &str, deadline: Deadline) -> Result<Vec<Session>, Error> {
        let text = format!(
            "SELECT {COLUMNS} FROM main.bistro_sessions AS s JOIN main.bistro_users AS u ON u.id = s.user \
             WHERE s.user = ?1 AND s.generation = u.generation AND NOT s.is_ended \
             AND s.seen > ?2 AND s.created > ?3 ORDER BY s.seen DESC, s.id"
        );
        self.all(
            &text,
            params![user, deadline.seen, deadline.created],
            session,
        )
    }

    /// All sessions that are not over, the one used last first, and no more than so many.
    pub fn sessions(self, deadline: Deadline, most: usize) -> Result<Vec<Session>, Error> {
        let text = format!(
            "SELECT {COLUMNS} FROM main.bistro_sessions AS s LEFT JOIN main.bistro_users AS u ON u.id = s.user \
             WHERE NOT s.is_ended AND (s.user IS NULL OR s.generation = u.generation) \
             AND s.seen > ?1 AND s.created > ?2 ORDER BY s.seen DESC, s.id LIMIT ?3"
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.all(
            &text,
            params![deadline.seen, deadline.created, most],
            session,
        )
    }
}

impl Changes<'_> {
    /// Adds a session under this hash.
    pub fn add_session(self, session: &Session, hash: &Hash) -> Result<(), Error> {
        let text = "INSERT INTO main.bistro_sessions \
            (hash, id, owner, user, generation, created, seen, signed_in, agent, address, data) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let Session {
            id,
            owner,
            user,
            generation,
            created,
            seen,
            signed_in,
            agent,
            address,
            data,
        } = session;
        self.make(
            text,
            params![
                hash, id, owner, user, generation, created, seen, signed_in, agent, address, data
            ],
        )
        .map(drop)
    }

    /// Remembers that a session which has no row was ended now. False if that is known already.
    pub fn add_end(self, session: &Session, hash: &Hash, now: i64) -> Result<bool, Error> {
        let text = "INSERT OR IGNORE INTO main.bistro_sessions (hash, id, owner, created, seen, is_ended) \
            VALUES (?1, ?2, ?3, ?4, ?5, 1)";
        let Session {
            id, owner, created, ..
        } = session;
        let added = self.make(text, params![hash, id, owner, created, now])?;
        Ok(added > 0)
    }

    /// Gives a session another key, and makes it of a user's newest generation, who has shown a password now. The old key is dead
    /// at once.
    pub fn rekey_session(
        self,
        old: &Hash,
        new: &Hash,
        generation: i64,
        now: i64,
    ) -> Result<bool, Error> {
        let text = "UPDATE main.bistro_sessions SET hash = ?2, generation = ?3, signed_in = ?4, seen = max(seen, ?4) \
                    WHERE hash = ?1 AND NOT is_ended";
        let changed = self.change(text, params![old, new, generation, now])?;
        Ok(changed > 0)
    }

    /// Notes when sessions were last used. It never goes back.
    pub fn touch_sessions(self, hashes: &[Hash], seen: i64) -> Result<(), Error> {
        let text = "UPDATE main.bistro_sessions SET seen = ?2 WHERE hash = ?1 AND seen < ?2 AND NOT is_ended";
        for hash in hashes {
            self.change(text, params![hash, seen])?;
        }
        Ok(())
    }

    /// Has a session remember this instead. False if there is none.
    pub fn set_session_data(self, hash: &Hash, data: &str) -> Result<bool, Error> {
        let text = "UPDATE main.bistro_sessions SET data = ?2 WHERE hash = ?1 AND NOT is_ended";
        let changed = self.change(text, params![hash, data])?;
        Ok(changed > 0)
    }

    /// Ends a session, with all it remembers. False if there is none.
    pub fn end_session(self, hash: &Hash) -> Result<bool, Error> {
        let removed = self.change("DELETE FROM main.bistro_sessions WHERE hash = ?1", [hash])?;
        Ok(removed > 0)
    }

    /// Ends the session of this name, if it is of this user. False if there is none.
    pub fn end_session_named(self, id: &str, user: Option<&str>) -> Result<bool, Error> {
        let text = "DELETE FROM main.bistro_sessions WHERE id = ?1 AND (?2 IS NULL OR user = ?2)";
        let removed = self.change(text, params![id, user])?;
        Ok(removed > 0)
    }

    /// Ends the sessions of a user, except the one of this name.
    pub fn end_sessions(self, user: &str, except: Option<&str>) -> Result<usize, Error> {
        let text = "DELETE FROM main.bistro_sessions WHERE user = ?1 AND id IS NOT ?2";
        self.change(text, params![user, except])
    }

    /// Ends those sessions of a user that were used least lately, so that he has so many left.
    pub fn end_surplus(self, user: &str, most: usize) -> Result<usize, Error> {
        let text = "DELETE FROM main.bistro_sessions WHERE rowid IN (\
            SELECT rowid FROM main.bistro_sessions WHERE user = ?1 ORDER BY seen DESC, id LIMIT -1 OFFSET ?2)";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.change(text, params![user, most])
    }

    /// Removes sessions that are over, and no more than so many of each kind. How many it were.
    pub fn remove_over(self, deadline: Deadline, most: usize) -> Result<usize, Error> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut removed = 0;
        for (column, until) in [("seen", deadline.seen), ("created", deadline.created)] {
            let text = format!(
                "DELETE FROM main.bistro_sessions WHERE rowid IN (\
                 SELECT rowid FROM main.bistro_sessions WHERE {column} <= ?1 ORDER BY {column} LIMIT ?2)"
            );
            removed += self.change(&text, params![until, most])?;
        }
        Ok(removed)
    }
}

fn session(row: &Row<'_>) -> Outcome<Session> {
    Ok(Session {
        id: row.get(0)?,
        owner: row.get(1)?,
        user: row.get(2)?,
        generation: row.get(3)?,
        created: row.get(4)?,
        seen: row.get(5)?,
        signed_in: row.get(6)?,
        agent: row.get(7)?,
        address: row.get(8)?,
        data: row.get(9)?,
    })
}
