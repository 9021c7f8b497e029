//! Texts and data, and the values they stand for in a column of each kind.

use bistro_dialect::payload::Datum;

use crate::catalog::Kind;
use crate::error::Error;
use crate::literal::{json_of_array, of_datum, of_text};
use crate::value::Value;

#[expect(clippy::unnecessary_wraps, reason = "what is expected may be nothing")]
fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "what is expected is written in place"
)]
fn check(kind: Kind, sent: &str, expected: Option<Value>) {
    assert_eq!(of_text("c", kind, sent).ok(), expected, "{kind:?} {sent}");
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "what is expected is written in place"
)]
fn check_json(kind: Kind, sent: &str, expected: Option<Value>) {
    let datum = Datum::Json(sent.to_owned());
    assert_eq!(
        of_datum("c", kind, &datum).ok(),
        expected,
        "{kind:?} {sent}"
    );
}

#[test]
fn text_is_read_as_its_column_means_it() {
    let integer = |number| Some(Value::Integer(number));
    let real = |number| Some(Value::Real(number));
    check(Kind::Integer, "9223372036854775807", integer(i64::MAX));
    check(Kind::Integer, " -7 ", integer(-7));
    check(Kind::Integer, "1e3", integer(1000));
    check(Kind::Integer, "1.5", real(1.5));
    check(Kind::Integer, "9223372036854775808", None);
    check(Kind::Integer, "", None);
    check(Kind::Integer, "0x10", None);
    check(Kind::Real, "1.5", real(1.5));
    check(Kind::Real, "-Infinity", real(f64::NEG_INFINITY));
    check(Kind::Real, "nan", None);
    check(Kind::Numeric, "5", integer(5));
    check(Kind::Boolean, "T", integer(1));
    check(Kind::Boolean, "off", integer(0));
    check(Kind::Boolean, "2", None);
    check(Kind::Blob, "_-8=", Some(Value::Blob(vec![0xFF, 0xEF])));
    check(Kind::Blob, "/+8", Some(Value::Blob(vec![0xFF, 0xEF])));
    check(Kind::Blob, "%", None);
    check(Kind::Text, "", text(""));
    check(Kind::Temporal, "1994-09-19", text("1994-09-19"));
    check(Kind::Any, "5", text("5"));
}

#[test]
fn json_is_written_as_its_column_means_it() {
    let integer = |number| Some(Value::Integer(number));
    check_json(
        Kind::Integer,
        "9007199254740993",
        integer(9_007_199_254_740_993),
    );
    check_json(Kind::Integer, "1.0", integer(1));
    check_json(Kind::Integer, "\"12\"", integer(12));
    check_json(Kind::Integer, "1.5", None);
    check_json(Kind::Integer, "9007199254740993.0", None);
    check_json(Kind::Integer, "true", None);
    check_json(Kind::Integer, "[1]", None);
    check_json(Kind::Real, "0.1", Some(Value::Real(0.1)));
    check_json(Kind::Boolean, "true", integer(1));
    check_json(Kind::Boolean, "\"no\"", integer(0));
    check_json(Kind::Boolean, "0", integer(0));
    check_json(Kind::Boolean, "1.0", integer(1));
    check_json(Kind::Boolean, "2", None);
    check_json(Kind::Boolean, "0.5", None);
    check_json(Kind::Text, "1.50", text("1.50"));
    check_json(Kind::Text, "false", text("false"));
    check_json(Kind::Text, r#""a\n""#, text("a\n"));
    check_json(Kind::Text, r#"{"a": 1}"#, text(r#"{"a": 1}"#));
    check_json(
        Kind::Json,
        r#"{"b": 1.50, "a": 2}"#,
        text(r#"{"b": 1.50, "a": 2}"#),
    );
    check_json(Kind::Json, r#""text""#, text(r#""text""#));
    check_json(Kind::Blob, r#""AQI""#, Some(Value::Blob(vec![1, 2])));
    check_json(Kind::Blob, "1", None);
    check_json(Kind::Temporal, "1700000000", integer(1_700_000_000));
    check_json(Kind::Temporal, "true", None);
    check_json(Kind::Any, "true", integer(1));
    check_json(Kind::Any, "[1, 2]", text("[1, 2]"));
    check_json(Kind::Any, "null", Some(Value::Null));
}

#[test]
fn fields_of_csv_and_forms_must_be_json_where_json_is_kept() {
    let sent = |sent: &str| of_datum("c", Kind::Json, &Datum::Text(sent.to_owned())).ok();
    assert_eq!(sent("[1]"), text("[1]"));
    assert_eq!(sent("[1"), None);
    assert_eq!(of_datum("c", Kind::Json, &Datum::Null), Ok(Value::Null));
}

#[test]
fn a_long_value_is_not_repeated_in_full() {
    let long = "x".repeat(1000);
    let Err(Error::InvalidValue { text, .. }) = of_text("c", Kind::Integer, &long) else {
        panic!("no integer")
    };
    assert_eq!(text.chars().count(), 65);
}

#[test]
fn array_literals_become_json() {
    for (literal, expected) in [
        ("{}", Some("[]")),
        ("{a,b}", Some(r#"["a","b"]"#)),
        (r#"{"a,b", c d ,"\"q\""}"#, Some(r#"["a,b","c d","\"q\""]"#)),
        ("{1,2.5,true,NULL,007}", Some(r#"[1,2.5,true,null,"007"]"#)),
        (r#"{"1"}"#, Some(r#"["1"]"#)),
        ("{{1,2},{3}}", Some("[[1,2],[3]]")),
        ("{한국}", Some(r#"["한국"]"#)),
        ("{a", None),
        ("{a,}", None),
        ("a", None),
        ("{a}b", None),
        ("{{{{{{{1}}}}}}}", None),
    ] {
        assert_eq!(json_of_array(literal).as_deref(), expected, "{literal}");
    }
}
