//! What embedded rows are made of: SQL functions that write values as JSON.

use std::sync::Arc;

use bistro_plan::json::{self, Members};
use bistro_plan::value::ValueRef as Shown;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, Result, ToSql};

/// How much JSON one embed of one row may be, in octets: all of it is in memory at once, and relations that lead back and
/// forth multiply their rows with every level.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Room for what one row usually is, and what several are: growing to that from nothing would cost more than writing it.
const ONE: usize = 256;
const SEVERAL: usize = 2 * 1024;

/// Each is a pure function of its arguments, so views and indexes may use it, also under `trusted_schema=OFF`.
pub(super) const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8
    .union(FunctionFlags::SQLITE_DETERMINISTIC)
    .union(FunctionFlags::SQLITE_INNOCUOUS);

/// Teaches a connection `bistro_object(members, value, …)`, which gives a JSON object, and the aggregates
/// `bistro_objects(members, value, …)` and `bistro_values(member, value)`, which give an array of objects or of values. They
/// write each row where it stays: most of an answer goes through here.
pub(super) fn register(connection: &Connection) -> Result<()> {
    connection.create_scalar_function("bistro_object", -1, FLAGS, |context| object(context))?;
    connection.create_aggregate_function("bistro_objects", -1, FLAGS, Array(write_object))?;
    connection.create_aggregate_function("bistro_values", 2, FLAGS, Array(write_value))
}

type Write = fn(&Context<'_>, &Members, &mut Vec<u8>);

/// The values of a row as a JSON object.
fn object(context: &Context<'_>) -> Result<Json> {
    let mut out = Vec::with_capacity(ONE);
    write_object(context, &known(context)?.members, &mut out);
    check_length(&out)?;
    Ok(Json(out))
}

fn write_object(context: &Context<'_>, members: &Members, out: &mut Vec<u8>) {
    members.write(|place| shown(context.get_raw(place + 1)), out);
}

fn write_value(context: &Context<'_>, members: &Members, out: &mut Vec<u8>) {
    json::write_value(members, shown(context.get_raw(1)), out);
}

/// What the first argument says.
struct Known {
    text: Vec<u8>,
    members: Members,
}

/// What the first argument says, which is something of each of the others; read once a statement. SQLite forgets it where a scalar function gets another argument, but
/// not where an aggregate does.
fn known(context: &Context<'_>) -> Result<Arc<Known>> {
    let text = match context.get_raw(0) {
        ValueRef::Text(text) => text,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => &[],
    };
    if let Some(known) = context.get_aux::<Known>(0)?
        && known.text == text
    {
        return Ok(known);
    }
    let members = str::from_utf8(text).ok().and_then(Members::read);
    let members =
        members.ok_or_else(|| Error::UserFunctionError("bistro: these are no members".into()))?;
    let (found, expected) = (context.len(), members.len() + 1);
    if found != expected {
        return Err(Error::InvalidParameterCount(found, expected));
    }
    context.set_aux(
        0,
        Known {
            text: text.to_vec(),
            members,
        },
    )
}

/// JSON as a function gives it: SQLite takes the octets as they are.
struct Json(Vec<u8>);

impl ToSql for Json {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
    }
}

fn check_length(json: &[u8]) -> Result<()> {
    if json.len() > BYTES_MAX {
        // Begins as SQLite's own message does, and so means the same.
        let message = format!(
            "string or blob too big: what is embedded in a row has at most {BYTES_MAX} octets"
        );
        return Err(Error::UserFunctionError(message.into()));
    }
    Ok(())
}

fn shown(value: ValueRef<'_>) -> Shown<'_> {
    match value {
        ValueRef::Null => Shown::Null,
        ValueRef::Integer(integer) => Shown::Integer(integer),
        ValueRef::Real(real) => Shown::Real(real),
        ValueRef::Text(octets) => Shown::Text(octets),
        ValueRef::Blob(octets) => Shown::Blob(octets),
    }
}

/// Rows as a JSON array, in the order they come.
struct Array(Write);

/// The array so far.
struct Rows {
    known: Arc<Known>,
    out: Vec<u8>,
}

impl Aggregate<Rows, Json> for Array {
    fn init(&self, context: &mut Context<'_>) -> Result<Rows> {
        Ok(Rows {
            known: known(context)?,
            out: Vec::with_capacity(SEVERAL),
        })
    }

    fn step(&self, context: &mut Context<'_>, rows: &mut Rows) -> Result<()> {
        let is_first = rows.out.is_empty();
        rows.out.push(if is_first { b'[' } else { b',' });
        (self.0)(context, &rows.known.members, &mut rows.out);
        check_length(&rows.out)
    }

    fn finalize(&self, _context: &mut Context<'_>, rows: Option<Rows>) -> Result<Json> {
        let mut out = rows.map_or_else(Vec::new, |rows| rows.out);
        if out.is_empty() {
            out.push(b'[');
        }
        out.push(b']');
        Ok(Json(out))
    }
}
