//! `bistro_sessions`

use bistro_session::key::Hash;
use bistro_session::session::{KeyShown, Session};
use rusqlite::types::ValueRef;
use rusqlite::{Result as Outcome, Row, params};

use crate::accounts::{Deadline, Found, Renewal};
use crate::error::Error;
use crate::sqlite::accounts::{Changes, Register, users};

/// Columns of a session, in the order of [`session`].
const COLUMNS: &str = "s.id, s.owner, s.user, s.generation, s.created, s.keyed, s.seen, s.signed_in, s.agent, s.address, s.data";

impl Register<'_> {
    /// What is kept under this hash, be it that of the present key or of the former one.
    pub fn session(self, hash: &Hash) -> Result<Option<Found>, Error> {
        // Texts that are put together once: they are asked for with each request.
        const PRESENT: &str = "\
            SELECT s.id, s.owner, s.user, s.generation, s.created, s.keyed, s.seen, s.signed_in, s.agent, s.address, s.data, \
            s.is_ended, s.former IS NOT NULL AND s.former_until IS NULL, u.id, u.email, u.roles, u.generation, u.created \
            FROM main.bistro_sessions AS s LEFT JOIN main.bistro_users AS u ON u.id = s.user WHERE s.hash = ?1";
        const FORMER: &str = "\
            SELECT s.id, s.owner, s.user, s.generation, s.created, s.keyed, s.seen, s.signed_in, s.agent, s.address, s.data, \
            s.is_ended, s.former_until, u.id, u.email, u.roles, u.generation, u.created \
            FROM main.bistro_sessions AS s LEFT JOIN main.bistro_users AS u ON u.id = s.user WHERE s.former = ?1";
        let present = self.first(PRESENT, [hash], |row| {
            let is_unconfirmed = row.get(12)?;
            found(
                row,
                if is_unconfirmed {
                    KeyShown::Unconfirmed
                } else {
                    KeyShown::Present
                },
            )
        })?;
        if present.is_some() {
            return Ok(present);
        }
        self.first(FORMER, [hash], |row| {
            found(
                row,
                KeyShown::Former {
                    until: row.get(12)?,
                },
            )
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
            (hash, id, owner, user, generation, created, keyed, seen, signed_in, agent, address, data) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let Session {
            id,
            owner,
            user,
            generation,
            created,
            keyed,
            seen,
            signed_in,
            agent,
            address,
            data,
        } = session;
        self.make(
            text,
            params![
                hash, id, owner, user, generation, created, keyed, seen, signed_in, agent, address,
                data
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

    /// Gives a session another key, and makes it of a user's newest generation, who has shown a password now. The keys before are
    /// dead at once.
    pub fn rekey_session(
        self,
        old: &Hash,
        new: &Hash,
        generation: i64,
        now: i64,
    ) -> Result<bool, Error> {
        let text = "UPDATE main.bistro_sessions SET hash = ?2, keyed = ?4, former = NULL, former_until = NULL, \
                    generation = ?3, signed_in = ?4, seen = max(seen, ?4) WHERE (hash = ?1 OR former = ?1) AND NOT is_ended";
        let changed = self.change(text, params![old, new, generation, now])?;
        Ok(changed > 0)
    }

    /// Gives a session a new key if the present one was made at `until` or before. The one that was shown counts until the new one
    /// has been; so it may be replaced again, where it was made at `lost` or before and has never come back: its answer was lost.
    /// False if there is nothing to be replaced.
    pub fn renew_session(self, shown: &Hash, new: &Hash, renewal: Renewal) -> Result<bool, Error> {
        let Renewal { until, lost, now } = renewal;
        let text = "UPDATE main.bistro_sessions SET hash = ?2, former = ?1, former_until = NULL, keyed = ?3 \
                    WHERE hash = ?1 AND coalesce(keyed, created) <= ?4 AND NOT is_ended";
        let changed = self.change(text, params![shown, new, now, until])?;
        if changed > 0 {
            return Ok(true);
        }
        let text = "UPDATE main.bistro_sessions SET hash = ?2, keyed = ?3 \
                    WHERE former = ?1 AND former_until IS NULL AND keyed <= ?4 AND NOT is_ended";
        let changed = self.change(text, params![shown, new, now, lost])?;
        Ok(changed > 0)
    }

    /// Notes when sessions were last used, which never goes back, and that their present keys were shown: the former ones count
    /// for `overlap` seconds more.
    pub fn touch_sessions(self, hashes: &[Hash], seen: i64, overlap: i64) -> Result<(), Error> {
        let by_present = "UPDATE main.bistro_sessions SET seen = max(seen, ?2), \
            former_until = CASE WHEN former IS NOT NULL THEN coalesce(former_until, ?2 + ?3) END WHERE hash = ?1 \
            AND (seen < ?2 OR former IS NOT NULL AND former_until IS NULL) AND NOT is_ended";
        let by_former = "UPDATE main.bistro_sessions SET seen = ?2 WHERE former = ?1 AND seen < ?2 AND NOT is_ended";
        for hash in hashes {
            if self.change(by_present, params![hash, seen, overlap])? == 0 {
                self.change(by_former, params![hash, seen])?;
            }
        }
        Ok(())
    }

    /// Has a session remember this instead. False if there is none.
    pub fn set_session_data(self, hash: &Hash, data: &str) -> Result<bool, Error> {
        let text = "UPDATE main.bistro_sessions SET data = ?2 WHERE (hash = ?1 OR former = ?1) AND NOT is_ended";
        let changed = self.change(text, params![hash, data])?;
        Ok(changed > 0)
    }

    /// Ends a session, with all it remembers. False if there is none.
    pub fn end_session(self, hash: &Hash) -> Result<bool, Error> {
        let text = "DELETE FROM main.bistro_sessions WHERE hash = ?1 OR former = ?1";
        let removed = self.change(text, [hash])?;
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

/// What is found of a session with its columns, whether it was ended, something of its keys, and its user.
fn found(row: &Row<'_>, shown: KeyShown) -> Outcome<Found> {
    if row.get(11)? {
        return Ok(Found::Ended);
    }
    let has_user = row.get_ref(13)? != ValueRef::Null;
    let user = has_user.then(|| users::user(row, 13)).transpose()?;
    Ok(Found::Session(Box::new(session(row)?), shown, user))
}

fn session(row: &Row<'_>) -> Outcome<Session> {
    let created = row.get(4)?;
    Ok(Session {
        id: row.get(0)?,
        owner: row.get(1)?,
        user: row.get(2)?,
        generation: row.get(3)?,
        created,
        keyed: row.get::<_, Option<i64>>(5)?.unwrap_or(created),
        seen: row.get(6)?,
        signed_in: row.get(7)?,
        agent: row.get(8)?,
        address: row.get(9)?,
        data: row.get(10)?,
    })
}
