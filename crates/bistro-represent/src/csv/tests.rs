//! Tables of values as CSV, and the law that a reader finds what was written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bistro_plan::catalog::Kind;
use bistro_plan::value::{Row, Value};
use csv::ReaderBuilder;
use proptest::prelude::any;
use proptest::{collection, prop_assert_eq, proptest};

use crate::tests::{Values, plain, shape, text, values, write};
use crate::{Encoder, Footer, Format};

#[test]
fn values_are_written_by_kind() {
    let check = |kind, value: Value, expected: &str| {
        let encoder = Encoder::new(plain(Format::Csv), &shape(&[("a", kind)]), false);
        let written = write(encoder, &[&Values(vec![value.clone()])], &Footer::default());
        assert_eq!(written, format!("a\n{expected}"), "{value:?}");
    };
    check(Kind::Text, Value::Null, "");
    check(Kind::Text, text(""), "\"\"");
    check(Kind::Text, text("NULL"), "\"NULL\"");
    check(Kind::Text, text("plain text"), "plain text");
    check(Kind::Text, text(" padded"), "\" padded\"");
    check(Kind::Text, text("a,b"), "\"a,b\"");
    check(Kind::Text, text("a\"b"), "\"a\"\"b\"");
    check(Kind::Text, text("a\nb\r"), "\"a\nb\r\"");
    check(Kind::Text, text("서울"), "서울");
    check(
        Kind::Integer,
        Value::Integer(i64::MIN),
        "-9223372036854775808",
    );
    check(Kind::Real, Value::Real(2.0), "2.0");
    check(Kind::Real, Value::Real(f64::NEG_INFINITY), "-Infinity");
    check(Kind::Boolean, Value::Integer(1), "true");
    check(Kind::Boolean, Value::Integer(7), "7");
    check(Kind::Json, text("{\"a\":1}"), "\"{\"\"a\"\":1}\"");
    check(Kind::Blob, Value::Blob(vec![0, 255]), "AP8=");
    check(Kind::Blob, Value::Blob(Vec::new()), "\"\"");
}

#[test]
fn there_is_a_header_without_rows() {
    let shape = shape(&[("a", Kind::Text), ("b,\"c\"", Kind::Text)]);
    let encoder = Encoder::new(plain(Format::Csv), &shape, false);
    assert_eq!(
        write(encoder, &[], &Footer::default()),
        "a,\"b,\"\"c\"\"\"\n"
    );
}

#[test]
fn the_last_line_is_not_ended() {
    let encoder = Encoder::new(plain(Format::Csv), &shape(&[("a", Kind::Integer)]), false);
    let rows = [
        Values(vec![Value::Integer(1)]),
        Values(vec![Value::Integer(2)]),
    ];
    let rows: Vec<_> = rows.iter().map(|row| row as &dyn Row).collect();
    assert_eq!(write(encoder, &rows, &Footer::default()), "a\n1\n2");
}

/// What a reader of CSV should find, to whom everything is text.
fn expected(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if *number == f64::INFINITY => "Infinity".to_owned(),
        Value::Real(number) if *number == f64::NEG_INFINITY => "-Infinity".to_owned(),
        Value::Real(number) => serde_json::to_string(number).expect("it is finite"),
        Value::Text(text) => text.clone(),
        Value::Blob(octets) => STANDARD.encode(octets),
    }
}

proptest! {
    #[test]
    fn every_row_reads_back_the_same(
        names in (any::<String>(), any::<String>()),
        rows in collection::vec((values(), values()), 0..8),
    ) {
        let shape = shape(&[(&names.0, Kind::Any), (&names.1, Kind::Any)]);
        let table: Vec<_> = rows.iter().map(|(a, b)| Values(vec![a.clone(), b.clone()])).collect();
        let table: Vec<_> = table.iter().map(|row| row as &dyn Row).collect();
        let written = write(Encoder::new(plain(Format::Csv), &shape, false), &table, &Footer::default());
        let reader = ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
        let read = reader
            .into_records()
            .map(|record| record.expect("a record has two fields").iter().map(str::to_owned).collect());
        let read: Vec<Vec<String>> = read.collect();
        let header = [vec![names.0, names.1]];
        let rows = rows.iter().map(|(a, b)| vec![expected(a), expected(b)]);
        prop_assert_eq!(read, header.into_iter().chain(rows).collect::<Vec<_>>());
    }
}
