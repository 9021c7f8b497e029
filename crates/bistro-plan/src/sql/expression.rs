//! Expressions and conditions.

mod related;

use bistro_dialect::select::AggregateFunction;

use crate::catalog::Relation;
use crate::plan::{Comparison, Condition, Containment, Expression, Language, Related};
use crate::sql::naming::Naming;
use crate::sql::text::Text;
use crate::sql::{cast, json, sight};
use crate::value::Value;

/// How many conditions stand in one row without parentheses: SQLite counts each as a level of its expression tree.
const FLAT_MAX: usize = 32;

/// Writes expressions and conditions over one relation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    /// The relation.
    pub relation: &'a Relation,
    /// How its columns are called.
    pub naming: Naming,
    /// What belongs to its rows.
    pub related: &'a [Related],
}

impl<'a> Writer<'a> {
    /// Writes a column. Where the relation itself stands in the statement, and no subquery of what is seen of it, a value that is
    /// not seen in every row is left out here.
    pub(super) fn column(self, sql: &mut Text<'_>, position: usize) {
        let values = self.relation.values_seen(position);
        match values.filter(|_| self.naming == Naming::Plain) {
            None => self
                .naming
                .column(sql, &self.relation.column(position).name),
            Some(values) => {
                sql.sql("CASE WHEN ");
                sight::admitted(sql, values);
                sql.sql(" THEN ");
                self.naming
                    .column(sql, &self.relation.column(position).name);
                sql.sql(" END");
            }
        }
    }

    /// Writes a value computed from a row.
    pub(super) fn expression(self, sql: &mut Text<'_>, expression: &Expression) {
        match expression {
            Expression::Column(position) => self.column(sql, *position),
            // FTS5's own column, a name that no other can have.
            Expression::Rank => self.naming.column(sql, "rank"),
            Expression::Path(path) => {
                json::write(sql, path, &|sql| self.column(sql, path.column));
            }
            Expression::Cast { of, from, to } => {
                cast::write(sql, *from, *to, &|sql| self.expression(sql, of));
            }
            Expression::Aggregate { function, of } => {
                sql.sql(match function {
                    AggregateFunction::Average => "avg(",
                    AggregateFunction::Count => "count(",
                    AggregateFunction::Maximum => "max(",
                    AggregateFunction::Minimum => "min(",
                    AggregateFunction::Sum => "sum(",
                });
                match of {
                    Some(of) => self.expression(sql, of),
                    None => {
                        sql.sql("*");
                    }
                }
                sql.sql(")");
            }
            Expression::Related { place, taken } => {
                related::taken(sql, self, self.belonging(*place), taken);
            }
        }
    }

    /// What belongs to the row, by its place.
    fn belonging(self, place: usize) -> &'a Related {
        self.related
            .get(place)
            .expect("places are made from this very list")
    }

    /// Writes a condition, in parentheses where it needs them to stand beside others.
    pub(super) fn condition(self, sql: &mut Text<'_>, condition: &Condition) {
        match condition {
            Condition::Always => {
                sql.sql("1");
            }
            Condition::Never => {
                sql.sql("0");
            }
            Condition::Compare {
                left,
                comparison,
                right,
            } => {
                self.expression(sql, left);
                sql.sql(operator(*comparison)).value(right.clone());
            }
            Condition::Between {
                expression,
                from,
                to,
            } => self.between(sql, expression, from, to),
            Condition::CompareRow {
                left,
                comparison,
                right,
            } => self.row(sql, left, *comparison, right),
            Condition::IsNull(expression) => {
                self.expression(sql, expression);
                sql.sql(" IS NULL");
            }
            Condition::IsBoolean(expression, is_true) => {
                self.expression(sql, expression);
                sql.sql(if *is_true { " IS TRUE" } else { " IS FALSE" });
            }
            Condition::In(expression, values) => {
                self.expression(sql, expression);
                sql.sql(" IN (");
                sql.list(values, ", ", |sql, value| {
                    sql.value(value.clone());
                });
                sql.sql(")");
            }
            Condition::Matches {
                expression,
                language,
                pattern,
            } => self.matches(sql, expression, *language, pattern),
            Condition::Holds {
                expression,
                relation,
                json,
            } => self.holds(sql, expression, *relation, json),
            Condition::Search { rowid, query } => self.search(sql, rowid, query),
            Condition::Ranked(query) => self.ranked(sql, query),
            Condition::ByStorage {
                expression,
                number,
                otherwise,
            } => self.by_storage(sql, expression, number, otherwise),
            Condition::Exists(place) => related::exists(sql, self, self.belonging(*place)),
            Condition::Among { columns, place } => self.among(sql, columns, *place),
            Condition::Not(member) => self.negated(sql, member),
            Condition::All(members) => self.joined(sql, members, " AND "),
            Condition::Any(members) => {
                sql.sql("(");
                self.joined(sql, members, " OR ");
                sql.sql(")");
            }
        }
    }

    fn among(self, sql: &mut Text<'_>, columns: &[usize], place: usize) {
        sql.sql("(");
        sql.list(columns, ", ", |sql, position| self.column(sql, *position));
        sql.sql(") IN ");
        related::rows(sql, self, self.belonging(place));
    }

    /// The index is asked by its own name, apart from the row, so that the answer can be negated and joined like others.
    fn search(self, sql: &mut Text<'_>, rowid: &'static str, query: &str) {
        self.naming.prefix(sql);
        sql.sql(rowid).sql(" IN (SELECT rowid FROM ");
        sql.relation(self.relation)
            .sql(" WHERE ")
            .name(&self.relation.name);
        sql.sql(" MATCH ")
            .value(Value::Text(query.to_owned()))
            .sql(")");
    }

    /// The rows' own index is asked, for only then does it know how well each fits: by its column called as the table is.
    fn ranked(self, sql: &mut Text<'_>, query: &str) {
        self.naming.column(sql, &self.relation.name);
        sql.sql(" MATCH ").value(Value::Text(query.to_owned()));
    }

    fn negated(self, sql: &mut Text<'_>, member: &Condition) {
        // The planner knows `IS NOT NULL` and finds an index for it.
        if let Condition::IsNull(expression) = member {
            self.expression(sql, expression);
            sql.sql(" IS NOT NULL");
            return;
        }
        sql.sql("NOT (");
        self.condition(sql, member);
        sql.sql(")");
    }

    fn between(self, sql: &mut Text<'_>, expression: &Expression, from: &str, to: &str) {
        self.expression(sql, expression);
        sql.sql(" COLLATE BINARY >= ")
            .value(Value::Text(from.to_owned()))
            .sql(" AND ");
        self.expression(sql, expression);
        sql.sql(" COLLATE BINARY < ")
            .value(Value::Text(to.to_owned()));
    }

    fn row(self, sql: &mut Text<'_>, left: &[Expression], comparison: Comparison, right: &[Value]) {
        sql.sql("(");
        sql.list(left, ", ", |sql, expression| {
            self.expression(sql, expression);
        });
        sql.sql(")").sql(operator(comparison)).sql("(");
        sql.list(right, ", ", |sql, value| {
            sql.value(value.clone());
        });
        sql.sql(")");
    }

    fn matches(
        self,
        sql: &mut Text<'_>,
        expression: &Expression,
        language: Language,
        pattern: &str,
    ) {
        sql.sql(match language {
            Language::Like => "bistro_like(",
            Language::LikeIgnoreCase => "bistro_ilike(",
            Language::Match => "bistro_match(",
            Language::MatchIgnoreCase => "bistro_imatch(",
        });
        self.expression(sql, expression);
        sql.sql(", ")
            .value(Value::Text(pattern.to_owned()))
            .sql(")");
    }

    fn by_storage(
        self,
        sql: &mut Text<'_>,
        expression: &Expression,
        number: &Condition,
        otherwise: &Condition,
    ) {
        sql.sql("CASE WHEN typeof(");
        self.expression(sql, expression);
        sql.sql(") IN ('integer', 'real') THEN ");
        self.condition(sql, number);
        sql.sql(" ELSE ");
        self.condition(sql, otherwise);
        sql.sql(" END");
    }

    fn holds(self, sql: &mut Text<'_>, expression: &Expression, relation: Containment, json: &str) {
        let json = Value::Text(json.to_owned());
        match relation {
            Containment::Contains | Containment::Overlaps => {
                sql.sql(if relation == Containment::Contains {
                    "bistro_contains("
                } else {
                    "bistro_overlaps("
                });
                self.expression(sql, expression);
                sql.sql(", ").value(json).sql(")");
            }
            Containment::ContainedIn => {
                sql.sql("bistro_contains(").value(json).sql(", ");
                self.expression(sql, expression);
                sql.sql(")");
            }
        }
    }

    /// Many members are halved and halved again, so that the tree is as deep as its logarithm.
    fn joined(self, sql: &mut Text<'_>, members: &[Condition], between: &'static str) {
        if members.len() <= FLAT_MAX {
            sql.list(members, between, |sql, member| self.condition(sql, member));
            return;
        }
        let (left, right) = members.split_at(members.len() / 2);
        sql.sql("(");
        self.joined(sql, left, between);
        sql.sql(")").sql(between).sql("(");
        self.joined(sql, right, between);
        sql.sql(")");
    }
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " <> ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
        Comparison::Distinct => " IS NOT ",
    }
}
