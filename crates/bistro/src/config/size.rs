//! Sizes: `512B`, `64KiB`, `8MiB`, `1GiB`.

use serde::{Deserialize, Deserializer};

use crate::config::text::{self, Text};

/// A number of octets, more than none and at most [`LARGEST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size(pub(super) usize);

/// What one body may hold at all, whatever the file says: it has to fit in memory.
const LARGEST: usize = 1 << 30;

/// Every unit and its octets. `kB` and `MB` are the decimal ones.
const UNITS: [(&str, usize); 7] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

impl Text for Size {
    const EXPECTED: &'static str = "a size such as \"8MiB\" (units: B, KiB, MiB, GiB, kB, MB, GB)";

    fn read(text: &str) -> Result<Self, String> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let octets = UNITS
            .into_iter()
            .find(|(name, _)| *name == unit)
            .and_then(|(_, factor)| number.parse::<usize>().ok()?.checked_mul(factor))
            .ok_or_else(|| format!("`{text}` is not {}", Self::EXPECTED))?;
        if octets == 0 {
            return Err(format!(
                "`{text}` is nothing at all; the smallest is \"1B\""
            ));
        }
        if octets > LARGEST {
            return Err(format!("`{text}` is too much; the largest is \"1GiB\""));
        }
        Ok(Self(octets))
    }
}

/// Room in memory: none, or a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// `"off"`
    Off,
    /// So many octets.
    Of(usize),
}

impl Text for Room {
    const EXPECTED: &'static str =
        "\"off\", or a size such as \"16MiB\" (units: B, KiB, MiB, GiB, kB, MB, GB)";

    fn read(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        match Size::read(text) {
            Ok(Size(octets)) => Ok(Self::Of(octets)),
            Err(problem) => Err(format!("{problem}, or \"off\"")),
        }
    }
}

impl<'de> Deserialize<'de> for Room {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}
