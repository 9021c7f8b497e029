//! What cannot be done, and what is said about it.

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
    expected.assert_eq(&refusal(Asked::new(line)));
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written in place"
)]
fn check_write(line: &str, prefer: &str, body: &str, expected: Expect) {
    expected.assert_eq(&refusal(Asked {
        prefer,
        body,
        ..Asked::new(line)
    }));
}

fn refusal(asked: Asked<'_>) -> String {
    asked.plan().expect_err(asked.line).to_string()
}

#[test]
fn unknown_names_are_named_with_their_neighbors() {
    let error = Asked::new("GET /song").plan().expect_err("no such table");
    expect![[r#"UnknownRelation { name: "song", nearest: Some("songs") }"#]]
        .assert_eq(&format!("{error:?}"));
    let error = Asked::new("GET /songs?tilte=eq.a")
        .plan()
        .expect_err("no such column");
    expect![[r#"UnknownColumn { relation: "songs", column: "tilte", nearest: Some("title") }"#]]
        .assert_eq(&format!("{error:?}"));
    check(
        "GET /songs?select=nope",
        expect!["no column `nope` in `songs`"],
    );
    check(
        "GET /songs?order=nope",
        expect!["no column `nope` in `songs`"],
    );
    check(
        "GET /songs?order=artists(name)",
        expect!["`artists` is not embedded in this request"],
    );
    check(
        "GET /songs?artists.name=eq.a",
        expect!["`artists` is not embedded in this request"],
    );
    check(
        "GET /songs?select=*,artists(name)",
        expect!["no relationship between `songs` and `artists`"],
    );
    check(
        "GET /songs/1/artists",
        expect!["nothing of `artists` belongs to the rows of `songs`"],
    );
    check("POST /rpc/add", expect!["no stored query `add`"]);
    check(
        "GET /songs?select=title::tixt",
        expect!["no type `tixt` to cast column `title` to"],
    );
    check_write(
        "POST /songs",
        "",
        r#"{"nope":1}"#,
        expect!["no column `nope` in `songs` to write to"],
    );
    check_write(
        "POST /songs?columns=title,nope",
        "",
        r#"{"title":"a"}"#,
        expect!["no column `nope` in `songs` to write to"],
    );
}

#[test]
fn an_operator_without_a_meaning_here_says_what_to_use() {
    let instead = [
        (
            "year",
            "sl sr nxr nxl adj",
            "[1,2)",
            "compare the bounds with `lt`, `lte`, `gt`, `gte`",
        ),
        (
            "title",
            "fts plfts phfts wfts",
            "love",
            "`ilike` or `imatch` find text",
        ),
        (
            "title",
            "cs cd ov",
            "{love}",
            "use `eq`, `in`, `like` or `match`",
        ),
        (
            "year",
            "cs cd ov",
            "{1}",
            "use `eq`, `in`, `like` or `match`",
        ),
        ("title", "is", "true", "use `eq`, or `is.null`"),
        ("data", "is", "false", "use `eq`, or `is.null`"),
    ];
    for (column, operators, value, expected) in instead {
        for operator in operators.split(' ') {
            for filter in [
                format!("{column}={operator}.{value}"),
                format!("{column}=not.{operator}.{value}"),
                format!("or=({column}.{operator}.\"{value}\",id.eq.1)"),
            ] {
                let refused = Asked::new(&format!("GET /songs?{filter}")).plan();
                let refused = refused.expect_err(&filter).to_string();
                assert!(refused.contains(expected), "{filter}: {refused}");
            }
        }
    }
}

#[test]
fn values_must_fit_their_columns() {
    check(
        "GET /songs?year=eq.abc",
        expect!["invalid integer for column `year`: `abc`"],
    );
    check(
        "GET /songs?year=eq.99999999999999999999",
        expect!["integer out of range for column `year`: `99999999999999999999`"],
    );
    check(
        "GET /songs?is_hit=eq.maybe",
        expect!["invalid boolean for column `is_hit`: `maybe`"],
    );
    check(
        "GET /songs?cover=eq.!",
        expect!["invalid base64 for column `cover`: `!`"],
    );
    check(
        "GET /songs?title=is.true",
        expect![
            "operator `is.true` cannot be used on column `title` of `songs`: it is no truth value; use `eq`, or `is.null`"
        ],
    );
    check(
        "GET /songs?year->a=eq.1",
        expect!["column `year` of `songs` is integer, a path needs json"],
    );
    check(
        "GET /songs?data=cs.{a",
        expect!["invalid json for column `data`: `{a`"],
    );
    check_write(
        "POST /songs",
        "",
        r#"{"title":"a","year":1.5}"#,
        expect!["invalid integer for column `year`: `1.5`"],
    );
    check_write(
        "POST /songs",
        "",
        r#"{"title":"a","cover":5}"#,
        expect!["invalid base64 for column `cover`: `5`"],
    );
}

#[test]
fn operators_that_mean_nothing_here_say_what_to_use_instead() {
    check(
        "GET /songs?title=fts.love",
        expect![
            "operator `fts` cannot be used on column `title` of `songs`: full-text search needs an FTS5 table; `ilike` or `imatch` find text in ordinary ones"
        ],
    );
    check(
        "GET /songs?year=sl.(1,2)",
        expect![
            "operator `sl` cannot be used on column `year` of `songs`: there are no range types here; compare the bounds with `lt`, `lte`, `gt`, `gte`"
        ],
    );
    check(
        "GET /songs?title=cs.{a}",
        expect![
            "operator `cs` cannot be used on column `title` of `songs`: it compares JSON; use `eq`, `in`, `like` or `match`"
        ],
    );
}

#[test]
fn selections_that_have_no_answer_are_refused() {
    check(
        "GET /songs?select=id,id:title",
        expect!["`id` is selected twice with different meanings; give one of them an alias"],
    );
    check(
        "GET /songs?select=title.sum()",
        expect!["`sum` of column `title` has no meaning: it is text"],
    );
    check(
        "GET /songs?select=year,count()&order=title",
        expect!["cannot order by `title`: with an aggregate, only by columns selected beside it"],
    );
}

#[test]
fn items_are_found_by_their_whole_key() {
    check("GET /songs/abc", expect!["no such row in `songs`"]);
    check(
        "GET /order_lines/7",
        expect!["the key of `order_lines` has 2 parts (order_id, line), the address has 1"],
    );
    check(
        "GET /hits/7",
        expect!["`hits` has no primary key, so its rows have no address"],
    );
    check("POST /songs/7", expect!["`songs` does not allow POST here"]);
}

#[test]
fn pages_must_be_possible() {
    check(
        "GET /songs?limit=1&after=WzFd&order=year",
        expect!["parameter `after`: 1 values, expected 2: this cursor belongs to another order"],
    );
    check(
        "GET /songs?limit=1&offset=2&after=WzFd",
        expect!["parameter `after`: cannot be combined with `offset`"],
    );
    check(
        "GET /hits?limit=1&after=WzFd",
        expect!["parameter `after`: rows without a primary key have no order to continue in"],
    );
    check(
        "GET /songs?select=count()&after=WzFd",
        expect!["parameter `after`: cannot be combined with aggregates"],
    );
    check(
        "GET /songs/1?after=WzFd",
        expect!["parameter `after`: an item has no pages"],
    );
    let asked = Asked {
        range: Some("0-4"),
        ..Asked::new("GET /songs?offset=5&limit=5")
    };
    expect!["field `Range` and parameters `limit` and `offset` have no row in common"]
        .assert_eq(&refusal(asked));
}

#[test]
fn a_whole_collection_is_not_changed_by_accident() {
    check_write(
        "PATCH /songs",
        "",
        r#"{"year":1}"#,
        expect![
            "PATCH without a filter would concern every row of `songs`; if that is meant, say `id=not.is.null`"
        ],
    );
    check(
        "DELETE /order_lines",
        expect![
            "DELETE without a filter would concern every row of `order_lines`; if that is meant, say `order_id=not.is.null`"
        ],
    );
    check(
        "DELETE /log",
        expect![
            "DELETE without a filter would concern every row of `log`; if that is meant, say `or=(rowid.is.null,rowid.not.is.null)`"
        ],
    );
    check(
        "DELETE /hits?title=eq.a",
        expect!["`hits` does not allow DELETE here"],
    );
    check_write(
        "PATCH /songs?id=eq.1",
        "",
        r#"[{"year":1},{"year":2}]"#,
        expect!["PATCH takes exactly one row, 2 are given"],
    );
}

#[test]
fn puts_replace_the_row_their_url_names() {
    check_write(
        "PUT /songs",
        "",
        r#"{"id":1}"#,
        expect!["PUT needs `eq` filters on exactly the primary key of `songs`: id"],
    );
    check_write(
        "PUT /songs?id=gt.1",
        "",
        r#"{"id":1}"#,
        expect!["PUT needs `eq` filters on exactly the primary key of `songs`: id"],
    );
    check_write(
        "PUT /songs?id=eq.1&year=eq.2",
        "",
        r#"{"id":1}"#,
        expect!["PUT needs `eq` filters on exactly the primary key of `songs`: id"],
    );
    check_write(
        "PUT /songs?id=eq.1&limit=1",
        "",
        r#"{"id":1}"#,
        expect!["PUT takes no `limit` and no `offset`"],
    );
    check_write(
        "PUT /songs?id=eq.1",
        "",
        r#"{"id":2}"#,
        expect!["column `id` in the body does not match the key in the URL"],
    );
    check_write(
        "PUT /songs?id=eq.1",
        "",
        r#"{"title":"a"}"#,
        expect!["column `id` in the body does not match the key in the URL"],
    );
    check_write(
        "PUT /songs?id=eq.1",
        "",
        r#"[{"id":1},{"id":1}]"#,
        expect!["PUT takes exactly one row, 2 are given"],
    );
    check_write(
        "PUT /songs/1",
        "",
        r#"{"id":2}"#,
        expect!["column `id` in the body does not match the key in the URL"],
    );
    check_write(
        "PUT /songs/1?year=eq.1",
        "",
        r#"{"id":1}"#,
        expect!["PUT needs `eq` filters on exactly the primary key of `songs`: id"],
    );
}

#[test]
fn writes_must_be_possible() {
    check_write(
        "POST /songs",
        "",
        r#"{"title_length":2}"#,
        expect!["column `title_length` of `songs` is generated and cannot be written"],
    );
    check_write(
        "POST /songs?on_conflict=year",
        "resolution=merge-duplicates",
        r#"{"title":"a"}"#,
        expect!["no unique constraint of `songs` on (year)"],
    );
    check_write(
        "PATCH /search?body=eq.a",
        "return=representation",
        r#"{"body":"b"}"#,
        expect![
            "return=representation is not possible on `search`: its rows cannot be read again after the change; ask for `return=minimal` and read them"
        ],
    );
    check_write(
        "POST /hits?order=title",
        "return=representation",
        r#"{"title":"b"}"#,
        expect![
            "`order` of a write is not possible on `hits`: its rows cannot be read again after the change; ask for `return=minimal` and read them"
        ],
    );
    check_write(
        "POST /hits?select=count()",
        "return=representation",
        r#"{"title":"b"}"#,
        expect![
            "`select` of more than columns from a write is not possible on `hits`: its rows cannot be read again after the change; ask for `return=minimal` and read them"
        ],
    );
}

#[test]
fn rules_hold_for_all_that_a_request_does() {
    let policy = Policy {
        access: Access::Rules(vec![Rule::new(
            Subject::Relation("songs".to_owned()),
            Audience::Anyone,
            vec![Operation::Create],
        )]),
        ..open()
    };
    let refusal = |line: &str, prefer: &str| {
        let asked = Asked {
            prefer,
            body: r#"{"id":1}"#,
            ..Asked::new(line)
        };
        plan::make(&asked.request(), &Principal::Anyone, &catalog(), &policy)
            .map_or_else(|error| error.to_string(), |_| "allowed".to_owned())
    };
    for (line, prefer, expected) in [
        ("POST /songs", "", "allowed"),
        ("POST /songs", "resolution=ignore-duplicates", "allowed"),
        (
            "POST /songs",
            "resolution=merge-duplicates",
            "this request would also update `songs`, which is not allowed",
        ),
        (
            "POST /songs",
            "return=representation",
            "this request would also read `songs`, which is not allowed",
        ),
        ("GET /songs", "", "`songs` does not allow GET here"),
        ("PUT /songs/1", "", "`songs` does not allow PUT here"),
        ("POST /order_lines", "", "no relation `order_lines`"),
    ] {
        assert_eq!(refusal(line, prefer), expected, "{line} {prefer}");
    }
}

#[test]
fn whoever_may_not_read_changes_rows_by_their_keys_alone() {
    let policy = Policy {
        access: Access::Rules(vec![Rule::new(
            Subject::Relation("songs".to_owned()),
            Audience::Anyone,
            vec![Operation::Create, Operation::Update, Operation::Delete],
        )]),
        allows_unfiltered_writes: true,
        ..open()
    };
    let reads = "this request would also read `songs`, which is not allowed";
    for (line, expected) in [
        ("PATCH /songs/1", "allowed"),
        ("DELETE /songs/1", "allowed"),
        ("PUT /songs/1", "allowed"),
        ("PUT /songs?id=eq.1", "allowed"),
        ("PATCH /songs", "allowed"),
        ("DELETE /songs", "allowed"),
        ("PATCH /songs?title=like.a*", reads),
        ("DELETE /songs?title=like.a*", reads),
        ("PATCH /songs/1?title=eq.a", reads),
        ("DELETE /songs/1?title=eq.a", reads),
        ("DELETE /songs?id=eq.1", reads),
    ] {
        let asked = Asked {
            body: if line.starts_with("DELETE") {
                ""
            } else {
                r#"{"id":1}"#
            },
            ..Asked::new(line)
        };
        let found = plan::make(&asked.request(), &Principal::Anyone, &catalog(), &policy)
            .map_or_else(|error| error.to_string(), |_| "allowed".to_owned());
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn patterns_to_compile_are_counted() {
    let refused = "101 patterns in one request, at most 100 allowed";
    for (filter, expected) in [
        ("title=ilike(any)", refused),
        ("title=not.match(all)", refused),
        ("title=imatch(any)", refused),
        ("title=like(any)", "allowed"),
        ("title=eq(any)", "allowed"),
    ] {
        let line = format!("GET /songs?{filter}.{{a{}}}", ",a".repeat(100));
        let found = Asked::new(&line)
            .plan()
            .map_or_else(|error| error.to_string(), |_| "allowed".to_owned());
        assert_eq!(found, expected, "{filter}");
    }
    let line = format!("DELETE /songs?title=like(any).{{_{}}}", ",_".repeat(100));
    assert_eq!(refusal(Asked::new(&line)), refused);
}
