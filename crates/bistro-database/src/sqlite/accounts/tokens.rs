//! `bistro_tokens`

use bistro_session::key::Hash;
use rusqlite::{Result as Outcome, Row, params};

use crate::accounts::{Token, User};
use crate::error::Error;
use crate::sqlite::accounts::{Changes, Register, names, users};

const COLUMNS: &str = "t.id, t.user, t.label, t.scopes, t.created, t.expires";

impl Register<'_> {
    /// The token of this hash, expired or not, and its user.
    pub fn token(self, hash: &Hash) -> Result<Option<(Token, User)>, Error> {
        let text = format!(
            "SELECT {COLUMNS}, {} FROM main.bistro_tokens AS t \
             JOIN main.bistro_users AS u ON u.id = t.user WHERE t.hash = ?1",
            users::COLUMNS
        );
        self.first(&text, [hash], |row| Ok((token(row)?, users::user(row, 6)?)))
    }

    /// All tokens, oldest first.
    pub fn tokens(self) -> Result<Vec<Token>, Error> {
        let text =
            format!("SELECT {COLUMNS} FROM main.bistro_tokens AS t ORDER BY t.created, t.id");
        self.all(&text, [], token)
    }
}

impl Changes<'_> {
    /// Adds a token of this hash.
    pub fn add_token(self, token: &Token, hash: &Hash) -> Result<(), Error> {
        let text = "INSERT INTO main.bistro_tokens (id, hash, user, label, scopes, created, expires) \
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let Token {
            id,
            user,
            label,
            scopes,
            created,
            expires,
        } = token;
        let scopes = scopes.join(" ");
        self.make(
            text,
            params![id, hash, user, label, scopes, created, expires],
        )
        .map(drop)
    }

    /// Ends a token. False if there is none of this name.
    pub fn remove_token(self, id: &str) -> Result<bool, Error> {
        let removed = self.change("DELETE FROM main.bistro_tokens WHERE id = ?1", [id])?;
        Ok(removed > 0)
    }
}

fn token(row: &Row<'_>) -> Outcome<Token> {
    Ok(Token {
        id: row.get(0)?,
        user: row.get(1)?,
        label: row.get(2)?,
        scopes: names(row.get_ref(3)?.as_str()?),
        created: row.get(4)?,
        expires: row.get(5)?,
    })
}
