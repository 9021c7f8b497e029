//! Durations: `500ms`, `30s`, `5m`, `2h`, `30d`.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::config::text::{self, Text};

/// A time that is longer than nothing and at most [`LONGEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Positive(pub(super) Duration);

/// How long an idle connection is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeepAlive {
    /// Not at all: every response closes its connection.
    Off,
    /// This long.
    For(Duration),
}

/// A year: beyond it is a typing mistake rather than a wish.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// Every unit and its milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

impl Text for Positive {
    const EXPECTED: &'static str = "a duration such as \"30s\" (units: ms, s, m, h, d)";

    fn read(text: &str) -> Result<Self, String> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let milliseconds = UNITS
            .into_iter()
            .find(|(name, _)| *name == unit)
            .and_then(|(_, factor)| number.parse::<u64>().ok()?.checked_mul(factor))
            .ok_or_else(|| format!("`{text}` is not {}", Self::EXPECTED))?;
        let duration = Duration::from_millis(milliseconds);
        if duration.is_zero() {
            return Err(format!(
                "`{text}` is no time at all; the shortest is \"1ms\""
            ));
        }
        if duration > LONGEST {
            return Err(format!("`{text}` is too long; the longest is \"365d\""));
        }
        Ok(Self(duration))
    }
}

/// Reads a duration.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn read(text: &str) -> Result<Duration, String> {
    Positive::read(text).map(|Positive(duration)| duration)
}

impl Text for KeepAlive {
    const EXPECTED: &'static str = "\"off\", or a duration such as \"75s\" (units: ms, s, m, h, d)";

    fn read(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        match Positive::read(text) {
            Ok(Positive(duration)) => Ok(Self::For(duration)),
            Err(problem) => Err(format!("{problem}, or \"off\"")),
        }
    }
}

impl<'de> Deserialize<'de> for Positive {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}

impl<'de> Deserialize<'de> for KeepAlive {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}
