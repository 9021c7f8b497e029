//! Visitors: somebody in particular of whom nothing is known, what is theirs, and what becomes of it when they sign in.

use std::thread;

use serde_json::{Value, json};

use crate::http::{Connection, Request};
use crate::session::{
    Client, House, PASSWORD, SETUP, Setup, Store, credentials, everywhere, set_cookie, text_at,
};

/// A shop: carts, wishes and visits that are somebody's, and what is open to some.
const SHOP: Setup = Setup {
    sql: Some(
        "PRAGMA journal_mode = wal;
        CREATE TABLE carts (product TEXT NOT NULL, owner TEXT NOT NULL, quantity INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (product, owner));
        CREATE TABLE wishes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, owner TEXT NOT NULL);
        CREATE TABLE seats (row TEXT NOT NULL, owner TEXT NOT NULL UNIQUE);
        CREATE TABLE beds (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL UNIQUE);
        CREATE TABLE visits (id INTEGER PRIMARY KEY, page TEXT NOT NULL, owner TEXT NOT NULL);
        CREATE TABLE news (id INTEGER PRIMARY KEY, text TEXT NOT NULL, audience TEXT NOT NULL);
        INSERT INTO news VALUES (1, 'for all', 'anyone'), (2, 'for visitors', 'visitor'), (3, 'for users', 'user');
        CREATE TABLE for_users (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
        INSERT INTO for_users VALUES (1, 'members only');
        CREATE TABLE for_visitors (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
        INSERT INTO for_visitors VALUES (1, 'you have a session');
        CREATE TABLE for_editors (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
        INSERT INTO for_editors VALUES (1, 'a draft');",
    ),
    rest: r#"
[users]
roles = ["editor"]
[adopt.carts]
conflict = "sum"
columns = ["quantity"]
[adopt.beds]
conflict = "replace"
[adopt.visits]
rows = "drop"
[[allow]]
on = "carts"
to = "visitor"
do = ["read", "create", "update", "delete"]
owner = "owner"
[[allow]]
on = "wishes"
to = "visitor"
do = ["read", "create", "update", "delete"]
owner = "owner"
[[allow]]
on = "seats"
to = "visitor"
do = ["read", "create"]
owner = "owner"
[[allow]]
on = "beds"
to = "visitor"
do = ["read", "create"]
owner = "owner"
[[allow]]
on = "visits"
to = "visitor"
do = ["read", "create"]
owner = "owner"
[[allow]]
on = "news"
to = "anyone"
do = ["read"]
where = "audience = 'anyone'"
[[allow]]
on = "news"
to = "visitor"
do = ["read"]
where = "audience = 'visitor'"
[[allow]]
on = "news"
to = "user"
do = ["read"]
where = "audience = 'user'"
[[allow]]
on = "for_users"
to = "user"
do = ["read"]
[[allow]]
on = "for_visitors"
to = "visitor"
do = ["read"]
[[allow]]
on = "for_editors"
to = "editor"
do = ["read"]
"#,
    ..SETUP
};

/// Adds a row.
fn add(client: &mut Client<'_>, table: &str, row: &Value) -> u16 {
    let request = Request::new("POST", &format!("/{table}")).json(&row.to_string());
    client.send(&request).status
}

/// Puts so many of a product into the cart.
fn fill(client: &mut Client<'_>, product: &str, quantity: i64) {
    let row = json!({"product": product, "quantity": quantity});
    assert_eq!(add(client, "carts", &row), 201);
}

/// What is in the cart, by product.
fn cart(client: &mut Client<'_>) -> Value {
    client
        .get("/carts?select=product,quantity&order=product")
        .json()
}

fn rows(client: &mut Client<'_>, table: &str, column: &str) -> Vec<String> {
    let answer = client.get(&format!("/{table}?select={column}&order={column}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let list = answer.json();
    let rows = list.as_array().into_iter().flatten();
    rows.map(|row| text_at(row, &format!("/{column}")))
        .collect()
}

#[test]
fn a_visitor_is_told_from_a_user_by_every_rule() {
    everywhere(SHOP, |house| {
        let mut user = house.user("ada@example.org");
        let mut visitor = house.visitor();
        let mut anyone = house.client();
        assert_eq!(rows(&mut anyone, "news", "audience"), ["anyone"]);
        assert_eq!(
            rows(&mut visitor, "news", "audience"),
            ["anyone", "visitor"]
        );
        assert_eq!(
            rows(&mut user, "news", "audience"),
            ["anyone", "user", "visitor"]
        );
        let table = [
            ("/for_users", [404, 404, 200]),
            ("/for_users/1", [404, 404, 200]),
            ("/for_visitors", [404, 200, 200]),
            ("/for_editors", [404, 404, 404]),
            ("/-/users/me", [401, 401, 200]),
        ];
        for (target, expected) in table {
            let found =
                [&mut anyone, &mut visitor, &mut user].map(|client| client.get(target).status);
            // Whether it is said to be closed or not to be there is the server's choice.
            let alike = |(found, expected): (&u16, &u16)| {
                found == expected || *expected == 404 && [401, 403].contains(found)
            };
            assert!(
                found.iter().zip(&expected).all(alike),
                "{target}: {found:?}"
            );
        }
        // None of them is told of what is closed to him.
        for client in [&mut anyone, &mut visitor] {
            let description = client.get("/").text();
            assert!(!description.contains("for_users"), "{description}");
        }
        assert!(user.get("/").text().contains("for_users"));
        assert_eq!(user.who()["kind"], "user");
        assert_eq!(visitor.who()["kind"], "visitor");
        assert_eq!(visitor.who()["user"], Value::Null);
    });
}

#[test]
fn what_is_answered_to_one_is_never_answered_to_another() {
    everywhere(SHOP, |house| {
        let mut clients = [
            house.visitor(),
            house.visitor(),
            house.user("ada@example.org"),
        ];
        for (at, client) in clients.iter_mut().enumerate() {
            fill(client, "tea", i64::try_from(at).expect("small") + 1);
        }
        let mut connection = house.server.connect();
        for _ in 0..30 {
            for (at, client) in clients.iter().enumerate() {
                let request = client.dressed(&Request::new("GET", "/carts?select=quantity"));
                let answer = connection.send(&request);
                assert_eq!(answer.json(), json!([{"quantity": at + 1}]));
                let vary = answer.list("Vary").unwrap_or_default();
                assert!(vary.contains("Cookie"), "{vary}");
                let control = answer.field("Cache-Control").unwrap_or_default();
                assert!(
                    control.contains("private") || control.contains("no-store"),
                    "{control}"
                );
            }
        }
        // The tag of one proves nothing of another's.
        let tag = clients[0].get("/carts").field("ETag").map(str::to_owned);
        let request =
            Request::new("GET", "/carts").field("If-None-Match", &tag.expect("it has one"));
        assert_eq!(clients[1].send(&request).status, 200);
    });
}

#[test]
fn a_row_of_somebody_else_is_not_there() {
    everywhere(SHOP, |house| {
        let (mut one, mut other) = (house.visitor(), house.visitor());
        assert_eq!(add(&mut one, "wishes", &json!({"text": "a kite"})), 201);
        assert_eq!(one.get("/wishes/1").status, 200);
        let owner = text_at(&one.who(), "/id");
        for client in [&mut other, &mut house.client()] {
            assert_eq!(client.get("/wishes/1").status, 404);
            for method in ["PATCH", "DELETE"] {
                let request = Request::new(method, "/wishes/1").json("{\"text\":\"mine\"}");
                let status = client.send(&request).status;
                assert!((400..500).contains(&status), "{method}: {status}");
            }
        }
        // Nobody gives away, or takes, in somebody else's name.
        for row in [
            json!({"text": "planted", "owner": owner}),
            json!({"text": "planted", "owner": null}),
            json!({"text": "planted", "owner": ""}),
        ] {
            let status = add(&mut other, "wishes", &row);
            assert!((400..500).contains(&status), "{row}: {status}");
        }
        let request = Request::new("PATCH", "/wishes/1").json("{\"owner\":\"somebody\"}");
        let status = one.send(&request).status;
        assert!((400..500).contains(&status), "{status}");
        assert_eq!(rows(&mut one, "wishes", "text"), ["a kite"]);
    });
}

#[test]
fn signing_in_keeps_what_a_visitor_has_as_each_table_says() {
    everywhere(SHOP, |house| {
        let mut user = house.user("ada@example.org");
        fill(&mut user, "tea", 3);
        fill(&mut user, "milk", 1);
        for (table, row) in [
            ("seats", json!({"row": "the user's"})),
            ("beds", json!({"name": "the user's"})),
            ("wishes", json!({"text": "the user's"})),
            ("visits", json!({"page": "the user's"})),
        ] {
            assert_eq!(add(&mut user, table, &row), 201, "{table}");
        }
        let mut client = house.visitor();
        fill(&mut client, "tea", 2);
        fill(&mut client, "honey", 4);
        for (table, row) in [
            ("seats", json!({"row": "the visitor's"})),
            ("beds", json!({"name": "the visitor's"})),
            ("wishes", json!({"text": "the visitor's"})),
            ("visits", json!({"page": "the visitor's"})),
        ] {
            assert_eq!(add(&mut client, table, &row), 201, "{table}");
        }
        let visitor = client.clone();
        let id = text_at(&client.who(), "/id");
        client.enter("ada@example.org");
        let both = json!([
            {"product": "honey", "quantity": 4}, {"product": "milk", "quantity": 1}, {"product": "tea", "quantity": 5}
        ]);
        assert_eq!(cart(&mut client), both);
        assert_eq!(cart(&mut user), both);
        assert_eq!(rows(&mut client, "seats", "row"), ["the user's"], "kept");
        assert_eq!(
            rows(&mut client, "beds", "name"),
            ["the visitor's"],
            "replaced"
        );
        assert_eq!(
            rows(&mut client, "wishes", "text"),
            ["the user's", "the visitor's"]
        );
        assert_eq!(
            rows(&mut client, "visits", "page"),
            ["the user's"],
            "dropped"
        );
        for table in ["carts", "wishes", "beds", "visits", "seats"] {
            let left = house.server.fixture().value(&format!(
                "SELECT count(*) FROM {table} WHERE owner = '{id}'"
            ));
            assert_eq!(left, "0", "{table}");
        }
        // Once more, with the cookie of before, nothing is added.
        assert_eq!(visitor.clone().kind(), "anyone");
        let mut again = visitor;
        again.enter("ada@example.org");
        assert_eq!(cart(&mut again), both);
    });
}

#[test]
fn parallel_sign_ins_take_a_cart_along_once() {
    everywhere(SHOP, |house| {
        let mut user = house.user("ada@example.org");
        fill(&mut user, "tea", 3);
        let mut visitor = house.visitor();
        fill(&mut visitor, "tea", 2);
        let mut connections: Vec<Connection> = (0..6).map(|_| house.server.connect()).collect();
        let request = visitor.dressed(
            &Request::new("POST", "/-/session").json(&credentials("ada@example.org", PASSWORD)),
        );
        for connection in &mut connections {
            connection.ask(&request).expect("the server listens");
        }
        for connection in &mut connections {
            let answer = connection.receive("POST").expect("it answers");
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        assert_eq!(cart(&mut user), json!([{"product": "tea", "quantity": 5}]));
        assert_eq!(visitor.kind(), "anyone");
    });
}

#[test]
fn what_a_visitor_adds_while_he_signs_in_is_not_lost() {
    everywhere(SHOP, |house| {
        let mut user = house.user("ada@example.org");
        for round in 0..5 {
            let visitor = house.visitor();
            let before = text_at(&visitor.clone().who(), "/id");
            let added = thread::scope(|scope| {
                let writer = scope.spawn(|| {
                    let mut client = visitor.clone();
                    let statuses = (0..20).map(|at| {
                        let row = json!({"text": format!("{round}-{at}")});
                        add(&mut client, "wishes", &row)
                    });
                    statuses.filter(|status| *status == 201).count()
                });
                let mut client = visitor.clone();
                client.enter("ada@example.org");
                writer.join().expect("no panic")
            });
            let (wishes, id) = (
                rows(&mut user, "wishes", "text"),
                text_at(&user.who(), "/id"),
            );
            let prefix = format!("{round}-");
            let own = wishes
                .iter()
                .filter(|text| text.starts_with(&prefix))
                .count();
            // What came after was begun by a session that is over, or by another one.
            let others = house.server.fixture().value(&format!(
                "SELECT count(*) FROM wishes WHERE text LIKE '{round}-%' AND owner <> '{id}'"
            ));
            assert_eq!(own + others.parse::<usize>().expect("a number"), added);
            if house.store != Store::Redis {
                // Nothing is left to who he was before.
                let left = house.server.fixture().value(&format!(
                    "SELECT count(*) FROM wishes WHERE owner = '{before}'"
                ));
                assert_eq!(left, "0");
            }
        }
    });
}

#[test]
fn a_visitor_who_signs_up_keeps_what_is_his_and_other_copies_end() {
    everywhere(SHOP, |house| {
        let mut client = house.visitor();
        fill(&mut client, "tea", 2);
        client.remember("{\"theme\":\"dark\"}");
        let mut copy = client.clone();
        assert_eq!(client.sign_up("ada@example.org", PASSWORD).status, 201);
        assert_eq!(
            cart(&mut client),
            json!([{"product": "tea", "quantity": 2}])
        );
        assert_eq!(client.data(), json!({"theme": "dark"}));
        assert_eq!(copy.kind(), "anyone");
        // A sign-up that fails leaves him as he was.
        let mut other = house.visitor();
        fill(&mut other, "tea", 7);
        let answer = other.sign_up("ada@example.org", PASSWORD);
        assert_eq!((answer.status, set_cookie(&answer)), (409, None));
        assert_eq!(cart(&mut other), json!([{"product": "tea", "quantity": 7}]));
        assert_eq!(
            cart(&mut client),
            json!([{"product": "tea", "quantity": 2}])
        );
    });
}

#[test]
fn nothing_of_one_user_becomes_anothers() {
    everywhere(SHOP, |house| {
        house.user("bob@example.org");
        let mut client = house.user("ada@example.org");
        fill(&mut client, "tea", 2);
        client.enter("bob@example.org");
        assert_eq!(cart(&mut client), json!([]));
        client.enter("ada@example.org");
        assert_eq!(
            cart(&mut client),
            json!([{"product": "tea", "quantity": 2}])
        );
        client.delete("/-/session");
        // Afterwards he is another, with a cart of his own.
        client.remember("{}");
        assert_eq!(cart(&mut client), json!([]));
        fill(&mut client, "tea", 1);
        client.enter("bob@example.org");
        assert_eq!(
            cart(&mut client),
            json!([{"product": "tea", "quantity": 1}])
        );
    });
}

#[test]
fn a_planted_cart_needs_a_page_of_our_own_to_be_taken_over() {
    everywhere(SHOP, |house| {
        house.user("ada@example.org");
        let mut planted = house.visitor();
        fill(&mut planted, "poison", 1);
        let mut victim = planted.clone();
        let request = Request::new("POST", "/-/session")
            .json(&credentials("ada@example.org", PASSWORD))
            .field("Sec-Fetch-Site", "cross-site");
        assert_eq!(victim.send(&request).status, 403);
        let mut elsewhere = house.client();
        elsewhere.enter("ada@example.org");
        assert_eq!(cart(&mut elsewhere), json!([]));
        // Two cookies, of which a neighbour may have planted one, are nobody's.
        let both = format!("__Host-sid={}; __Host-sid=x", planted.key());
        let request = Request::new("POST", "/-/session")
            .json(&credentials("ada@example.org", PASSWORD))
            .field("Cookie", &both);
        assert_eq!(house.server.send(&request).status, 200);
        assert_eq!(cart(&mut elsewhere), json!([]));
    });
}

#[test]
fn an_account_that_is_removed_leaves_its_rows_to_nobody() {
    everywhere(SHOP, |house: &House| {
        let mut client = house.user("ada@example.org");
        fill(&mut client, "tea", 2);
        assert_eq!(client.delete("/-/users/me").status, 204);
        let mut client = house.user("ada@example.org");
        assert_eq!(cart(&mut client), json!([]));
    });
}

#[test]
fn the_first_thing_that_is_somebodys_begins_his_session() {
    everywhere(SHOP, |house| {
        let mut client = house.client();
        fill(&mut client, "tea", 2);
        assert_eq!(client.kind(), "visitor");
        assert_eq!(
            cart(&mut client),
            json!([{"product": "tea", "quantity": 2}])
        );
        let key = client.key();
        fill(&mut client, "milk", 1);
        assert_eq!(client.key(), key, "once");
        // Nobody else begins one by looking.
        let mut other = house.client();
        assert_eq!(other.get("/carts").status, 200);
        assert_eq!(other.get("/for_visitors").status / 100, 4);
        assert_eq!(other.cookie, None);
    });
}

#[test]
fn what_is_refused_begins_no_session() {
    everywhere(SHOP, |house| {
        let ended = house.visitor();
        ended.clone().delete("/-/session");
        let count = || {
            let rows = "SELECT count(*) FROM bistro_sessions";
            let kept = house
                .redis
                .as_ref()
                .map(|redis| super::stores::ask(redis, &["DBSIZE"]));
            (house.server.fixture().value(rows), kept)
        };
        // Where there is a table by now.
        house.user("ada@example.org").delete("/-/session");
        let before = count();
        let batch =
            json!([{"method": "POST", "path": "/carts", "body": {"product": null}}]).to_string();
        for (target, body) in [
            ("/carts", "{"),
            ("/carts", "{\"nothing\":1}"),
            ("/carts", "{\"product\":null}"),
            ("/carts", "{\"product\":\"tea\",\"owner\":\"somebody\"}"),
            ("/-/batch", "{}"),
            ("/-/batch", "["),
            ("/-/batch", &batch),
        ] {
            for mut client in [house.client(), ended.clone()] {
                let shown = client.cookie.clone();
                let request = Request::new("POST", target).json(body);
                let answer = client.send(&request);
                assert_eq!(answer.status / 100, 4, "{target} {body}");
                assert_eq!(set_cookie(&answer), None, "{target} {body}");
                assert_eq!(client.cookie, shown);
            }
        }
        assert_eq!(count(), before);
        let mut client = house.client().with("Host", "shop.example");
        assert_eq!(
            add(&mut client, "carts", &json!({"product": "tea"})),
            403,
            "in the clear"
        );
        let rows = house.server.fixture().value("SELECT count(*) FROM carts");
        assert_eq!(rows, "0");
    });
}

#[test]
fn an_idempotency_key_is_its_callers_own() {
    everywhere(SHOP, |house| {
        let mut clients = [
            house.visitor(),
            house.visitor(),
            house.user("ada@example.org"),
        ];
        let request = Request::new("POST", "/wishes")
            .json("{\"text\":\"a kite\"}")
            .field("Prefer", "return=representation")
            .field("Idempotency-Key", "\"the same\"");
        let mut ids = Vec::new();
        for _ in 0..2 {
            for client in &mut clients {
                let answer = client.send(&request);
                assert_eq!(answer.status, 201, "{}", answer.text());
                let row = answer.json()[0].clone();
                assert_eq!(text_at(&row, "/owner"), text_at(&client.who(), "/id"));
                ids.push(row["id"].clone());
            }
        }
        assert_eq!(ids[..3], ids[3..]);
        let rows = house.server.fixture().value("SELECT count(*) FROM wishes");
        assert_eq!(rows, "3");
    });
}

#[test]
fn a_batch_begins_a_session_if_something_in_it_is_to_be_somebodys() {
    everywhere(SHOP, |house| {
        let batch = |steps: &str| {
            let request = Request::new("POST", "/-/batch").json(steps);
            let mut client = house.client();
            let answer = client.send(&request);
            (answer.status, set_cookie(&answer).is_some())
        };
        let read = "{\"method\":\"GET\",\"path\":\"/carts\"}";
        assert_eq!(batch(&format!("[{read}]")), (200, false));
        let own = "{\"method\":\"POST\",\"path\":\"/carts\",\"body\":{\"product\":\"a\"}}";
        assert_eq!(batch(&format!("[{read}, {own}]")), (200, true));
    });
}
