//! Reads as `SELECT`.

use bistro_dialect::order::{Direction, Nulls};

use crate::plan::{Condition, Identity, Read, Sort, Source};
use crate::sql::Statement;
use crate::sql::expression::Writer;
use crate::sql::naming::Naming;
use crate::sql::text::Text;
use crate::value::Value;

/// The rows of a read: its visible columns and then its hidden ones; one row more than its limit.
pub fn read(read: &Read) -> Statement {
    let page = Page {
        limit: read.limit.map(|limit| limit.saturating_add(1)),
        offset: read.offset,
    };
    select(read, page)
}

/// One row, one integer: how many rows match, whatever the page. With `bound`, counting stops there.
pub fn count(read: &Read, bound: Option<u64>) -> Statement {
    let page = Page {
        limit: bound,
        offset: 0,
    };
    counting(read, None, page)
}

/// One row, one integer: how many rows the page has, up to one more than its limit.
pub fn extent(read: &Read) -> Statement {
    let page = Page {
        limit: read.limit.map(|limit| limit.saturating_add(1)),
        offset: read.offset,
    };
    counting(read, read.after.as_ref(), page)
}

/// The last row of a full page, in the shape of [`read()`]; `None` for a read without limit, or of no rows.
pub fn last(read: &Read) -> Option<Statement> {
    let before = read.limit?.checked_sub(1)?;
    let page = Page {
        limit: Some(1),
        offset: read.offset.saturating_add(before),
    };
    Some(select(read, page))
}

/// The rows of a representation: no more than its limit, for nobody turns its pages.
pub(super) fn representation(read: &Read) -> Statement {
    let page = Page {
        limit: read.limit,
        offset: read.offset,
    };
    select(read, page)
}

#[derive(Clone, Copy)]
struct Page {
    limit: Option<u64>,
    offset: u64,
}

fn select(read: &Read, page: Page) -> Statement {
    let writer = writer(read);
    let mut sql = Text::default();
    sql.sql("SELECT ");
    let hidden = read.order.iter().take(read.shape().hidden);
    let visible = read.outputs.iter().map(|output| &output.expression);
    let expressions: Vec<_> = visible.chain(hidden.map(|sort| &sort.expression)).collect();
    if expressions.is_empty() {
        // A row of nothing is still a row.
        sql.sql("NULL");
    }
    sql.list(expressions, ", ", |sql, expression| {
        writer.expression(sql, expression);
    });
    from(&mut sql, read, read.after.as_ref());
    group(&mut sql, read);
    order(&mut sql, read, writer);
    limit(&mut sql, page);
    sql.finish()
}

fn counting(read: &Read, after: Option<&Condition>, page: Page) -> Statement {
    let mut sql = Text::default();
    let is_whole = page.limit.is_none() && page.offset == 0 && !read.is_grouped();
    if is_whole {
        sql.sql("SELECT count(*)");
        from(&mut sql, read, after);
        return sql.finish();
    }
    sql.sql("SELECT count(*) FROM (SELECT ");
    let writer = writer(read);
    if read.is_grouped() {
        sql.list(&read.outputs, ", ", |sql, output| {
            writer.expression(sql, &output.expression);
        });
    } else {
        sql.sql("1");
    }
    from(&mut sql, read, after);
    group(&mut sql, read);
    limit(&mut sql, page);
    sql.sql(")");
    sql.finish()
}

fn writer(read: &Read) -> Writer<'_> {
    Writer {
        relation: &read.relation,
        naming: Naming::Qualified,
    }
}

fn from(sql: &mut Text, read: &Read, after: Option<&Condition>) {
    match read.source {
        Source::Relation => {
            sql.sql(" FROM ").relation(&read.relation).sql(" AS r");
        }
        Source::Touched(identity) => {
            // CROSS JOIN keeps this order of looking: few rows were touched.
            sql.sql(" FROM \"temp\".\"touched\" AS t CROSS JOIN ")
                .relation(&read.relation)
                .sql(" AS r ON ");
            same_row(sql, read, identity);
        }
    }
    let conditions: Vec<&Condition> = [Some(&read.condition), after]
        .into_iter()
        .flatten()
        .filter(|condition| **condition != Condition::Always)
        .collect();
    if !conditions.is_empty() {
        sql.sql(" WHERE ");
        sql.list(conditions, " AND ", |sql, condition| {
            writer(read).condition(sql, condition);
        });
    }
}

fn same_row(sql: &mut Text, read: &Read, identity: Identity) {
    match identity {
        Identity::Rowid(name) => {
            sql.sql("r.").sql(name).sql(" = t.k0");
        }
        Identity::Key => {
            let key = read.relation.primary_key.iter().enumerate();
            sql.list(key, " AND ", |sql, (number, position)| {
                writer(read).column(sql, *position);
                // IS, because a key of an ordinary table may hold NULL.
                sql.sql(" IS t.k").number(number);
            });
        }
    }
}

/// Groups by whatever is not computed from groups, by its place in the answer.
fn group(sql: &mut Text, read: &Read) {
    if !read.is_grouped() {
        return;
    }
    let outputs = read.outputs.iter().zip(1..);
    let places: Vec<usize> = outputs
        .filter(|(output, _)| !output.is_aggregate)
        .map(|(_, place)| place)
        .collect();
    if !places.is_empty() {
        sql.sql(" GROUP BY ").list(places, ", ", |sql, place| {
            sql.number(place);
        });
    }
}

fn order(sql: &mut Text, read: &Read, writer: Writer<'_>) {
    if read.order.is_empty() {
        if matches!(read.source, Source::Touched(_)) && !read.is_grouped() {
            sql.sql(" ORDER BY t.position");
        }
        return;
    }
    sql.sql(" ORDER BY ")
        .list(&read.order, ", ", |sql, sort| term(sql, writer, sort));
}

fn term(sql: &mut Text, writer: Writer<'_>, sort: &Sort) {
    writer.expression(sql, &sort.expression);
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

fn limit(sql: &mut Text, page: Page) {
    match (page.limit, page.offset) {
        (None, 0) => {}
        (limit, offset) => {
            // SQLite takes no OFFSET without LIMIT, and -1 for no limit.
            sql.sql(" LIMIT ")
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
