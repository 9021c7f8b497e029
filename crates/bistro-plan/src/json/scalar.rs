//! Numbers, text and octets as characters, the same in every representation.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An integer in decimal.
pub fn integer(number: i64, out: &mut Vec<u8>) {
    serde_json::to_writer(out, &number).expect("a vector takes every octet");
}

/// A real in the fewest digits that read back as the same bits; a whole one keeps its `.0`, so that it reads back as a real.
///
/// What has no digits is a word: `Infinity`, `-Infinity`, `NaN`.
pub fn real(number: f64, out: &mut Vec<u8>) {
    match real_word(number) {
        Some(word) => out.extend_from_slice(word.as_bytes()),
        None => serde_json::to_writer(out, &number).expect("a vector takes every octet"),
    }
}

/// PostgreSQL's word for a real that has no digits (PostgreSQL, "Numeric Types" §8.1.3).
pub fn real_word(number: f64) -> Option<&'static str> {
    if number.is_finite() {
        None
    } else if number.is_nan() {
        Some("NaN")
    } else if number > 0.0 {
        Some("Infinity")
    } else {
        Some("-Infinity")
    }
}

/// Text as stored; what is not UTF-8 becomes U+FFFD.
pub fn text(octets: &[u8]) -> Cow<'_, str> {
    // Checking alone is several times as fast as replacing where there is nothing to replace.
    match str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(octets),
    }
}

/// Octets as base64 with padding (RFC 4648 §4).
pub fn base64(octets: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(STANDARD.encode(octets).as_bytes());
}

/// What a column of kind Boolean means by an integer; `None` for an integer that is neither.
pub fn boolean(number: i64) -> Option<&'static str> {
    match number {
        0 => Some("false"),
        1 => Some("true"),
        _ => None,
    }
}
