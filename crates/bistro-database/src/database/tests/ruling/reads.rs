//! What is not seen is not there, in whichever way it is asked for.

use bistro_plan::plan::Dependence;
use bistro_plan::predicate::CallerValue;
use bistro_plan::sql::{self, Statement};

use super::*;
use bistro_plan::value::Value;

use crate::database::tests::harness::{collect, get};

const SEEN: &[(&str, &str, &str)] = &[
    ("-", "/posts?select=id", "1|4"),
    ("ann", "/posts?select=id", "1|2|4"),
    ("bob", "/posts?select=id&order=id.desc", "4|3|1"),
    ("?ann", "/posts?select=id", "1|4"),
    ("ann", "/posts/2?select=title", "'Hidden'"),
    ("bob", "/posts/2?select=title", ""),
    ("bob", "/posts?select=id&title=eq.Hidden", ""),
    ("bob", "/posts?select=id&title=not.eq.x", "1|3|4"),
    ("bob", "/posts?select=count()", "3"),
    (
        "-",
        "/posts?select=author,id.max()&order=author",
        "'ann' 1|'bob' 4",
    ),
    ("ann", "/posts?select=id&limit=2&order=id", "1 1|2 2|4 4"),
    // Embeds, at every depth, and what is demanded of them.
    (
        "-",
        "/posts?select=id,comments(text)",
        "1 '[{\"text\":\"on public\"}]'|4 '[]'",
    ),
    (
        "ann",
        "/posts?select=id,comments!inner(text)",
        "1 '[{\"text\":\"on public\"}]'|2 '[{\"text\":\"on hidden\"}]'",
    ),
    (
        "ann",
        "/comments?select=id,posts(title)",
        "1 '{\"title\":\"Public\"}'|2 '{\"title\":\"Hidden\"}'",
    ),
    (
        "bob",
        "/comments?select=id,...posts(title)",
        "1 'Public'|3 'Draft'",
    ),
    (
        "bob",
        "/posts?select=id,comments()&comments=not.is.null",
        "1|3",
    ),
    (
        "bob",
        "/comments?select=id,posts!inner()&posts.title=eq.Hidden",
        "",
    ),
    (
        "ann",
        "/tags?select=name,posts(id)",
        "'red' '[{\"id\":1},{\"id\":2}]'|'blue' '[]'",
    ),
    (
        "bob",
        "/tags?select=name,posts(id)",
        "'red' '[]'|'blue' '[{\"id\":1},{\"id\":4}]'",
    ),
    (
        "ann",
        "/tags?select=name,posts(id,comments(id))&name=eq.red",
        "'red' '[{\"id\":1,\"comments\":[{\"id\":1}]},{\"id\":2,\"comments\":[{\"id\":2}]}]'",
    ),
    (
        "-",
        "/tags?select=posts(count())",
        "'[{\"count\":0}]'|'[{\"count\":0}]'",
    ),
    // What belongs to a row, which has to be there.
    ("ann", "/posts/2/comments?select=id", "2"),
    (
        "bob",
        "/posts/2/comments?select=id",
        "there is no such row of posts",
    ),
    ("bob", "/tags/2/posts?select=id", "1|4"),
    ("ann", "/tags/2/posts?select=id", ""),
    // What is owned.
    ("ann", "/cart_items?select=id", "1|3"),
    ("?bob", "/cart_items?select=id", "2"),
    ("ann", "/cart_items/2?select=id", ""),
    // Whoever has no session yet has no row so far.
    ("-", "/cart_items?select=id", ""),
    (
        "ann",
        "/songs?select=id,cart_items(n)&order=id",
        "1 '[{\"n\":1}]'|2 '[]'|3 '[{\"n\":3}]'",
    ),
    ("ann", "/secrets", "no relation `secrets`"),
    (
        "ann",
        "/songs?select=id,secrets(word)",
        "no relationship between `songs` and `secrets`",
    ),
    // Views and searches.
    ("ann", "/titles?select=id", "1|2"),
    (
        "ann",
        "/search?select=body&body=fts.love&order=_rank",
        "'love love'|'love one'",
    ),
    ("bob", "/search?select=body&body=not.fts.one", "'love two'"),
    ("bob", "/search?select=body,_rank&body=fts.one", ""),
];

#[tokio::test]
async fn only_rows_that_rules_admit_are_there() {
    let shop = Shop::with(rules());
    for (who, url, rows) in SEEN {
        assert_eq!(shop.get(who, url).await, *rows, "{who} {url}");
    }
}

#[tokio::test]
async fn what_is_taken_of_related_rows_is_of_those_that_are_seen() {
    let shop = Shop::with(rules());
    for (who, url, rows) in [
        // Of a view of a table, by the view's own rule.
        (
            "bob",
            "/comments?select=id,titles(title)",
            "1|3 '{\"title\":\"Draft\"}'",
        ),
        (
            "bob",
            "/comments?select=id,posts(title)&order=posts(title).desc",
            "1 '{\"title\":\"Public\"}'|3 '{\"title\":\"Draft\"}'",
        ),
        (
            "ann",
            "/posts?select=id,...comments(text)&order=id",
            "1 '[\"on public\"]'|2 '[\"on hidden\"]'|4 '[]'",
        ),
        ("-", "/comments?select=...posts(author),count()", "'ann' 1"),
        (
            "bob",
            "/posts?select=id,comments()&or=(comments.is.null,title.eq.Draft)&order=id",
            "3|4",
        ),
        (
            "-",
            "/posts?select=id,comments(count())&id=eq.1",
            "1 '[{\"count\":1}]'",
        ),
        (
            "ann",
            "/posts?select=id,cart_items()",
            "no relationship between `posts` and `cart_items`",
        ),
    ] {
        assert_eq!(shop.get(who, url).await, rows, "{who} {url}");
    }
}

#[tokio::test]
async fn a_total_counts_what_is_seen() {
    let shop = Shop::over(&format!("{SHOP} ANALYZE;"), rules());
    for prefer in ["count=exact", "count=planned", "count=estimated"] {
        for (who, url, total) in [
            ("-", "/posts", 2),
            ("ann", "/posts", 3),
            ("bob", "/cart_items", 1),
            ("-", "/songs", 3),
            ("bob", "/tags/2/posts", 2),
        ] {
            assert_eq!(
                shop.count(who, url, prefer).await,
                total,
                "{who} {url} {prefer}"
            );
        }
    }
}

#[tokio::test]
async fn only_columns_that_rules_open_are_there() {
    let shop = Shop::with(rules());
    for (url, rows) in [
        ("/songs?id=eq.1", "1 'One' 10"),
        ("/songs?select=*&id=eq.1", "1 'One' 10"),
        ("/songs?select=cost", "no column `cost` in `songs`"),
        ("/songs?cost=eq.4", "no column `cost` in `songs`"),
        ("/songs?order=cost", "no column `cost` in `songs`"),
        ("/songs?select=cost.sum()", "no column `cost` in `songs`"),
        (
            "/cart_items?select=id,songs(cost)",
            "no column `cost` in `songs`",
        ),
        (
            "/cart_items?select=id,songs(*)&id=eq.1",
            "1 '{\"id\":1,\"title\":\"One\",\"price\":10}'",
        ),
        (
            "/cart_items?select=id,songs!inner()&songs.cost=eq.4",
            "no column `cost` in `songs`",
        ),
    ] {
        assert_eq!(shop.get("ann", url).await, rows, "{url}");
    }
}

#[tokio::test]
async fn a_column_that_some_rules_open_is_null_elsewhere() {
    let shop = Shop::with(vec![
        Rule {
            columns: Some(columns(&["id", "title", "is_public"])),
            ..open("posts", READ)
        },
        Rule {
            rows: Some(sql("posts.author = :owner")),
            ..open("posts", READ)
        },
        Rule {
            columns: Some(columns(&["text", "post_id"])),
            ..open("comments", READ)
        },
    ]);
    for (who, url, rows) in [
        ("-", "/posts?select=id,author", "1|2|3|4"),
        ("ann", "/posts?select=id,author", "1 'ann'|2 'ann'|3|4"),
        ("ann", "/posts?select=id&author=eq.bob", ""),
        ("ann", "/posts?select=id&author=is.null", "3|4"),
        (
            "ann",
            "/posts?select=author,count()&order=author.nullsfirst",
            "NULL 2|'ann' 2",
        ),
        (
            "ann",
            "/posts?select=id,author&order=author.nullsfirst,id.desc",
            "4|3|2 'ann'|1 'ann'",
        ),
        (
            "ann",
            "/comments",
            "1 'on public'|2 'on hidden'|3 'on draft'",
        ),
        // A key that is not seen is no address.
        (
            "ann",
            "/comments/1",
            "`comments` has no primary key, so its rows have no address",
        ),
        (
            "bob",
            "/comments?select=text,posts(author)",
            "'on public' '{\"author\":null}'|'on hidden' '{\"author\":null}'|'on draft' '{\"author\":\"bob\"}'",
        ),
    ] {
        assert_eq!(shop.get(who, url).await, rows, "{who} {url}");
    }
}

#[tokio::test]
async fn a_scope_opens_no_more_than_it_says() {
    let shop = Shop::with(rules());
    let scoped = |scope: &[(Operation, Option<&str>)]| {
        let scope = scope
            .iter()
            .map(|(operation, on)| bistro_plan::principal::Scope {
                operation: *operation,
                on: on.map(str::to_owned),
            });
        Principal::User(Arc::new(User {
            id: "ann".to_owned(),
            scope: Some(scope.collect()),
            ..User::default()
        }))
    };
    let catalog = shop.database.catalog();
    let is_planned = |principal: &Principal, url: &str| {
        plan::make(
            &get(url).request().unwrap(),
            principal,
            &catalog,
            &shop.policy,
        )
        .is_ok()
    };
    for (scope, urls) in [
        (vec![(Operation::Read, None)], [true, true, true]),
        (vec![(Operation::Read, Some("posts"))], [true, false, false]),
        (vec![(Operation::Delete, None)], [false, false, false]),
        (vec![], [false, false, false]),
    ] {
        let principal = scoped(&scope);
        let found =
            ["/posts", "/comments", "/posts/1/comments"].map(|url| is_planned(&principal, url));
        assert_eq!(found, urls, "{scope:?}");
    }
}

#[tokio::test]
async fn a_statement_serves_everybody_of_a_class() {
    let shop = Shop::with(rules());
    for url in [
        "/posts?select=id,comments(text)&limit=1&order=id",
        "/cart_items?select=id&id=gt.0",
        "/tags/2/posts?select=id",
        "/posts/2/comments?select=id",
    ] {
        let (Ok(Plan::Read(own)), Ok(Plan::Read(other))) =
            (shop.plan("ann", get(url)), shop.plan("bob", get(url)))
        else {
            panic!("{url} is no read");
        };
        let statements = |read| {
            [
                Some(sql::read(read)),
                Some(sql::count(read, Some(3))),
                Some(sql::extent(read)),
                sql::last(read),
            ]
        };
        let bob = principal("bob");
        let rebound = statements(&own).map(|one| one.map(|one: Statement| one.on_behalf_of(&bob)));
        assert_eq!(rebound, statements(&other), "{url}");
        assert!(
            matches!(own.dependence(&shop.policy), Dependence::Values(_)),
            "{url}"
        );
        // The whole of it, by whoever runs it for another.
        let version = shop.database.catalog().version;
        let rows = shop.database.read(version, move |snapshot| {
            let snapshot = snapshot.on_behalf_of(&bob);
            let rows = collect(|sink| snapshot.read(&own, sink));
            Ok((rows, snapshot.count(&own)?))
        });
        let (rows, _) = rows.await.unwrap();
        let rows = rows.map_or_else(|error| error.to_string(), |rows| shown(&rows));
        assert_eq!(rows, shop.get("bob", url).await, "{url}");
    }
}

#[test]
fn an_answer_depends_on_as_little_as_its_rules() {
    let shop = Shop::with(rules());
    let other = Shop::with(vec![
        open("songs", READ),
        open("posts", READ),
        open("comments", READ),
    ]);
    let third = Shop::with(vec![
        open("songs", READ),
        Rule {
            to: Audience::User,
            ..open("posts", READ)
        },
        open("comments", READ),
    ]);
    let of = |values: &[CallerValue]| Dependence::Values(values.iter().copied().collect());
    for (shop, url, dependence) in [
        (&shop, "/cart_items", of(&[CallerValue::Owner])),
        (
            &shop,
            "/posts/2/comments?select=*,posts(*)",
            of(&[CallerValue::User]),
        ),
        (
            &shop,
            "/songs?select=*,cart_items(*)",
            of(&[CallerValue::Owner]),
        ),
        (&shop, "/songs", Dependence::Nobody),
        (&shop, "/tags", Dependence::Nobody),
        (&shop, "/tags?select=*,posts(*)", of(&[CallerValue::User])),
        (&shop, "/posts", of(&[CallerValue::User])),
        (&other, "/posts?select=*,comments(*)", Dependence::Nobody),
        (&third, "/posts", Dependence::Class),
        (&third, "/songs", Dependence::Nobody),
        (&third, "/comments?select=*,posts(*)", Dependence::Class),
    ] {
        let Ok(Plan::Read(read)) = shop.plan("ann", get(url)) else {
            panic!("{url} is no read");
        };
        assert_eq!(read.dependence(&shop.policy), dependence, "{url}");
    }
}

/// How SQLite finds rows.
async fn explained(shop: &Shop, who: &str, url: &str) -> Vec<String> {
    let Ok(Plan::Read(read)) = shop.plan(who, get(url)) else {
        panic!("{url} is no read");
    };
    let statement = sql::read(&read);
    let text = format!("EXPLAIN QUERY PLAN {}", statement.text);
    let version = shop.database.catalog().version;
    let rows = shop.database.read(version, move |snapshot| {
        collect(|sink| snapshot.select(&text, &statement.parameters, &read, sink))
    });
    let rows = rows.await.unwrap().into_iter();
    rows.map(|mut row| match row.pop() {
        Some(Value::Text(step)) => step,
        other => panic!("{other:?}"),
    })
    .collect()
}

#[tokio::test]
async fn indexes_serve_as_they_do_without_rules() {
    let shop = Shop::with(rules());
    for (who, url, expected) in [
        (
            "ann",
            "/cart_items",
            "SEARCH main.cart_items USING INDEX cart_owner (owner=?)",
        ),
        (
            "ann",
            "/cart_items/1",
            "SEARCH main.cart_items USING INTEGER PRIMARY KEY (rowid=?)",
        ),
        (
            "ann",
            "/posts/1",
            "SEARCH main.posts USING INTEGER PRIMARY KEY (rowid=?)",
        ),
        (
            "ann",
            "/posts?select=id,comments(text)",
            "SEARCH main.comments USING INDEX comments_post (post_id=?)",
        ),
        (
            "ann",
            "/comments?select=id,posts(title)",
            "SEARCH main.posts USING INTEGER PRIMARY KEY (rowid=?)",
        ),
        (
            "ann",
            "/tags?select=id,posts(title)",
            "SEARCH main.posts USING INTEGER PRIMARY KEY (rowid=?)",
        ),
        (
            "ann",
            "/posts?select=id&order=id&limit=2",
            "SCAN main.posts",
        ),
    ] {
        let plan = explained(&shop, who, url).await;
        assert!(plan.iter().any(|step| step == expected), "{url}: {plan:#?}");
        let is_aside = |step: &String| step.contains("MATERIALIZE") || step.contains("CO-ROUTINE");
        let own = if url.contains('(') {
            &plan[..1]
        } else {
            &plan[..]
        };
        assert!(!own.iter().any(is_aside), "{url}: {plan:#?}");
    }
}

/// How SQLite does one statement, on the connection of somebody else.
fn explained_apart(connection: &rusqlite::Connection, text: &str) -> Vec<String> {
    let text = format!("EXPLAIN QUERY PLAN {text}");
    let mut explain = connection.prepare(&text).unwrap();
    let steps = explain.raw_query().mapped(|row| row.get(3));
    steps.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn a_write_finds_its_rows_by_indexes_and_looks_at_each_by_its_key() {
    let shop = Shop::with(rules());
    let ask = Ask {
        method: Method::Patch,
        url: "/cart_items?select=id",
        prefer: "return=representation",
        body: r#"{"n":5}"#,
    };
    let Ok(Plan::Write(write)) = shop.plan("ann", ask) else {
        panic!("it is a write");
    };
    let program = sql::write(&write);
    let connection = shop.fixture.other();
    let touched = format!(
        "CREATE TEMP TABLE {} (position INTEGER PRIMARY KEY, k0)",
        sql::TOUCHED
    );
    connection.execute_batch(&touched).unwrap();
    let by_key = "SEARCH main.cart_items USING INTEGER PRIMARY KEY (rowid=?)";
    for (text, steps) in [
        (
            &program.steps[0].text,
            vec!["SEARCH main.cart_items USING COVERING INDEX cart_owner (owner=?)"],
        ),
        (&program.changed.unwrap().text, vec![by_key]),
        (&program.after.unwrap().text, vec!["SCAN t", by_key]),
    ] {
        assert_eq!(explained_apart(&connection, text), steps, "{text}");
    }
}
