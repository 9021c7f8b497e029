//! What columns are called in a statement.

use crate::sql::text::Text;

/// How columns are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// `r."title"`, where the relation is called `r`, and `r1`, `r2`, … for what belongs to its rows. A name that is no
    /// longer there is then an error: SQLite takes a quoted name it does not know for a text.
    Qualified(usize),
    /// `"title"`, where the grammar takes nothing else.
    Plain,
}

/// The names of the relation a statement is about.
pub(super) const OUTERMOST: Naming = Naming::Qualified(0);

impl Naming {
    /// Writes a column's name.
    pub(super) fn column(self, sql: &mut Text<'_>, name: &str) {
        self.prefix(sql);
        sql.name(name);
    }

    /// Writes what stands before a column's name.
    pub(super) fn prefix(self, sql: &mut Text<'_>) {
        match self {
            Self::Qualified(_) => {
                self.alias(sql);
                sql.sql(".");
            }
            Self::Plain => {}
        }
    }

    /// Writes what the relation is called.
    pub(super) fn alias(self, sql: &mut Text<'_>) {
        match self {
            Self::Qualified(0) => {
                sql.sql("r");
            }
            Self::Qualified(depth) => {
                sql.sql("r").number(depth);
            }
            Self::Plain => {}
        }
    }

    /// How the columns of what belongs to the rows are called.
    pub(super) fn below(self) -> Self {
        match self {
            Self::Qualified(depth) => Self::Qualified(depth + 1),
            Self::Plain => Self::Qualified(1),
        }
    }
}
