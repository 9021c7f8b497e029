//! Which writes a relation takes: SQLite is asked to prepare one of each kind.

use bistro_plan::catalog::{Column, Generated, Writable};
use rusqlite::{Connection, Result};

/// Which writes a relation takes, and why not the others.
///
/// Preparing finds everything that makes a write impossible whatever its values are: a view without the trigger for it,
/// a module that only reads, a trigger that names a table that has gone, a foreign key that fits no key.
pub(super) fn writable(
    connection: &Connection,
    relation: &str,
    columns: &[Column],
) -> (Writable, Option<String>) {
    let relation = format!("main.{}", quoted(relation));
    let assignments: Vec<String> = columns
        .iter()
        .filter(|column| column.generated == Generated::No)
        .map(|column| format!("{0} = {0}", quoted(&column.name)))
        .collect();
    let prepares = |sql: &str| -> Result<()> { connection.prepare(sql).map(drop) };
    let insert = format!("INSERT INTO {relation} DEFAULT VALUES");
    // SQLite checks more keys where something is returned, and does not miss a trigger of a view any more.
    let insert = prepares(&insert).and_then(|()| prepares(&format!("{insert} RETURNING 1")));
    let update = prepares(&format!("UPDATE {relation} SET {}", assignments.join(", ")));
    let delete = prepares(&format!("DELETE FROM {relation}"));
    let writable = Writable {
        can_insert: insert.is_ok(),
        can_update: update.is_ok(),
        can_delete: delete.is_ok(),
    };
    let reason = insert
        .and(update)
        .and(delete)
        .err()
        .map(|failure| failure.to_string());
    (writable, reason)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
