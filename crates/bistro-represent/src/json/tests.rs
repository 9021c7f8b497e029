//! Tables of values as JSON, and the law that nothing is lost on the way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bistro_plan::catalog::Kind;
use bistro_plan::value::{Row, Value};
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::{collection, prop_assert_eq, proptest};
use serde_json::Value as Json;

use crate::json::strip;
use crate::tests::{Octets, Values, plain, shape, text, values, write};
use crate::{Encoder, Footer, Format, Representation};

const STRIPPED: Representation = Representation {
    format: Format::Json,
    is_singular: false,
    strips_nulls: true,
};

fn json(representation: Representation, kind: Kind, rows: &[Value]) -> String {
    let shape = shape(&[("a", kind)]);
    let rows: Vec<_> = rows
        .iter()
        .map(|value| Values(vec![value.clone()]))
        .collect();
    let rows: Vec<_> = rows.iter().map(|row| row as &dyn Row).collect();
    write(
        Encoder::new(representation, &shape, false),
        &rows,
        &Footer::default(),
    )
}

#[test]
fn values_are_written_by_kind() {
    let check = |kind, value: Value, expected: &str| {
        let expected = format!("[{{\"a\":{expected}}}]");
        assert_eq!(
            json(plain(Format::Json), kind, std::slice::from_ref(&value)),
            expected,
            "{value:?}"
        );
    };
    check(Kind::Integer, Value::Null, "null");
    check(
        Kind::Integer,
        Value::Integer(i64::MAX),
        "9223372036854775807",
    );
    check(
        Kind::Integer,
        Value::Integer(i64::MIN),
        "-9223372036854775808",
    );
    check(Kind::Real, Value::Real(1.0), "1.0");
    check(Kind::Real, Value::Real(0.1), "0.1");
    check(Kind::Real, Value::Real(-0.0), "-0.0");
    check(Kind::Real, Value::Real(f64::INFINITY), "\"Infinity\"");
    check(Kind::Real, Value::Real(f64::NEG_INFINITY), "\"-Infinity\"");
    check(Kind::Numeric, Value::Integer(1), "1");
    check(Kind::Text, text("1"), "\"1\"");
    check(
        Kind::Text,
        text("\"\\\n\u{0}\u{1f}</서울>"),
        "\"\\\"\\\\\\n\\u0000\\u001f</서울>\"",
    );
    check(Kind::Boolean, Value::Integer(1), "true");
    check(Kind::Boolean, Value::Integer(0), "false");
    check(Kind::Boolean, Value::Integer(2), "2");
    check(Kind::Boolean, text("yes"), "\"yes\"");
    check(
        Kind::Json,
        text(" {\"b\": [1, 1e400]}\n"),
        "{\"b\": [1, 1e400]}",
    );
    check(Kind::Json, text("{b:1}"), "\"{b:1}\"");
    check(Kind::Json, text("1 2"), "\"1 2\"");
    check(Kind::Json, text(""), "\"\"");
    check(Kind::Json, text("null"), "null");
    check(Kind::Json, Value::Integer(5), "5");
    check(Kind::Blob, Value::Blob(vec![0, 255]), "\"AP8=\"");
    check(Kind::Text, Value::Blob(Vec::new()), "\"\"");
    check(Kind::Any, Value::Integer(1), "1");
    check(Kind::Any, text("{}"), "\"{}\"");
    check(Kind::Temporal, text("1991-09-10"), "\"1991-09-10\"");
}

#[test]
fn text_that_is_not_utf_8_is_replaced() {
    let encoder = Encoder::new(plain(Format::Json), &shape(&[("a", Kind::Json)]), false);
    let written = write(encoder, &[&Octets(b"a\xff")], &Footer::default());
    assert_eq!(written, "[{\"a\":\"a\u{fffd}\"}]");
}

#[test]
fn layouts_differ_only_around_rows() {
    let check = |representation, is_item, rows: &[i64], expected: &str| {
        let shape = shape(&[("a\"b", Kind::Integer), ("c", Kind::Text)]);
        let rows: Vec<_> = rows
            .iter()
            .map(|n| Values(vec![Value::Integer(*n), Value::Null]))
            .collect();
        let rows: Vec<_> = rows.iter().map(|row| row as &dyn Row).collect();
        let encoder = Encoder::new(representation, &shape, is_item);
        assert_eq!(write(encoder, &rows, &Footer::default()), expected);
    };
    let array = plain(Format::Json);
    let lines = plain(Format::Ndjson);
    let singular = Representation {
        is_singular: true,
        ..array
    };
    check(array, false, &[], "[]");
    check(array, false, &[1], "[{\"a\\\"b\":1,\"c\":null}]");
    check(
        array,
        false,
        &[1, 2],
        "[{\"a\\\"b\":1,\"c\":null},\n{\"a\\\"b\":2,\"c\":null}]",
    );
    check(array, true, &[1], "{\"a\\\"b\":1,\"c\":null}");
    check(singular, false, &[1], "{\"a\\\"b\":1,\"c\":null}");
    check(STRIPPED, false, &[1], "[{\"a\\\"b\":1}]");
    check(lines, false, &[], "");
    check(
        lines,
        false,
        &[1, 2],
        "{\"a\\\"b\":1,\"c\":null}\n{\"a\\\"b\":2,\"c\":null}\n",
    );
    check(lines, true, &[1], "{\"a\\\"b\":1,\"c\":null}\n");
}

#[test]
fn a_document_of_many_lines_is_one_line_of_ndjson() {
    let written = json(
        plain(Format::Ndjson),
        Kind::Json,
        &[text("{\r\n\"b\": \"x\\ny\"\n}")],
    );
    assert_eq!(written, "{\"a\":{  \"b\": \"x\\ny\" }}\n");
}

#[test]
fn nulls_are_stripped_inside_documents_too() {
    let check = |document: &str, expected: &str| {
        assert_eq!(
            json(STRIPPED, Kind::Json, &[text(document)]),
            expected,
            "{document}"
        );
    };
    check("null", "[{}]");
    check(
        "{\"b\": null, \"c\": 1, \"d\": null}",
        "[{\"a\":{\"c\":1}}]",
    );
    check("{\"b\": null}", "[{\"a\":{}}]");
    check("[null, {\"b\": null}]", "[{\"a\":[null,{}]}]");
    check(
        "{\"b\": {\"c\": null, \"d\": [1, \"null\"]}}",
        "[{\"a\":{\"b\":{\"d\":[1,\"null\"]}}}]",
    );
    check(
        "{\"b\\\"\": \"x\\\\\", \"null\": true}",
        "[{\"a\":{\"b\\\"\":\"x\\\\\",\"null\":true}}]",
    );
}

#[test]
fn documents_may_nest_deeper_than_a_stack() {
    let document = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let expected = format!("[{{\"a\":{document}}}]");
    for representation in [plain(Format::Json), STRIPPED] {
        assert!(json(representation, Kind::Json, &[text(&document)]) == expected);
    }
}

/// What a reader of JSON should find.
fn expected(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => Json::from(*number),
        Value::Real(number) if *number == f64::INFINITY => Json::from("Infinity"),
        Value::Real(number) if *number == f64::NEG_INFINITY => Json::from("-Infinity"),
        Value::Real(number) => Json::from(*number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Blob(octets) => Json::from(STANDARD.encode(octets)),
    }
}

/// Equal to the bit: `-0.0` is not `0.0`, and a real is not an integer.
fn same(read: &Json, expected: &Json) -> bool {
    match (read, expected) {
        (Json::Number(read), Json::Number(expected)) if expected.is_f64() => {
            read.is_f64() && read.as_f64().map(f64::to_bits) == expected.as_f64().map(f64::to_bits)
        }
        _ => read == expected,
    }
}

fn documents() -> impl Strategy<Value = Json> {
    let leaves = prop_oneof![
        proptest::strategy::Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaves.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

fn without_nulls(document: Json) -> Json {
    match document {
        Json::Array(elements) => Json::Array(elements.into_iter().map(without_nulls).collect()),
        Json::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(
                members
                    .map(|(name, value)| (name, without_nulls(value)))
                    .collect(),
            )
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn every_value_reads_back_the_same(
        name in any::<String>(),
        rows in collection::vec(values(), 0..8),
    ) {
        let shape = shape(&[(&name, Kind::Any)]);
        let table: Vec<_> = rows.iter().map(|value| Values(vec![value.clone()])).collect();
        let table: Vec<_> = table.iter().map(|row| row as &dyn Row).collect();
        let array = write(Encoder::new(plain(Format::Json), &shape, false), &table, &Footer::default());
        let lines = write(Encoder::new(plain(Format::Ndjson), &shape, false), &table, &Footer::default());
        let array: Vec<Json> = serde_json::from_str(&array).expect("the array is JSON");
        let lines: Vec<Json> = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("every line is JSON"))
            .collect();
        prop_assert_eq!(&array, &lines);
        prop_assert_eq!(array.len(), rows.len());
        for (object, value) in array.iter().zip(&rows) {
            assert!(same(&object[&name], &expected(value)), "{object} {value:?}");
        }
    }

    #[test]
    fn documents_read_back_the_same(document in documents()) {
        for written in [document.to_string(), serde_json::to_string_pretty(&document).expect("it is JSON")] {
            let array = json(plain(Format::Json), Kind::Json, &[text(&written)]);
            let read: Json = serde_json::from_str(&array).expect("the array is JSON");
            prop_assert_eq!(&read[0]["a"], &document);
            let lines = json(plain(Format::Ndjson), Kind::Json, &[text(&written)]);
            prop_assert_eq!(lines.matches(['\n', '\r']).count(), 1);
        }
    }

    #[test]
    fn stripping_takes_null_members_and_nothing_else(document in documents()) {
        for written in [document.to_string(), serde_json::to_string_pretty(&document).expect("it is JSON")] {
            let mut out = Vec::new();
            strip::strip_nulls(&written, &mut out);
            let read: Json = serde_json::from_slice(&out).expect("what is left is JSON");
            prop_assert_eq!(read, without_nulls(document.clone()));
        }
    }

    #[test]
    fn text_in_a_json_column_is_always_answered(written in any::<String>()) {
        let array = json(plain(Format::Json), Kind::Json, &[text(&written)]);
        serde_json::from_str::<Json>(&array).expect("the array is JSON");
    }
}
