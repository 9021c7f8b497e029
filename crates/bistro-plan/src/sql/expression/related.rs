//! What belongs to a row, as subqueries: JSON where it is embedded, `EXISTS` where only its being there counts.

use crate::catalog::Kind;
use crate::json::{Meaning, Members};
use crate::plan::{Condition, Expression, Link, Output, Pair, Related, Taken};
use crate::sql::expression::Writer;
use crate::sql::page::{self, Page};
use crate::sql::sight;
use crate::sql::text::Text;
use crate::value::Value;

/// Writes what is taken of related rows. `parent` writes the columns of the row they belong to.
pub(super) fn taken(sql: &mut Text<'_>, parent: Writer<'_>, related: &Related, taken: &Taken) {
    let outputs = related.outputs.as_slice();
    match taken {
        Taken::Object => {
            sql.sql("(SELECT ");
            objects(sql, "bistro_object(", outputs);
            sql.sql(" FROM (");
            all(sql, parent, related);
            sql.sql("))");
        }
        Taken::Objects => {
            sql.sql("(SELECT ");
            objects(sql, "bistro_objects(", outputs);
            sql.sql(" FROM (");
            all(sql, parent, related);
            sql.sql("))");
        }
        Taken::Value(of) => {
            sql.sql("(");
            select(sql, parent, related, &[of], Values::Rows);
            sql.sql(")");
        }
        Taken::Values { of, kind } => {
            sql.sql("(SELECT bistro_values(")
                .value(Value::Text(Members::print([("", meaning(of, *kind))])))
                .sql(", c1) FROM (");
            select(sql, parent, related, &[of], Values::Rows);
            sql.sql("))");
        }
    }
}

/// Writes whether there is a related row.
pub(super) fn exists(sql: &mut Text<'_>, parent: Writer<'_>, related: &Related) {
    sql.sql("EXISTS (SELECT 1");
    from(sql, parent, related);
    if related.limit.is_some() || related.offset > 0 {
        limit(sql, related);
    }
    sql.sql(")");
}

/// Writes the related rows as the right side of `IN`.
pub(super) fn rows(sql: &mut Text<'_>, parent: Writer<'_>, related: &Related) {
    sql.sql("(");
    all(sql, parent, related);
    sql.sql(")");
}

fn objects(sql: &mut Text<'_>, function: &'static str, outputs: &[Output]) {
    let members = outputs.iter().map(|output| {
        let meaning = meaning(&output.expression, output.kind);
        (output.name.as_str(), meaning)
    });
    sql.sql(function)
        .value(Value::Text(Members::print(members)));
    for place in 1..=outputs.len() {
        sql.sql(", c").number(place);
    }
    sql.sql(")");
}

fn meaning(expression: &Expression, kind: Kind) -> Meaning {
    if expression.is_json() {
        Meaning::Written
    } else {
        Meaning::Kind(kind)
    }
}

fn all(sql: &mut Text<'_>, parent: Writer<'_>, related: &Related) {
    let outputs = related.outputs.iter();
    let expressions: Vec<&Expression> = outputs.map(|output| &output.expression).collect();
    let values = if related.is_grouped() {
        Values::Groups
    } else {
        Values::Rows
    };
    select(sql, parent, related, &expressions, values);
}

/// Of what values are.
#[derive(Clone, Copy)]
enum Values {
    /// Of rows: what is spread is grouped, if at all, with the rows it belongs to.
    Rows,
    /// Of groups of rows.
    Groups,
}

fn select(
    sql: &mut Text<'_>,
    parent: Writer<'_>,
    related: &Related,
    expressions: &[&Expression],
    values: Values,
) {
    let writer = writer(parent, related);
    sql.sql("SELECT ");
    if expressions.is_empty() {
        // A row of nothing is still a row.
        sql.sql("NULL");
    }
    let places = expressions.iter().zip(1..);
    sql.list(places, ", ", |sql, (expression, place)| {
        writer.expression(sql, expression);
        sql.sql(" AS c").number(place);
    });
    from(sql, parent, related);
    if matches!(values, Values::Groups) {
        page::group(sql, &related.outputs);
    }
    if !related.order.is_empty() {
        sql.sql(" ORDER BY ")
            .list(&related.order, ", ", |sql, sort| {
                page::term(sql, sort, |sql, expression| {
                    writer.expression(sql, expression);
                });
            });
    }
    limit(sql, related);
}

fn writer<'a>(parent: Writer<'a>, related: &'a Related) -> Writer<'a> {
    Writer {
        relation: &related.relation,
        naming: parent.naming.below(),
        related: &related.related,
    }
}

fn limit(sql: &mut Text<'_>, related: &Related) {
    let page = Page {
        limit: related.limit,
        offset: related.offset,
    };
    page::limit(sql, page);
}

fn from(sql: &mut Text<'_>, parent: Writer<'_>, related: &Related) {
    let writer = writer(parent, related);
    sql.sql(" FROM ");
    sight::source(sql, &related.relation);
    sql.sql(" AS ");
    writer.naming.alias(sql);
    let mut is_first = true;
    let mut next = |sql: &mut Text<'_>| {
        sql.sql(if is_first { " WHERE " } else { " AND " });
        is_first = false;
    };
    match &related.link {
        Link::Free => {}
        Link::Direct(pairs) => {
            for pair in pairs {
                next(sql);
                equal(
                    sql,
                    *pair,
                    &|sql, from| parent.column(sql, from),
                    &|sql, to| writer.column(sql, to),
                );
            }
        }
        Link::Through {
            relation,
            near,
            far,
        } => {
            let join = Writer {
                relation,
                naming: writer.naming,
                related: &[],
            };
            let column = |sql: &mut Text<'_>, position: usize| {
                sql.sql("j");
                join.column(sql, position);
            };
            sql.sql(" JOIN ");
            sight::source(sql, relation);
            sql.sql(" AS j");
            join.naming.alias(sql);
            for pair in near {
                next(sql);
                equal(sql, *pair, &|sql, from| parent.column(sql, from), &column);
            }
            for pair in far {
                next(sql);
                equal(sql, *pair, &column, &|sql, to| writer.column(sql, to));
            }
        }
    }
    if related.condition != Condition::Always {
        next(sql);
        writer.condition(sql, &related.condition);
    }
}

/// Writes that two columns are equal. The one referred to stands first: SQLite compares by its collation, as it does where it
/// checks the key.
fn equal(
    sql: &mut Text<'_>,
    pair: Pair,
    from: &dyn Fn(&mut Text<'_>, usize),
    to: &dyn Fn(&mut Text<'_>, usize),
) {
    if pair.is_back {
        from(sql, pair.from);
        sql.sql(" = ");
        to(sql, pair.to);
    } else {
        to(sql, pair.to);
        sql.sql(" = ");
        from(sql, pair.from);
    }
}
