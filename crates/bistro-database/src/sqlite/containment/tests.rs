//! Documents against documents.

use serde_json::Value;

use super::{contains, overlaps};

fn check(compare: fn(&Value, &Value) -> bool, table: &[(&str, &str, bool)]) {
    for (left, right, expected) in table {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(
            compare(&value(left), &value(right)),
            *expected,
            "{left} and {right}"
        );
    }
}

#[test]
fn a_document_contains_one_with_the_same_structure_and_less_in_it() {
    check(
        contains,
        &[
            ("1", "1", true),
            ("1", "1.0", true),
            ("1", "2", false),
            ("9007199254740993", "9007199254740992", false),
            ("18446744073709551615", "18446744073709551615", true),
            (r#""a""#, r#""a""#, true),
            (r#""1""#, "1", false),
            ("null", "null", true),
            ("[1,2,3]", "[3,1]", true),
            ("[1,2,3]", "[1,1,1]", true),
            ("[1,2,3]", "[]", true),
            ("[1,2,3]", "[4]", false),
            ("[1,2,[1,3]]", "[1,3]", false),
            ("[1,2,[1,3]]", "[[1]]", true),
            ("[1,2,[1,3]]", "[[1,2]]", false),
            (r#"{"a":1,"b":{"c":[1,2]}}"#, r#"{"b":{"c":[2]}}"#, true),
            (r#"{"a":1,"b":{"c":[1,2]}}"#, r#"{"c":[2]}"#, false),
            (r#"{"a":1}"#, "{}", true),
            (r#"{"a":1}"#, "[]", false),
            ("[]", "{}", false),
            (r#"[{"a":1,"b":2},{"c":3}]"#, r#"[{"b":2},{"c":3}]"#, true),
            (r#"[{"a":1,"b":2}]"#, r#"[{"a":1,"c":2}]"#, false),
            // At the top, and only there, an array contains its scalars.
            (r#"["foo","bar"]"#, r#""bar""#, true),
            (r#"["foo",["bar"]]"#, r#""bar""#, false),
            (r#"{"a":["b"]}"#, r#"{"a":"b"}"#, false),
            (r#""bar""#, r#"["bar"]"#, false),
        ],
    );
}

#[test]
fn arrays_overlap_if_they_share_an_element() {
    check(
        overlaps,
        &[
            ("[1,2]", "[2,3]", true),
            ("[1,2]", "[2.0]", true),
            ("[1,2]", "[3]", false),
            ("[1,2]", "[]", false),
            ("[]", "[]", false),
            (r#"["a"]"#, r#"["b","a"]"#, true),
            (r#"[{"a":1}]"#, r#"[{"a":1.0}]"#, true),
            (r#"[{"a":1,"b":2}]"#, r#"[{"a":1}]"#, false),
            ("[[1]]", "[1]", false),
            ("[null]", "[null]", true),
            ("1", "[1]", false),
            (r#"{"a":1}"#, r#"{"a":1}"#, false),
        ],
    );
}
