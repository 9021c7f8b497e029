//! Keeps answers in a table of Bistro's own, `bistro_idempotency`, made when the first one is to be kept.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Result, params};

use crate::kept::Kept;

/// How long an answer is kept, in seconds: a day.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// Answers too old that are removed each time one is kept: more than one, so that they get fewer, and a bounded number.
const REMOVED_MAX: i64 = 64;

const TABLE: &str = "\
CREATE TABLE IF NOT EXISTS main.bistro_idempotency (
  key BLOB PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  answer BLOB NOT NULL,
  kept_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS main.bistro_idempotency_kept_at ON bistro_idempotency (kept_at)";

/// What is kept under a key, unless it is too old.
pub(super) fn recall(connection: &Connection, key: &[u8]) -> Result<Option<Kept>> {
    if !exists(connection)? {
        return Ok(None);
    }
    connection
        .prepare_cached(
            "SELECT fingerprint, answer FROM main.bistro_idempotency \
             WHERE key = ?1 AND kept_at > unixepoch() - ?2",
        )?
        .query_row(params![key, KEPT_SECONDS], |row| {
            Ok(Kept {
                fingerprint: row.get(0)?,
                answer: row.get(1)?,
            })
        })
        .optional()
}

/// Keeps an answer under a key, and removes some that are too old.
pub(super) fn keep(connection: &Connection, key: &[u8], kept: &Kept) -> Result<()> {
    if !exists(connection)? {
        connection.execute_batch(TABLE)?;
    }
    connection
        .prepare_cached(
            "DELETE FROM main.bistro_idempotency WHERE key IN (SELECT key FROM main.bistro_idempotency \
             WHERE kept_at <= unixepoch() - ?1 ORDER BY kept_at LIMIT ?2)",
        )?
        .execute(params![KEPT_SECONDS, REMOVED_MAX])?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO main.bistro_idempotency (key, fingerprint, answer, kept_at) \
             VALUES (?1, ?2, ?3, unixepoch())",
        )?
        .execute(params![key, kept.fingerprint, kept.answer])?;
    Ok(())
}

fn exists(connection: &Connection) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'bistro_idempotency'",
        )?
        .query_row([], |row| row.get::<_, Value>(0))
        .optional()
        .map(|found| found.is_some())
}
