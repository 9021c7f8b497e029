//! The right side of a filter, a key in a path: text for a column.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::catalog::Kind;
use crate::error::Error;
use crate::literal::number::Number;
use crate::value::Value;

/// How much of a value an error repeats.
const SHOWN_MAX: usize = 64;

/// Base64 with or without its padding (RFC 4648 §3.2).
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The value that `text` stands for in a filter on, or as the key of, a column of this kind.
///
/// # Errors
/// [`Error::InvalidValue`] and [`Error::OutOfRange`].
pub fn read(column: &str, kind: Kind, text: &str) -> Result<Value, Error> {
    let invalid = || invalid(column, kind, text);
    let out_of_range = || Error::OutOfRange {
        column: column.to_owned(),
        kind,
        text: shown(text),
    };
    match kind {
        Kind::Integer => match Number::read(text).ok_or_else(invalid)? {
            Number::Large(_) => Err(out_of_range()),
            // SQLite's integer columns may hold reals, so a fraction can be compared with.
            number @ (Number::Integer(_) | Number::Real(_)) => Ok(number
                .integer()
                .map_or_else(|| number.value(), Value::Integer)),
        },
        Kind::Real | Kind::Numeric => match Number::read(text) {
            Some(Number::Large(large)) if large.is_infinite() => Err(out_of_range()),
            Some(number) => Ok(number.value()),
            None => infinity(text).map(Value::Real).ok_or_else(invalid),
        },
        Kind::Boolean => boolean(text)
            .map(|is_true| Value::Integer(i64::from(is_true)))
            .ok_or_else(invalid),
        Kind::Blob => octets(text).map(Value::Blob).ok_or_else(invalid),
        Kind::Text | Kind::Json | Kind::Temporal | Kind::Uuid | Kind::Any => {
            Ok(Value::Text(text.to_owned()))
        }
    }
}

/// The error for a value that does not fit.
pub(super) fn invalid(column: &str, kind: Kind, text: &str) -> Error {
    Error::InvalidValue {
        column: column.to_owned(),
        kind,
        text: shown(text),
    }
}

/// The beginning of a value, for a message.
pub(crate) fn shown(text: &str) -> String {
    let mut beginning: String = text.chars().take(SHOWN_MAX).collect();
    if beginning.len() < text.len() {
        beginning.push('…');
    }
    beginning
}

/// PostgreSQL's boolean literals: `true`, `false`, `yes`, `no`, `on`, `off`, `1`, `0` and their unambiguous beginnings.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "tr" | "tru" | "true" | "y" | "ye" | "yes" | "on" | "1" => Some(true),
        "f" | "fa" | "fal" | "fals" | "false" | "n" | "no" | "of" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Octets from base64, in either alphabet of RFC 4648, or as PostgreSQL writes them: `\x` and hexadecimal digits.
pub(super) fn octets(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        return hexadecimal(digits);
    }
    let alphabet = if text.contains(['-', '_']) {
        &alphabet::URL_SAFE
    } else {
        &alphabet::STANDARD
    };
    GeneralPurpose::new(alphabet, LENIENT).decode(text).ok()
}

/// Octets from pairs of hexadecimal digits.
fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let octet = |pair: &[u8; 2]| {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        u8::try_from((high? << 4) | low?).ok()
    };
    rest.is_empty()
        .then(|| pairs.iter().map(octet).collect())
        .flatten()
}

/// PostgreSQL's names of the infinities.
pub(super) fn infinity(text: &str) -> Option<f64> {
    match text.trim().to_ascii_lowercase().as_str() {
        "infinity" | "inf" | "+infinity" | "+inf" => Some(f64::INFINITY),
        "-infinity" | "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}
