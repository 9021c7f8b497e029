//! What rules do not admit is not written, and nothing tells of it.

use bistro_http::method::Method::{Delete, Patch, Post, Put};

use super::*;

const BACK: &str = "return=representation";
const ADDED: &str = "1 'ann' 1|2 'bob' 2|3 'ann' 3|4 'ann' 5";
const MERGE: &str = "resolution=merge-duplicates";
const REFUSED: &str = "new row violates the rules for table";
const CART: &str = "SELECT id, owner, n FROM cart_items ORDER BY id";
const POSTS: &str = "SELECT id, author, title FROM posts ORDER BY id";

/// One write, each in a shop as it is at first: who, how, what comes back, and the table afterwards (`=` if it is as it was).
type Case<'a> = (&'a str, Method, &'a str, &'a str, &'a str, &'a str, &'a str);

async fn check(rules: impl Fn() -> Vec<Rule>, table: &str, cases: &[Case<'_>]) {
    for (who, method, url, prefer, body, expected, after) in cases {
        let shop = Shop::with(rules());
        let before = shop.all(table);
        let answer = shop.write(who, *method, url, prefer, body).await;
        let context = format!("{who} {method} {url} {body}");
        if expected.starts_with(REFUSED) {
            assert!(answer.starts_with(expected), "{context}: {answer}");
        } else {
            assert_eq!(answer, *expected, "{context}");
        }
        let after = if *after == "=" {
            before.as_str()
        } else {
            after
        };
        assert_eq!(shop.all(table), after, "{context}");
    }
}

const OWN: &[Case<'_>] = &[
    (
        "ann",
        Post,
        "/cart_items?select=id,owner,n",
        BACK,
        r#"{"n":5}"#,
        "4 'ann' 5",
        ADDED,
    ),
    ("ann", Post, "/cart_items", "", r#"{"n":5}"#, "", ADDED),
    (
        "ann",
        Post,
        "/cart_items",
        "",
        r#"{"n":5,"owner":"ann"}"#,
        "",
        ADDED,
    ),
    (
        "?zoe",
        Post,
        "/cart_items?select=owner",
        BACK,
        r#"[{"n":5},{"n":6}]"#,
        "'zoe'|'zoe'",
        "1 'ann' 1|2 'bob' 2|3 'ann' 3|4 'zoe' 5|5 'zoe' 6",
    ),
    (
        "ann",
        Post,
        "/cart_items?columns=n,owner",
        "",
        r#"[{"n":5},{"n":6,"owner":"ann"}]"#,
        "",
        "1 'ann' 1|2 'bob' 2|3 'ann' 3|4 'ann' 5|5 'ann' 6",
    ),
    (
        "ann",
        Post,
        "/cart_items?columns=n",
        "missing=default",
        r#"[{"n":5}]"#,
        "",
        ADDED,
    ),
    (
        "ann",
        Post,
        "/cart_items",
        "",
        r#"{"n":5,"owner":"bob"}"#,
        REFUSED,
        "=",
    ),
    (
        "ann",
        Post,
        "/cart_items",
        "",
        r#"{"n":5,"owner":null}"#,
        "column owner of cart_items must not be null",
        "=",
    ),
    // One of several undoes all.
    (
        "ann",
        Post,
        "/cart_items",
        "",
        r#"[{"n":5},{"n":10}]"#,
        REFUSED,
        "=",
    ),
    ("ann", Post, "/cart_items", BACK, r#"{"n":0}"#, REFUSED, "="),
    (
        "-",
        Post,
        "/cart_items",
        "",
        r#"{"n":5}"#,
        "column owner of cart_items must not be null",
        "=",
    ),
];

#[tokio::test]
async fn a_new_row_belongs_to_who_makes_it() {
    check(rules, CART, OWN).await;
}

const CHANGES: &[Case<'_>] = &[
    (
        "ann",
        Patch,
        "/cart_items?n=gt.0&select=id",
        BACK,
        r#"{"n":7}"#,
        "1|3",
        "1 'ann' 7|2 'bob' 2|3 'ann' 7",
    ),
    (
        "ann",
        Patch,
        "/cart_items",
        "",
        r#"{"n":7}"#,
        "",
        "1 'ann' 7|2 'bob' 2|3 'ann' 7",
    ),
    ("ann", Patch, "/cart_items/2", BACK, r#"{"n":7}"#, "", "="),
    (
        "ann",
        Patch,
        "/cart_items/1",
        "",
        r#"{"n":10}"#,
        REFUSED,
        "=",
    ),
    (
        "ann",
        Patch,
        "/cart_items?id=gt.0",
        "",
        r#"{"owner":"bob"}"#,
        REFUSED,
        "=",
    ),
    (
        "ann",
        Patch,
        "/cart_items/1",
        "",
        r#"{"owner":"ann","n":2}"#,
        "",
        "1 'ann' 2|2 'bob' 2|3 'ann' 3",
    ),
    (
        "ann",
        Delete,
        "/cart_items?select=id",
        BACK,
        "",
        "1|3",
        "2 'bob' 2",
    ),
    (
        "ann",
        Delete,
        "/cart_items?id=gte.2&select=id",
        BACK,
        "",
        "3",
        "1 'ann' 1|2 'bob' 2",
    ),
    ("ann", Delete, "/cart_items/2", BACK, "", "", "="),
    ("?zoe", Delete, "/cart_items", "", "", "", "="),
];

#[tokio::test]
async fn only_rows_that_rules_admit_are_changed() {
    check(rules, CART, CHANGES).await;
    check(
        rules,
        POSTS,
        &[
            // What is seen is not all that may be changed, nor the other way around.
            (
                "ann",
                Patch,
                "/posts?id=gt.0&select=id",
                BACK,
                r#"{"title":"x"}"#,
                "1|2",
                "1 'ann' 'x'|2 'ann' 'x'|3 'bob' 'Draft'|4 'bob' 'Open'",
            ),
            ("ann", Delete, "/posts/4?select=id", BACK, "", "", "="),
        ],
    )
    .await;
}

const UPSERTS: &[Case<'_>] = &[
    (
        "ann",
        Post,
        "/cart_items",
        MERGE,
        r#"{"id":1,"n":8}"#,
        "",
        "1 'ann' 8|2 'bob' 2|3 'ann' 3",
    ),
    (
        "ann",
        Post,
        "/cart_items",
        MERGE,
        r#"[{"id":1,"n":8},{"id":2,"n":8}]"#,
        REFUSED,
        "=",
    ),
    (
        "ann",
        Post,
        "/cart_items",
        MERGE,
        r#"{"id":2,"n":2,"owner":"bob"}"#,
        REFUSED,
        "=",
    ),
    (
        "ann",
        Post,
        "/cart_items",
        MERGE,
        r#"{"id":9,"n":8}"#,
        "",
        "1 'ann' 1|2 'bob' 2|3 'ann' 3|9 'ann' 8",
    ),
    (
        "ann",
        Post,
        "/cart_items",
        MERGE,
        r#"{"id":1,"n":10}"#,
        REFUSED,
        "=",
    ),
    (
        "ann",
        Post,
        "/cart_items?select=id",
        "resolution=ignore-duplicates,return=representation",
        r#"[{"id":2,"n":8},{"id":9,"n":8}]"#,
        "9",
        "1 'ann' 1|2 'bob' 2|3 'ann' 3|9 'ann' 8",
    ),
    (
        "ann",
        Put,
        "/cart_items/1",
        "",
        r#"{"n":8}"#,
        "",
        "1 'ann' 8|2 'bob' 2|3 'ann' 3",
    ),
    ("ann", Put, "/cart_items/2", "", r#"{"n":8}"#, REFUSED, "="),
    (
        "ann",
        Put,
        "/cart_items/9?select=owner",
        BACK,
        r#"{"n":8}"#,
        "'ann'",
        "1 'ann' 1|2 'bob' 2|3 'ann' 3|9 'ann' 8",
    ),
    (
        "ann",
        Put,
        "/cart_items?id=eq.2",
        "",
        r#"{"id":2,"n":8}"#,
        REFUSED,
        "=",
    ),
];

#[tokio::test]
async fn an_upsert_changes_no_row_that_may_not_be_changed() {
    check(rules, CART, UPSERTS).await;
}

const NESTED: &[Case<'_>] = &[
    (
        "ann",
        Post,
        "/posts",
        "",
        r#"{"title":"n","comments":[{"text":"a"},{"text":"b"}]}"#,
        "",
        "4 5 'ann' 'a'|5 5 'ann' 'b'",
    ),
    (
        "ann",
        Post,
        "/posts",
        "",
        r#"{"title":"n","comments":[{"text":"a"},{"text":"b","author":"bob"}]}"#,
        REFUSED,
        "=",
    ),
    (
        "ann",
        Post,
        "/posts/1/comments?select=author",
        BACK,
        r#"{"text":"a"}"#,
        "'ann'",
        "4 1 'ann' 'a'",
    ),
    (
        "ann",
        Post,
        "/posts/3/comments",
        "",
        r#"{"text":"a"}"#,
        "there is no such row of posts",
        "=",
    ),
    // It would not be seen, so it cannot be sent back.
    (
        "ann",
        Post,
        "/comments",
        BACK,
        r#"{"post_id":3,"text":"a"}"#,
        REFUSED,
        "=",
    ),
    (
        "ann",
        Post,
        "/comments",
        "",
        r#"{"post_id":3,"text":"a"}"#,
        "",
        "4 3 'ann' 'a'",
    ),
];

#[tokio::test]
async fn rows_in_rows_are_held_against_their_own_rules() {
    let comments = "SELECT id, post_id, author, text FROM comments WHERE id > 3 ORDER BY id";
    check(rules, comments, NESTED).await;
    let shop = Shop::with(rules());
    let body = r#"{"title":"n","comments":[{"text":"b","author":"bob"}]}"#;
    shop.write("ann", Post, "/posts", "", body).await;
    assert_eq!(
        shop.all("SELECT count(*) FROM posts"),
        "4",
        "the row around it is gone, too"
    );
}

#[tokio::test]
async fn triggers_have_had_their_say() {
    let script = format!(
        "{SHOP} CREATE TRIGGER gift AFTER INSERT ON cart_items WHEN new.note = 'gift' BEGIN UPDATE cart_items SET owner = 'bob' WHERE id = new.id; END;
         CREATE TRIGGER bulk AFTER UPDATE OF note ON cart_items WHEN new.note = 'bulk' BEGIN UPDATE cart_items SET n = 99 WHERE id = new.id; END;
         CREATE TRIGGER gone AFTER INSERT ON cart_items WHEN new.note = 'gone' BEGIN DELETE FROM cart_items WHERE id = new.id; END;"
    );
    for (method, url, body) in [
        (Post, "/cart_items", r#"{"note":"gift"}"#),
        (Post, "/cart_items", r#"[{"note":"x"},{"note":"gift"}]"#),
        (Patch, "/cart_items/1", r#"{"note":"bulk"}"#),
        (Post, "/cart_items", r#"{"note":"gone"}"#),
    ] {
        let shop = Shop::over(&script, rules());
        let answer = shop.write("ann", method, url, "", body).await;
        assert!(answer.starts_with(REFUSED), "{body}: {answer}");
        assert_eq!(shop.all(CART), "1 'ann' 1|2 'bob' 2|3 'ann' 3", "{body}");
    }
}

#[tokio::test]
async fn what_a_trigger_keeps_is_not_sent_back_as_gone() {
    let script = format!(
        "{SHOP} CREATE TRIGGER keep BEFORE DELETE ON cart_items WHEN old.n = 3 BEGIN SELECT RAISE(IGNORE); END;"
    );
    let shop = Shop::over(&script, rules());
    let gone = shop.write("ann", Delete, "/cart_items?select=id", BACK, "");
    assert_eq!(gone.await, "1");
    assert_eq!(shop.all(CART), "2 'bob' 2|3 'ann' 3");
}

#[tokio::test]
async fn columns_that_are_called_as_the_rowid_is_are_columns() {
    let script = "CREATE TABLE log (rowid TEXT, oid TEXT, line TEXT); INSERT INTO log VALUES ('ann', 'a', 'one'), ('bob', 'b', 'two');";
    let rules = vec![Rule {
        owner: Some("rowid".to_owned()),
        check: Some(sql("oid <> 'no'")),
        ..open("log", ALL)
    }];
    let shop = Shop::over(script, rules);
    let all = "SELECT rowid, oid, line FROM log";
    for (method, body, expected, after) in [
        (
            Patch,
            r#"{"line":"x"}"#,
            "'ann' 'a' 'x'",
            "'ann' 'a' 'x'|'bob' 'b' 'two'",
        ),
        (
            Patch,
            r#"{"oid":"no"}"#,
            "new row violates the rules for table \"log\"",
            "'ann' 'a' 'x'|'bob' 'b' 'two'",
        ),
        (
            Post,
            r#"{"oid":"c"}"#,
            "'ann' 'c'",
            "'ann' 'a' 'x'|'bob' 'b' 'two'|'ann' 'c' NULL",
        ),
        (Delete, "", "'ann' 'a' 'x'|'ann' 'c'", "'bob' 'b' 'two'"),
    ] {
        assert_eq!(
            shop.write("ann", method, "/log", BACK, body).await,
            expected,
            "{body}"
        );
        assert_eq!(shop.all(all), after, "{body}");
    }
}

/// Anybody may rename a public post, its author may do what he likes.
fn of_columns() -> Vec<Rule> {
    vec![
        Rule {
            rows: Some(sql("is_public")),
            columns: Some(columns(&["title"])),
            ..open("posts", &[Operation::Update])
        },
        Rule {
            owner: Some("author".to_owned()),
            ..open("posts", &[Operation::Read, Operation::Update])
        },
        Rule {
            owner: Some("author".to_owned()),
            columns: Some(columns(&["title"])),
            ..open("posts", &[Operation::Create])
        },
        Rule {
            columns: Some(columns(&["id", "is_public"])),
            ..open("posts", READ)
        },
    ]
}

const NARROW: &[Case<'_>] = &[
    (
        "ann",
        Post,
        "/posts",
        "",
        r#"{"title":"n"}"#,
        "",
        "1 'ann' 'Public'|2 'ann' 'Hidden'|3 'bob' 'Draft'|4 'bob' 'Open'|5 'ann' 'n'",
    ),
    (
        "ann",
        Post,
        "/posts",
        "",
        r#"{"title":"n","is_public":true}"#,
        "no column `is_public` in `posts` to write to",
        "=",
    ),
    (
        "ann",
        Post,
        "/posts",
        "",
        r#"{"title":"n","author":"ann"}"#,
        "",
        "1 'ann' 'Public'|2 'ann' 'Hidden'|3 'bob' 'Draft'|4 'bob' 'Open'|5 'ann' 'n'",
    ),
    (
        "ann",
        Post,
        "/posts",
        "",
        r#"{"id":9,"title":"n"}"#,
        "no column `id` in `posts` to write to",
        "=",
    ),
    (
        "ann",
        Put,
        "/posts/9",
        "",
        r#"{"title":"n"}"#,
        "no column `id` in `posts` to write to",
        "=",
    ),
    (
        "ann",
        Post,
        "/posts",
        "resolution=merge-duplicates",
        r#"{"id":4,"title":"n"}"#,
        "no column `id` in `posts` to write to",
        "=",
    ),
    ("-", Patch, "/posts", "", r#"{"is_public":false}"#, "", "="),
    (
        "-",
        Patch,
        "/posts",
        "",
        r#"{"title":"x"}"#,
        "",
        "1 'ann' 'x'|2 'ann' 'Hidden'|3 'bob' 'Draft'|4 'bob' 'x'",
    ),
    (
        "ann",
        Patch,
        "/posts?is_public=is.true",
        "",
        r#"{"title":"x"}"#,
        "",
        "1 'ann' 'x'|2 'ann' 'Hidden'|3 'bob' 'Draft'|4 'bob' 'x'",
    ),
    // Of what is not seen in every row, nothing is found out by a filter.
    (
        "ann",
        Patch,
        "/posts?author=eq.bob",
        "",
        r#"{"title":"x"}"#,
        "",
        "=",
    ),
    (
        "ann",
        Patch,
        "/posts?author=eq.ann",
        "",
        r#"{"title":"x"}"#,
        "",
        "1 'ann' 'x'|2 'ann' 'x'|3 'bob' 'Draft'|4 'bob' 'Open'",
    ),
    // Each column by a rule that opens it.
    (
        "ann",
        Patch,
        "/posts",
        "",
        r#"{"title":"x","id":20}"#,
        "posts has a row with the same id",
        "=",
    ),
    (
        "ann",
        Patch,
        "/posts/4",
        "",
        r#"{"title":"x","is_public":false}"#,
        "",
        "=",
    ),
    (
        "bob",
        Patch,
        "/posts/4",
        "",
        r#"{"title":"x","is_public":false}"#,
        "",
        "1 'ann' 'Public'|2 'ann' 'Hidden'|3 'bob' 'Draft'|4 'bob' 'x'",
    ),
];

#[tokio::test]
async fn only_columns_that_rules_open_are_written() {
    check(of_columns, POSTS, NARROW).await;
}

const CHECKED: &[Case<'_>] = &[
    (
        "ann",
        Patch,
        "/posts/2?select=id",
        BACK,
        r#"{"is_public":true}"#,
        "2",
        "1 'ann' 1|2 'ann' 1|3 'bob' 0|4 'bob' 1",
    ),
    (
        "ann",
        Patch,
        "/posts/1?select=id",
        BACK,
        r#"{"is_public":false}"#,
        "",
        "=",
    ),
    (
        "ann",
        Patch,
        "/posts/2",
        "",
        r#"{"author":"bob"}"#,
        REFUSED,
        "=",
    ),
    (
        "ann+editor",
        Patch,
        "/posts/2",
        "",
        r#"{"author":"bob"}"#,
        "",
        "1 'ann' 1|2 'bob' 0|3 'bob' 0|4 'bob' 1",
    ),
];

#[tokio::test]
async fn a_check_may_ask_for_less_than_what_is_met() {
    let rules = || {
        vec![
            open("posts", READ),
            Rule {
                rows: Some(sql("NOT is_public AND author = :user")),
                check: Some(sql("author = :user")),
                ..open("posts", &[Operation::Update])
            },
            Rule {
                to: Audience::Role("editor".to_owned()),
                ..open("posts", &[Operation::Update])
            },
        ]
    };
    check(
        rules,
        "SELECT id, author, is_public FROM posts ORDER BY id",
        CHECKED,
    )
    .await;
}

#[tokio::test]
async fn a_condition_is_true_as_it_is_behind_where() {
    let rules = || {
        vec![Rule {
            rows: Some(sql("n & 2")),
            ..open("cart_items", ALL)
        }]
    };
    let cases: &[Case<'_>] = &[
        (
            "ann",
            Post,
            "/cart_items",
            MERGE,
            r#"{"id":2,"owner":"x","n":6}"#,
            "",
            "1 'ann' 1|2 'x' 6|3 'ann' 3",
        ),
        (
            "ann",
            Post,
            "/cart_items",
            MERGE,
            r#"{"id":1,"owner":"x","n":6}"#,
            REFUSED,
            "=",
        ),
        (
            "ann",
            Patch,
            "/cart_items",
            "",
            r#"{"n":7}"#,
            "",
            "1 'ann' 1|2 'bob' 7|3 'ann' 7",
        ),
        ("ann", Patch, "/cart_items", "", r#"{"n":5}"#, REFUSED, "="),
    ];
    check(rules, CART, cases).await;
}

#[tokio::test]
async fn views_and_searches_lose_only_rows_that_rules_admit() {
    let shop = Shop::over(
        &format!("{SHOP} DELETE FROM comments; DELETE FROM post_tags;"),
        rules(),
    );
    assert_eq!(
        shop.write("ann", Delete, "/titles?select=id", BACK, "")
            .await,
        "1|2"
    );
    assert_eq!(shop.all("SELECT id FROM posts"), "3|4");
    assert_eq!(
        shop.write("ann", Delete, "/search?select=body", BACK, "")
            .await,
        "'love one'|'love love'"
    );
    assert_eq!(shop.all("SELECT body FROM search"), "'love two'");
    // Rows that cannot be found again cannot be held against a check.
    let answer = shop
        .write("bob", Patch, "/titles?id=eq.3", "", r#"{"title":"x"}"#)
        .await;
    assert!(
        answer.starts_with("this write is not possible on `titles`"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_write_without_rules_is_what_it_was() {
    let open_to_all = Shop::with(vec![open("posts", ALL), open("comments", ALL)]);
    let without = Shop::with(vec![
        open("posts", ALL),
        open("comments", ALL),
        Rule {
            owner: Some("owner".to_owned()),
            ..open("cart_items", ALL)
        },
    ]);
    for (method, url, prefer, body) in [
        (Post, "/posts", "", r#"{"title":"n"}"#),
        (
            Post,
            "/posts",
            BACK,
            r#"{"title":"n","comments":[{"text":"a"}]}"#,
        ),
        (
            Post,
            "/posts",
            "resolution=merge-duplicates",
            r#"{"id":1,"title":"n"}"#,
        ),
        (Patch, "/posts/1", BACK, r#"{"title":"n"}"#),
        (Delete, "/posts?id=gt.2", BACK, ""),
    ] {
        let ask = Ask {
            method,
            url,
            prefer,
            body,
        };
        let programs = [&open_to_all, &without].map(|shop| match shop.plan("ann", ask) {
            Ok(Plan::Write(write)) => bistro_plan::sql::write(&write),
            other => panic!("{other:?}"),
        });
        assert_eq!(programs[0], programs[1]);
        assert_eq!(
            (&programs[0].created, &programs[0].changed),
            (&None, &None),
            "{url}"
        );
        for step in &programs[0].steps {
            assert!(!step.text.contains("WHERE 0"), "{}", step.text);
        }
    }
}
