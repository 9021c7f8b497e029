//! What the head of an answer with rows says.

use bistro_http::range;
use bistro_plan::plan::{Dependence, Read};
use bistro_represent::Format;
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderValue};

use crate::answer::delivery::Extent;
use crate::answer::preferred;
use crate::asked::Asked;
use crate::problem::Problem;
use crate::reading::lines::Lines;
use crate::standard;

/// Room for the fields that depend on the rows, in octets: usual links, a tag, a range.
const VARIABLE_OCTETS: usize = 512;

/// The fields of the answers to a read, as far as they do not depend on the rows.
#[derive(Debug)]
pub(super) struct Head {
    /// Those that tell of the content.
    content: Lines,
    /// The others.
    rest: Lines,
}

impl Head {
    pub(super) fn new(asked: &Asked, dependence: &Dependence) -> Self {
        let mut content = Lines::default();
        let content_type = asked.representation.content_type();
        content.add(&header::CONTENT_TYPE, [content_type]);
        let (vary, cache) = match dependence {
            Dependence::Nobody => ("Accept, Prefer, Range", "no-cache"),
            Dependence::Class | Dependence::Values(_) => (
                "Accept, Prefer, Range, Cookie, Authorization",
                "private, no-cache",
            ),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        preferred::applied(&asked.request, &asked.request.preferences, &mut headers);
        headers.extend(standard::fields(
            asked.representation.format == Format::Html,
        ));
        Self {
            content,
            rest: Lines::of(&headers),
        }
    }

    /// The fields of an answer, but `Link` and `ETag`; and how many octets of them, at their beginning, tell of the content.
    pub(super) fn lines(&self, content_range: Option<&str>) -> (Lines, usize) {
        let octets = self.content.len() + self.rest.len() + VARIABLE_OCTETS;
        let mut lines = Lines::with_capacity(octets);
        lines.extend(&self.content);
        if let Some(content_range) = content_range {
            lines.add(&header::CONTENT_RANGE, [content_range]);
        }
        let of_content = lines.len();
        lines.extend(&self.rest);
        (lines, of_content)
    }
}

/// `Content-Range`, of what has pages.
pub(super) fn content_range(read: &Read, extent: &Extent) -> Option<String> {
    (!read.is_item).then(|| range::content_range(read.offset, extent.rows, extent.total))
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
