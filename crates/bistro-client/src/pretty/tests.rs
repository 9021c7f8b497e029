//! JSON as it is shown, in pieces of any size.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::Value;

use super::{Json, Layout};

fn shown(body: &[u8], size: usize, layout: Layout, is_coloured: bool) -> String {
    let mut json = Json::new(layout, is_coloured);
    let mut out = Vec::new();
    for chunk in body.chunks(size) {
        json.write(chunk, &mut out).expect("memory");
    }
    json.finish(&mut out).expect("memory");
    String::from_utf8(out).expect("what is shown is UTF-8")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that the table stays readable"
)]
fn check(layout: Layout, body: &[u8], expected: Expect) {
    let found = shown(body, usize::MAX, layout, false);
    expected.assert_eq(&found);
}

#[test]
fn json_is_indented_and_otherwise_as_it_was_sent() {
    check(
        Layout::Indented,
        br#"{"a":[1.50,-0,1e400,{"b":{}, "c" : [ ]}],"a":"\u00e9\/\"","d":null}"#,
        expect![[r#"
            {
              "a": [
                1.50,
                -0,
                1e400,
                {
                  "b": {},
                  "c": []
                }
              ],
              "a": "\u00e9\/\"",
              "d": null
            }
        "#]],
    );
    check(
        Layout::Indented,
        b" 1 true\n\"x\"[]",
        expect![[r#"
        1
        true
        "x"
        []
    "#]],
    );
    check(Layout::Indented, b"", expect![""]);
}

#[test]
fn what_is_no_json_is_passed_on() {
    check(
        Layout::Indented,
        b"{\"a\":1, oops \x1b[1m}\n",
        expect![[r#"
            {
              "a": 1,
              oops \u{1b}[1m}
        "#]],
    );
}

#[test]
fn a_text_does_not_steer_the_terminal() {
    check(
        Layout::Indented,
        "[\"\u{1b}[2J\u{202e}\u{9b}\u{e0001}한\"]".as_bytes(),
        expect![[r#"
        [
          "\u001b[2J\u202e\u009b\udb40\udc01한"
        ]
    "#]],
    );
    check(
        Layout::Indented,
        b"\"\xff\xea\xb0\" \xff",
        expect![[r#"
        "\xff\xea\xb0"\xff
    "#]],
    );
}

#[test]
fn a_broken_line_does_not_spoil_the_next() {
    check(
        Layout::Lines,
        b"{\"a\": 1}\r\nnope {\n[1,2]\n\"x\n{}",
        expect![[r#"
        {"a": 1}
        nope {
        [1,2]
        "x
        {}
    "#]],
    );
}

#[test]
fn colours_end_where_they_began() {
    let found = shown(b"{\"a\":[1,\"x\",null]}", 3, Layout::Lines, true);
    expect![[r#"
        {[34;1m"a"[0m:[[36m1[0m,[32m"x"[0m,[35mnull[0m]}
    "#]]
    .assert_eq(&found);
    for body in ["\"unfinished", "12", "tru", "trust", "[1x"] {
        let found = shown(body.as_bytes(), usize::MAX, Layout::Indented, true);
        assert_eq!(found.matches("\u{1b}[0m").count(), 1, "{found:?}");
    }
}

#[test]
fn depth_costs_nothing() {
    let body = "[".repeat(100_000);
    let found = shown(body.as_bytes(), 4096, Layout::Indented, false);
    assert!(found.len() < 10_000 * 70 + 100_000, "{}", found.len());
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\u{0}-\u{20}\u{7f}-\u{9f}\u{200b}-\u{202f}]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_shown_means_the_same(value in value(), size in 1_usize..20, is_indented: bool) {
        let layout = if is_indented { Layout::Indented } else { Layout::Lines };
        let found = shown(value.to_string().as_bytes(), size, layout, false);
        prop_assert_eq!(serde_json::from_str::<Value>(&found).expect("JSON"), value);
    }

    #[test]
    fn pieces_do_not_change_what_is_shown(
        body in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"[]{}\":,\\ \n1truefalsn"[..])], 0..60),
        size in 1_usize..10, is_indented: bool, is_coloured: bool,
    ) {
        let layout = if is_indented { Layout::Indented } else { Layout::Lines };
        let whole = shown(&body, usize::MAX, layout, is_coloured);
        prop_assert_eq!(shown(&body, size, layout, is_coloured), whole);
    }

    #[test]
    fn nothing_reaches_the_terminal_that_steers_it(body in prop::collection::vec(any::<u8>(), 0..60), is_indented: bool) {
        let layout = if is_indented { Layout::Indented } else { Layout::Lines };
        let found = shown(&body, 7, layout, false);
        let is_safe = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
        prop_assert!(found.chars().all(is_safe), "{found:?}");
        prop_assert!(!found.replace("\r\n", "").contains('\r'), "{found:?}");
    }
}
