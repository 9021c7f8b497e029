//! The entity tag of a representation, and the answer where it is not the one that was asked for.

use bistro_http::etag::{Conditions, EntityTag, Verdict};
use bistro_http::method::Method;
use hyper::StatusCode;
use xxhash_rust::xxh3::Xxh3Default;

use crate::problem::Problem;

/// The strong tag of a representation: its octets, its media type, and the field that says which part of the rows it is.
/// Two representations of one resource never share a tag (RFC 9110 §8.8.3).
pub(crate) fn tag(content_type: &str, content_range: Option<&str>, body: &[u8]) -> EntityTag {
    let mut hash = Xxh3Default::new();
    hash.update(content_type.as_bytes());
    hash.update(&[0]);
    hash.update(content_range.unwrap_or_default().as_bytes());
    hash.update(&[0]);
    hash.update(body);
    EntityTag {
        is_weak: false,
        opaque: format!("{:032x}", hash.digest128()),
    }
}

/// Holds conditions against a URL that only does something, so that there is nothing a tag could be of.
///
/// # Errors
/// They ask for something that is there.
pub(crate) fn check_nothing_there(conditions: &Conditions) -> Result<(), Problem> {
    match conditions.evaluate(None, Method::Post) {
        Verdict::Proceed => Ok(()),
        Verdict::Failed | Verdict::NotModified => Err(failed()),
    }
}

/// The answer to a condition that does not hold (RFC 9110 §15.5.13).
pub(crate) fn failed() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "BISTRO412",
        "The resource is not in the state that `If-Match` or `If-None-Match` asks for",
    )
    .hint("Somebody changed it since you read it. Read it again, and repeat the change with its new `ETag`.")
}
