//! Keys, the steps they are, and the marks under those that are none.

use proptest::prelude::*;

use super::{DEPTH_MAX, Path, Step};

/// The steps as text: `.name`, `[3]`, `[]`.
fn steps(key: &str) -> String {
    let path = Path::read(key).unwrap_or_else(|error| panic!("{key}: {error}"));
    let step = |step: &Step| match step {
        Step::Key(name, _) => format!(".{name}"),
        Step::Index(index, _) => format!("[{index}]"),
        Step::Append(_) => "[]".to_owned(),
    };
    path.steps.iter().map(step).collect()
}

#[test]
fn keys_are_read_step_by_step() {
    for (key, expected) in [
        ("", "."),
        ("a", ".a"),
        ("10", ".10"),
        ("a[b]", ".a.b"),
        ("a[b][c d]", ".a.b.c d"),
        ("a[]", ".a[]"),
        ("a[][b]", ".a[].b"),
        ("a[0][12]", ".a[0][12]"),
        ("a[01]", ".a[1]"),
        ("a[65535]", ".a[65535]"),
        ("[]", "[]"),
        ("[0][type]", "[0].type"),
        ("a[\\1]", ".a.1"),
        ("a[\\-1]", ".a.-1"),
        ("\\10", ".10"),
        ("a[1x]", ".a.1x"),
        ("a[1.5]", ".a.1.5"),
        ("a[\\1\\0]", ".a.\\1\\0"),
        ("foo\\[bar\\]", ".foo[bar]"),
        ("baz[\\[]", ".baz.["),
        ("baz[\\]]", ".baz.]"),
        ("back[\\\\]", ".back.\\"),
        ("a[\\x]", ".a.\\x"),
        ("a\\", ".a\\"),
        ("서울[한국]", ".서울.한국"),
    ] {
        assert_eq!(steps(key), expected, "{key}");
    }
}

#[test]
fn a_mark_stands_under_what_is_wrong() {
    let unclosed = "`]` is missing; a bracket that means itself is written `\\[`";
    let index = "an index is at most 65535; a key that looks like a number is written `[\\65536]`";
    for (key, reason, marked) in [
        ("foo[baz][quux", unclosed, "foo[baz][quux\n             ^"),
        ("a[", unclosed, "a[\n  ^"),
        ("a[\\]", unclosed, "a[\\]\n    ^"),
        (
            "a[b[c]]",
            "`[` in brackets is written `\\[`",
            "a[b[c]]\n   ^",
        ),
        (
            "a]",
            "`]` closes nothing; one that means itself is written `\\]`",
            "a]\n ^",
        ),
        ("a[b]c", "only `[` can follow `]`", "a[b]c\n    ^"),
        ("a[]bc[]", "only `[` can follow `]`", "a[]bc[]\n   ^^"),
        (
            "[name]",
            "a key that begins with brackets builds an array and has `[]` or a number in them; a name stands without",
            "[name]\n^^^^^^",
        ),
        (
            "a[-1]",
            "an index counts from 0; a key that looks like a number is written `[\\-1]`",
            "a[-1]\n  ^^",
        ),
        ("서울[65536]", index, "서울[65536]\n     ^^^^^"),
        (
            "a[4000000000000000000000]",
            index,
            "a[4000000000000000000000]\n  ^^^^^^^^^^^^^^^^^^^^^^",
        ),
        ("a\u{1b}[b", unclosed, "a\\u{1b}[b\n         ^"),
    ] {
        let error = Path::read(key).expect_err(key).to_string();
        assert_eq!(error, format!("{reason}\n{marked}"));
    }
}

#[test]
fn nesting_has_an_end() {
    let key = |brackets: usize| format!("a{}", "[]".repeat(brackets));
    assert!(Path::read(&key(DEPTH_MAX - 1)).is_ok());
    let error = Path::read(&key(DEPTH_MAX)).expect_err("too deep");
    assert!(
        error
            .to_string()
            .starts_with("at most 100 levels can be nested\n"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn every_key_is_a_path_or_an_error_that_can_be_shown(key in "[ab01\\[\\]\\\\ü-]{0,12}") {
        match Path::read(&key) {
            Ok(path) => prop_assert!(!path.steps.is_empty()),
            Err(error) => prop_assert!(error.to_string().ends_with('^')),
        }
    }

    #[test]
    fn an_escaped_name_comes_back(name in "[a-z\\[\\]\\\\]{1,9}") {
        let escaped = name.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        let path = Path::read(&format!("{escaped}[{escaped}]")).expect("a path");
        let names: Vec<_> = path.steps.into_iter().map(|step| match step {
            Step::Key(name, _) => name,
            Step::Index(..) | Step::Append(_) => String::new(),
        }).collect();
        prop_assert_eq!(names, [name.clone(), name]);
    }
}
