//! Numbers as clients write them.

use crate::value::Value;

/// Up to here a double holds every whole number, and none that was rounded to it: 2⁵³.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// A decimal number, as exact as SQLite can hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number of 64 bits.
    Integer(i64),
    /// A whole number that 64 bits cannot hold, as near as a double comes.
    Large(f64),
    /// A number with a fraction or an exponent.
    Real(f64),
}

impl Number {
    /// Reads decimal digits with an optional sign, fraction and exponent; spaces around them are ignored, as PostgreSQL does.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim_matches(' ');
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        // Rust also reads `inf` and `nan`, which are no numbers here.
        if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            return None;
        }
        if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
            return match text.parse() {
                Ok(integer) => Some(Self::Integer(integer)),
                Err(_) => text.parse().ok().map(Self::Large),
            };
        }
        let real: f64 = text.parse().ok()?;
        real.is_finite().then_some(Self::Real(real))
    }

    /// The number as a whole number of 64 bits, if it is one exactly: `1.0` and `1e3` are.
    pub fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(integer),
            Self::Large(_) => None,
            Self::Real(real) if real.fract() == 0.0 && real.abs() < EXACT_MAX => {
                format!("{real:.0}").parse().ok()
            }
            Self::Real(_) => None,
        }
    }

    /// The number to bind.
    pub fn value(self) -> Value {
        match self {
            Self::Integer(integer) => Value::Integer(integer),
            Self::Large(real) | Self::Real(real) => Value::Real(real),
        }
    }
}
