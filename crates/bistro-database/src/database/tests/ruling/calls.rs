//! Stored queries know who calls them, and their rows are held to their rules.

use std::fs;

use bistro_plan::plan::Dependence;
use bistro_plan::predicate::CallerValue;
use bistro_plan::sql as written;

use super::*;
use crate::Settings;
use crate::database::tests::harness::get;

const QUERIES: &[(&str, &str)] = &[
    (
        "mine",
        "SELECT id, title, author FROM posts WHERE author = :user AND id >= :since ORDER BY id",
    ),
    (
        "who",
        "SELECT :user AS user, :owner AS owner, :email AS email, :roles AS roles, :claims AS claims",
    ),
    (
        "all_posts",
        "SELECT id, title, author, is_public FROM posts ORDER BY id",
    ),
    (
        "rename",
        "UPDATE posts SET title = :title WHERE author = :owner RETURNING id, title, author",
    ),
];

struct Queries {
    shop: Shop,
    _folder: tempfile::TempDir,
}

fn queries(rules: Vec<Rule>) -> Queries {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in QUERIES {
        fs::write(folder.path().join(format!("{name}.sql")), text).unwrap();
    }
    let fixture = Fixture::new(SHOP);
    let mut settings = Settings::new(&fixture.path);
    settings.queries = Some(folder.path().to_owned());
    let database = Database::open(settings).unwrap();
    let policy = policy(Access::Rules(rules));
    database.hold(&policy).unwrap();
    assert_eq!(database.broken().to_vec(), []);
    Queries {
        shop: Shop {
            fixture,
            database,
            policy,
        },
        _folder: folder,
    }
}

fn call(name: &str) -> Rule {
    open(&format!("rpc/{name}"), &[Operation::Call])
}

#[tokio::test]
async fn a_query_knows_who_calls_it() {
    let queries = queries(vec![call("mine"), call("who"), call("rename")]);
    let shop = &queries.shop;
    for (who, url, rows) in [
        ("ann", "/rpc/mine?since=1&select=id", "1|2"),
        ("bob", "/rpc/mine?since=4&select=id", "4"),
        ("-", "/rpc/mine?since=1", ""),
        ("?ann", "/rpc/mine?since=1", ""),
        ("ann+editor", "/rpc/who", "'ann' 'ann' NULL '[\"editor\"]'"),
        ("?ann", "/rpc/who?select=owner,roles", "'ann' '[]'"),
        ("-", "/rpc/who?select=roles", "'[]'"),
        // Nobody says who he is.
        (
            "ann",
            "/rpc/mine?since=1&user=bob",
            "`mine` takes (since), it is called with (since, user)",
        ),
        (
            "ann",
            "/rpc/mine?since=1&:user=bob",
            "`mine` takes (since), it is called with (since, :user)",
        ),
    ] {
        assert_eq!(shop.get(who, url).await, rows, "{who} {url}");
    }
    let body = r#"{"title":"x","owner":"bob"}"#;
    let answer = shop
        .write("ann", Method::Post, "/rpc/rename", "", body)
        .await;
    assert_eq!(
        answer,
        "`rename` takes (title), it is called with (title, owner)"
    );
    let answer = shop
        .write("bob", Method::Post, "/rpc/rename", "", r#"{"title":"x"}"#)
        .await;
    assert_eq!(answer, "3 'x' 'bob'|4 'x' 'bob'");
}

#[tokio::test]
async fn rows_of_a_query_are_held_to_its_rule() {
    let queries = queries(vec![
        Rule {
            rows: Some(sql("is_public OR all_posts.author = :user")),
            columns: Some(columns(&["id", "title"])),
            ..call("all_posts")
        },
        Rule {
            to: Audience::Role("editor".to_owned()),
            ..call("all_posts")
        },
        Rule {
            rows: Some(sql("id > 3")),
            columns: Some(columns(&["id"])),
            ..call("rename")
        },
    ]);
    let shop = &queries.shop;
    for (who, url, rows) in [
        ("-", "/rpc/all_posts", "1 'Public'|4 'Open'"),
        ("ann", "/rpc/all_posts?select=id", "1|2|4"),
        ("ann", "/rpc/all_posts?select=count()", "3"),
        (
            "ann",
            "/rpc/all_posts?author=eq.bob",
            "no column `author` in `all_posts`",
        ),
        (
            "ann+editor",
            "/rpc/all_posts?select=id,author&id=gt.2",
            "3 'bob'|4 'bob'",
        ),
    ] {
        assert_eq!(shop.get(who, url).await, rows, "{who} {url}");
    }
    assert_eq!(shop.count("ann", "/rpc/all_posts", "count=exact").await, 3);
    // All of it is done, whatever is seen of it.
    assert_eq!(
        shop.write("bob", Method::Post, "/rpc/rename", "", r#"{"title":"x"}"#)
            .await,
        "4"
    );
    assert_eq!(
        shop.all("SELECT title FROM posts"),
        "'Public'|'Hidden'|'x'|'x'"
    );
}

#[tokio::test]
async fn a_call_serves_everybody_of_a_class() {
    let queries = queries(vec![call("mine"), call("all_posts")]);
    let shop = &queries.shop;
    let read = |who| match shop.plan(who, get("/rpc/mine?since=2&title=not.eq.x")) {
        Ok(Plan::Read(read)) => read,
        other => panic!("{other:?}"),
    };
    let own = read("ann");
    let user = Dependence::Values([CallerValue::User].into());
    assert_eq!(own.dependence(&shop.policy), user);
    let rebound = written::read(&own).on_behalf_of(&principal("bob"));
    assert_eq!(rebound, written::read(&read("bob")));
    let Ok(Plan::Read(open)) = shop.plan("ann", get("/rpc/all_posts")) else {
        panic!("it is a read");
    };
    assert_eq!(open.dependence(&shop.policy), Dependence::Nobody);
}
