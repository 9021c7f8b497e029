//! Requests, and the SQL they become.

use expect_test::{Expect, expect};

use crate::fixture::{Asked, statement};
use crate::plan::Plan;
use crate::sql;

mod writes;
mod rules;

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written in place"
)]
fn check(line: &str, expected: Expect) {
    expected.assert_eq(&Asked::new(line).written());
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written in place"
)]
fn check_write(line: &str, prefer: &str, body: &str, expected: Expect) {
    let asked = Asked {
        prefer,
        body,
        ..Asked::new(line)
    };
    expected.assert_eq(&asked.written());
}

#[test]
fn a_collection_is_every_column_of_every_row() {
    check(
        "GET /order_lines",
        expect![[r#"
        SELECT r."order_id", r."line", r."quantity" FROM "main"."order_lines" AS r
    "#]],
    );
    check(
        "GET /songs?select=id,title&limit=2&order=year.desc",
        expect![[r#"
            SELECT r."id", r."title", r."year", r."id" FROM "main"."songs" AS r ORDER BY r."year" DESC NULLS FIRST, r."id" LIMIT +?1
                [Integer(3)]
        "#]],
    );
    check(
        "GET /songs/7?select=title",
        expect![[r#"
        SELECT r."title" FROM "main"."songs" AS r WHERE r."id" = ?1
            [Integer(7)]
    "#]],
    );
}

#[test]
fn a_rank_is_known_where_the_index_itself_is_asked() {
    check(
        "GET /search?select=body,_rank&body=fts.love&order=_rank.desc",
        expect![[r#"
            SELECT r."body", r."rank" FROM "main"."search" AS r WHERE r."search" MATCH ?1 ORDER BY r."rank" DESC
                [Text("(\"body\" : (((\"love\"))))")]
        "#]],
    );
    check(
        "GET /search?select=body&and=(body.plfts.love,body.neq.a)&or=(body.fts.one,body.fts.two)&body=not.fts.no&order=_rank",
        expect![[r#"
            SELECT r."body" FROM "main"."search" AS r WHERE r."search" MATCH ?1 AND r."body" <> ?2 AND NOT (r.rowid IN (SELECT rowid FROM "main"."search" WHERE "search" MATCH ?3)) ORDER BY r."rank"
                [Text("(\"body\" : ((\"love\"))) AND ((\"body\" : (((\"one\")))) OR (\"body\" : (((\"two\")))))"), Text("a"), Text("\"body\" : (((\"no\")))")]
        "#]],
    );
}

#[test]
fn filters_become_conditions() {
    check(
        "GET /songs?select=id&year=gte.1990&year=lt.2000",
        expect![[r#"
            SELECT r."id" FROM "main"."songs" AS r WHERE r."year" >= ?1 AND r."year" < ?2
                [Integer(1990), Integer(2000)]
        "#]],
    );
    check(
        "GET /songs?select=id&title=like.Wonder*",
        expect![[r#"
        SELECT r."id" FROM "main"."songs" AS r WHERE r."title" COLLATE BINARY >= ?1 AND r."title" COLLATE BINARY < ?2 AND bistro_like(r."title", ?3)
            [Text("Wonder"), Text("Wondes"), Text("Wonder%")]
    "#]],
    );
    check(
        "GET /songs?select=id&or=(year.eq.1994,and(is_hit.is.true,title.not.ilike.*love*))",
        expect![[r#"
            SELECT r."id" FROM "main"."songs" AS r WHERE (r."year" = ?1 OR r."is_hit" IS TRUE AND NOT (bistro_ilike(r."title", ?2)))
                [Integer(1994), Text("%love%")]
        "#]],
    );
    check(
        "GET /songs?select=id&year=in.(1994,1995)&title=eq(any).{a,b}",
        expect![[r#"
            SELECT r."id" FROM "main"."songs" AS r WHERE r."year" IN (?1, ?2) AND r."title" IN (?3, ?4)
                [Integer(1994), Integer(1995), Text("a"), Text("b")]
        "#]],
    );
}

#[test]
fn filters_reach_into_json() {
    check(
        "GET /songs?select=id&data->>age=eq.20",
        expect![[r#"
        SELECT r."id" FROM "main"."songs" AS r WHERE CASE json_type(CASE WHEN json_valid(r."data") THEN r."data" END, ?1) WHEN 'text' THEN (CASE WHEN json_valid(r."data") THEN r."data" END) ->> ?1 WHEN 'null' THEN NULL ELSE (CASE WHEN json_valid(r."data") THEN r."data" END) -> ?1 END = ?2
            [Text("$.\"age\""), Text("20")]
    "#]],
    );
    check(
        "GET /songs?select=id&data->age=gt.20",
        expect![[r#"
        SELECT r."id" FROM "main"."songs" AS r WHERE CASE WHEN json_type(CASE WHEN json_valid(r."data") THEN r."data" END, ?1) IN ('integer', 'real') THEN (CASE WHEN json_valid(r."data") THEN r."data" END) ->> ?1 END > ?2
            [Text("$.\"age\""), Integer(20)]
    "#]],
    );
    check(
        "GET /songs?select=id&data->tags=cs.{rock,90s}",
        expect![[r#"
            SELECT r."id" FROM "main"."songs" AS r WHERE bistro_contains(((CASE WHEN json_valid(r."data") THEN r."data" END) -> ?1), ?2)
                [Text("$.\"tags\""), Text("[\"rock\",\"90s\"]")]
        "#]],
    );
    check(
        "GET /songs?select=id&data=cs.{}",
        expect![[r#"
        SELECT r."id" FROM "main"."songs" AS r WHERE (bistro_contains(((CASE WHEN json_valid(r."data") THEN r."data" END) -> ?1), ?2) OR bistro_contains(((CASE WHEN json_valid(r."data") THEN r."data" END) -> ?3), ?4))
            [Text("$"), Text("{}"), Text("$"), Text("[]")]
    "#]],
    );
}

#[test]
fn values_are_bound_as_their_columns_hold_them() {
    check(
        "GET /hits?plays=gt.5&plays=neq.6&plays=eq.7&plays=in.(8,x)",
        expect![[r#"
            SELECT r."title", r."plays" FROM "main"."hits" AS r WHERE CASE WHEN typeof(r."plays") IN ('integer', 'real') THEN r."plays" > ?1 ELSE r."plays" > ?2 END AND r."plays" <> ?3 AND r."plays" <> ?4 AND (r."plays" = ?5 OR r."plays" = ?6) AND r."plays" IN (?7, ?8, ?9)
                [Integer(5), Text("5"), Integer(6), Text("6"), Integer(7), Text("7"), Integer(8), Text("8"), Text("x")]
        "#]],
    );
    check(
        "GET /songs?select=id&cover=eq.AQI=",
        expect![[r#"
        SELECT r."id" FROM "main"."songs" AS r WHERE r."cover" = ?1
            [Blob([1, 2])]
    "#]],
    );
    check(
        "GET /songs?select=id&rating=isdistinct.1&year=not.is.null",
        expect![[r#"
            SELECT r."id" FROM "main"."songs" AS r WHERE r."rating" IS NOT ?1 AND r."year" IS NOT NULL
                [Integer(1)]
        "#]],
    );
}

#[test]
fn rows_are_sorted_as_postgresql_sorts_them() {
    check(
        "GET /songs?select=id&order=year,title.desc,data->n.nullsfirst",
        expect![[r#"
            SELECT r."id" FROM "main"."songs" AS r ORDER BY r."year" NULLS LAST, r."title" DESC, json_extract(CASE WHEN json_valid(r."data") THEN r."data" END, ?1) NULLS FIRST
                [Text("$.\"n\"")]
        "#]],
    );
    check(
        "GET /order_lines?limit=1&offset=3",
        expect![[r#"
        SELECT r."order_id", r."line", r."quantity", r."order_id", r."line" FROM "main"."order_lines" AS r ORDER BY r."order_id", r."line" LIMIT +?1 OFFSET ?2
            [Integer(2), Integer(3)]
    "#]],
    );
}

#[test]
fn groups_are_what_is_not_computed() {
    check(
        "GET /songs?select=year,count(),rating.avg()&order=year.desc&limit=3",
        expect![[r#"
            SELECT r."year", count(*), avg(r."rating") FROM "main"."songs" AS r GROUP BY 1 ORDER BY r."year" DESC NULLS FIRST LIMIT +?1
                [Integer(4)]
        "#]],
    );
    check(
        "GET /songs?select=total:rating.sum()::text",
        expect![[r#"
        SELECT CAST(sum(r."rating") AS TEXT) FROM "main"."songs" AS r
    "#]],
    );
}

#[test]
fn casts_are_sqlites_own() {
    check(
        "GET /songs?select=year::text,is_hit::text,rating::int,released::timestamp,d:data::json,t:title::bool",
        expect![[r#"
            SELECT CAST(r."year" AS TEXT), CASE r."is_hit" WHEN 0 THEN 'false' ELSE CASE WHEN r."is_hit" IS NOT NULL THEN 'true' END END, CAST(round(r."rating") AS INTEGER), strftime('%Y-%m-%dT%H:%M:%S', r."released"), CASE WHEN json_valid(r."data") THEN r."data" WHEN r."data" IS NOT NULL THEN json_quote(CAST(r."data" AS TEXT)) END, (lower(r."title") IN ('t', 'true', 'y', 'yes', 'on', '1')) FROM "main"."songs" AS r
        "#]],
    );
    check(
        "GET /songs?select=data->a->>b,data->0,x:data->-1",
        expect![[r#"
            SELECT CASE json_type(CASE WHEN json_valid(r."data") THEN r."data" END, ?1) WHEN 'text' THEN (CASE WHEN json_valid(r."data") THEN r."data" END) ->> ?1 WHEN 'null' THEN NULL ELSE (CASE WHEN json_valid(r."data") THEN r."data" END) -> ?1 END, ((CASE WHEN json_valid(r."data") THEN r."data" END) -> ?2), ((CASE WHEN json_valid(r."data") THEN r."data" END) -> ?3) FROM "main"."songs" AS r
                [Text("$.\"a\".\"b\""), Text("$[0]"), Text("$[#-1]")]
        "#]],
    );
}

#[test]
fn pages_continue_after_a_cursor() {
    // `[1994,7]`, `[3,4]`, `["b",7]`
    check(
        "GET /songs?select=id&order=year&limit=2&after=WzE5OTQsN10",
        expect![[r#"
            SELECT r."id", r."year", r."id" FROM "main"."songs" AS r WHERE ((r."year" > ?1 OR r."year" IS NULL) OR r."year" = ?2 AND r."id" > ?3) ORDER BY r."year" NULLS LAST, r."id" LIMIT +?4
                [Integer(1994), Integer(1994), Integer(7), Integer(3)]
        "#]],
    );
    check(
        "GET /order_lines?limit=2&after=WzMsNF0",
        expect![[r#"
        SELECT r."order_id", r."line", r."quantity", r."order_id", r."line" FROM "main"."order_lines" AS r WHERE (r."order_id", r."line") > (?1, ?2) ORDER BY r."order_id", r."line" LIMIT +?3
            [Integer(3), Integer(4), Integer(3)]
    "#]],
    );
    check(
        "GET /songs?select=id&order=title.desc&limit=2&after=WyJiIiw3XQ",
        expect![[r#"
            SELECT r."id", r."title", r."id" FROM "main"."songs" AS r WHERE r."title" <= ?1 AND (r."title" < ?2 OR r."title" = ?3 AND r."id" > ?4) ORDER BY r."title" DESC, r."id" LIMIT +?5
                [Text("b"), Text("b"), Text("b"), Integer(7), Integer(3)]
        "#]],
    );
}

#[test]
fn counts_leave_out_what_does_not_matter() {
    let read = |line: &str| match Asked::new(line).plan() {
        Ok(Plan::Read(read)) => read,
        other => panic!("{other:?}"),
    };
    let all = |line: &str| {
        let read = read(line);
        let mut out = statement(&sql::count(&read, None));
        out += &statement(&sql::count(&read, Some(1000)));
        out += &statement(&sql::extent(&read));
        out += &sql::last(&read).map_or_else(String::new, |last| statement(&last));
        out
    };
    expect![[r#"
        SELECT count(*) FROM "main"."songs" AS r WHERE r."year" > ?1
            [Integer(1990)]
        SELECT count(*) FROM (SELECT 1 FROM "main"."songs" AS r WHERE r."year" > ?1 LIMIT +?2)
            [Integer(1990), Integer(1000)]
        SELECT count(*) FROM (SELECT 1 FROM "main"."songs" AS r WHERE r."year" > ?1 AND ((r."year" > ?2 OR r."year" IS NULL) OR r."year" = ?3 AND r."id" > ?4) LIMIT +?5)
            [Integer(1990), Integer(1994), Integer(1994), Integer(7), Integer(3)]
        SELECT r."id", r."year", r."id" FROM "main"."songs" AS r WHERE r."year" > ?1 AND ((r."year" > ?2 OR r."year" IS NULL) OR r."year" = ?3 AND r."id" > ?4) ORDER BY r."year" NULLS LAST, r."id" LIMIT +?5 OFFSET ?6
            [Integer(1990), Integer(1994), Integer(1994), Integer(7), Integer(1), Integer(1)]
    "#]].assert_eq(&all(
        "GET /songs?select=id&year=gt.1990&order=year&limit=2&after=WzE5OTQsN10",
    ));
    expect![[r#"
        SELECT count(*) FROM (SELECT r."year", count(*) FROM "main"."songs" AS r GROUP BY 1)
        SELECT count(*) FROM (SELECT r."year", count(*) FROM "main"."songs" AS r GROUP BY 1 LIMIT +?1)
            [Integer(1000)]
        SELECT count(*) FROM (SELECT r."year", count(*) FROM "main"."songs" AS r GROUP BY 1 LIMIT +?1 OFFSET ?2)
            [Integer(-1), Integer(4)]
    "#]].assert_eq(&all("GET /songs?select=year,count()&offset=4"));
    expect![[r#"
        SELECT count(*) FROM "main"."songs" AS r
        SELECT count(*) FROM (SELECT 1 FROM "main"."songs" AS r LIMIT +?1)
            [Integer(1000)]
        SELECT count(*) FROM (SELECT 1 FROM "main"."songs" AS r LIMIT +?1)
            [Integer(1)]
    "#]]
    .assert_eq(&all("GET /songs?select=id&limit=0"));
}

#[test]
fn long_lists_do_not_make_deep_trees() {
    let values = vec!["*1"; 1000].join(",");
    let written = Asked::new(&format!(
        "GET /songs?select=id&title=like(any).{{{values}}}"
    ))
    .written();
    let mut depth = 0_usize;
    let mut deepest = 0;
    for character in written.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    assert_eq!(depth, 0);
    assert!(deepest < 12, "{deepest}");
    assert_eq!(written.matches("bistro_like").count(), 1000);
}

#[test]
fn more_values_than_a_statement_takes_are_refused() {
    let list = vec!["1"; 9_000].join(",");
    let line = format!("GET /songs?id=in.({list})&year=in.({list})&rating=in.({list})");
    assert!(Asked::new(&line).plan().is_ok());
    let list = vec!["1"; 8_000].join(",");
    let line = format!("GET /hits?plays=in.({list})&plays=in.({list})&plays=in.({list})");
    assert_eq!(
        Asked::new(&line).written(),
        "48000 values in one request, at most 32750 allowed\n"
    );
}

#[test]
fn a_key_of_no_declared_kind_may_be_a_number_or_text() {
    check(
        "GET /settings/5?select=value",
        expect![[r#"
        SELECT r."value" FROM "main"."settings" AS r WHERE r."key" IN (?1, ?2)
            [Integer(5), Text("5")]
    "#]],
    );
    check(
        "GET /settings/a?select=value",
        expect![[r#"
        SELECT r."value" FROM "main"."settings" AS r WHERE r."key" = ?1
            [Text("a")]
    "#]],
    );
    check_write(
        "PUT /settings/5",
        "",
        r#"{"key":"5","value":1}"#,
        expect![[r#"
            probe: SELECT 1 FROM "main"."settings" AS r WHERE r."key" = ?1
                [[Text("5")]]
            INSERT INTO "main"."settings" ("key", "value") VALUES (?1, ?2) ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value" RETURNING "key"
                [[Text("5"), Integer(1)]]
            touched 0, key 1, direct None
        "#]],
    );
    check_write(
        "PUT /settings/5",
        "",
        r#"{"value":1}"#,
        expect![[r#"
        probe: SELECT 1 FROM "main"."settings" AS r WHERE r."key" = ?1
            [[Integer(5)]]
        INSERT INTO "main"."settings" ("value", "key") VALUES (?1, ?2) ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value" RETURNING "key"
            [[Integer(1), Integer(5)]]
        touched 0, key 1, direct None
    "#]],
    );
}

#[test]
fn paths_into_json_are_values() {
    check(
        "GET /songs?select=data->\"a.b\"->99999999999999,x:data->-2&limit=1",
        expect![[r#"
            SELECT ((CASE WHEN json_valid(r."data") THEN r."data" END) -> ?1), ((CASE WHEN json_valid(r."data") THEN r."data" END) -> ?2), r."id" FROM "main"."songs" AS r ORDER BY r."id" LIMIT +?3
                [Text("$.\"a.b\"[2147483647]"), Text("$[#-2]"), Integer(2)]
        "#]],
    );
}

#[test]
fn an_empty_select_is_answered_with_empty_rows() {
    check(
        "GET /songs?select=",
        expect![[r#"
        SELECT NULL FROM "main"."songs" AS r
    "#]],
    );
    check_write(
        "POST /hits?select=",
        "return=representation",
        r#"{"title":"a"}"#,
        expect![[r#"
            INSERT INTO "main"."hits" ("title") VALUES (?1) RETURNING 1
                [[Text("a")]]
            touched 0, key 0, direct Some(0)
        "#]],
    );
}
