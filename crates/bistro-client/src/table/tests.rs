//! Tables as they are drawn.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::{Arrangement, Error, ROWS_MAX, Table};
use crate::colour::Look;

fn drawn(body: &str, arrangement: Arrangement, width: Option<usize>) -> String {
    let look = Look {
        width,
        ..Look::PIPE
    };
    let mut table = Table::new(arrangement, look);
    let mut out = Vec::new();
    for chunk in body.as_bytes().chunks(7) {
        table.write(chunk).expect("rows");
    }
    table.finish(&mut out).expect("rows");
    String::from_utf8(out).expect("UTF-8")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that the table stays readable"
)]
fn check(body: &str, width: usize, expected: Expect) {
    expected.assert_eq(&drawn(body, Arrangement::Fitting, Some(width)));
}

#[test]
fn columns_line_up_in_any_script() {
    check(
        r#"[{"id":1,"artist":"Nirvana","note":null,"tags":["a", "b"]},
            {"id":20,"artist":"신중현과 엽전들","note":"","live":true},
            {"id":-3.50,"artist":"👍 東京事変","note":"two\nlines"}]"#,
        80,
        expect![[r#"
            ┌───────┬─────────────────┬───────────┬───────────┬──────┐
            │    id │ artist          │ note      │ tags      │ live │
            ├───────┼─────────────────┼───────────┼───────────┼──────┤
            │     1 │ Nirvana         │ ∅         │ ["a","b"] │      │
            │    20 │ 신중현과 엽전들 │           │           │ true │
            │ -3.50 │ 👍 東京事変     │ two⏎lines │           │      │
            └───────┴─────────────────┴───────────┴───────────┴──────┘
        "#]],
    );
}

#[test]
fn long_cells_give_way_and_the_short_stay() {
    check(
        r#"[{"id":1234567,"a":"The quick brown fox jumps over the lazy dog","b":"동해물과 백두산이 마르고 닳도록 하느님이 보우하사"}]"#,
        50,
        expect![[r"
            ┌─────────┬──────────────────┬──────────────────┐
            │      id │ a                │ b                │
            ├─────────┼──────────────────┼──────────────────┤
            │ 1234567 │ The quick brown… │ 동해물과 백두산… │
            └─────────┴──────────────────┴──────────────────┘
        "]],
    );
}

#[test]
fn too_many_columns_become_blocks() {
    check(
        r#"[{"first":"a text that is longer than a line","한글":"동해물과 백두산이 마르고 닳도록","third":null,"fourth":""},
            {"fourth":{"a": 1},"fifth":"two\nlines"}]"#,
        30,
        expect![[r#"
            ── 1 ─────────────────────────
            first   a text that is longer
                    than a line
            한글    동해물과 백두산이
                    마르고 닳도록
            third   ∅
            fourth
            ── 2 ─────────────────────────
            fourth  {"a":1}
            fifth   two
                    lines
        "#]],
    );
}

#[test]
fn one_object_ndjson_and_plain_elements_are_rows() {
    check(
        "{\"a\":1}",
        80,
        expect![[r"
            ┌───┐
            │ a │
            ├───┤
            │ 1 │
            └───┘
        "]],
    );
    check(
        "{\"a\":1}\n{\"a\":2,\"b\":\"x\"}\n",
        80,
        expect![[r"
            ┌───┬───┐
            │ a │ b │
            ├───┼───┤
            │ 1 │   │
            │ 2 │ x │
            └───┴───┘
        "]],
    );
    check(
        "[1, \"x\", {\"a\":1, \"a\":2}]",
        80,
        expect![[r"
            ┌───┬───┐
            │   │ a │
            ├───┼───┤
            │ 1 │   │
            │ x │   │
            │   │ 2 │
            └───┴───┘
        "]],
    );
    check(
        "[]",
        80,
        expect![[r"
        (no rows)
    "]],
    );
    check(
        "[{}]",
        80,
        expect![[r"
        (rows without columns: 1)
    "]],
    );
}

#[test]
fn a_column_without_a_value_is_no_number() {
    check(
        r#"[{"empty":null,"some":null},{"empty":null,"some":7}]"#,
        80,
        expect![[r"
            ┌───────┬──────┐
            │ empty │ some │
            ├───────┼──────┤
            │ ∅     │    ∅ │
            │ ∅     │    7 │
            └───────┴──────┘
        "]],
    );
}

#[test]
fn a_cell_does_not_steer_the_terminal() {
    check(
        "[{\"\u{202e}a\":\"\\u001b[2J\\u009b\"}]",
        80,
        expect![[r"
            ┌─────────────────┐
            │ \u{202e}a       │
            ├─────────────────┤
            │ \u{1b}[2J\u{9b} │
            └─────────────────┘
        "]],
    );
}

#[test]
fn what_is_no_rows_leaves_the_body_as_it_was() {
    let mut table = Table::new(Arrangement::Fitting, Look::PIPE);
    table.write(b"  \n").expect("blanks");
    assert!(matches!(
        table.write(b"<p>"),
        Err(Error::NotRows { found: '<' })
    ));
}

#[test]
fn rows_before_an_error_are_shown() {
    let mut table = Table::new(Arrangement::Fitting, Look::PIPE);
    let mut out = Vec::new();
    table.write(b"[{\"a\":1},{\"a\":").expect("rows");
    assert!(matches!(
        table.finish(&mut out),
        Err(Error::Unfinished { elements: 1 })
    ));
    assert!(String::from_utf8_lossy(&out).contains("│ 1 │"));
}

#[test]
fn rows_beyond_the_limit_are_counted() {
    let body = format!("[{}]", vec!["{\"a\":1}"; ROWS_MAX + 5].join(","));
    let found = drawn(&body, Arrangement::Fitting, Some(80));
    assert!(
        found.ends_with("(10000 of 10005 rows are shown: use --ndjson or --csv for all)\n"),
        "{}",
        &found[found.len() - 200..]
    );
    assert_eq!(found.lines().count(), ROWS_MAX + 5);
}

#[test]
fn marks_without_a_width_take_no_time() {
    let body = format!(
        "[{{\"a\":\"x{}\"}}]",
        "\u{301}".repeat(200_000) + &"y".repeat(100)
    );
    for arrangement in [Arrangement::Fitting, Arrangement::Vertical] {
        let found = drawn(&body, arrangement, Some(40));
        assert!(found.lines().count() >= 2, "{found}");
    }
}

proptest! {
    #[test]
    fn every_line_fits_and_is_as_long_as_the_others(
        rows in prop::collection::vec(prop::collection::btree_map("[a-z한]{0,12}", "([ -~가-힣ｱ👍\n]|👨\u{200d}👩\u{200d}👧|❤\u{fe0f}|e\u{301}|[\u{900}-\u{97f}]){0,40}", 1..6), 1..5),
        width in 20_usize..100,
    ) {
        let body = serde_json::to_string(&rows).expect("JSON");
        let found = drawn(&body, Arrangement::Fitting, Some(width));
        let lines: Vec<usize> = found.lines().map(UnicodeWidthStr::width).collect();
        let is_grid = found.starts_with('┌');
        prop_assert!(lines.iter().all(|line| *line <= width.max(34 + 8)), "{width}\n{found}");
        if is_grid {
            prop_assert!(lines.iter().all(|line| line == &lines[0] && *line <= width), "{width}\n{found}");
        }
    }
}
