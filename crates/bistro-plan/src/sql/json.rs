//! Places inside JSON, in SQLite's own functions and paths.

use bistro_dialect::field::StepKey;
use serde_json::Value as Json;

use crate::plan::{Extract, Path};
use crate::sql::text::Text;
use crate::value::Value;

/// Writes what is found at a place in what `column` writes. Text that is no JSON has no places: SQLite would end the whole statement there.
pub(super) fn write(sql: &mut Text<'_>, path: &Path, column: &dyn Fn(&mut Text<'_>)) {
    let place = Value::Text(text(&path.steps));
    let number = sql.bind(place);
    let document = |sql: &mut Text<'_>| {
        sql.sql("CASE WHEN json_valid(");
        column(sql);
        sql.sql(") THEN ");
        column(sql);
        sql.sql(" END");
    };
    let call = |sql: &mut Text<'_>, function: &'static str| {
        sql.sql(function).sql("(");
        document(sql);
        sql.sql(", ").parameter(number).sql(")");
    };
    let arrow = |sql: &mut Text<'_>, arrow: &'static str| {
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

/// No array is so long; SQLite counts positions in 32 bits and starts over where they end.
const INDEX_MAX: u64 = 0x7FFF_FFFF;

/// A path in SQLite's notation, every name in quotes and escaped as in JSON: `$."a b"[3]`, `$[#-1]`.
fn text(steps: &[StepKey]) -> String {
    let mut path = String::from("$");
    for step in steps {
        match step {
            StepKey::Name(name) => {
                path.push('.');
                path.push_str(&Json::String(name.clone()).to_string());
            }
            StepKey::Index(index) => {
                path.push_str(if *index < 0 { "[#-" } else { "[" });
                path.push_str(&index.unsigned_abs().min(INDEX_MAX).to_string());
                path.push(']');
            }
        }
    }
    path
}
