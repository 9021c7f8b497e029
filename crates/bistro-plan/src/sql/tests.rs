//! Requests, and the SQL they become.

use expect_test::{Expect, expect};

use crate::fixture::Asked;

fn check(line: &str, expected: Expect) {
    expected.assert_eq(&Asked::new(line).written());
}

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
            SELECT r."id", r."title", r."year", r."id" FROM "main"."songs" AS r ORDER BY r."year" DESC NULLS FIRST, r."id" LIMIT ?1
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
        SELECT r."order_id", r."line", r."quantity", r."order_id", r."line" FROM "main"."order_lines" AS r ORDER BY r."order_id", r."line" LIMIT ?1 OFFSET ?2
            [Integer(2), Integer(3)]
    "#]],
    );
}

#[test]
fn groups_are_what_is_not_computed() {
    check(
        "GET /songs?select=year,count(),rating.avg()&order=year.desc&limit=3",
        expect![[r#"
            SELECT r."year", count(*), avg(r."rating") FROM "main"."songs" AS r GROUP BY 1 ORDER BY r."year" DESC NULLS FIRST LIMIT ?1
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
fn new_rows_are_inserted() {
    check_write(
        "POST /songs",
        "",
        r#"{"title":"Zombie","year":1994}"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "year") VALUES (?1, ?2) RETURNING "id"
                [[Text("Zombie"), Integer(1994)]]
            touched 0, key 1, direct None
        "#]],
    );
    check_write(
        "POST /songs?select=title",
        "return=representation",
        r#"[{"title":"a"},{"title":"b"}]"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title") VALUES (?1) RETURNING rowid, "id"
                [[Text("a")], [Text("b")]]
            after: SELECT r."title" FROM "temp"."touched" AS t CROSS JOIN "main"."songs" AS r ON r.rowid = t.k0 ORDER BY t.position
            touched 1, key 1, direct None
        "#]],
    );
    check_write(
        "POST /songs",
        "",
        "{}",
        expect![[r#"
        INSERT INTO "main"."songs" DEFAULT VALUES RETURNING "id"
            [[]]
        touched 0, key 1, direct None
    "#]],
    );
    check_write(
        "POST /songs?columns=title,rating",
        "missing=default",
        r#"[{"title":"a","rating":1},{"title":"b"},{"title":"c"}]"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "rating") VALUES (?1, ?2) RETURNING "id"
                [[Text("a"), Integer(1)]]
            INSERT INTO "main"."songs" ("title") VALUES (?1) RETURNING "id"
                [[Text("b")], [Text("c")]]
            touched 0, key 1, direct None
        "#]],
    );
    check_write(
        "POST /songs?columns=title,rating",
        "",
        r#"[{"title":"a","rating":1},{"title":"b"}]"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "rating") VALUES (?1, ?2) RETURNING "id"
                [[Text("a"), Integer(1)], [Text("b"), Null]]
            touched 0, key 1, direct None
        "#]],
    );
    check_write(
        "POST /hits",
        "return=representation",
        r#"{"title":"a"}"#,
        expect![[r#"
            INSERT INTO "main"."hits" ("title") VALUES (?1) RETURNING "title", "plays"
                [[Text("a")]]
            touched 0, key 0, direct Some(2)
        "#]],
    );
    check_write(
        "POST /hits",
        "",
        r#"{"title":"a"}"#,
        expect![[r#"
        INSERT INTO "main"."hits" ("title") VALUES (?1) RETURNING 1
            [[Text("a")]]
        touched 0, key 0, direct None
    "#]],
    );
}

#[test]
fn upserts_know_the_rows_they_meet() {
    check_write(
        "POST /songs",
        "resolution=merge-duplicates,return=representation",
        r#"[{"id":1,"title":"a"}]"#,
        expect![[r#"
            probe: SELECT 1 FROM "main"."songs" AS r WHERE r."id" = ?1
                [[Integer(1)]]
            INSERT INTO "main"."songs" ("id", "title") VALUES (?1, ?2) ON CONFLICT ("id") DO UPDATE SET "title" = excluded."title" RETURNING rowid, "id"
                [[Integer(1), Text("a")]]
            after: SELECT r."id", r."title", r."year", r."rating", r."is_hit", r."data", r."cover", r."released", r."note ""x""", r."title_length" FROM "temp"."touched" AS t CROSS JOIN "main"."songs" AS r ON r.rowid = t.k0 ORDER BY t.position
            touched 1, key 1, direct None
        "#]],
    );
    check_write(
        "POST /songs?on_conflict=title,year",
        "resolution=ignore-duplicates",
        r#"[{"title":"a","year":1}]"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "year") VALUES (?1, ?2) ON CONFLICT ("title", "year") DO NOTHING RETURNING "id"
                [[Text("a"), Integer(1)]]
            touched 0, key 1, direct None
        "#]],
    );
    check_write(
        "PUT /order_lines/7,3",
        "return=representation",
        r#"{"quantity":2}"#,
        expect![[r#"
            probe: SELECT 1 FROM "main"."order_lines" AS r WHERE r."order_id" = ?1 AND r."line" = ?2
                [[Integer(7), Integer(3)]]
            INSERT INTO "main"."order_lines" ("quantity", "order_id", "line") VALUES (?1, ?2, ?3) ON CONFLICT ("order_id", "line") DO UPDATE SET "quantity" = excluded."quantity" RETURNING "order_id", "line", "order_id", "line"
                [[Integer(2), Integer(7), Integer(3)]]
            after: SELECT r."order_id", r."line", r."quantity" FROM "temp"."touched" AS t CROSS JOIN "main"."order_lines" AS r ON r."order_id" IS t.k0 AND r."line" IS t.k1 ORDER BY t.position
            touched 2, key 2, direct None
        "#]],
    );
    check_write(
        "PUT /songs?id=eq.1",
        "",
        r#"{"id":1,"title":"a"}"#,
        expect![[r#"
            probe: SELECT 1 FROM "main"."songs" AS r WHERE r."id" = ?1
                [[Integer(1)]]
            INSERT INTO "main"."songs" ("id", "title") VALUES (?1, ?2) ON CONFLICT ("id") DO UPDATE SET "title" = excluded."title", "year" = excluded."year", "rating" = excluded."rating", "is_hit" = excluded."is_hit", "data" = excluded."data", "cover" = excluded."cover", "released" = excluded."released", "note ""x""" = excluded."note ""x""" RETURNING "id"
                [[Integer(1), Text("a")]]
            touched 0, key 1, direct None
        "#]],
    );
}

#[test]
fn rows_are_updated_and_deleted() {
    check_write(
        "PATCH /songs?year=eq.1994",
        "return=representation",
        r#"{"rating":5,"data":{"a":1}}"#,
        expect![[r#"
            UPDATE "main"."songs" AS r SET "rating" = ?1, "data" = ?2 WHERE r."year" = ?3 RETURNING rowid
                [[Integer(5), Text("{\"a\":1}"), Integer(1994)]]
            after: SELECT r."id", r."title", r."year", r."rating", r."is_hit", r."data", r."cover", r."released", r."note ""x""", r."title_length" FROM "temp"."touched" AS t CROSS JOIN "main"."songs" AS r ON r.rowid = t.k0 ORDER BY t.position
            touched 1, key 0, direct None
        "#]],
    );
    check_write(
        "PATCH /songs/1",
        "",
        "{}",
        expect![[r#"
        UPDATE "main"."songs" AS r SET "id" = r."id" WHERE r."id" = ?1
            [[Integer(1)]]
        touched 0, key 0, direct None
    "#]],
    );
    check_write(
        "PATCH /songs?id=eq.1",
        "return=representation",
        "{}",
        expect![[r#"
            after: SELECT r."id", r."title", r."year", r."rating", r."is_hit", r."data", r."cover", r."released", r."note ""x""", r."title_length" FROM "temp"."touched" AS t CROSS JOIN "main"."songs" AS r ON r.rowid = t.k0 ORDER BY t.position
            touched 1, key 0, direct None
        "#]],
    );
    check_write(
        "DELETE /log?line=eq.x",
        "return=representation",
        "",
        expect![[r#"
            before: SELECT r."rowid", r."line" FROM "main"."log" AS r WHERE r."line" = ?1
                [Text("x")]
            DELETE FROM "main"."log" AS r WHERE r."line" = ?1
                [[Text("x")]]
            touched 0, key 0, direct None
        "#]],
    );
    check_write(
        "PATCH /log?line=eq.x",
        "return=representation",
        r#"{"line":"y"}"#,
        expect![[r#"
            UPDATE "main"."log" AS r SET "line" = ?1 WHERE r."line" = ?2 RETURNING _rowid_
                [[Text("y"), Text("x")]]
            after: SELECT r."rowid", r."line" FROM "temp"."touched" AS t CROSS JOIN "main"."log" AS r ON r._rowid_ = t.k0 ORDER BY t.position
            touched 1, key 0, direct None
        "#]],
    );
    check_write(
        "DELETE /songs/1",
        "",
        "",
        expect![[r#"
        DELETE FROM "main"."songs" AS r WHERE r."id" = ?1
            [[Integer(1)]]
        touched 0, key 0, direct None
    "#]],
    );
}
