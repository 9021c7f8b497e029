//! New rows in new rows: which can stand there, and what becomes of them.

use bistro_dialect::Limits;
use expect_test::{Expect, expect};

use crate::fixture::{Asked, open, program, related};
use crate::plan::{self, Plan};
use crate::principal::Principal;
use crate::rule::{Access, Audience, Operation, Policy, Rule, Subject};
use crate::sql;

fn written(line: &str, body: &str, policy: &Policy) -> String {
    let asked = Asked {
        body,
        ..Asked::new(line)
    };
    match plan::make(&asked.request(), &Principal::Anyone, &related(), policy) {
        Err(error) => error.to_string(),
        Ok(Plan::Write(write)) => program(&sql::write(&write)),
        Ok(Plan::Read(_) | Plan::Call(_)) => panic!("{line} is no write"),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an expectation is written in place"
)]
fn check(line: &str, body: &str, expected: Expect) {
    expected.assert_eq(written(line, body, &open()).trim_end());
}

#[test]
fn rows_that_refer_to_a_row_are_created_with_it() {
    check(
        "POST /artists",
        r#"{"name":"a","songs":[{"title":"x"},{"title":"y"}]}"#,
        expect![[r#"
            INSERT INTO "main"."artists" ("name") VALUES (?1) RETURNING "id", "id"
                [[Text("a")]]
            of row 0, with [0]:
            INSERT INTO "main"."songs" ("title", "artist_id") VALUES (?1, ?2)
                [[Text("x")], [Text("y")]]
            touched 0, key 1, direct None"#]],
    );
    check(
        "POST /artists",
        r#"[{"name":"a","songs":[{"title":"x","covers":{"name":"c"}}]},{"name":"b","songs":null},{"name":"c","songs":[]}]"#,
        expect![[r#"
            INSERT INTO "main"."artists" ("name") VALUES (?1) RETURNING "id", "id"
                [[Text("a")], [Text("b")], [Text("c")]]
            of row 0, with [0]:
            INSERT INTO "main"."songs" ("title", "artist_id") VALUES (?1, ?2) RETURNING "id"
                [[Text("x")]]
            of row 0, with [0]:
            INSERT INTO "main"."covers" ("name", "song_id") VALUES (?1, ?2)
                [[Text("c")]]
            touched 0, key 1, direct None"#]],
    );
    check(
        "POST /artists?columns=name,songs",
        r#"[{"name":"a"},{"songs":[{"title":"x"}],"other":1}]"#,
        expect![[r#"
            INSERT INTO "main"."artists" ("name") VALUES (?1) RETURNING "id", "id"
                [[Text("a")], [Null]]
            of row 1, with [0]:
            INSERT INTO "main"."songs" ("title", "artist_id") VALUES (?1, ?2)
                [[Text("x")]]
            touched 0, key 1, direct None"#]],
    );
    check(
        "POST /artists/7/songs",
        r#"{"title":"x","song_tags":[{"tag_id":3}]}"#,
        expect![[r#"
            INSERT INTO "main"."songs" ("title", "artist_id") VALUES (?1, ?2) RETURNING "id", "id"
                [[Text("x"), Integer(7)]]
            of row 0, with [0]:
            INSERT INTO "main"."song_tags" ("tag_id", "song_id") VALUES (?1, ?2)
                [[Integer(3)]]
            touched 0, key 1, direct None"#]],
    );
}

#[test]
fn rows_in_rows_need_not_be_alike() {
    check(
        "POST /artists",
        r#"{"name":"a","songs":[{"title":"x"},{"id":3,"title":"y"},{"id":4}]}"#,
        expect![[r#"
            INSERT INTO "main"."artists" ("name") VALUES (?1) RETURNING "id", "id"
                [[Text("a")]]
            of row 0, with [0]:
            INSERT INTO "main"."songs" ("title", "artist_id") VALUES (?1, ?2)
                [[Text("x")]]
            INSERT INTO "main"."songs" ("title", "id", "artist_id") VALUES (?1, ?2, ?3)
                [[Text("y"), Integer(3)]]
            INSERT INTO "main"."songs" ("id", "artist_id") VALUES (?1, ?2)
                [[Integer(4)]]
            touched 0, key 1, direct None"#]],
    );
}

#[test]
fn a_hint_says_which_reference_is_meant() {
    check(
        "POST /artists",
        r#"{"name":"a","duets":[{"id":1}]}"#,
        expect!["more than one relationship between `artists` and `duets`"],
    );
    check(
        "POST /artists",
        r#"{"name":"a","duets!lead_id":[{"guest_id":1}]}"#,
        expect![[r#"
            INSERT INTO "main"."artists" ("name") VALUES (?1) RETURNING "id", "id"
                [[Text("a")]]
            of row 0, with [0]:
            INSERT INTO "main"."duets" ("guest_id", "lead_id") VALUES (?1, ?2)
                [[Integer(1)]]
            touched 0, key 1, direct None"#]],
    );
    // The rows below it in the tree.
    check(
        "POST /artists",
        r#"{"name":"a","artists":[{"name":"b"}]}"#,
        expect![[r#"
            INSERT INTO "main"."artists" ("name") VALUES (?1) RETURNING "id", "id"
                [[Text("a")]]
            of row 0, with [0]:
            INSERT INTO "main"."artists" ("name", "mentor_id") VALUES (?1, ?2)
                [[Text("b")]]
            touched 0, key 1, direct None"#]],
    );
}

#[test]
fn other_rows_cannot_be_created_with_a_row() {
    for (line, body, expected) in [
        (
            "POST /songs",
            r#"{"title":"x","artists":{"name":"a"}}"#,
            expect![
                "`artists` cannot be created with a row of `songs`: only rows that refer to it can"
            ],
        ),
        (
            "POST /songs",
            r#"{"title":"x","tags":[{"name":"a"}]}"#,
            expect![
                "`tags` cannot be created with a row of `songs`: only rows that refer to it can"
            ],
        ),
        (
            "POST /songs",
            r#"{"title":"x","nope":[{"name":"a"}]}"#,
            expect!["no column `nope` in `songs` to write to"],
        ),
        (
            "POST /artists",
            r#"{"name":"x","songs":[{"titel":"a"}]}"#,
            expect!["no column `titel` in `songs` to write to"],
        ),
        (
            "POST /artists",
            r#"{"name":"x","songs":[{"title":"a","artist_id":3}]}"#,
            expect!["column `artist_id` of `songs` is filled from the row it stands in"],
        ),
        (
            "POST /artists",
            r#"{"name":"x","songs":"none"}"#,
            expect![
                "member `songs` of the body: JSON, but not an object or an array of objects (line 1, column 1)"
            ],
        ),
        (
            "POST /artists",
            r#"{"name":"x","songs":[1]}"#,
            expect![
                "member `songs` of the body: invalid type: integer `1`, expected an object (line 1, column 2)"
            ],
        ),
        (
            "PUT /artists/1",
            r#"{"name":"x","songs":[]}"#,
            expect!["no column `songs` in `artists` to write to"],
        ),
        (
            "PATCH /artists/1",
            r#"{"name":"x","songs":[]}"#,
            expect!["no column `songs` in `artists` to write to"],
        ),
    ] {
        check(line, body, expected);
    }
    let upsert = Asked {
        prefer: "resolution=merge-duplicates",
        body: r#"{"id":1,"name":"x","songs":[{"title":"a"}]}"#,
        ..Asked::new("POST /artists")
    };
    let refused = plan::make(&upsert.request(), &Principal::Anyone, &related(), &open());
    expect!["an upsert of rows with others in them is not possible on `artists`: which row they would belong to is not known before; use `POST /-/batch`"].assert_eq(&refused.expect_err("an upsert").to_string());
}

#[test]
fn rows_in_rows_have_the_bounds_of_a_body() {
    let policy = Policy {
        limits: Limits {
            rows: 3,
            depth: 2,
            ..Limits::default()
        },
        ..open()
    };
    let rows = r#"{"name":"a","songs":[{"title":"x"},{"title":"y"},{"title":"z"}]}"#;
    expect!["rows in one body, those in rows included: at most 3 allowed"].assert_eq(&written(
        "POST /artists",
        rows,
        &policy,
    ));
    let nested = |inner: &str| {
        format!(r#"{{"name":"a","artists":{{"name":"b","artists":{{"name":"c"{inner}}}}}}}"#)
    };
    assert!(written("POST /artists", &nested(""), &policy).starts_with("INSERT"));
    let policy = Policy {
        limits: Limits {
            depth: 2,
            ..Limits::default()
        },
        ..open()
    };
    let deep = nested(r#","artists":{"name":"d"}"#);
    expect!["rows in rows, one in another: at most 2 allowed"].assert_eq(&written(
        "POST /artists",
        &deep,
        &policy,
    ));
}

#[test]
fn whoever_may_not_create_the_inner_rows_creates_none() {
    let rule = |name: &str, operations: &[Operation]| {
        Rule::new(
            Subject::Relation(name.to_owned()),
            Audience::Anyone,
            operations.to_vec(),
        )
    };
    let policy = |songs: &[Operation]| Policy {
        access: Access::Rules(vec![
            rule("artists", &[Operation::Create, Operation::Read]),
            rule("songs", songs),
        ]),
        ..open()
    };
    let body = r#"{"name":"a","songs":[{"title":"x"}]}"#;
    let refused = |songs: &[Operation]| written("POST /artists", body, &policy(songs));
    expect!["this request would also create `songs`, which is not allowed"]
        .assert_eq(&refused(&[Operation::Read]));
    // What may not be read does not exist.
    expect!["no column `songs` in `artists` to write to"].assert_eq(&refused(&[Operation::Create]));
    assert!(refused(&[Operation::Create, Operation::Read]).starts_with("INSERT"));
}
