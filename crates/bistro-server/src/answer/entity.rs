//! The entity tag of a representation, and the answer where it is not the one that was asked for.

use bistro_http::etag::{Conditions, EntityTag, Verdict};
use bistro_http::method::Method;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use xxhash_rust::xxh3::Xxh3Default;

use crate::fields;
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
        opaque: hexadecimal(hash.digest128()),
    }
}

/// The field that tells a tag of ours.
pub(crate) fn field(tag: &EntityTag) -> HeaderValue {
    let mut text = String::with_capacity(tag.opaque.len() + 2);
    text.push('"');
    text.push_str(&tag.opaque);
    text.push('"');
    HeaderValue::try_from(text).unwrap_or_else(|_invalid| fields::value(&tag.to_string()))
}

/// All digits of a number; what formats numbers in general takes longer than a row takes to be read.
fn hexadecimal(number: u128) -> String {
    let mut text = String::with_capacity(2 * size_of::<u128>());
    for octet in number.to_be_bytes() {
        for digit in [octet >> 4, octet & 0xf] {
            let letter = if digit < 10 { b'0' } else { b'a' - 10 };
            text.push(char::from(letter + digit));
        }
    }
    text
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
