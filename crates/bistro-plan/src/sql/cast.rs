//! Casts, in SQLite's own functions.

use crate::catalog::Kind;
use crate::plan::Cast;
use crate::sql::text::Text;

/// Writes a cast of `value`, which is written as often as the cast needs it.
pub(super) fn write(sql: &mut Text<'_>, from: Kind, to: Cast, value: &dyn Fn(&mut Text<'_>)) {
    match to {
        Cast::Integer if from == Kind::Real => {
            // SQLite cuts fractions off, PostgreSQL rounds.
            around(sql, "CAST(round(", value, ") AS INTEGER)");
        }
        Cast::Integer => around(sql, "CAST(", value, " AS INTEGER)"),
        Cast::Real => around(sql, "CAST(", value, " AS REAL)"),
        Cast::Numeric => around(sql, "CAST(", value, " AS NUMERIC)"),
        Cast::Text | Cast::Json if from == Kind::Boolean => {
            around(sql, "CASE ", value, " WHEN 0 THEN 'false' ELSE ");
            around(sql, "CASE WHEN ", value, " IS NOT NULL THEN 'true' END END");
        }
        Cast::Text if from == Kind::Blob => {
            // The hexadecimal digits of NULL are none, as those of no octets.
            around(sql, "CASE WHEN ", value, " IS NOT NULL THEN ");
            around(sql, "'\\x' || lower(hex(", value, ")) END");
        }
        Cast::Text | Cast::Uuid => around(sql, "CAST(", value, " AS TEXT)"),
        Cast::Boolean => match from {
            Kind::Boolean | Kind::Integer | Kind::Real | Kind::Numeric => {
                around(sql, "(", value, " <> 0)");
            }
            Kind::Text | Kind::Json | Kind::Blob | Kind::Temporal | Kind::Uuid | Kind::Any => {
                around(sql, "(lower(", value, BOOLEAN_LITERALS);
            }
        },
        Cast::Json => {
            around(sql, "CASE WHEN json_valid(", value, ") THEN ");
            around(sql, "", value, " WHEN ");
            around(sql, "", value, " IS NOT NULL THEN ");
            around(sql, "json_quote(CAST(", value, " AS TEXT)) END");
        }
        Cast::Date => around(sql, "date(", value, ")"),
        Cast::Time => around(sql, "time(", value, ")"),
        Cast::Timestamp => around(sql, "strftime('%Y-%m-%dT%H:%M:%S', ", value, ")"),
    }
}

const BOOLEAN_LITERALS: &str = ") IN ('t', 'true', 'y', 'yes', 'on', '1'))";

fn around(
    sql: &mut Text<'_>,
    before: &'static str,
    value: &dyn Fn(&mut Text<'_>),
    after: &'static str,
) {
    sql.sql(before);
    value(sql);
    sql.sql(after);
}
