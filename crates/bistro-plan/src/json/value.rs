//! One value as JSON.

use serde_json::value::RawValue;

use crate::catalog::Kind;
use crate::json::scalar;
use crate::value::ValueRef;

/// What is put into JSON for a value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`, or a JSON document that is `null`
    Null,
    /// a number
    Integer(i64),
    /// a number, or a word for what JSON has no number for
    Real(f64),
    /// `true` or `false`
    Boolean(&'static str),
    /// a string
    Text(&'a [u8]),
    /// a JSON document, valid
    Document(&'a str),
    /// a string of base64
    Blob(&'a [u8]),
}

/// Decides by what is stored and what the column means.
#[inline]
pub fn read(value: ValueRef<'_>, kind: Kind) -> Value<'_> {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => match scalar::boolean(number) {
            Some(word) if kind == Kind::Boolean => Value::Boolean(word),
            Some(_) | None => Value::Integer(number),
        },
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(octets) => match kind {
            Kind::Json => match document(octets) {
                Some("null") => Value::Null,
                Some(text) => Value::Document(text),
                None => Value::Text(octets),
            },
            Kind::Integer
            | Kind::Real
            | Kind::Numeric
            | Kind::Text
            | Kind::Boolean
            | Kind::Blob
            | Kind::Temporal
            | Kind::Uuid
            | Kind::Any => Value::Text(octets),
        },
        ValueRef::Blob(octets) => Value::Blob(octets),
    }
}

/// The value of an expression that gives JSON which we have written ourselves.
pub fn written(value: ValueRef<'_>) -> Value<'_> {
    match value {
        ValueRef::Text(octets) => match str::from_utf8(octets) {
            Ok(text) => Value::Document(text),
            Err(_) => Value::Text(octets),
        },
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => {
            Value::Null
        }
    }
}

/// The text of a JSON document without the whitespace around it, if it is one. How deep it nests does not matter: a raw
/// value is only looked over, without recursion.
fn document(octets: &[u8]) -> Option<&str> {
    let text = str::from_utf8(octets).ok()?;
    serde_json::from_str::<&RawValue>(text)
        .ok()
        .map(RawValue::get)
}

/// Writes text as a JSON string.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        return quote(text.as_bytes(), out);
    }
    // Counting looks at many octets at a time, which stopping at the first would not.
    let escapes = text
        .bytes()
        .filter(|octet| matches!(octet, 0..b' ' | b'"' | b'\\'));
    if escapes.count() > 0 {
        serde_json::to_writer(out, text).expect("a vector takes every octet");
    } else {
        quote(text.as_bytes(), out);
    }
}

/// Writes text as it is stored as a JSON string; what is not UTF-8 becomes U+FFFD.
fn write_stored(octets: &[u8], out: &mut Vec<u8>) {
    // What is plain is UTF-8: one look is enough for most text.
    if is_plain(octets) {
        quote(octets, out);
    } else {
        write_string(&scalar::text(octets), out);
    }
}

fn quote(octets: &[u8], out: &mut Vec<u8>) {
    out.reserve(octets.len() + 2);
    out.push(b'"');
    out.extend_from_slice(octets);
    out.push(b'"');
}

/// Whether this is ASCII with nothing that a JSON string has to escape (RFC 8259 §7), looked at eight octets at a time.
fn is_plain(octets: &[u8]) -> bool {
    let (eights, rest) = octets.as_chunks::<8>();
    let found = match octets.last_chunk::<8>() {
        // Octets may be looked at twice.
        Some(last) => eights.iter().chain([last]).fold(0, |found, eight| {
            found | special(u64::from_ne_bytes(*eight))
        }),
        None => {
            let mut eight = [b' '; 8];
            for (place, octet) in eight.iter_mut().zip(rest) {
                *place = *octet;
            }
            special(u64::from_ne_bytes(eight))
        }
    };
    found == 0
}

/// Not 0 exactly if one of the eight octets is a control character, a quotation mark, a backslash or not ASCII.
fn special(eight: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    // Of octets below 0x80, subtracting borrows where one is smaller. A borrow from a neighbour can only be taken where
    // that one is special itself.
    let below = |eight: u64, octet: u8| eight.wrapping_sub(ONES * u64::from(octet));
    let equal = |octet: u8| below(eight ^ (ONES * u64::from(octet)), 1);
    (below(eight, b' ') | equal(b'"') | equal(b'\\') | eight) & HIGHS
}

impl Value<'_> {
    /// Writes everything but a document, which the layout has a say in.
    #[inline]
    pub fn write(&self, document: impl FnOnce(&str, &mut Vec<u8>), out: &mut Vec<u8>) {
        match *self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Integer(number) => scalar::integer(number, out),
            Self::Real(number) => match scalar::real_word(number) {
                Some(word) => write_string(word, out),
                None => scalar::real(number, out),
            },
            Self::Boolean(word) => out.extend_from_slice(word.as_bytes()),
            Self::Text(octets) => write_stored(octets, out),
            Self::Document(text) => document(text, out),
            Self::Blob(octets) => {
                out.push(b'"');
                scalar::base64(octets, out);
                out.push(b'"');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write_stored;

    #[test]
    fn every_octet_is_escaped_wherever_it_stands() {
        for length in 1..=20 {
            for place in 0..length {
                for octet in 0..=u8::MAX {
                    let at = |other| if other == place { octet } else { b'a' };
                    let octets: Vec<u8> = (0..length).map(at).collect();
                    let mut written = Vec::new();
                    write_stored(&octets, &mut written);
                    let text = String::from_utf8_lossy(&octets);
                    let expected = serde_json::to_string(&text).expect("text has a JSON form");
                    assert_eq!(String::from_utf8_lossy(&written), expected);
                }
            }
        }
    }

    #[test]
    fn octets_next_to_each_other_do_not_hide_each_other() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let octets = [b'~', first, second, b' ', 0x7f, b'!', b'#', b'['];
                let mut written = Vec::new();
                write_stored(&octets, &mut written);
                let text = String::from_utf8_lossy(&octets);
                let expected = serde_json::to_string(&text).expect("text has a JSON form");
                assert_eq!(String::from_utf8_lossy(&written), expected);
            }
        }
    }
}
