//! A rule whose condition is not understood opens nothing, and one that is means what it says.

use super::*;

#[tokio::test]
async fn nothing_is_understood_that_was_not_looked_at() {
    let fixture = Fixture::new(SHOP);
    let shop = Shop {
        database: fixture.open(),
        fixture,
        policy: policy(Access::Rules(rules())),
    };
    assert_eq!(shop.get("ann", "/posts").await, "");
    assert_eq!(shop.get("ann", "/posts/1").await, "");
    assert_eq!(
        shop.get("ann", "/tags?select=name,posts(*)&id=eq.1").await,
        "'red' '[]'"
    );
    shop.database.hold(&shop.policy).unwrap();
    assert_eq!(shop.get("ann", "/posts?select=id").await, "1|2|4");
}

#[tokio::test]
async fn a_rule_whose_column_has_gone_closes() {
    let rules = vec![
        Rule {
            rows: Some(sql("is_public OR author = :user")),
            ..open("posts", ALL)
        },
        Rule {
            // In quotes it would be a text then, and true of every row.
            rows: Some(sql("\"is_public\" <> 0")),
            ..open("posts", READ)
        },
        open("comments", READ),
    ];
    let shop = Shop::with(rules);
    assert_eq!(shop.get("ann", "/posts?select=id").await, "1|2|4");
    let other = shop.fixture.other();
    other
        .execute_batch("ALTER TABLE posts RENAME COLUMN is_public TO is_open")
        .unwrap();
    shop.database.refresh().await.unwrap();
    for url in ["/posts?select=id", "/posts/1", "/posts?is_open=is.true"] {
        assert_eq!(shop.get("ann", url).await, "", "{url}");
    }
    assert_eq!(
        shop.get("ann", "/comments?select=id,posts(title)&id=eq.1")
            .await,
        "1"
    );
    let before = shop.all("SELECT * FROM posts");
    for (method, url, body) in [
        (Method::Patch, "/posts", r#"{"title":"x"}"#),
        (Method::Delete, "/posts?id=gt.0", ""),
        (Method::Post, "/posts", r#"{"title":"x"}"#),
        (Method::Put, "/posts/1", r#"{"title":"x"}"#),
    ] {
        shop.write("ann", method, url, "", body).await;
        assert_eq!(shop.all("SELECT * FROM posts"), before, "{url}");
    }
    let broken = shop.database.broken();
    let reasons: Vec<&str> = broken.iter().map(|(_, reason)| reason.as_str()).collect();
    assert!(
        reasons[0].contains("`is_public OR author = :user`"),
        "{reasons:?}"
    );
    assert!(
        reasons[0].contains("no such column: is_public"),
        "{reasons:?}"
    );
    assert_eq!(broken.len(), 2, "{reasons:?}");
    other
        .execute_batch("ALTER TABLE posts RENAME COLUMN is_open TO is_public")
        .unwrap();
    shop.database.refresh().await.unwrap();
    assert_eq!(shop.get("ann", "/posts?select=id").await, "1|2|4");
}

#[tokio::test]
async fn an_owner_whose_column_has_gone_owns_nothing() {
    let shop = Shop::with(rules());
    let other = shop.fixture.other();
    other
        .execute_batch("ALTER TABLE cart_items RENAME COLUMN owner TO holder")
        .unwrap();
    shop.database.refresh().await.unwrap();
    assert_eq!(shop.get("ann", "/cart_items").await, "");
    let answer = shop
        .write(
            "ann",
            Method::Post,
            "/cart_items",
            "",
            r#"{"n":1,"holder":"ann"}"#,
        )
        .await;
    assert!(answer.starts_with("new row violates"), "{answer}");
}

#[tokio::test]
async fn no_name_of_a_condition_means_what_stands_around_it() {
    // `title` is a column of songs, around the posts that are embedded; and `r`, `t`, `k0` are names of ours.
    let script = format!("{SHOP} CREATE TABLE notes (id INTEGER PRIMARY KEY, song_id INTEGER REFERENCES songs (id), k0 TEXT, text TEXT);
        INSERT INTO notes VALUES (1, 1, 'ann', 'a'), (2, 1, 'bob', 'b');");
    for condition in [
        "title = 'One'",
        "r.title = 'One'",
        "songs.title = 'One'",
        "r1.id = 1",
        "position = 1",
        "excluded.id = 1",
    ] {
        let fixture = Fixture::new(&script);
        let database = fixture.open();
        let policy = policy(Access::Rules(vec![
            open("songs", READ),
            Rule {
                rows: Some(sql(condition)),
                ..open("notes", ALL)
            },
        ]));
        let subject = Subject::Relation("notes".to_owned());
        let predicate = Predicate::read(condition).unwrap();
        let misfit = database
            .validate(&subject, ALL, &predicate)
            .unwrap()
            .unwrap_err();
        assert!(
            misfit.message.starts_with("no such column"),
            "{condition}: {misfit}"
        );
        database.hold(&policy).unwrap();
        let shop = Shop {
            fixture,
            database,
            policy,
        };
        assert_eq!(
            shop.get("ann", "/songs?select=id,notes(id)&id=eq.1").await,
            "1 '[]'",
            "{condition}"
        );
    }
    // Columns that are called like ours are the table's.
    let shop = Shop::over(
        &script,
        vec![Rule {
            rows: Some(sql("k0 = :user")),
            ..open("notes", ALL)
        }],
    );
    assert_eq!(
        shop.write(
            "ann",
            Method::Patch,
            "/notes?select=id",
            "return=representation",
            r#"{"text":"x"}"#
        )
        .await,
        "1"
    );
    assert_eq!(shop.all("SELECT text FROM notes"), "'x'|'b'");
    let answer = shop
        .write(
            "ann",
            Method::Patch,
            "/notes/1",
            "return=representation",
            r#"{"k0":"bob"}"#,
        )
        .await;
    assert!(answer.starts_with("new row violates"), "{answer}");
}

#[tokio::test]
async fn a_table_without_rowid_is_held_to_its_rules_by_its_key() {
    let script = "CREATE TABLE seats (row TEXT, place INTEGER, owner TEXT, note TEXT, PRIMARY KEY (row, place)) WITHOUT ROWID;
        INSERT INTO seats VALUES ('a', 1, 'ann', NULL), ('a', 2, 'bob', NULL);";
    let rules = vec![Rule {
        owner: Some("owner".to_owned()),
        check: Some(sql("coalesce(note, '') <> 'no'")),
        ..open("seats", ALL)
    }];
    let shop = Shop::over(script, rules);
    let all = "SELECT row, place, owner, note FROM seats ORDER BY row, place";
    for (method, url, body, expected, after) in [
        (
            Method::Post,
            "/seats?select=place",
            r#"{"row":"b","place":1}"#,
            "1",
            "'a' 1 'ann' NULL|'a' 2 'bob' NULL|'b' 1 'ann' NULL",
        ),
        (
            Method::Patch,
            "/seats?select=place",
            r#"{"note":"yes"}"#,
            "1|1",
            "'a' 1 'ann' 'yes'|'a' 2 'bob' NULL|'b' 1 'ann' 'yes'",
        ),
        (
            Method::Patch,
            "/seats/a,1",
            r#"{"note":"no"}"#,
            "new row violates the rules for table \"seats\"",
            "'a' 1 'ann' 'yes'|'a' 2 'bob' NULL|'b' 1 'ann' 'yes'",
        ),
        (
            Method::Patch,
            "/seats/a,1?select=place",
            r#"{"place":9}"#,
            "9",
            "'a' 2 'bob' NULL|'a' 9 'ann' 'yes'|'b' 1 'ann' 'yes'",
        ),
        (
            Method::Delete,
            "/seats?select=place",
            "",
            "9|1",
            "'a' 2 'bob' NULL",
        ),
    ] {
        assert_eq!(
            shop.write("ann", method, url, "return=representation", body)
                .await,
            expected,
            "{url} {body}"
        );
        assert_eq!(shop.all(all), after, "{url} {body}");
    }
}
