//! Which columns of tables a view shows as they are.

use bistro_plan::catalog::Origin;
use rusqlite::{Connection, Result};

/// The table's column behind each column that a `SELECT` gives; `None` for what is computed.
///
/// Of several `SELECT`s (`UNION` and the like, recursion, `VALUES`) SQLite tells where the values of the first come from,
/// and rows of the others would be taken for what they are not: such a view, and one that reads it, has no origins.
pub(super) fn origins(connection: &Connection, select: &str) -> Result<Vec<Option<Origin>>> {
    let statement = connection.prepare(select)?;
    let is_compound = is_compound(connection, select)?;
    let columns = statement.columns_with_metadata();
    Ok(columns
        .map(|column| {
            let relation = column.table_name()?;
            let name = column.origin_name()?;
            // Also what SQLite calls the number of a row, whatever a column of that name may hold.
            let is_rowid = name.eq_ignore_ascii_case("rowid");
            let is_ours = column.database_name() == Some("main");
            (is_ours && !is_rowid && !is_compound).then(|| Origin {
                relation: relation.to_owned(),
                column: name.to_owned(),
            })
        })
        .collect())
}

/// Whether rows of more than one `SELECT` are put together anywhere in a statement. SQLite's plan tells, wherever it
/// looks; the text of the view would not tell it of a view that it reads.
fn is_compound(connection: &Connection, select: &str) -> Result<bool> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {select}"))?;
    // Parameters of a stored query are NULL here: where rows come from does not depend on them.
    let mut steps = plan.raw_query();
    while let Some(step) = steps.next()? {
        let detail: String = step.get("detail")?;
        let is_together = ["COMPOUND QUERY", "MERGE (", "RECURSIVE STEP"]
            .iter()
            .any(|start| detail.starts_with(start));
        if is_together || detail.contains("CONSTANT ROWS") {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
