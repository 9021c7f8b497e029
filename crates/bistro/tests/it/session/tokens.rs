//! Tokens of programs: Bistro's own, and those of others' making. Neither is a session.

use std::fs;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::fixture::{Fixture, root};
use crate::http::{Request, Response};
use crate::server::{bistro, run};
use crate::session::{
    Client, House, NAME, OTHER_PASSWORD, PASSWORD, SETUP, Setup, Store, everywhere, in_stores,
    set_cookie, text_at,
};

/// What is open to users, and to editors.
const OPEN: Setup = Setup {
    sql: Some(
        "CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
        INSERT INTO songs VALUES (1, 'Zombie');
        CREATE TABLE drafts (id INTEGER PRIMARY KEY, title TEXT NOT NULL);
        INSERT INTO drafts VALUES (1, 'a secret');
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, owner TEXT NOT NULL);",
    ),
    rest: r#"
[users]
roles = ["editor"]
[[allow]]
on = "songs"
to = "user"
do = ["read", "create", "update", "delete"]
[[allow]]
on = "notes"
to = "visitor"
do = ["read", "create", "update", "delete"]
owner = "owner"
[[allow]]
on = "drafts"
to = "editor"
do = ["read", "update"]
"#,
    ..SETUP
};

/// Runs a command of the operator's beside the server; gives what it prints.
fn operate(house: &House, arguments: &[&str]) -> String {
    let mut command = bistro(house.server.fixture().directory());
    command.args(arguments).args(["--database", "it.db"]);
    let (code, printed, log) = run(&mut command);
    assert_eq!(code, 0, "{arguments:?}: {log}");
    printed.trim_end().to_owned()
}

/// Makes a token of Ada's.
fn create(house: &House, more: &[&str]) -> String {
    let arguments = ["token", "create", "--user", "ada@example.org"];
    operate(house, &[&arguments, more].concat())
}

/// A client that shows this token.
fn bearer<'a>(house: &'a House, token: &str) -> Client<'a> {
    house
        .client()
        .with("Authorization", &format!("Bearer {token}"))
}

fn insert(client: &mut Client<'_>, table: &str, row: &Value) -> u16 {
    let request = Request::new("POST", &format!("/{table}")).json(&row.to_string());
    client.send(&request).status
}

#[test]
fn a_token_acts_for_its_user_within_its_scope_and_no_further() {
    everywhere(OPEN, |house| {
        let mut ada = house.user("ada@example.org");
        assert_eq!(insert(&mut ada, "notes", &json!({"text": "hers"})), 201);
        let mut all = bearer(house, &create(house, &[]));
        assert_eq!(text_at(&all.who(), "/user/email"), "ada@example.org");
        assert_eq!(all.get("/songs/1").status, 200);
        assert_eq!(
            insert(&mut all, "songs", &json!({"title": "by a program"})),
            201
        );
        assert_eq!(
            all.get("/notes?select=text").json(),
            json!([{"text": "hers"}])
        );
        // What she may not do it may not either.
        assert_eq!(all.get("/drafts").status, 404);

        let mut some = bearer(house, &create(house, &["--scope", "read:songs"]));
        assert_eq!(some.get("/songs/1").status, 200);
        assert_eq!(some.get("/notes").status, 404);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let request = Request::new(method, "/songs/1").json("{\"id\":1,\"title\":\"x\"}");
            assert_eq!(some.send(&request).status, 405, "{method}");
        }
        assert_eq!(some.get("/songs?select=*,notes(*)").status / 100, 4);
        let batch = json!({"requests": [{"method": "DELETE", "path": "/songs?id=eq.1", "url": "/songs?id=eq.1"}]});
        some.send(&Request::new("POST", "/-/batch").json(&batch.to_string()));
        assert_eq!(some.get("/songs/1").status, 200);

        // A scope opens nothing that no rule opens.
        let mut wide = bearer(
            house,
            &create(house, &["--scope", "read", "--scope", "update:drafts"]),
        );
        assert_eq!(wide.get("/drafts").status, 404);
        assert_eq!(wide.get("/notes").status, 200);
    });
}

#[test]
fn a_token_is_no_session() {
    everywhere(OPEN, |house| {
        let mut ada = house.user("ada@example.org");
        let session = text_at(&ada.who(), "/session/id");
        let mut program = bearer(house, &create(house, &[]));
        assert_eq!(program.who()["session"], Value::Null);
        assert_eq!(program.get("/-/sessions").json(), json!([]));
        let current = json!({"current": PASSWORD}).to_string();
        for answer in [
            program.set_password(OTHER_PASSWORD, Some(PASSWORD)),
            program.send(&Request::new("DELETE", "/-/users/me").json(&current)),
            program.delete("/-/sessions/others"),
            program.delete(&format!("/-/sessions/{session}")),
            program.remember("{\"a\":1}"),
            program.send(&Request::new("PATCH", "/-/session/data").json("{\"a\":1}")),
        ] {
            assert!(
                [401, 403, 404].contains(&answer.status),
                "{}",
                answer.text()
            );
            assert_eq!(set_cookie(&answer), None, "{}", answer.text());
        }
        program.delete("/-/sessions");
        program.delete("/-/session");
        assert_eq!(ada.kind(), "user");
        assert_eq!(insert(&mut program, "notes", &json!({"text": "x"})), 201);
        assert_eq!(program.cookie, None, "it begins no session");
        // Signing out, and another password, are about sessions.
        ada.delete("/-/sessions");
        assert_eq!(program.kind(), "user");
    });
}

#[test]
fn a_token_ends_by_itself_when_it_is_revoked_and_with_its_user() {
    everywhere(OPEN, |house| {
        let mut ada = house.user("ada@example.org");
        let mut short = bearer(house, &create(house, &["--expires", "2s"]));
        let mut long = bearer(house, &create(house, &["--expires", "30d"]));
        let mut other = bearer(house, &create(house, &["--label", "the other"]));
        for client in [&mut short, &mut long, &mut other] {
            assert_eq!(client.get("/songs/1").status, 200);
        }
        let listed = operate(house, &["token", "list"]);
        let line = listed.lines().find(|line| line.ends_with("the other"));
        let id = line
            .and_then(|line| line.split(' ').next())
            .expect("it is listed");
        operate(house, &["token", "revoke", id]);
        assert_eq!(other.get("/songs/1").status, 401, "at once");
        assert_eq!(long.get("/songs/1").status, 200);
        thread::sleep(Duration::from_millis(2500));
        assert_eq!(short.get("/songs/1").status, 401);
        assert_eq!(ada.delete("/-/users/me").status, 204);
        assert_eq!(long.get("/songs/1").status, 401);
        let left = house
            .server
            .fixture()
            .value("SELECT count(*) FROM bistro_tokens");
        assert_eq!(left, "0");
    });
}

#[test]
fn neither_the_file_nor_the_log_holds_a_token() {
    let house = House::start(Store::Database, OPEN);
    house.user("ada@example.org");
    let token = create(&house, &["--scope", "read"]);
    bearer(&house, &token).get("/songs/1");
    bearer(&house, &format!("{token}x")).get("/songs/1");
    let (_, log, fixture) = house.server.stop();
    assert!(!log.contains(&token), "{log}");
    let secret = token.strip_prefix("bistro_").expect("all begin so");
    let raw = URL_SAFE_NO_PAD.decode(&secret[..43]).expect("base64url");
    for entry in fs::read_dir(fixture.directory()).expect("it is ours") {
        let path = entry.expect("it is ours").path();
        let octets = fs::read(&path).expect("it is ours");
        for part in [secret.as_bytes(), raw.as_slice()] {
            let holds = octets.windows(part.len()).any(|window| window == part);
            assert!(!holds, "{}", path.display());
        }
    }
}

/// Asserts a refusal that says why, and that no cookie makes good.
fn assert_refused(house: &House, cookie: &str, token: &str) -> Response {
    let mut answer = None;
    for target in ["/songs/1", "/-/session", "/"] {
        let refused = bearer(house, token).showing(cookie).get(target);
        assert_eq!(refused.status, 401, "{target} {token}: {}", refused.text());
        let said = refused.field("WWW-Authenticate").unwrap_or_default();
        assert!(said.starts_with("Bearer"), "{said}");
        assert_eq!(set_cookie(&refused), None);
        answer = Some(refused);
    }
    answer.expect("there are targets")
}

#[test]
fn a_token_that_is_none_is_refused_whatever_the_cookie_says() {
    everywhere(OPEN, |house| {
        let cookie = house.user("ada@example.org").key();
        let token = create(house, &[]);
        for at in (7..token.len()).step_by(5) {
            let mut changed = token.clone();
            let other = if changed.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            changed.replace_range(at..=at, other);
            assert_refused(house, &cookie, &changed);
        }
        for changed in [
            &token[..token.len() - 1],
            &format!("{token}A"),
            "bistro_",
            "bistro_x",
            "x",
            &token["bistro_".len()..],
            &cookie,
            &token.to_uppercase(),
        ] {
            assert_refused(house, &cookie, changed);
        }
        for line in [
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Bearer \"x\"",
            &format!("Bearer {}", "x".repeat(9000)),
        ] {
            let answer = house.client().with("Authorization", line).get("/songs/1");
            assert_eq!(answer.status, 401, "{line}");
        }
        let twice = bearer(house, &token).with("Authorization", &format!("Bearer {token}"));
        assert_eq!(twice.clone().get("/songs/1").status, 401);
        // Nowhere but in its field.
        for target in [
            format!("/songs/1?access_token={token}"),
            format!("/-/session?token={token}"),
        ] {
            let answer = house.server.get(&target);
            assert!(!answer.text().contains("ada@"), "{target}");
        }
        let cookie = Request::new("GET", "/-/session").field("Cookie", &format!("{NAME}={token}"));
        assert_eq!(house.server.send(&cookie).json()["kind"], "anyone");
    });
}

#[test]
fn a_token_guards_from_no_page_that_another_site_shows() {
    // A browser never adds it by itself, so what shows it is a program; still, an unlisted page may not send it.
    in_stores(&[Store::Database], OPEN, |house| {
        house.user("ada@example.org");
        let token = create(house, &[]);
        let request = Request::new("POST", "/songs")
            .json("{\"title\":\"x\"}")
            .field("Origin", "http://evil.test");
        assert_eq!(bearer(house, &token).send(&request).status, 403);
    });
}

/// The secret of the servers that take tokens of others.
const SECRET: &str = "a secret of forty octets, for the tests.";

/// Takes tokens that are signed with the secret.
const SIGNED: Setup = Setup {
    rest: concat!(
        "\n[users]\nroles = [\"editor\"]\n[jwt]\nsecret = \"a secret of forty octets, for the tests.\"\n",
        "audience = \"shop\"\nissuer = \"https://id.example\"\n",
        "[[allow]]\non = \"songs\"\nto = \"user\"\ndo = [\"read\"]\n",
        "[[allow]]\non = \"drafts\"\nto = \"editor\"\ndo = [\"read\"]\n",
        "[[allow]]\non = \"notes\"\nto = \"visitor\"\ndo = [\"read\", \"create\"]\nowner = \"owner\"\n"
    ),
    ..OPEN
};

/// The time, in seconds since 1970.
fn now(house: &House) -> i64 {
    let now = house.server.fixture().value("unixepoch()");
    now.parse().expect("a number")
}

/// Claims that hold, with some changed or (null) left out.
fn claims(house: &House, changes: &Value) -> Value {
    let mut claims = json!({
        "sub": "grace", "exp": now(house) + 300, "aud": "shop", "iss": "https://id.example"
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    let members = claims.as_object_mut().expect("it is one");
    members.retain(|_, value| !value.is_null());
    claims
}

fn signed(claims: &Value, algorithm: Algorithm, secret: &[u8]) -> String {
    let key = EncodingKey::from_secret(secret).expect("any octets will do");
    encode(&Header::new(algorithm), claims, &key).expect("it can be signed")
}

/// A token of this head and these claims with this signature, whatever they say.
fn made_up(head: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(head), part(claims))
}

#[test]
fn the_token_of_others_says_who_asks_as_long_as_it_holds() {
    in_stores(&[Store::Database], SIGNED, |house| {
        let cookie = house.user("ada@example.org").key();
        let sign = |changes: Value| {
            signed(
                &claims(house, &changes),
                Algorithm::HS256,
                SECRET.as_bytes(),
            )
        };
        let mut grace = bearer(house, &sign(json!({})));
        assert_eq!(text_at(&grace.who(), "/id"), "grace");
        assert_eq!(grace.get("/songs/1").status, 200);
        assert_eq!(grace.get("/drafts").status, 404);
        assert_eq!(
            bearer(house, &sign(json!({"role": "editor"})))
                .get("/drafts")
                .status,
            200
        );
        for role in [
            json!("admin"),
            json!("visitor"),
            json!(["user"]),
            json!({"editor": true}),
            json!("editor,x"),
        ] {
            let token = sign(json!({"role": role}));
            assert_eq!(bearer(house, &token).get("/drafts").status, 404, "{role}");
        }
        let now = now(house);
        for changes in [
            json!({"exp": now - 300}),
            json!({"exp": null}),
            json!({"exp": "never"}),
            json!({"exp": {}}),
            json!({"nbf": now + 300}),
            json!({"aud": "other"}),
            json!({"aud": null}),
            json!({"aud": ["other"]}),
            json!({"iss": "https://evil.test"}),
            json!({"iss": null}),
            json!({"iss": ["https://id.example"]}),
            json!({"sub": null}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": ["grace"]}),
        ] {
            assert_refused(house, &cookie, &sign(changes));
        }
    });
}

#[test]
fn no_algorithm_counts_but_those_that_the_key_is_for() {
    in_stores(&[Store::Database], SIGNED, |house| {
        let cookie = house.user("ada@example.org").key();
        let claims = claims(house, &json!({"role": "editor"}));
        let right = signed(&claims, Algorithm::HS256, SECRET.as_bytes());
        assert_eq!(bearer(house, &right).get("/drafts").status, 200);
        let signature = right.rsplit('.').next().expect("it has one");
        let unsigned = right.trim_end_matches(signature);
        for token in [
            signed(&claims, Algorithm::HS384, SECRET.as_bytes()),
            signed(
                &claims,
                Algorithm::HS256,
                b"another secret of about as many octets",
            ),
            signed(&claims, Algorithm::HS256, b"\0"),
            made_up(&json!({"alg": "none"}), &claims, ""),
            made_up(&json!({"alg": "None"}), &claims, ""),
            made_up(&json!({"alg": "none"}), &claims, signature),
            made_up(&json!({"alg": ""}), &claims, ""),
            made_up(&json!({}), &claims, ""),
            made_up(&json!({"alg": "HS256"}), &claims, ""),
            made_up(&json!({"alg": "HS256"}), &claims, signature),
            made_up(
                &json!({"alg": "HS256", "kid": "../../dev/null"}),
                &claims,
                signature,
            ),
            made_up(
                &json!({"alg": "HS256", "jku": "http://evil.test/keys"}),
                &claims,
                signature,
            ),
            made_up(
                &json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}),
                &claims,
                signature,
            ),
            unsigned.to_owned(),
            unsigned.trim_end_matches('.').to_owned(),
            format!("{unsigned}{}", signature.to_lowercase()),
            format!("{right}."),
            format!("{right}.{signature}"),
            format!("{right}="),
            "..".to_owned(),
            "a.b.c".to_owned(),
        ] {
            assert_refused(house, &cookie, &token);
        }
    });
    // The public key is no secret that a token could be signed with.
    let pem = fs::read(root().join("crates/bistro-session/tests/keys/p256.public.pem"));
    let pem = pem.expect("it lies there");
    let fixture = Fixture::of(OPEN.sql.expect("there is some"));
    fs::write(fixture.directory().join("key.pem"), &pem).expect("the directory is ours");
    let setup = Setup {
        rest: "[jwt]\npem = \"key.pem\"\n[[allow]]\non = \"songs\"\nto = \"user\"\ndo = [\"read\"]\n",
        ..OPEN
    };
    let house = House::over(fixture, None, Store::Database, setup);
    let cookie = house.user("ada@example.org").key();
    let claims = claims(&house, &json!({}));
    for secret in [pem.as_slice(), pem.trim_ascii_end()] {
        assert_refused(&house, &cookie, &signed(&claims, Algorithm::HS256, secret));
    }
    assert_refused(
        &house,
        &cookie,
        &made_up(&json!({"alg": "ES256"}), &claims, &"A".repeat(86)),
    );
}

#[test]
fn a_server_that_was_told_of_no_key_believes_no_token() {
    in_stores(&[Store::Database], OPEN, |house| {
        let cookie = house.user("ada@example.org").key();
        let claims = claims(house, &json!({}));
        for token in [
            signed(&claims, Algorithm::HS256, b"\0"),
            signed(&claims, Algorithm::HS256, b"secret"),
            made_up(&json!({"alg": "none"}), &claims, ""),
        ] {
            assert_refused(house, &cookie, &token);
        }
    });
}

#[test]
fn the_operator_ends_any_session_beside_a_server_that_runs() {
    in_stores(&[Store::Database, Store::Cookie], OPEN, |house| {
        let mut one = house.user("ada@example.org");
        let mut other = house.client();
        other.enter("ada@example.org");
        let mut bob = house.user("bob@example.org");
        let id = text_at(&other.who(), "/session/id");
        let listed = operate(house, &["session", "list", "--user", "ada@example.org"]);
        assert!(
            listed.contains(&id) && !listed.contains(&one.key()),
            "{listed}"
        );
        operate(house, &["session", "revoke", &id]);
        assert_eq!((one.kind(), other.kind()), ("user".into(), "anyone".into()));
        operate(house, &["session", "revoke", "--user", "ada@example.org"]);
        assert_eq!((one.kind(), bob.kind()), ("anyone".into(), "user".into()));
    });
    // Wherever they are kept, another role or the end of an account ends them.
    everywhere(OPEN, |house| {
        let mut one = house.user("ada@example.org");
        let mut bob = house.user("bob@example.org");
        operate(house, &["user", "role", "ada@example.org", "editor"]);
        assert_eq!(one.kind(), "anyone");
        one.enter("ada@example.org");
        assert_eq!(one.get("/drafts").status, 200);
        operate(house, &["user", "role", "ada@example.org"]);
        assert_eq!(one.get("/drafts").status / 100, 4);
        one.enter("ada@example.org");
        assert_eq!(one.get("/drafts").status, 404);
        operate(house, &["user", "remove", "ada@example.org"]);
        assert_eq!((one.kind(), bob.kind()), ("anyone".into(), "user".into()));
    });
}
