//! The end of a `SELECT`: groups, order, and which part of the rows.

use bistro_dialect::order::{Direction, Nulls};

use crate::plan::{Expression, Output, Sort};
use crate::sql::text::Text;
use crate::value::Value;

/// Which part of the rows.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub limit: Option<u64>,
    pub offset: u64,
}

/// Writes `GROUP BY` whatever is not computed from groups, by its place in the answer.
pub(super) fn group(sql: &mut Text<'_>, outputs: &[Output]) {
    let places: Vec<usize> = outputs
        .iter()
        .zip(1..)
        .filter(|(output, _)| !output.is_aggregate)
        .map(|(_, place)| place)
        .collect();
    if !places.is_empty() {
        sql.sql(" GROUP BY ").list(places, ", ", |sql, place| {
            sql.number(place);
        });
    }
}

/// Writes a term of `ORDER BY`.
pub(super) fn term(
    sql: &mut Text<'_>,
    sort: &Sort,
    expression: impl FnOnce(&mut Text<'_>, &Expression),
) {
    expression(sql, &sort.expression);
    sql.sql(match sort.direction {
        Direction::Ascending => "",
        Direction::Descending => " DESC",
    });
    sql.sql(match sort.nulls {
        None => "",
        Some(Nulls::First) => " NULLS FIRST",
        Some(Nulls::Last) => " NULLS LAST",
    });
}

/// Writes `LIMIT` and `OFFSET`, where they say something.
pub(super) fn limit(sql: &mut Text<'_>, page: Page) {
    match (page.limit, page.offset) {
        (None, 0) => {}
        (limit, offset) => {
            // SQLite takes no OFFSET without LIMIT, and -1 for no limit. The sign hides the parameter: SQLite would look at
            // its value to plan by, and for that prepare the statement again each time it is bound.
            sql.sql(" LIMIT +")
                .value(Value::Integer(limit.map_or(-1, clamped)));
            if offset > 0 {
                sql.sql(" OFFSET ").value(Value::Integer(clamped(offset)));
            }
        }
    }
}

fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
