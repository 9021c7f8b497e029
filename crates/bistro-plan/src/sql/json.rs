//! Places inside JSON, in SQLite's own functions and paths.

use bistro_dialect::field::StepKey;
use serde_json::Value as Json;

use crate::catalog::Relation;
use crate::plan::{Extract, Path};
use crate::sql::expression::Naming;
use crate::sql::text::Text;
use crate::value::Value;

/// Writes what is found at a place. Text that is no JSON has no places: SQLite would end the whole statement there.
pub(super) fn write(sql: &mut Text, relation: &Relation, naming: Naming, path: &Path) {
    let place = Value::Text(text(&path.steps));
    let number = sql.bind(place);
    let column = &relation.column(path.column).name;
    let document = |sql: &mut Text| {
        sql.sql("CASE WHEN json_valid(");
        naming.column(sql, column);
        sql.sql(") THEN ");
        naming.column(sql, column);
        sql.sql(" END");
    };
    let call = |sql: &mut Text, function: &'static str| {
        sql.sql(function).sql("(");
        document(sql);
        sql.sql(", ").parameter(number).sql(")");
    };
    let arrow = |sql: &mut Text, arrow: &'static str| {
        sql.sql("(");
        document(sql);
        sql.sql(") ").sql(arrow).sql(" ").parameter(number);
    };
    match path.extract {
        Extract::Json => {
            sql.sql("(");
            arrow(sql, "->");
            sql.sql(")");
        }
        Extract::Scalar => call(sql, "json_extract"),
        Extract::Text => {
            sql.sql("CASE ");
            call(sql, "json_type");
            sql.sql(" WHEN 'text' THEN ");
            arrow(sql, "->>");
            sql.sql(" WHEN 'null' THEN NULL ELSE ");
            arrow(sql, "->");
            sql.sql(" END");
        }
        Extract::Number => {
            sql.sql("CASE WHEN ");
            call(sql, "json_type");
            sql.sql(" IN ('integer', 'real') THEN ");
            arrow(sql, "->>");
            sql.sql(" END");
        }
        Extract::String => {
            sql.sql("CASE WHEN ");
            call(sql, "json_type");
            sql.sql(" = 'text' THEN ");
            arrow(sql, "->>");
            sql.sql(" END");
        }
    }
}

/// A path in SQLite's notation, every name in quotes and escaped as in JSON: `$."a b"[3]`, `$[#-1]`.
fn text(steps: &[StepKey]) -> String {
    let mut path = String::from("$");
    for step in steps {
        match step {
            StepKey::Name(name) => {
                path.push('.');
                path.push_str(&Json::String(name.clone()).to_string());
            }
            StepKey::Index(index) if *index < 0 => {
                path.push_str("[#-");
                path.push_str(&index.unsigned_abs().to_string());
                path.push(']');
            }
            StepKey::Index(index) => {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
            }
        }
    }
    path
}
