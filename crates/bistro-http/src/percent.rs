//! Percent-encoding: of path segments, of query components, and of forms (RFC 3986 §2.1, URL Standard §5).

use thiserror::Error;

/// Text that is not percent-encoded UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{reason} at byte {at}")]
pub struct DecodeError {
    /// Where, in bytes of the encoded text, from 0.
    pub at: usize,
    /// What is wrong there.
    pub reason: DecodeReason,
}

/// Why text cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeReason {
    /// `%` without two hexadecimal digits after it.
    #[error("`%` needs two hexadecimal digits after it")]
    Escape,
    /// The octets are not UTF-8.
    #[error("the octets are not valid UTF-8")]
    Utf8,
}

/// What `+` stands for.
#[derive(Clone, Copy)]
enum Plus {
    Itself,
    Space,
}

/// Decodes a path segment or any other text in which `+` is a plus.
pub fn decode(encoded: &str) -> Result<String, DecodeError> {
    decode_octets(encoded, Plus::Itself)
}

/// Decodes a name or value of a query or form, in which `+` is a space.
pub fn decode_form(encoded: &str) -> Result<String, DecodeError> {
    decode_octets(encoded, Plus::Space)
}

/// Encodes text as one path segment; [`decode`] gives it back.
///
/// `,` is encoded because it separates the values of a composite key, `+` because some take it for a space there, too.
/// A segment that is only `.` or `..` is encoded, so that it is not taken as a step in the path. (A browser does so
/// nevertheless, by the URL Standard §4.4; nothing a server writes can prevent that.)
pub fn encode_segment(text: &str) -> String {
    match text {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => encode(text, |byte| {
            byte.is_ascii_alphanumeric() || b"-._~!$&'()*;=:@".contains(&byte)
        }),
    }
}

/// Encodes text as a name or value of a query; [`decode_form`] gives it back.
///
/// What the dialect is written in (`.,:()*!~-_'`) stays readable. `>` does not: it may not stand in a URI (RFC 3986
/// §3.4), and strict servers, hyper among them, refuse a target that has it.
pub fn encode_query(text: &str) -> String {
    encode(text, |byte| {
        byte.is_ascii_alphanumeric() || b".,:()*!~-_'".contains(&byte)
    })
}

/// Appends one octet as `%XX`.
pub(crate) fn escape_into(byte: u8, encoded: &mut String) {
    encoded.push('%');
    for nibble in [byte >> 4, byte & 0x0f] {
        let digit = char::from_digit(u32::from(nibble), 16).expect("four bits are one digit");
        encoded.push(digit.to_ascii_uppercase());
    }
}

/// The octet two hexadecimal digits stand for.
pub(crate) fn octet(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn encode(text: &str, is_kept: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_kept(byte) {
            encoded.push(char::from(byte));
        } else {
            escape_into(byte, &mut encoded);
        }
    }
    encoded
}

fn decode_octets(encoded: &str, plus: Plus) -> Result<String, DecodeError> {
    let mut octets = Vec::with_capacity(encoded.len());
    for octet in Octets::of(encoded, plus) {
        octets.push(octet?.1);
    }
    String::from_utf8(octets).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        DecodeError {
            // Decoding once more tells which piece of the text the first bad octet came from.
            at: Octets::of(encoded, plus)
                .nth(valid)
                .and_then(Result::ok)
                .map_or(encoded.len(), |(at, _)| at),
            reason: DecodeReason::Utf8,
        }
    })
}

/// The decoded octets of a text, each with the place it was written at.
struct Octets<'a> {
    bytes: std::iter::Enumerate<std::str::Bytes<'a>>,
    plus: Plus,
}

impl<'a> Octets<'a> {
    fn of(encoded: &'a str, plus: Plus) -> Self {
        Self {
            bytes: encoded.bytes().enumerate(),
            plus,
        }
    }
}

impl Iterator for Octets<'_> {
    type Item = Result<(usize, u8), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (at, byte) = self.bytes.next()?;
        let decoded = match (byte, self.plus) {
            (b'%', _) => self
                .bytes
                .next()
                .zip(self.bytes.next())
                .and_then(|((_, high), (_, low))| octet(high, low)),
            (b'+', Plus::Space) => Some(b' '),
            (byte, _) => Some(byte),
        };
        Some(decoded.map(|octet| (at, octet)).ok_or(DecodeError {
            at,
            reason: DecodeReason::Escape,
        }))
    }
}

#[cfg(test)]
mod tests;
