//! What the head of an answer with rows says.

use bistro_http::range;
use bistro_plan::plan::{Dependence, Read};
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderValue};

use crate::answer::delivery::Extent;
use crate::answer::preferred;
use crate::asked::Asked;
use crate::fields;
use crate::problem::Problem;
use crate::standard;

/// The fields of an answer. Those that depend on the rows are there already, with nothing in them: what is copied then has
/// the room it needs, and is not moved for each field that comes.
pub(super) fn fields(asked: &Asked, read: &Read, dependence: &Dependence) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(asked.representation.content_type()),
    );
    let (vary, cache) = match dependence {
        Dependence::Nobody => ("Accept, Prefer, Range", "no-cache"),
        Dependence::Class | Dependence::Values(_) => (
            "Accept, Prefer, Range, Cookie, Authorization",
            "private, no-cache",
        ),
    };
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    preferred::applied(&asked.request, &asked.request.preferences, &mut headers);
    let nothing = || HeaderValue::from_static("");
    if asked.request.method.is_safe() {
        headers.insert(header::LINK, nothing());
        headers.insert(header::ETAG, nothing());
    }
    if !read.is_item {
        headers.insert(header::CONTENT_RANGE, nothing());
    }
    headers.extend(standard::fields());
    headers
}

/// `Content-Range`, of what has pages.
pub(super) fn content_range(read: &Read, extent: &Extent) -> Option<String> {
    (!read.is_item).then(|| range::content_range(read.offset, extent.rows, extent.total))
}

/// Says which part of the rows it is.
pub(super) fn set_content_range(headers: &mut HeaderMap, content_range: Option<&str>) {
    if let Some(content_range) = content_range {
        headers.insert(header::CONTENT_RANGE, fields::value(content_range));
    }
}

/// 200, 206 or 416 (`PostgREST`, "Pagination and Count"); 404 for an item that is not there, 406 for a singular
/// answer that would not be one.
pub(super) fn status(asked: &Asked, read: &Read, extent: &Extent) -> Result<StatusCode, Problem> {
    if read.is_item {
        return if extent.rows == 0 {
            Err(Problem::no_such_row())
        } else {
            Ok(StatusCode::OK)
        };
    }
    if asked.representation.is_singular && (extent.rows != 1 || extent.has_more) {
        return Err(not_singular(extent.rows));
    }
    match extent.total {
        Some(total) if read.offset > total => Err(out_of_range(read.offset, total)),
        Some(total) if extent.rows < total => Ok(StatusCode::PARTIAL_CONTENT),
        Some(_) | None => Ok(StatusCode::OK),
    }
}

/// A singular answer was asked for, and there is not exactly one row.
pub(crate) fn not_singular(rows: u64) -> Problem {
    Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "PGRST116",
        "Cannot coerce the result to a single JSON object",
    )
    .details(format!("The result contains {rows} rows"))
}

/// The page begins beyond the last row.
fn out_of_range(offset: u64, total: u64) -> Problem {
    Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "PGRST103",
        "Requested range not satisfiable",
    )
    .details(format!(
        "An offset of {offset} was requested, but there are only {total} rows."
    ))
    .field(header::CONTENT_RANGE, &format!("*/{total}"))
}
