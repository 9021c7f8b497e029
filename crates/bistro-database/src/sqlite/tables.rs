//! The tables of users, sessions and tokens.

use rusqlite::{Connection, Result as Outcome, Transaction, TransactionBehavior};

/// Text and numbers that are compared often stand first; what may be long stands last, so that a look-up need not pass it.
pub(super) const TABLES: &str = "\
CREATE TABLE IF NOT EXISTS main.bistro_users (
  id TEXT PRIMARY KEY NOT NULL,
  email TEXT NOT NULL UNIQUE,
  roles TEXT NOT NULL DEFAULT '',
  generation INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  password TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS main.bistro_sessions (
  hash BLOB NOT NULL UNIQUE,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  user TEXT,
  generation INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  signed_in INTEGER,
  is_ended INTEGER NOT NULL DEFAULT 0,
  agent TEXT,
  address TEXT,
  keyed INTEGER,
  former BLOB,
  former_until INTEGER,
  data TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX IF NOT EXISTS main.bistro_sessions_former ON bistro_sessions (former) WHERE former IS NOT NULL;
CREATE INDEX IF NOT EXISTS main.bistro_sessions_user ON bistro_sessions (user) WHERE user IS NOT NULL;
CREATE INDEX IF NOT EXISTS main.bistro_sessions_seen ON bistro_sessions (seen);
CREATE INDEX IF NOT EXISTS main.bistro_sessions_created ON bistro_sessions (created);
CREATE TABLE IF NOT EXISTS main.bistro_tokens (
  id TEXT PRIMARY KEY NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  user TEXT NOT NULL,
  label TEXT NOT NULL DEFAULT '',
  scopes TEXT NOT NULL DEFAULT '',
  created INTEGER NOT NULL,
  expires INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS main.bistro_tokens_user ON bistro_tokens (user)";

/// What tables of earlier versions lack.
const ADDITIONS: &str = "\
ALTER TABLE main.bistro_sessions ADD COLUMN keyed INTEGER;
ALTER TABLE main.bistro_sessions ADD COLUMN former BLOB;
ALTER TABLE main.bistro_sessions ADD COLUMN former_until INTEGER;
CREATE UNIQUE INDEX main.bistro_sessions_former ON bistro_sessions (former) WHERE former IS NOT NULL";

const LACKS: &str = "SELECT EXISTS (SELECT * FROM pragma_table_info('bistro_sessions', 'main')) \
    AND NOT EXISTS (SELECT * FROM pragma_table_info('bistro_sessions', 'main') WHERE name = 'keyed')";

/// Whether there are tables that an earlier version of Bistro has made, and that lack something.
pub(super) fn are_of_an_earlier_version(connection: &Connection) -> Outcome<bool> {
    connection.query_row(LACKS, [], |row| row.get(0))
}

/// Adds what tables of an earlier version of Bistro lack.
pub(super) fn add_what_is_new(connection: &Connection) -> Outcome<()> {
    if !are_of_an_earlier_version(connection)? {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Another process may have come first.
    if are_of_an_earlier_version(connection)? {
        transaction.execute_batch(ADDITIONS)?;
    }
    transaction.commit()
}
