//! `application/json-patch+json` (RFC 6902): operations on a row as `GET` shows it, made into an update of the columns that
//! came out different.

mod growth;

use std::slice;

use bistro_database::Snapshot;
use bistro_dialect::payload::{Datum, Payload, Rows};
use bistro_represent::{Encoder, Format, Representation};
use hyper::StatusCode;
use json_patch::{Patch, PatchErrorKind};
use serde_json::{Map, Value};

use crate::answer::delivery::{Delivery, Task};
use crate::problem::Problem;
use crate::problem::failure::Failure;
use crate::writing::grounds::Grounds;
use crate::writing::patch::growth::Growth;
use bistro_plan::sql;

/// The update that `operations` make of the row as this transaction sees it.
pub(crate) fn apply(
    grounds: &Grounds,
    snapshot: &Snapshot<'_>,
    operations: &str,
) -> Result<Payload, Failure> {
    let patch: Patch = serde_json::from_str(operations).map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "PGRST102",
            "The body is not a JSON patch",
        )
        .details(error.to_string())
    })?;
    let before = row(grounds, snapshot)?;
    let mut after = Value::Object(before.clone());
    let mut growth = Growth::default();
    for (index, operation) in patch.iter().enumerate() {
        growth.check(&after, operation)?;
        // The row is only kept if all operations hold, so none has to be taken back.
        json_patch::patch_unsafe(&mut after, slice::from_ref(operation)).map_err(|mut error| {
            error.operation = index;
            refused(&error)
        })?;
    }
    let Value::Object(after) = after else {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "BISTRO422",
            "The patch makes something other than an object of the row",
        )
        .into());
    };
    Ok(Payload::Rows(difference(&before, after)))
}

/// The whole row, as JSON.
fn row(grounds: &Grounds, snapshot: &Snapshot<'_>) -> Result<Map<String, Value>, Failure> {
    let mut request = grounds.as_get();
    request.query.select = None;
    let read = grounds.read(&request)?;
    let representation = Representation {
        format: Format::Json,
        is_singular: true,
        strips_nulls: false,
    };
    let encoder = Encoder::new(representation, read.shape(), true);
    let statement = sql::read(&read);
    let task = Task {
        read: &read,
        text: &statement.text,
        parameters: &statement.parameters,
        encoder,
        is_singular: true,
        next_url: &|_| None,
        octets: 0,
    };
    let whole = Delivery::new(snapshot, task).run()?;
    let whole = whole
        .filter(|whole| whole.extent.rows == 1)
        .ok_or_else(Problem::no_such_row)?;
    // What Bistro wrote is JSON; all that can be wrong with it is that it goes deeper than the reader follows.
    serde_json::from_slice(&whole.body).map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "BISTRO422",
            "The row is nested too deeply to be patched",
        )
        .details(error.to_string())
        .hint("Send the columns to change as `application/json` instead.")
        .into()
    })
}

/// The columns that differ.
fn difference(before: &Map<String, Value>, mut after: Map<String, Value>) -> Rows {
    for name in before.keys() {
        after.entry(name.clone()).or_insert(Value::Null);
    }
    let (columns, values): (Vec<_>, Vec<_>) = after
        .into_iter()
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| (name, Some(datum(&value))))
        .unzip();
    Rows {
        columns,
        rows: vec![values],
        is_single: true,
    }
}

fn datum(value: &Value) -> Datum {
    match value {
        Value::Null => Datum::Null,
        Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Datum::Json(value.to_string()),
    }
}

/// RFC 5789 §2.2: a `test` that fails is a conflict with the row's state, a path that is not there cannot be processed.
fn refused(error: &json_patch::PatchError) -> Problem {
    let status = match error.kind {
        PatchErrorKind::TestFailed => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let code = if status == StatusCode::CONFLICT {
        "BISTRO409"
    } else {
        "BISTRO422"
    };
    Problem::new(status, code, "The patch cannot be applied to this row").details(error.to_string())
}
