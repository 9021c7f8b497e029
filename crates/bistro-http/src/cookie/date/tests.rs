//! Dates and the moments they mean. The public examples stand with the client's jar.

use proptest::prelude::*;

use super::read;

#[test]
fn a_date_is_read_in_any_order_of_its_words() {
    let table: [(&str, Option<i64>); 25] = [
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Wed, 31 Dec 1969 23:59:59 GMT", Some(-1)),
        ("1 jan 70 0:0:1", Some(1)),
        ("0:1:0 JANUARY 1 1970", Some(60)),
        ("1:0:0;1970;January;01", Some(3_600)),
        ("Tue, 29 Feb 2000 00:00:00 GMT", Some(951_782_400)),
        ("Sun, 29 Feb 2032 12:00:00 GMT", Some(1_961_668_800)),
        ("29 Feb 1900 00:00:00", None),
        ("29 Feb 2001 00:00:00", None),
        ("31 Apr 2001 00:00:00", None),
        ("0 Apr 2001 00:00:00", None),
        ("1 Jan 1601 00:00:00", Some(-11_644_473_600)),
        ("31 Dec 1600 23:59:59", None),
        ("31 Dec 9999 23:59:59", Some(253_402_300_799)),
        ("1 Jan 69 00:00:00", Some(3_124_224_000)),
        ("1 Jan 2001 24:00:00", None),
        ("1 Jan 2001 23:60:00", None),
        ("1 Jan 2001 23:59:60", None),
        ("1 Jan 2001 23:59", None),
        ("1 Jan 2001", None),
        ("1 2001 10:00:00", None),
        ("Jan 2001 10:00:00", None),
        ("1 Jan 10:00:00", None),
        ("1th Jan 70th 00:00:00Z", Some(0)),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(read(text.as_bytes()), expected, "{text}");
    }
}

/// The name of a month.
fn month() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ])
}

proptest! {
    #[test]
    fn any_octets_are_read(text in proptest::collection::vec(any::<u8>(), 0..80)) {
        read(&text);
    }

    #[test]
    fn a_day_later_is_a_day_more(day in 1_i64..=27, month in month(), year in 1601_i64..=9999) {
        let at = |day| read(format!("{day} {month} {year} 10:20:30").as_bytes());
        prop_assert_eq!(at(day).map(|seconds| seconds + 86_400), at(day + 1));
    }
}
