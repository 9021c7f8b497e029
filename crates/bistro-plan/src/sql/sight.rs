//! What rules leave of a relation, as what a statement reads from.

use std::mem;

use crate::catalog::{Admitted, Grant, Relation, RelationKind};
use crate::predicate::CallerValue;
use crate::sql::text::Text;

/// Writes what is read of a relation, to be followed by its name in the statement: the relation itself, or a subquery of the rows
/// and values that are seen. SQLite flattens that, so indexes serve as they do for the relation.
pub(super) fn source(sql: &mut Text<'_>, relation: &Relation) {
    of(sql, relation, |sql| {
        sql.relation(relation);
    });
}

/// The same, of rows that stand somewhere else. In `from` the relation has its own name, which conditions may say.
pub(super) fn of(sql: &mut Text<'_>, relation: &Relation, from: impl FnOnce(&mut Text<'_>)) {
    let Some(seen) = &relation.seen else {
        return from(sql);
    };
    sql.sql("(SELECT ");
    let mut is_first = true;
    let mut next = |sql: &mut Text<'_>| {
        if !mem::replace(&mut is_first, false) {
            sql.sql(", ");
        }
    };
    for (position, column) in relation.columns.iter().enumerate() {
        next(sql);
        match relation.values_seen(position) {
            None => {
                sql.name(&column.name);
            }
            Some(values) => {
                sql.sql("CASE WHEN ");
                admitted(sql, values);
                sql.sql(" THEN ").name(&column.name);
                sql.sql(" END AS ").name(&column.name);
            }
        }
    }
    if let Some(rowid) = seen.rowid {
        next(sql);
        // Otherwise SQLite calls it as the column is called that is another name of it.
        sql.sql(rowid).sql(" AS ").sql(rowid);
    }
    if relation.kind == RelationKind::Search {
        // FTS5's own columns: how well a row fits, and the one that is searched.
        next(sql);
        sql.sql("\"rank\", ").name(&relation.name);
    }
    if is_first {
        // A row of nothing is still a row.
        sql.sql("1");
    }
    sql.sql(" FROM ");
    from(sql);
    for (place, rows) in seen.rows.iter().enumerate() {
        sql.sql(if place == 0 { " WHERE " } else { " AND " });
        admitted(sql, rows);
    }
    sql.sql(")");
}

/// Writes that rules admit a row, in a place where the relation has its own name and is the only one.
pub(super) fn admitted(sql: &mut Text<'_>, rows: &Admitted) {
    match rows.grants.as_slice() {
        [] => {
            sql.sql("0");
        }
        [one] => grant(sql, one),
        several => {
            sql.sql("(");
            sql.list(several, " OR ", grant);
            sql.sql(")");
        }
    }
}

fn grant(sql: &mut Text<'_>, grant: &Grant) {
    match (&grant.predicate, &grant.owner) {
        (None, None) => {
            sql.sql("1");
        }
        (Some(predicate), None) => {
            sql.predicate(predicate);
        }
        (None, Some(owner)) => {
            sql.name(owner).sql(" = ").caller(CallerValue::Owner);
        }
        (Some(predicate), Some(owner)) => {
            sql.sql("(")
                .name(owner)
                .sql(" = ")
                .caller(CallerValue::Owner);
            sql.sql(" AND ").predicate(predicate).sql(")");
        }
    }
}
