//! Where the rows of a stored query that changes something are kept.

use bistro_plan::catalog::Function;
use bistro_plan::sql;

/// The table for the rows that a stored query returns.
pub(super) struct Returned {
    /// How many columns it keeps.
    pub(super) columns: usize,
    /// Makes it.
    pub(super) make: String,
    /// Empties it.
    pub(super) empty: String,
    /// Adds a row.
    pub(super) keep: String,
}

impl Returned {
    /// The one for the rows of this query.
    pub(super) fn of(function: &Function) -> Self {
        let columns = function.rows.columns.len();
        let table = format!("temp.{}", sql::returned_table(columns));
        let list = |first: &str, sign: &str| {
            let rest = (1..=columns).map(|place| format!("{sign}{place}"));
            let all: Vec<String> = [first.to_owned()].into_iter().chain(rest).collect();
            all.join(", ")
        };
        Self {
            columns,
            make: format!(
                "CREATE TEMP TABLE IF NOT EXISTS {} ({})",
                sql::returned_table(columns),
                list("position INTEGER PRIMARY KEY", "c")
            ),
            empty: format!("DELETE FROM {table}"),
            keep: format!(
                "INSERT INTO {table} ({}) VALUES ({})",
                list("position", "c"),
                list("NULL", "?")
            ),
        }
    }
}
