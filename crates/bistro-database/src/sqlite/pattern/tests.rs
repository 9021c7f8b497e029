//! Patterns against texts.

use super::{Case, Pattern};

fn check(
    compile: fn(&str, Case) -> Result<Pattern, String>,
    case: Case,
    table: &[(&str, &str, bool)],
) {
    for (pattern, text, expected) in table {
        let compiled = compile(pattern, case).unwrap();
        assert_eq!(
            compiled.is_match(text),
            *expected,
            "`{pattern}` on `{text}` ({case:?})"
        );
    }
}

const EITHER_CASE: &[(&str, &str, bool)] = &[
    ("", "", true),
    ("", "a", false),
    ("abc", "abc", true),
    ("abc", "abcd", false),
    ("%", "", true),
    ("%", "anything\nat all", true),
    ("%%", "x", true),
    ("a%", "abc", true),
    ("a%", "bac", false),
    ("%c", "abc", true),
    ("%c", "abcd", false),
    ("%b%", "abc", true),
    ("%b%", "ac", false),
    ("a%a", "a", false),
    ("a%a", "aa", true),
    ("%ab%bc%", "abbc", true),
    ("%ab%bc%", "abc", false),
    ("%a%a%a%", "banana", true),
    ("%a%a%a%a%", "banana", false),
    ("_", "a", true),
    ("_", "한", true),
    ("_", "\n", true),
    ("_", "", false),
    ("__", "한", false),
    ("a_c%", "abcd", true),
    ("%_", "", false),
    ("%_%", "a", true),
    (r"100\%", "100%", true),
    (r"100\%", "1000", false),
    (r"a\_b", "a_b", true),
    (r"a\_b", "axb", false),
    (r"\\", r"\", true),
    (r"_\%_", "a%b", true),
    ("a.c%_", "abcd", false),
    ("(%[_*", "(a[b*", true),
    ("한%말", "한국말", true),
];

#[test]
fn like_takes_percent_as_any_text_and_underscore_as_any_character() {
    check(Pattern::like, Case::Sensitive, EITHER_CASE);
    check(Pattern::like, Case::Insensitive, EITHER_CASE);
}

#[test]
fn only_ilike_ignores_case_and_it_does_so_for_all_letters() {
    let differing = [
        ("abc", "ABC"),
        ("%É%", "café"),
        ("ж_%", "ЖИЗНЬ"),
        ("straße", "STRAẞE"),
        ("_b", "aB"),
    ];
    for (pattern, text) in differing {
        check(Pattern::like, Case::Sensitive, &[(pattern, text, false)]);
        check(Pattern::like, Case::Insensitive, &[(pattern, text, true)]);
    }
}

#[test]
fn a_regular_expression_matches_anywhere_unless_it_is_anchored() {
    check(
        Pattern::regex,
        Case::Sensitive,
        &[
            ("b", "abc", true),
            ("B", "abc", false),
            ("^b", "abc", false),
            ("^a.*c$", "a\nc", true),
            ("^(a|b)+$", "abba", true),
            (r"^\d{4}$", "1995", true),
            ("", "x", true),
        ],
    );
    check(
        Pattern::regex,
        Case::Insensitive,
        &[("^ÉT", "été", true), ("b$", "AB", true)],
    );
}

#[test]
fn a_pattern_that_does_not_compile_says_what_is_wrong() {
    for (pattern, reason) in [
        ("(", "unclosed group"),
        ("a{2,1}", "invalid repetition"),
        (r"(a)\1", "backreferences are not supported"),
        (r"(?=a)", "look-around"),
        (r"\w{1000}{1000}", "the pattern is too large"),
    ] {
        let error = Pattern::regex(pattern, Case::Sensitive).unwrap_err();
        assert!(error.contains(reason), "`{pattern}`: {error}");
    }
    assert!(Pattern::like(r"a\", Case::Sensitive).is_err());
    assert!(Pattern::like(&"_".repeat(100_000), Case::Sensitive).is_err());
}

#[test]
fn a_pattern_made_to_be_slow_is_not() {
    let text = "a".repeat(200_000);
    let pattern = Pattern::regex("^(a+)+$|(a|aa)+b", Case::Sensitive).unwrap();
    assert!(pattern.is_match(&text));
    let pattern = Pattern::like(&format!("{}b", "%a".repeat(1_000)), Case::Sensitive).unwrap();
    assert!(!pattern.is_match(&text));
}
