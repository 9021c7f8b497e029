//! Reads as `SELECT`.

use std::mem;

use crate::catalog::{Given, Relation};
use crate::plan::{Condition, Identity, Read, Source};
use crate::sql::expression::Writer;
use crate::sql::naming;
use crate::sql::page::{self, Page};
use crate::sql::sight;
use crate::sql::text::Text;
use crate::sql::{CALLED, Statement, TOUCHED, returned_table};

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

fn select(read: &Read, page: Page) -> Statement {
    let writer = writer(read);
    let mut sql = beginning(read);
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
    if read.is_grouped() {
        page::group(&mut sql, &read.outputs);
    }
    order(&mut sql, read, writer);
    page::limit(&mut sql, page);
    sql.finish()
}

fn counting(read: &Read, after: Option<&Condition>, page: Page) -> Statement {
    let mut sql = beginning(read);
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
    if read.is_grouped() {
        page::group(&mut sql, &read.outputs);
    }
    page::limit(&mut sql, page);
    sql.sql(")");
    sql.finish()
}

/// What stands before `SELECT`: a stored query, whose parameters so are numbered first.
fn beginning(read: &Read) -> Text<'_> {
    let mut sql = Text::of(&read.caller);
    if let Source::Called {
        function,
        arguments,
    } = &read.source
    {
        sql.sql("WITH ").name(CALLED).sql(" AS (").query(function);
        sql.sql(") ");
        for given in function.given(arguments) {
            match given {
                Given::Argument(value) => sql.bind(value.clone()),
                Given::Caller(value) => sql.bind_caller(value),
            };
        }
    }
    sql
}

fn writer(read: &Read) -> Writer<'_> {
    Writer {
        relation: &read.relation,
        naming: naming::OUTERMOST,
        related: &read.related,
    }
}

fn from(sql: &mut Text<'_>, read: &Read, after: Option<&Condition>) {
    match &read.source {
        Source::Relation => {
            sql.sql(" FROM ");
            sight::source(sql, &read.relation);
            sql.sql(" AS r");
        }
        Source::Touched(identity) => {
            // CROSS JOIN keeps this order of looking: few rows were touched.
            sql.sql(" FROM \"temp\".")
                .name(TOUCHED)
                .sql(" AS t CROSS JOIN ");
            sight::source(sql, &read.relation);
            sql.sql(" AS r ON ");
            same_row(sql, read, *identity);
        }
        Source::Called { .. } => {
            sql.sql(" FROM ");
            sight::of(sql, &read.relation, |sql| {
                sql.name(CALLED);
                named(sql, &read.relation);
            });
            sql.sql(" AS r");
        }
        Source::Returned(rows) => {
            sql.sql(" FROM ");
            sight::of(sql, &read.relation, |sql| {
                returned(sql, rows);
                named(sql, &read.relation);
            });
            sql.sql(" AS r");
        }
    }
    let mut words = " WHERE ";
    let mut write = |sql: &mut Text<'_>, condition: &Condition| {
        if *condition != Condition::Always {
            sql.sql(mem::replace(&mut words, " AND "));
            writer(read).condition(sql, condition);
        }
    };
    sql.key(|sql| write(sql, &read.key));
    write(sql, &read.condition);
    if let Some(after) = after {
        write(sql, after);
    }
}

/// The rows a stored query has returned, their values under the names of its columns.
fn returned(sql: &mut Text<'_>, relation: &Relation) {
    let columns = relation.columns.iter().zip(1..);
    sql.sql("(SELECT ");
    if relation.columns.is_empty() {
        sql.sql("1");
    }
    sql.list(columns, ", ", |sql, (column, place)| {
        sql.sql("c").number(place).sql(" AS ").name(&column.name);
    });
    sql.sql(" FROM \"temp\".")
        .name(&returned_table(relation.columns.len()))
        .sql(" ORDER BY position)");
}

/// The name of a stored query, for the conditions of its rules.
fn named(sql: &mut Text<'_>, relation: &Relation) {
    if relation.seen.is_some() {
        sql.sql(" AS ").name(&relation.name);
    }
}

fn same_row(sql: &mut Text<'_>, read: &Read, identity: Identity) {
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

fn order(sql: &mut Text<'_>, read: &Read, writer: Writer<'_>) {
    if read.order.is_empty() {
        if matches!(read.source, Source::Touched(_)) && !read.is_grouped() {
            sql.sql(" ORDER BY t.position");
        }
        return;
    }
    sql.sql(" ORDER BY ").list(&read.order, ", ", |sql, sort| {
        page::term(sql, sort, |sql, expression| {
            writer.expression(sql, expression);
        });
    });
}
