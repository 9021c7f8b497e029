//! `bistro_users`

use rusqlite::{Result as Outcome, Row, params};

use crate::accounts::User;
use crate::error::Error;
use crate::sqlite::accounts::{Changes, Register, names};

/// Columns of a user, in the order of [`user`].
pub(super) const COLUMNS: &str = "u.id, u.email, u.roles, u.generation, u.created";

impl Register<'_> {
    /// The user of this identifier.
    pub fn user(self, id: &str) -> Result<Option<User>, Error> {
        let text = format!("SELECT {COLUMNS} FROM main.bistro_users AS u WHERE u.id = ?1");
        self.first(&text, [id], |row| user(row, 0))
    }

    /// The user who signed up with this address, and what his password is held against.
    pub fn user_by_email(self, email: &str) -> Result<Option<(User, String)>, Error> {
        let text =
            format!("SELECT {COLUMNS}, u.password FROM main.bistro_users AS u WHERE u.email = ?1");
        self.first(&text, [email], |row| Ok((user(row, 0)?, row.get(5)?)))
    }

    /// All users, by address.
    pub fn users(self) -> Result<Vec<User>, Error> {
        let text = format!("SELECT {COLUMNS} FROM main.bistro_users AS u ORDER BY u.email");
        self.all(&text, [], |row| user(row, 0))
    }
}

impl Changes<'_> {
    /// Adds a user.
    ///
    /// # Errors
    /// [`Error::Unique`]: somebody has signed up with the address.
    pub fn add_user(self, user: &User, password: &str) -> Result<(), Error> {
        let text = "INSERT INTO main.bistro_users (id, email, roles, generation, created, password) \
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let User {
            id,
            email,
            roles,
            generation,
            created,
        } = user;
        let roles = roles.join(" ");
        self.make(
            text,
            params![id, email, roles, generation, created, password],
        )
        .map(drop)
    }

    /// Gives a user another password, which ends his sessions. The generation that those have which begin now; `None` if there
    /// is no such user.
    pub fn set_password(self, id: &str, password: &str) -> Result<Option<i64>, Error> {
        let text =
            "UPDATE main.bistro_users SET password = ?2, generation = generation + 1 WHERE id = ?1";
        self.change(text, params![id, password])?;
        self.generation(id)
    }

    /// Keeps a password in another form. It is the same password, so nothing ends.
    pub fn rewrite_password(self, id: &str, password: &str) -> Result<(), Error> {
        let text = "UPDATE main.bistro_users SET password = ?2 WHERE id = ?1";
        self.change(text, params![id, password]).map(drop)
    }

    /// Gives a user these roles and no others, which ends his sessions. False if there is no such user.
    pub fn set_roles(self, id: &str, roles: &[String]) -> Result<bool, Error> {
        let text =
            "UPDATE main.bistro_users SET roles = ?2, generation = generation + 1 WHERE id = ?1";
        let changed = self.change(text, params![id, roles.join(" ")])?;
        self.end_sessions(id, None)?;
        Ok(changed > 0)
    }

    /// Ends all sessions of a user, wherever they are kept. The generation that those have which begin now.
    pub fn end_generation(self, id: &str) -> Result<Option<i64>, Error> {
        let text = "UPDATE main.bistro_users SET generation = generation + 1 WHERE id = ?1";
        self.change(text, [id])?;
        self.end_sessions(id, None)?;
        self.generation(id)
    }

    /// Removes a user with his sessions and tokens. His rows in other tables stay. False if there is no such user.
    pub fn remove_user(self, id: &str) -> Result<bool, Error> {
        self.end_sessions(id, None)?;
        self.change("DELETE FROM main.bistro_tokens WHERE user = ?1", [id])?;
        let removed = self.change("DELETE FROM main.bistro_users WHERE id = ?1", [id])?;
        Ok(removed > 0)
    }

    fn generation(self, id: &str) -> Result<Option<i64>, Error> {
        let user = self.register().user(id)?;
        Ok(user.map(|user| user.generation))
    }
}

/// The user whose columns begin here.
pub(super) fn user(row: &Row<'_>, first: usize) -> Outcome<User> {
    Ok(User {
        id: row.get(first)?,
        email: row.get(first + 1)?,
        roles: names(row.get_ref(first + 2)?.as_str()?),
        generation: row.get(first + 3)?,
        created: row.get(first + 4)?,
    })
}
