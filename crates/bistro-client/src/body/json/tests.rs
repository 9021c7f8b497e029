//! Items, and the JSON they build.

use proptest::prelude::*;

use super::Tree;
use crate::item::{Path, PathError};

/// Puts each value at its path.
fn build(members: &[(&str, &str)]) -> Result<String, PathError> {
    let mut tree = Tree::default();
    for (key, json) in members {
        tree.set(&Path::read(key)?, (*json).to_owned())?;
    }
    let mut json = String::new();
    tree.write(&mut json);
    Ok(json)
}

#[test]
fn paths_build_objects_and_arrays() {
    for (members, expected) in [
        (&[("b", "1"), ("a", "2")][..], r#"{"b":1,"a":2}"#),
        (&[("a", "1"), ("a", "2")], r#"{"a":2}"#),
        (
            &[("a[b][c]", "1"), ("a[b][d]", "2")],
            r#"{"a":{"b":{"c":1,"d":2}}}"#,
        ),
        (&[("a[]", "1"), ("a[]", "2")], r#"{"a":[1,2]}"#),
        (&[("a[1]", "1"), ("a[0]", "2")], r#"{"a":[2,1]}"#),
        (
            &[("a[]", "1"), ("a[3]", "2"), ("a[]", "3")],
            r#"{"a":[1,null,null,2,3]}"#,
        ),
        (
            &[("a[][b]", "1"), ("a[][b]", "2")],
            r#"{"a":[{"b":1},{"b":2}]}"#,
        ),
        (
            &[("a[0][b]", "1"), ("a[0][c]", "2")],
            r#"{"a":[{"b":1,"c":2}]}"#,
        ),
        (
            &[("a[2]", "1"), ("a[0][b]", "2")],
            r#"{"a":[{"b":2},null,1]}"#,
        ),
        (&[("[]", "1"), ("[]", "2")], "[1,2]"),
        (&[("[1][x]", "1"), ("[0]", "2")], r#"[2,{"x":1}]"#),
        (&[("10", "1"), ("a[\\1]", "2")], r#"{"10":1,"a":{"1":2}}"#),
        (&[("", "1")], r#"{"":1}"#),
        (&[("a\"b", "1")], r#"{"a\"b":1}"#),
        (&[("u[n]", "411"), ("u[n]", "\"x\"")], r#"{"u":{"n":"x"}}"#),
        (&[("a[b]", "1"), ("a", "2")], r#"{"a":2}"#),
        (&[("a", "null"), ("a[b]", "1")], r#"{"a":{"b":1}}"#),
        (
            &[("a", r#"[ 1.50, {"z":1,"y":2} ]"#), ("a[]", "3")],
            r#"{"a":[1.50,{"z":1,"y":2},3]}"#,
        ),
        (
            &[("a", r#"{"z":1, "y":{ "x":1e400 }}"#), ("a[y][w]", "2")],
            r#"{"a":{"z":1,"y":{"x":1e400,"w":2}}}"#,
        ),
        (
            &[("a", r#"{"x":1,"x":2}"#), ("a[x]", "3")],
            r#"{"a":{"x":1,"x":3}}"#,
        ),
        (&[("a", "{}"), ("b", "[]")], r#"{"a":{},"b":[]}"#),
    ] {
        assert_eq!(build(members).expect(expected), expected);
    }
}

#[test]
fn a_value_is_sent_as_it_was_typed() {
    let typed =
        r#"{ "b": 1.0000000000000000000001, "a": 100000000000000000000000, "b": "\u00e9" }"#;
    let expected = format!(r#"{{"x":{typed}}}"#);
    assert_eq!(build(&[("x", typed)]).expect("an object"), expected);
}

#[test]
fn what_is_there_keeps_its_kind() {
    for (members, expected) in [
        (
            &[("a[]", "1"), ("a[key]", "3")][..],
            "`a` is an array by now, and this needs an object\na[key]\n ^^^^^",
        ),
        (
            &[("a[b]", "1"), ("a[0]", "3")],
            "`a` is an object by now, and this needs an array\na[0]\n ^^^",
        ),
        (
            &[("a[b]", "1"), ("a[b][c]", "3")],
            "`a[b]` is a number by now, and this needs an object\na[b][c]\n    ^^^",
        ),
        (
            &[("a", "\"x\""), ("a[]", "3")],
            "`a` is text by now, and this needs an array\na[]\n ^^",
        ),
        (
            &[("a", "true"), ("a[]", "3")],
            "`a` is true or false by now, and this needs an array\na[]\n ^^",
        ),
        (
            &[("a", "1"), ("[]", "2")],
            "the whole is an object by now, and this needs an array\n[]\n^^",
        ),
        (
            &[("[]", "1"), ("b", "2")],
            "the whole is an array by now, and this needs an object\nb\n^",
        ),
    ] {
        assert_eq!(build(members).expect_err(expected).to_string(), expected);
    }
}

proptest! {
    #[test]
    fn what_is_built_is_json(keys in prop::collection::vec("(|[ab]|\\[\\])(\\[[ab0-3]?\\]){0,3}", 1..8)) {
        let mut tree = Tree::default();
        for key in keys {
            if let Ok(path) = Path::read(&key) {
                drop(tree.set(&path, "1.0".to_owned()));
            }
        }
        let mut json = String::new();
        tree.write(&mut json);
        let read: Result<serde_json::Value, _> = serde_json::from_str(&json);
        prop_assert!(read.is_ok(), "{json}");
    }
}
