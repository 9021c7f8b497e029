//! Tables of entity tags, of conditions, and of what they decide.

use super::{Condition, Conditions, EntityTag, Verdict};
use crate::method::Method;

fn strong(opaque: &str) -> EntityTag {
    EntityTag {
        is_weak: false,
        opaque: opaque.to_owned(),
    }
}

fn weak(opaque: &str) -> EntityTag {
    EntityTag {
        is_weak: true,
        opaque: opaque.to_owned(),
    }
}

#[test]
fn tags_are_read_and_written() {
    let check = |text: &str, expected: &EntityTag| {
        assert_eq!(EntityTag::read(text).as_ref(), Some(expected), "{text:?}");
        assert_eq!(expected.to_string(), text);
    };
    check("\"\"", &strong(""));
    check("\"a\"", &strong("a"));
    check("W/\"a\"", &weak("a"));
    check("\"a,b\\\"", &strong("a,b\\"));
    check("\"é\"", &strong("é"));
}

#[test]
fn what_is_no_tag_is_not_read() {
    for text in [
        "",
        "a",
        "\"",
        "\"a",
        "a\"",
        "w/\"a\"",
        "W/a",
        "W/",
        "W \"a\"",
        "\"a\"b",
        " \"a\"",
        "\"a b\"",
        "\"\0\"",
        "\"\r\n\"",
        "\"\x7f\"",
        "*",
        "\"a\", \"b\"",
    ] {
        assert_eq!(EntityTag::read(text), None, "{text:?}");
    }
}

#[test]
fn a_tag_that_is_written_ends_where_it_ends() {
    assert_eq!(strong("a\"b\r\nX: y").to_string(), "\"abX:y\"");
}

#[test]
fn fields_list_tags_or_a_star() {
    let check = |value: &str, expected: Condition| {
        assert_eq!(
            Conditions::read(Some(value), None).if_match,
            Some(expected),
            "{value:?}"
        );
    };
    check("*", Condition::Any);
    check(" *\t", Condition::Any);
    check("\"a\"", Condition::Tags(vec![strong("a")]));
    check(
        ",\"a,\",, W/\"b\" ,\"c\",",
        Condition::Tags(vec![strong("a,"), weak("b"), strong("c")]),
    );
    for value in [
        "",
        " ",
        ",",
        "a",
        "**",
        "*, \"a\"",
        "\"a\", *",
        "\"a\" \"b\"",
        "\"a\"\"b\"",
        "\"a\", b",
        "\"a",
        "\"a\",\"",
        "W/",
        "\0",
        "\"\0\"",
        "서울",
        "\"a\";x",
    ] {
        check(value, Condition::Malformed);
    }
    assert!(Conditions::read(None, None).is_empty());
    assert!(!Conditions::read(None, Some("")).is_empty());
}

fn check(
    if_match: Option<&str>,
    if_none_match: Option<&str>,
    current: Option<&EntityTag>,
    read: Verdict,
    write: Verdict,
) {
    let conditions = Conditions::read(if_match, if_none_match);
    for method in [Method::Get, Method::Head, Method::Query] {
        let verdict = conditions.evaluate(current, method);
        assert_eq!(verdict, read, "{method} {conditions:?} {current:?}");
    }
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        let verdict = conditions.evaluate(current, method);
        assert_eq!(verdict, write, "{method} {conditions:?} {current:?}");
    }
    for method in [Method::Options, Method::Trace, Method::Connect] {
        assert_eq!(conditions.evaluate(current, method), Verdict::Proceed);
    }
}

#[test]
fn if_match_compares_strongly() {
    use Verdict::{Failed, Proceed};
    let there = strong("a");
    let there = Some(&there);
    check(None, None, there, Proceed, Proceed);
    check(None, None, None, Proceed, Proceed);
    check(Some("\"a\""), None, there, Proceed, Proceed);
    check(Some("\"b\", \"a\""), None, there, Proceed, Proceed);
    check(Some("\"b\""), None, there, Failed, Failed);
    check(Some("\"A\""), None, there, Failed, Failed);
    check(Some("W/\"a\""), None, there, Failed, Failed);
    check(Some("\"a\""), None, Some(&weak("a")), Failed, Failed);
    check(Some("W/\"a\""), None, Some(&weak("a")), Failed, Failed);
    check(Some("\"a\""), None, None, Failed, Failed);
    check(Some("*"), None, there, Proceed, Proceed);
    check(Some("*"), None, Some(&weak("a")), Proceed, Proceed);
    check(Some("*"), None, None, Failed, Failed);
}

#[test]
fn if_none_match_compares_weakly() {
    use Verdict::{Failed, NotModified, Proceed};
    let there = strong("a");
    let there = Some(&there);
    check(None, Some("\"a\""), there, NotModified, Failed);
    check(None, Some("W/\"a\""), there, NotModified, Failed);
    check(None, Some("\"a\""), Some(&weak("a")), NotModified, Failed);
    check(None, Some("\"b\", W/\"a\""), there, NotModified, Failed);
    check(None, Some("\"b\""), there, Proceed, Proceed);
    check(None, Some("\"a\""), None, Proceed, Proceed);
    check(None, Some("*"), there, NotModified, Failed);
    check(None, Some("*"), None, Proceed, Proceed);
}

#[test]
fn if_match_is_asked_first() {
    use Verdict::{Failed, NotModified};
    let there = strong("a");
    let there = Some(&there);
    check(Some("\"b\""), Some("\"a\""), there, Failed, Failed);
    check(Some("\"a\""), Some("\"a\""), there, NotModified, Failed);
}

#[test]
fn a_malformed_field_lets_no_write_pass() {
    use Verdict::{Failed, Proceed};
    let there = strong("a");
    for malformed in ["", "a", "\"a\", a", "*, \"a\"", "W/*"] {
        for current in [Some(&there), None] {
            check(Some(malformed), None, current, Failed, Failed);
            check(None, Some(malformed), current, Proceed, Failed);
        }
    }
}
