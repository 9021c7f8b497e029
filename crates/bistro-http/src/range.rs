//! `Range` and `Content-Range` with items as the unit, as `PostgREST` uses them.

use thiserror::Error;

use crate::field;

/// The largest position an item can have; what is written larger is taken as this. Databases count in signed 64 bits.
pub const POSITION_MAX: u64 = i64::MAX.cast_unsigned();

/// A `Range: 0-24` of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemRange {
    /// The first item, from 0.
    pub first: u64,
    /// The last item, included; `None` for `5-`.
    pub last: Option<u64>,
}

/// A range that can hold nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RangeError {
    /// The end is before the beginning (416, `PGRST103`).
    #[error("the range {first}-{last} ends before it begins")]
    Empty {
        /// The first item asked for.
        first: u64,
        /// The last item asked for.
        last: u64,
    },
}

impl ItemRange {
    /// Reads `Range` beside `Range-Unit`, where there is one: `0-24`, `0-`, `items=0-24`.
    ///
    /// `None` for units other than items and for what is no range: both are ignored (RFC 9110 §14.2). Several ranges and
    /// the last few rows (`-5`) are not among what `PostgREST` knows, so they are ignored, too.
    pub fn read(range: &str, unit: Option<&str>) -> Result<Option<Self>, RangeError> {
        let is_items = |unit: &str| field::trim(unit).eq_ignore_ascii_case("items");
        let positions = match range.split_once('=') {
            Some((unit, positions)) if is_items(unit) => positions,
            Some(_) => return Ok(None),
            None => range,
        };
        if unit.is_some_and(|unit| !is_items(unit)) {
            return Ok(None);
        }
        let Some((first, last)) = field::trim(positions).split_once('-') else {
            return Ok(None);
        };
        match (position(first), last, position(last)) {
            (Some(first), "", _) => Ok(Some(Self { first, last: None })),
            (Some(first), _, Some(last)) if first > last => Err(RangeError::Empty { first, last }),
            (Some(first), _, Some(last)) => Ok(Some(Self {
                first,
                last: Some(last),
            })),
            (None, _, _) | (_, _, None) => Ok(None),
        }
    }

    /// How many items the range holds at most; `None` for `5-`.
    pub fn count(self) -> Option<u64> {
        self.last
            .map(|last| last.saturating_sub(self.first).saturating_add(1))
    }
}

/// A position; `None` unless it is one or more digits.
fn position(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(
        digits
            .parse()
            .map_or(POSITION_MAX, |position: u64| position.min(POSITION_MAX)),
    )
}

/// What a `Content-Range` of items says; [`content_range`] writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// The first item and the last; `None` if there are none here.
    pub items: Option<(u64, u64)>,
    /// How many there are in all, if that was said.
    pub total: Option<u64>,
}

impl ContentRange {
    /// Reads `0-24/100`, `0-24/*`, `*/0`, `*/*`, with the unit `items` before it or none; `None` for other units and for what
    /// is no such range.
    pub fn read(value: &str) -> Option<Self> {
        let value = field::trim(value);
        let value = match value.split_once(' ') {
            Some((unit, range)) if unit.eq_ignore_ascii_case("items") => field::trim(range),
            Some(_) => return None,
            None => value,
        };
        let (items, total) = value.split_once('/')?;
        let items = match items.split_once('-') {
            None if items == "*" => None,
            None => return None,
            Some((first, last)) => {
                let (first, last) = (position(first)?, position(last)?);
                (first <= last).then_some(())?;
                Some((first, last))
            }
        };
        let total = if total == "*" {
            None
        } else {
            Some(position(total)?)
        };
        Some(Self { items, total })
    }
}

/// The value of `Content-Range` for `rows` rows from the one at position `first`, of `total`, if that is known:
/// `0-24/100`, `0-24/*`, and for no rows `*/0`, `*/*`.
pub fn content_range(first: u64, rows: u64, total: Option<u64>) -> String {
    let total = total.map_or_else(|| "*".to_owned(), |total| total.to_string());
    match rows.checked_sub(1) {
        Some(more) => format!("{first}-{}/{total}", first.saturating_add(more)),
        None => format!("*/{total}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ContentRange, ItemRange, POSITION_MAX, RangeError, content_range};

    type Read = Result<Option<(u64, Option<u64>)>, RangeError>;

    #[test]
    fn ranges_of_items_are_read() {
        let check = |text: &str, unit: Option<&str>, expected: Read| {
            let expected =
                expected.map(|range| range.map(|(first, last)| ItemRange { first, last }));
            assert_eq!(ItemRange::read(text, unit), expected, "{text:?} {unit:?}");
        };
        check("0-24", Some("items"), Ok(Some((0, Some(24)))));
        check("0-24", None, Ok(Some((0, Some(24)))));
        check("5-", None, Ok(Some((5, None))));
        check("5-5", None, Ok(Some((5, Some(5)))));
        check("items=0-24", None, Ok(Some((0, Some(24)))));
        check("Items = 0-24 ", Some(" ITEMS "), Ok(Some((0, Some(24)))));
        check("007-008", None, Ok(Some((7, Some(8)))));
        check("3-2", None, Err(RangeError::Empty { first: 3, last: 2 }));
        check(
            "0-99999999999999999999",
            None,
            Ok(Some((0, Some(POSITION_MAX)))),
        );
        check(
            "18446744073709551615-",
            None,
            Ok(Some((POSITION_MAX, None))),
        );
    }

    #[test]
    fn what_is_no_range_of_items_is_ignored() {
        let check = |text: &str, unit: Option<&str>| {
            assert_eq!(ItemRange::read(text, unit), Ok(None), "{text:?} {unit:?}");
        };
        check("bytes=0-1", None);
        check("bytes=1-0", None);
        check("0-1", Some("bytes"));
        check("1-0", Some("bytes"));
        check("items=0-1", Some("bytes"));
        check("bytes=0-1", Some("items"));
        for text in [
            "", "-", "-5", "5", "a-b", "0-b", "a-1", "0--1", "0-1-2", "0-1,3-4", "+1-2", "1-+2",
            "1 - 2", "٣-٤", "=", "items=", "items=-", "0-1\n", "\0", "=0-1", "0x1-2", "1e3-",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_range_knows_how_much_it_holds() {
        let check = |first, last, expected| {
            assert_eq!(ItemRange { first, last }.count(), expected);
        };
        check(0, Some(24), Some(25));
        check(5, Some(5), Some(1));
        check(5, None, None);
        check(0, Some(u64::MAX), Some(u64::MAX));
    }

    #[test]
    fn content_range_says_which_rows_of_how_many() {
        let check = |first, rows, total, expected: &str| {
            assert_eq!(content_range(first, rows, total), expected);
        };
        check(0, 25, Some(100), "0-24/100");
        check(0, 25, None, "0-24/*");
        check(7, 1, Some(8), "7-7/8");
        check(0, 0, Some(0), "*/0");
        check(0, 0, None, "*/*");
        check(50, 0, Some(10), "*/10");
        check(
            u64::MAX,
            2,
            None,
            "18446744073709551615-18446744073709551615/*",
        );
    }

    #[test]
    fn a_content_range_is_read_as_it_is_written() {
        for (first, rows, total) in [
            (0, 25, Some(100)),
            (7, 1, None),
            (0, 0, Some(0)),
            (0, 0, None),
        ] {
            let items = (rows > 0).then(|| (first, first + rows - 1));
            let written = content_range(first, rows, total);
            assert_eq!(
                ContentRange::read(&written),
                Some(ContentRange { items, total })
            );
            assert_eq!(
                ContentRange::read(&format!("items {written}")),
                Some(ContentRange { items, total })
            );
        }
        for text in [
            "",
            "/",
            "0-1",
            "bytes 0-1/2",
            "1-0/2",
            "-1/2",
            "0-/2",
            "0-1/",
            "a-b/c",
            "*",
        ] {
            assert_eq!(ContentRange::read(text), None, "{text:?}");
        }
    }
}
