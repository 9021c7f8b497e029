//! What rules make of statements.

use std::sync::Arc;

use expect_test::{Expect, expect};

use crate::fixture::Asked;
use crate::predicate::Predicate;
use crate::principal::{Principal, User};
use crate::rule::{Audience, Operation, Rule, Subject};

fn rule(on: &str, operations: &[Operation]) -> Rule {
    let on = Subject::Relation(on.to_owned());
    Rule::new(on, Audience::Anyone, operations.to_vec())
}

fn sql(text: &str) -> Arc<Predicate> {
    Arc::new(Predicate::read(text).expect(text))
}

/// Everybody reads hits, users their own; what else is known of one is its owner's business. Searches are open, order lines owned.
fn rules() -> Vec<Rule> {
    let owner = Some("note \"x\"".to_owned());
    let all = [
        Operation::Read,
        Operation::Create,
        Operation::Update,
        Operation::Delete,
    ];
    let names = ["id", "title", "is_hit", "year"];
    vec![
        Rule {
            rows: Some(sql("is_hit OR year > 2000 /* new */")),
            columns: Some(names.map(str::to_owned).to_vec()),
            ..rule("songs", &[Operation::Read])
        },
        Rule {
            owner,
            to: Audience::User,
            check: Some(sql("title <> :email")),
            ..rule("songs", &all)
        },
        Rule {
            rows: Some(sql("quantity > 0")),
            ..rule("order_lines", &all)
        },
        Rule {
            rows: Some(sql("body <> ''")),
            ..rule("search", &[Operation::Read])
        },
    ]
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written in place"
)]
fn check(line: &str, prefer: &str, body: &str, expected: Expect) {
    let principal = Principal::User(Arc::new(User {
        id: "ann".to_owned(),
        ..User::default()
    }));
    let asked = Asked {
        prefer,
        body,
        ..Asked::new(line)
    };
    expected.assert_eq(&asked.written_under(rules(), &principal));
}

#[test]
fn what_is_read_is_a_subquery_of_what_is_seen() {
    check(
        "GET /songs?select=id,title&year=gt.1990&limit=2",
        "",
        "",
        expect![[r#"
            SELECT r."id", r."title", r."id" FROM (SELECT "id", "title", "year", CASE WHEN "note ""x""" = ?1 THEN "rating" END AS "rating", "is_hit", CASE WHEN "note ""x""" = ?2 THEN "data" END AS "data", CASE WHEN "note ""x""" = ?3 THEN "cover" END AS "cover", CASE WHEN "note ""x""" = ?4 THEN "released" END AS "released", CASE WHEN "note ""x""" = ?5 THEN "note ""x""" END AS "note ""x""", CASE WHEN "note ""x""" = ?6 THEN "title_length" END AS "title_length", rowid AS rowid FROM "main"."songs" WHERE ((is_hit OR year > 2000  ) OR "note ""x""" = ?7)) AS r WHERE r."year" > ?8 ORDER BY r."id" LIMIT +?9
                [Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Integer(1990), Integer(3)]
        "#]],
    );
    check(
        "GET /songs/7?select=rating",
        "",
        "",
        expect![[r#"
        SELECT r."rating" FROM (SELECT "id", "title", "year", CASE WHEN "note ""x""" = ?1 THEN "rating" END AS "rating", "is_hit", CASE WHEN "note ""x""" = ?2 THEN "data" END AS "data", CASE WHEN "note ""x""" = ?3 THEN "cover" END AS "cover", CASE WHEN "note ""x""" = ?4 THEN "released" END AS "released", CASE WHEN "note ""x""" = ?5 THEN "note ""x""" END AS "note ""x""", CASE WHEN "note ""x""" = ?6 THEN "title_length" END AS "title_length", rowid AS rowid FROM "main"."songs" WHERE ((is_hit OR year > 2000  ) OR "note ""x""" = ?7)) AS r WHERE r."id" = ?8
            [Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Integer(7)]
    "#]],
    );
    check(
        "GET /order_lines",
        "",
        "",
        expect![[r#"
        SELECT r."order_id", r."line", r."quantity" FROM (SELECT "order_id", "line", "quantity" FROM "main"."order_lines" WHERE (quantity > 0)) AS r
    "#]],
    );
    check(
        "GET /search?select=body&body=fts.love&order=_rank",
        "",
        "",
        expect![[r#"
            SELECT r."body" FROM (SELECT "body", rowid AS rowid, "rank", "search" FROM "main"."search" WHERE (body <> '')) AS r WHERE r."search" MATCH ?1 ORDER BY r."rank"
                [Text("(\"body\" : (((\"love\"))))")]
        "#]],
    );
}

#[test]
fn what_is_not_seen_is_seen_by_nobody() {
    let asked = Asked::new("GET /songs?select=rating");
    let written = asked.written_under(rules(), &Principal::Anyone);
    assert_eq!(written, "no column `rating` in `songs`\n");
}

#[test]
fn what_is_written_is_looked_at() {
    let back = "return=representation";
    check(
        "POST /songs?select=id",
        back,
        r#"{"title":"a"}"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "note ""x""") VALUES (?1, ?2) RETURNING rowid, "id"
                [[Text("a"), Text("ann")]]
            created: SELECT 1 FROM "main"."songs" WHERE rowid = ?1 AND ("note ""x""" = ?2 AND (title <> ?3)) AND ((is_hit OR year > 2000  ) OR "note ""x""" = ?4)
                [Text("ann"), Null, Text("ann")]
            after: SELECT r."id" FROM "temp"."bistro_touched" AS t CROSS JOIN (SELECT "id", "title", "year", CASE WHEN "note ""x""" = ?1 THEN "rating" END AS "rating", "is_hit", CASE WHEN "note ""x""" = ?2 THEN "data" END AS "data", CASE WHEN "note ""x""" = ?3 THEN "cover" END AS "cover", CASE WHEN "note ""x""" = ?4 THEN "released" END AS "released", CASE WHEN "note ""x""" = ?5 THEN "note ""x""" END AS "note ""x""", CASE WHEN "note ""x""" = ?6 THEN "title_length" END AS "title_length", rowid AS rowid FROM "main"."songs" WHERE ((is_hit OR year > 2000  ) OR "note ""x""" = ?7)) AS r ON r.rowid = t.k0 ORDER BY t.position
                [Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann")]
            touched 1, key 1, direct None
        "#]],
    );
    check(
        "PATCH /songs?rating=gt.1",
        "",
        r#"{"title":"a"}"#,
        expect![[r#"
            UPDATE "main"."songs" SET "title" = ?1 WHERE ((is_hit OR year > 2000  ) OR "note ""x""" = ?2) AND "note ""x""" = ?3 AND CASE WHEN "note ""x""" = ?4 THEN "rating" END > ?5 RETURNING rowid
                [[Text("a"), Text("ann"), Text("ann"), Text("ann"), Integer(1)]]
            changed: SELECT 1 FROM "main"."songs" WHERE rowid = ?1 AND ("note ""x""" = ?2 AND (title <> ?3))
                [Text("ann"), Null]
            touched 1, key 0, direct None
        "#]],
    );
    check(
        "DELETE /songs?year=lt.1990&select=id",
        back,
        "",
        expect![[r#"
            before: SELECT r."id" FROM (SELECT "id", "title", "year", CASE WHEN "note ""x""" = ?1 THEN "rating" END AS "rating", "is_hit", CASE WHEN "note ""x""" = ?2 THEN "data" END AS "data", CASE WHEN "note ""x""" = ?3 THEN "cover" END AS "cover", CASE WHEN "note ""x""" = ?4 THEN "released" END AS "released", CASE WHEN "note ""x""" = ?5 THEN "note ""x""" END AS "note ""x""", CASE WHEN "note ""x""" = ?6 THEN "title_length" END AS "title_length", rowid AS rowid FROM "main"."songs" WHERE ((is_hit OR year > 2000  ) OR "note ""x""" = ?7) AND ((is_hit OR year > 2000  ) OR "note ""x""" = ?8) AND "note ""x""" = ?9) AS r WHERE r."year" < ?10
                [Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Text("ann"), Integer(1990)]
            DELETE FROM "main"."songs" WHERE ((is_hit OR year > 2000  ) OR "note ""x""" = ?1) AND "note ""x""" = ?2 AND "year" < ?3
                [[Text("ann"), Text("ann"), Integer(1990)]]
            touched 0, key 0, direct None
        "#]],
    );
}

#[test]
fn what_an_upsert_meets_is_looked_at_before() {
    check(
        "POST /order_lines",
        "resolution=merge-duplicates",
        r#"{"order_id":1,"line":2,"quantity":3}"#,
        expect![[r#"
            probe: SELECT ((quantity > 0)) IS TRUE FROM "main"."order_lines" WHERE "order_id" = ?1 AND "line" = ?2
                [[Integer(1), Integer(2)]]
            INSERT INTO "main"."order_lines" ("order_id", "line", "quantity") VALUES (?1, ?2, ?3) ON CONFLICT ("order_id", "line") DO UPDATE SET "quantity" = excluded."quantity" WHERE (quantity > 0) RETURNING "order_id", "line", "order_id", "line"
                [[Integer(1), Integer(2), Integer(3)]]
            created: SELECT 1 FROM "main"."order_lines" WHERE "order_id" IS ?1 AND "line" IS ?2 AND (quantity > 0)
                []
            changed: SELECT 1 FROM "main"."order_lines" WHERE "order_id" IS ?1 AND "line" IS ?2 AND (quantity > 0)
                []
            touched 2, key 2, direct None
        "#]],
    );
    check(
        "PUT /songs/7",
        "",
        r#"{"title":"a"}"#,
        expect![[r#"
            probe: SELECT ("note ""x""" = ?2) IS TRUE FROM "main"."songs" WHERE "id" = ?1
                [[Integer(7), Text("ann")]]
            INSERT INTO "main"."songs" ("title", "note ""x""", "id") VALUES (?1, ?2, ?3) ON CONFLICT ("id") DO UPDATE SET "title" = excluded."title", "year" = excluded."year", "rating" = excluded."rating", "is_hit" = excluded."is_hit", "data" = excluded."data", "cover" = excluded."cover", "released" = excluded."released" WHERE "note ""x""" = ?4 RETURNING rowid, "id"
                [[Text("a"), Text("ann"), Integer(7), Text("ann")]]
            created: SELECT 1 FROM "main"."songs" WHERE rowid = ?1 AND ("note ""x""" = ?2 AND (title <> ?3))
                [Text("ann"), Null]
            changed: SELECT 1 FROM "main"."songs" WHERE rowid = ?1 AND ("note ""x""" = ?2 AND (title <> ?3))
                [Text("ann"), Null]
            touched 1, key 1, direct None
        "#]],
    );
}
