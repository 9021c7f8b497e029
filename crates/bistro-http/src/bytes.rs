//! `Range` with octets as the unit (RFC 9110 §14).

use crate::field;

/// Which octets of a representation a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// All of them.
    All,
    /// Some of them, both ends included.
    Part {
        /// The first, from 0.
        first: u64,
        /// The last.
        last: u64,
    },
    /// None that there are: 416.
    Beyond,
}

impl Bytes {
    /// Reads `Range` for a representation of so many octets.
    ///
    /// Other units and what is no range are ignored (RFC 9110 §14.2), and so are several ranges: a server need not
    /// honor any, and an answer in parts costs more than it saves.
    pub fn read(range: &str, length: u64) -> Self {
        let Some((unit, set)) = range.split_once('=') else {
            return Self::All;
        };
        let ends = field::trim(set).split_once('-');
        let (true, Some((first, last))) = (field::trim(unit).eq_ignore_ascii_case("bytes"), ends)
        else {
            return Self::All;
        };
        let end = length.saturating_sub(1);
        match (first, position(first), last, position(last)) {
            // The last few. Of nothing everything is asked for, and that is there.
            ("", _, _, Some(0)) => Self::Beyond,
            ("", _, _, Some(_)) if length == 0 => Self::All,
            ("", _, _, Some(count)) => Self::Part {
                first: length.saturating_sub(count),
                last: end,
            },
            (_, Some(first), _, Some(last)) if first > last => Self::All,
            (_, Some(first), "", _) | (_, Some(first), _, Some(_)) if first >= length => {
                Self::Beyond
            }
            (_, Some(first), "", _) => Self::Part { first, last: end },
            (_, Some(first), _, Some(last)) => Self::Part {
                first,
                last: last.min(end),
            },
            (_, None, _, _) | (_, _, _, None) => Self::All,
        }
    }
}

/// A position or a count: digits alone. What is beyond all numbers is beyond every end.
fn position(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    fn part(first: u64, last: u64) -> Bytes {
        Bytes::Part { first, last }
    }

    #[test]
    fn one_range_of_octets_is_read_and_everything_else_ignored() {
        let (all, beyond) = (Bytes::All, Bytes::Beyond);
        for (range, length, expected) in [
            ("bytes=0-0", 10, part(0, 0)),
            ("bytes=2-5", 10, part(2, 5)),
            ("Bytes= 2-5 ", 10, part(2, 5)),
            ("bytes=2-", 10, part(2, 9)),
            ("bytes=2-99", 10, part(2, 9)),
            ("bytes=2-99999999999999999999", 10, part(2, 9)),
            ("bytes=-3", 10, part(7, 9)),
            ("bytes=-99", 10, part(0, 9)),
            ("bytes=9-", 10, part(9, 9)),
            ("bytes=10-", 10, beyond),
            ("bytes=10-12", 10, beyond),
            ("bytes=99999999999999999999-", 10, beyond),
            ("bytes=-0", 10, beyond),
            ("bytes=0-", 0, beyond),
            ("bytes=-1", 0, all),
            ("bytes=5-2", 10, all),
            ("bytes=50-20", 10, all),
            ("bytes=-", 10, all),
            ("bytes=", 10, all),
            ("bytes=0-1,3-4", 10, all),
            ("bytes=+1-2", 10, all),
            ("bytes=1 - 2", 10, all),
            ("bytes=1--2", 10, all),
            ("bytes=a-b", 10, all),
            ("items=0-1", 10, all),
            ("0-1", 10, all),
            ("", 10, all),
        ] {
            assert_eq!(Bytes::read(range, length), expected, "{range} of {length}");
        }
    }
}
