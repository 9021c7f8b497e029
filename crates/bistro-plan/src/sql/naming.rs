//! What columns are called in a statement.

use crate::sql::text::Text;

/// How columns are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// `r."title"`, where the relation is called `r`. A name that is no longer there is then an error: SQLite takes a
    /// quoted name it does not know for a text.
    Qualified,
    /// `"title"`, where the grammar takes nothing else.
    Plain,
}

impl Naming {
    /// Writes a column's name.
    pub(super) fn column(self, sql: &mut Text, name: &str) {
        if self == Self::Qualified {
            sql.sql("r.");
        }
        sql.name(name);
    }
}
