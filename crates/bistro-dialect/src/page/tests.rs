//! Limits, offsets and cursors, by example.

use crate::error::Problem;
use crate::limits::Limits;
use crate::page::{Cursor, CursorValue, Page};
use crate::query::Query;

fn check(query: &str, expected: &[(&[&str], Option<u64>, Option<u64>)]) {
    let read = Query::read(query, &Limits::default());
    let read = read.unwrap_or_else(|error| panic!("{query}: {error}"));
    assert_eq!(read.pages.len(), expected.len(), "{query}");
    for (page, (path, limit, offset)) in read.pages.iter().zip(expected) {
        assert_eq!(page.path, *path, "{query}");
        let (limit, offset) = (*limit, *offset);
        assert_eq!(page.value, Page { limit, offset }, "{query}");
    }
}

fn problem(query: &str) -> Problem {
    let error = Query::read(query, &Limits::default()).expect_err(query);
    error.problem
}

#[test]
fn pages_are_read() {
    check("limit=5", &[(&[], Some(5), None)]);
    check("offset=5&limit=0", &[(&[], Some(0), Some(5))]);
    check(
        "limit=%2B5".replace("%2B", "").as_str(),
        &[(&[], Some(5), None)],
    );
    check(
        "a.limit=1&limit=2&a.b.offset=3&a.offset=4",
        &[
            (&["a"], Some(1), Some(4)),
            (&[], Some(2), None),
            (&["a", "b"], None, Some(3)),
        ],
    );
    check(
        "limit=9223372036854775807",
        &[(&[], Some(9_223_372_036_854_775_807), None)],
    );
}

#[test]
fn other_numbers_are_refused() {
    for value in [
        "",
        "x",
        "1.5",
        "%2B1",
        "1e3",
        "9223372036854775808",
        "--1",
        "-",
        "0x1",
        "٣",
    ] {
        for name in ["limit", "offset", "a.limit"] {
            let problem = problem(&format!("{name}={value}"));
            assert!(
                problem.to_string().contains("a whole number from 0"),
                "{name}={value}: {problem}"
            );
        }
    }
    assert_eq!(problem("limit=-1"), Problem::NegativeLimit);
    assert!(matches!(problem("offset=-1"), Problem::Syntax { .. }));
}

#[test]
fn a_cursor_without_a_dot_is_a_cursor() {
    let values = vec![
        CursorValue::Null,
        CursorValue::Integer(i64::MIN),
        CursorValue::Real(f64::NEG_INFINITY),
        CursorValue::Real(0.1),
        CursorValue::Text("서울 \"x\"".to_owned()),
        CursorValue::Blob(vec![0, 255]),
    ];
    let cursor = Cursor { values };
    let printed = cursor.print();
    assert!(
        printed
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
    );
    let query = Query::read(&format!("after={printed}"), &Limits::default()).expect("a cursor");
    assert_eq!(query.after, Some(cursor));
    assert!(query.conditions.is_empty());
}

#[test]
fn a_cursor_keeps_what_is_not_a_number() {
    let cursor = Cursor {
        values: vec![CursorValue::Real(f64::NAN)],
    };
    let read = Cursor::read(&cursor.print()).expect("a cursor");
    assert!(matches!(read.values.as_slice(), [CursorValue::Real(real)] if real.is_nan()));
}

#[test]
fn what_is_no_cursor_is_refused() {
    // Not base64url; not JSON; no array; members that no cursor has.
    for text in [
        "", "!", "abcde", "YQ==", "YWJj", "e30", "W3RydWVd", "W1tdXQ", "WzEuNV0", "W3t9XQ",
    ] {
        let problem = problem(&format!("after={text}"));
        assert!(
            problem.to_string().contains("a cursor"),
            "{text}: {problem}"
        );
    }
}
