//! Writes, and the programs they become.

use expect_test::expect;

use crate::fixture::Asked;
use crate::sql::tests::check_write;

#[test]
fn new_rows_are_inserted() {
    check_write(
        "POST /songs",
        "",
        r#"{"title":"Zombie","year":1994}"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "year") VALUES (?1, ?2)
                [[Text("Zombie"), Integer(1994)]]
            touched 0, key 0, direct None
        "#]],
    );
    check_write(
        "POST /songs?select=title",
        "return=representation",
        r#"[{"title":"a"},{"title":"b"}]"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title") VALUES (?1) RETURNING rowid, "id"
                [[Text("a")], [Text("b")]]
            after: SELECT r."title" FROM "temp"."bistro_touched" AS t CROSS JOIN "main"."songs" AS r ON r.rowid = t.k0 ORDER BY t.position
            touched 1, key 1, direct None
        "#]],
    );
    check_write(
        "POST /songs",
        "",
        "{}",
        expect![[r#"
            INSERT INTO "main"."songs" DEFAULT VALUES
                [[]]
            touched 0, key 0, direct None
        "#]],
    );
}

#[test]
fn columns_that_a_row_leaves_out_are_null_or_take_their_defaults() {
    check_write(
        "POST /songs?columns=title,rating",
        "missing=default",
        r#"[{"title":"a","rating":1},{"title":"b"},{"title":"c"}]"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "rating") VALUES (?1, ?2)
                [[Text("a"), Integer(1)]]
            INSERT INTO "main"."songs" ("title") VALUES (?1)
                [[Text("b")], [Text("c")]]
            touched 0, key 0, direct None
        "#]],
    );
    check_write(
        "POST /songs?columns=title,rating",
        "",
        r#"[{"title":"a","rating":1},{"title":"b"}]"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "rating") VALUES (?1, ?2)
                [[Text("a"), Integer(1)], [Text("b"), Null]]
            touched 0, key 0, direct None
        "#]],
    );
}

#[test]
fn a_view_tells_of_its_rows_as_they_were_sent() {
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
            after: SELECT r."id", r."title", r."year", r."rating", r."is_hit", r."data", r."cover", r."released", r."note ""x""", r."title_length" FROM "temp"."bistro_touched" AS t CROSS JOIN "main"."songs" AS r ON r.rowid = t.k0 ORDER BY t.position
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
            after: SELECT r."order_id", r."line", r."quantity" FROM "temp"."bistro_touched" AS t CROSS JOIN "main"."order_lines" AS r ON r."order_id" IS t.k0 AND r."line" IS t.k1 ORDER BY t.position
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
            after: SELECT r."id", r."title", r."year", r."rating", r."is_hit", r."data", r."cover", r."released", r."note ""x""", r."title_length" FROM "temp"."bistro_touched" AS t CROSS JOIN "main"."songs" AS r ON r.rowid = t.k0 ORDER BY t.position
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
            after: SELECT r."id", r."title", r."year", r."rating", r."is_hit", r."data", r."cover", r."released", r."note ""x""", r."title_length" FROM "temp"."bistro_touched" AS t CROSS JOIN "main"."songs" AS r ON r.rowid = t.k0 ORDER BY t.position
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
            after: SELECT r."rowid", r."line" FROM "temp"."bistro_touched" AS t CROSS JOIN "main"."log" AS r ON r._rowid_ = t.k0 ORDER BY t.position
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

#[test]
fn patches_change_what_they_name() {
    let merge = Asked {
        content_type: Some("application/merge-patch+json"),
        body: r#"{"data":{"a":null},"year":null}"#,
        ..Asked::new("PATCH /songs/1")
    };
    expect![[r#"
        UPDATE "main"."songs" AS r SET "data" = json_patch(CASE WHEN json_valid(r."data") THEN r."data" ELSE '{}' END, ?1), "year" = ?2 WHERE r."id" = ?3
            [[Text("{\"a\":null}"), Null, Integer(1)]]
        touched 0, key 0, direct None
    "#]].assert_eq(&merge.written());
    check_write(
        "PATCH /songs?id=eq.1&columns=rating,year",
        "missing=default",
        r#"{"year":1}"#,
        expect![[r#"
            UPDATE "main"."songs" AS r SET "rating" = (1.5), "year" = ?1 WHERE r."id" = ?2
                [[Integer(1), Integer(1)]]
            touched 0, key 0, direct None
        "#]],
    );
    check_write(
        "PATCH /order_lines?order_id=eq.7&order=line.desc&limit=1&select=line",
        "return=representation",
        r#"{"quantity":1}"#,
        expect![[r#"
            UPDATE "main"."order_lines" AS r SET "quantity" = ?1 WHERE r."order_id" = ?2 RETURNING "order_id", "line"
                [[Integer(1), Integer(7)]]
            after: SELECT r."line" FROM "temp"."bistro_touched" AS t CROSS JOIN "main"."order_lines" AS r ON r."order_id" IS t.k0 AND r."line" IS t.k1 ORDER BY r."line" DESC
            touched 2, key 0, direct None
        "#]],
    );
}
