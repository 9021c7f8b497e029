//! Calls of stored queries: what is an argument, what is about the rows, and what is neither.

use bistro_dialect::Target;
use bistro_http::method::Method;
use expect_test::{Expect, expect};

use crate::fixture::{Asked, catalog, open};
use crate::plan;
use crate::principal::Principal;
use crate::rule::{Access, Audience, Operation, Policy, Rule, Subject};

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written in place"
)]
fn check(line: &str, expected: Expect) {
    expected.assert_eq(Asked::new(line).written().trim_end());
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written in place"
)]
fn check_body(line: &str, body: &str, expected: Expect) {
    let asked = Asked {
        body,
        ..Asked::new(line)
    };
    expected.assert_eq(asked.written().trim_end());
}

#[test]
fn parameters_are_arguments_or_about_the_rows() {
    check(
        "GET /rpc/by_year?year=1994",
        expect![[r#"
            WITH "bistro_called" AS (SELECT title, year FROM songs WHERE year = :year AND (:title IS NULL OR title = :title)
            ) SELECT r."title", r."year" FROM "bistro_called" AS r
                [Integer(1994), Null]"#]],
    );
    check(
        "GET /rpc/by_year?year=1994&title=eq.x&year=not.is.null",
        expect!["parameter `year`: given more than once"],
    );
    check(
        "GET /rpc/by_year?year=1994&title=like.a*&select=title&order=year.desc&limit=3&or=(title.eq.b,year.gt.5)",
        expect![[r#"
            WITH "bistro_called" AS (SELECT title, year FROM songs WHERE year = :year AND (:title IS NULL OR title = :title)
            ) SELECT r."title" FROM "bistro_called" AS r WHERE (r."title" = ?3 OR r."year" > ?4) ORDER BY r."year" DESC NULLS FIRST LIMIT +?5
                [Integer(1994), Text("like.a*"), Text("b"), Integer(5), Integer(4)]"#]],
    );
    check(
        "HEAD /rpc/by_year?year=1994&select=count()",
        expect![[r#"
            WITH "bistro_called" AS (SELECT title, year FROM songs WHERE year = :year AND (:title IS NULL OR title = :title)
            ) SELECT count(*) FROM "bistro_called" AS r
                [Integer(1994), Null]"#]],
    );
}

#[test]
fn an_empty_argument_is_none_where_it_would_be_null() {
    check(
        "GET /rpc/by_year?year=1994&title=",
        expect![[r#"
        WITH "bistro_called" AS (SELECT title, year FROM songs WHERE year = :year AND (:title IS NULL OR title = :title)
        ) SELECT r."title", r."year" FROM "bistro_called" AS r
            [Integer(1994), Null]"#]],
    );
    check(
        "GET /rpc/by_year?year=&title=x",
        expect!["invalid integer for column `year`: ``"],
    );
}

#[test]
fn a_body_holds_the_arguments_and_the_parameters_are_about_the_rows() {
    check_body(
        "POST /rpc/by_year?title=eq.x&year=gt.1",
        r#"{"year":1994}"#,
        expect![[r#"
            WITH "bistro_called" AS (SELECT title, year FROM songs WHERE year = :year AND (:title IS NULL OR title = :title)
            ) SELECT r."title", r."year" FROM "bistro_called" AS r WHERE r."title" = ?3 AND r."year" > ?4
                [Integer(1994), Null, Text("x"), Integer(1)]"#]],
    );
    check_body(
        "POST /rpc/retire?select=title&order=title&limit=1",
        r#"{"year":"1994","title":null}"#,
        expect![[r#"
            DELETE FROM songs WHERE year = :year AND title IS :title RETURNING title
                [Integer(1994), Null]
            SELECT r."title" FROM (SELECT c1 AS "title" FROM "temp"."bistro_returned_1" ORDER BY position) AS r ORDER BY r."title" NULLS LAST LIMIT +?1
                [Integer(2)]"#]],
    );
}

#[test]
fn other_arguments_than_it_takes_are_refused() {
    check(
        "GET /rpc/by_year",
        expect!["`by_year` takes (year, title?), it is called with ()"],
    );
    check(
        "GET /rpc/by_year?title=x",
        expect!["`by_year` takes (year, title?), it is called with (title)"],
    );
    check(
        "GET /rpc/by_year?year=x",
        expect!["invalid integer for column `year`: `x`"],
    );
    check(
        "GET /rpc/by_year?year=1994&title=a&title=b",
        expect!["parameter `title`: given more than once"],
    );
    check(
        "GET /rpc/by_year?year=1994&tilte=a",
        expect!["`by_year` takes (year, title?), it is called with (year, tilte)"],
    );
    check(
        "GET /rpc/by_year?year=1994&tilte=eq.a",
        expect!["no column `tilte` in `by_year`"],
    );
    check(
        "GET /rpc/by_yaer?year=1994",
        expect!["no stored query `by_yaer`"],
    );
    check(
        "GET /rpc/retire?year=1994",
        expect!["`retire` does not allow GET here"],
    );
    check_body(
        "POST /rpc/by_year",
        r#"{"year":1994,"month":2}"#,
        expect!["`by_year` takes (year, title?), it is called with (year, month)"],
    );
    check_body(
        "POST /rpc/by_year?title=x",
        r#"{"year":1994}"#,
        expect![
            "parameter `title`: unexpected `x` at byte 0 of `x`, expected an operator and `.` before the value; the operators are eq, neq, gt, gte, lt, lte, like, ilike, match, imatch, in, is, isdistinct, fts, plfts, phfts, wfts, cs, cd, ov, sl, sr, nxr, nxl, adj"
        ],
    );
    check_body(
        "POST /rpc/by_year",
        r#"[{"year":1},{"year":2}]"#,
        expect!["a call takes one object of arguments, 2 are given"],
    );
    check_body(
        "POST /rpc/by_year",
        "",
        expect!["`by_year` takes (year, title?), it is called with ()"],
    );
    check(
        "GET /rpc/by_year?year=1994&after=W10",
        expect!["parameter `after`: rows without a primary key have no order to continue in"],
    );
}

#[test]
fn what_is_not_open_does_not_exist() {
    let target = Target::Function {
        name: "retire".to_owned(),
    };
    let methods = |policy: &Policy| {
        let methods = plan::methods(&target, &Principal::Anyone, &catalog(), policy);
        methods.map_err(|error| error.to_string())
    };
    let rule = |name: &str, operation| Policy {
        access: Access::Rules(vec![Rule::new(
            Subject::Function(name.to_owned()),
            Audience::Anyone,
            vec![operation],
        )]),
        ..open()
    };
    let gone = Err("no stored query `retire`".to_owned());
    assert_eq!(methods(&open()), Ok(vec![Method::Post, Method::Options]));
    assert_eq!(methods(&rule("retire", Operation::Call)), methods(&open()));
    assert_eq!(methods(&rule("retire", Operation::Read)), gone);
    assert_eq!(methods(&rule("by_year", Operation::Call)), gone);
    let read_only = Policy {
        is_read_only: true,
        ..open()
    };
    assert_eq!(methods(&read_only), Ok(vec![Method::Options]));
}
