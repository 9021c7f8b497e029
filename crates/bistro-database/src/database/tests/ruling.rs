//! What rules leave of a shop's tables, for whoever asks.

mod reads;
mod writes;
mod keys;
mod schema;
mod calls;
mod naive;

use std::sync::Arc;

use bistro_http::method::Method;
use bistro_plan::plan::{self, Plan};
use bistro_plan::predicate::Predicate;
use bistro_plan::principal::{Principal, User};
use bistro_plan::rule::{Access, Audience, Operation, Policy, Rule, Subject};

use super::harness::{Ask, Fixture, policy, run, shown};
use crate::Database;

/// A shop: everybody sees songs but not what they cost us; posts are public or their author's, comments whoever's; each has a
/// cart of his own; nobody sees secrets.
const SHOP: &str = "
    CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, price INTEGER, cost INTEGER);
    INSERT INTO songs VALUES (1, 'One', 10, 4), (2, 'Two', 20, 5), (3, 'Three', 30, 6);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, author TEXT, title TEXT, is_public BOOLEAN NOT NULL DEFAULT 0);
    CREATE INDEX posts_author ON posts (author);
    INSERT INTO posts VALUES (1, 'ann', 'Public', 1), (2, 'ann', 'Hidden', 0), (3, 'bob', 'Draft', 0), (4, 'bob', 'Open', 1);
    CREATE TABLE comments (id INTEGER PRIMARY KEY, post_id INTEGER REFERENCES posts (id), author TEXT, text TEXT);
    CREATE INDEX comments_post ON comments (post_id);
    INSERT INTO comments VALUES (1, 1, 'bob', 'on public'), (2, 2, 'ann', 'on hidden'), (3, 3, 'ann', 'on draft');
    CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO tags VALUES (1, 'red'), (2, 'blue');
    CREATE TABLE post_tags (post_id INTEGER REFERENCES posts (id), tag_id INTEGER REFERENCES tags (id), by TEXT,
        PRIMARY KEY (post_id, tag_id));
    INSERT INTO post_tags VALUES (1, 1, 'ann'), (1, 2, 'bob'), (2, 1, 'ann'), (4, 2, 'bob');
    CREATE TABLE cart_items (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, song_id INTEGER REFERENCES songs (id),
        n INTEGER NOT NULL DEFAULT 1, note TEXT);
    CREATE INDEX cart_owner ON cart_items (owner);
    INSERT INTO cart_items VALUES (1, 'ann', 1, 1, NULL), (2, 'bob', 2, 2, NULL), (3, 'ann', 3, 3, NULL);
    CREATE TABLE secrets (id INTEGER PRIMARY KEY, song_id INTEGER REFERENCES songs (id), word TEXT);
    INSERT INTO secrets VALUES (1, 1, 'hush');
    CREATE VIEW titles AS SELECT id, title, author FROM posts;
    CREATE TRIGGER titles_update INSTEAD OF UPDATE ON titles BEGIN UPDATE posts SET title = new.title WHERE id = old.id; END;
    CREATE TRIGGER titles_delete INSTEAD OF DELETE ON titles BEGIN DELETE FROM posts WHERE id = old.id; END;
    CREATE VIRTUAL TABLE search USING fts5 (body, author UNINDEXED);
    INSERT INTO search VALUES ('love one', 'ann'), ('love two', 'bob'), ('love love', 'ann');
";

/// Whoever asks, by a short name: `-` is nobody, `?x` a visitor, `x` a user, `x+r` one with a role.
fn principal(name: &str) -> Principal {
    match (name, name.strip_prefix('?'), name.split_once('+')) {
        ("-", _, _) => Principal::Anyone,
        (_, Some(visitor), _) => Principal::Visitor(visitor.into()),
        (_, None, Some((id, role))) => user(id, &[role]),
        (id, None, None) => user(id, &[]),
    }
}

fn user(id: &str, roles: &[&str]) -> Principal {
    Principal::User(Arc::new(User {
        id: id.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        ..User::default()
    }))
}

const READ: &[Operation] = &[Operation::Read];
const ALL: &[Operation] = &[
    Operation::Read,
    Operation::Create,
    Operation::Update,
    Operation::Delete,
];

fn open(on: &str, operations: &[Operation]) -> Rule {
    let on = match on.strip_prefix("rpc/") {
        Some(name) => Subject::Function(name.to_owned()),
        None => Subject::Relation(on.to_owned()),
    };
    Rule::new(on, Audience::Anyone, operations.to_vec())
}

fn sql(text: &str) -> Arc<Predicate> {
    Arc::new(Predicate::read(text).unwrap())
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The rules of the shop.
fn rules() -> Vec<Rule> {
    vec![
        Rule {
            columns: Some(columns(&["id", "title", "price"])),
            ..open("songs", READ)
        },
        Rule {
            rows: Some(sql("is_public OR author = :user")),
            ..open("posts", READ)
        },
        Rule {
            to: Audience::User,
            owner: Some("author".to_owned()),
            ..open("posts", &ALL[1..])
        },
        Rule {
            rows: Some(sql(
                "EXISTS (SELECT 1 FROM posts WHERE posts.id = comments.post_id AND (is_public OR posts.author = :user))",
            )),
            ..open("comments", READ)
        },
        Rule {
            to: Audience::User,
            owner: Some("author".to_owned()),
            ..open("comments", &ALL[1..])
        },
        open("tags", READ),
        Rule {
            rows: Some(sql("by = :user")),
            ..open("post_tags", READ)
        },
        Rule {
            owner: Some("owner".to_owned()),
            check: Some(sql("n BETWEEN 1 AND 9")),
            ..open("cart_items", ALL)
        },
        Rule {
            rows: Some(sql("author = :user")),
            ..open(
                "titles",
                &[Operation::Read, Operation::Update, Operation::Delete],
            )
        },
        Rule {
            rows: Some(sql("author = :user")),
            ..open("search", &[Operation::Read, Operation::Delete])
        },
    ]
}

/// A shop with rules.
struct Shop {
    fixture: Fixture,
    database: Database,
    policy: Policy,
}

impl Shop {
    fn with(rules: Vec<Rule>) -> Self {
        Self::over(SHOP, rules)
    }

    fn over(script: &str, rules: Vec<Rule>) -> Self {
        let fixture = Fixture::new(script);
        let database = fixture.open();
        let policy = policy(Access::Rules(rules));
        database.hold(&policy).unwrap();
        let broken = database.broken();
        assert!(broken.is_empty(), "{broken:?}");
        Self {
            fixture,
            database,
            policy,
        }
    }

    fn plan(&self, who: &str, ask: Ask<'_>) -> Result<Plan, String> {
        let catalog = self.database.catalog();
        plan::make(&ask.request()?, &principal(who), &catalog, &self.policy)
            .map_err(|error| error.to_string())
    }

    /// The rows, or why there are none.
    async fn rows(&self, who: &str, ask: Ask<'_>) -> String {
        match self.plan(who, ask) {
            Err(reason) => reason,
            Ok(plan) => match run(&self.database, plan).await {
                Ok(rows) => shown(&rows),
                Err(error) => error.to_string(),
            },
        }
    }

    async fn get(&self, who: &str, url: &str) -> String {
        self.rows(
            who,
            Ask {
                url,
                ..Ask::default()
            },
        )
        .await
    }

    async fn count(&self, who: &str, url: &str, prefer: &str) -> u64 {
        let ask = Ask {
            url,
            prefer,
            ..Ask::default()
        };
        let Plan::Read(read) = self.plan(who, ask).unwrap() else {
            panic!("{url} is no read");
        };
        let version = self.database.catalog().version;
        let count = self
            .database
            .read(version, move |snapshot| snapshot.count(&read));
        count.await.unwrap()
    }

    /// What a write gives back, and then the table as it is.
    async fn write(
        &self,
        who: &str,
        method: Method,
        url: &str,
        prefer: &str,
        body: &str,
    ) -> String {
        let ask = Ask {
            method,
            url,
            prefer,
            body,
        };
        self.rows(who, ask).await
    }

    /// What somebody sees who sees everything.
    fn all(&self, select: &str) -> String {
        let connection = self.fixture.other();
        let mut statement = connection.prepare(select).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| {
            let values = (0..width).map(|column| {
                let value: rusqlite::types::Value = row.get(column)?;
                Ok(match value {
                    rusqlite::types::Value::Null => "NULL".to_owned(),
                    rusqlite::types::Value::Integer(integer) => integer.to_string(),
                    rusqlite::types::Value::Real(real) => format!("{real:?}"),
                    rusqlite::types::Value::Text(text) => format!("'{text}'"),
                    rusqlite::types::Value::Blob(_) => "blob".to_owned(),
                })
            });
            Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
        });
        rows.unwrap()
            .map(Result::unwrap)
            .collect::<Vec<_>>()
            .join("|")
    }
}
