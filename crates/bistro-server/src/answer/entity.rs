//! The entity tag of a representation, and the answer where it is not the one that was asked for.

use bistro_http::etag::{Conditions, EntityTag, Verdict};
use bistro_http::method::Method;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed, xxh3_128_with_seed};

use crate::fields;
use crate::problem::Problem;

/// The strong tag of a representation: its octets, its media type, and the field that says which part of the rows it is.
/// Two representations of one resource never share a tag (RFC 9110 §8.8.3).
pub(crate) fn tag(content_type: &str, content_range: Option<&str>, body: &[u8]) -> EntityTag {
    Tag::of(content_type, content_range, body).entity_tag()
}

/// The same, as it is made: the digits of a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag([u8; 2 * size_of::<u128>()]);

impl Tag {
    /// The tag of a representation.
    pub(crate) fn of(content_type: &str, content_range: Option<&str>, body: &[u8]) -> Self {
        let seed = xxh3_64(content_type.as_bytes());
        let seed = xxh3_64_with_seed(content_range.unwrap_or_default().as_bytes(), seed);
        Self(hexadecimal(xxh3_128_with_seed(body, seed)))
    }

    /// What stands between the quotes.
    pub(crate) fn opaque(&self) -> &str {
        // They are digits.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The tag that others are compared with.
    pub(crate) fn entity_tag(&self) -> EntityTag {
        EntityTag {
            is_weak: false,
            opaque: self.opaque().to_owned(),
        }
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
fn hexadecimal(number: u128) -> [u8; 2 * size_of::<u128>()] {
    let mut digits = [0; 2 * size_of::<u128>()];
    for (octet, pair) in number.to_be_bytes().iter().zip(digits.chunks_exact_mut(2)) {
        for (place, digit) in pair.iter_mut().zip([octet >> 4, octet & 0xf]) {
            *place = digit + if digit < 10 { b'0' } else { b'a' - 10 };
        }
    }
    digits
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
