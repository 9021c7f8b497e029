//! What is said of sessions, users, tokens and visitors' rows.

use std::fs;
use std::time::Duration;

use bistro_http::network::Network;
use bistro_server::settings::{
    Adopt, AdoptedRows, Conflict, JwtKey, JwtSettings, Keys, Secret, SessionSettings, Settings,
    Store, UserSettings,
};

use crate::config::tests::{check, complaint_of, read_at, songs};

/// As long as the shortest secret.
const SECRET: &str = "an example of thirty-two octets.";

fn settings(text: &str) -> Settings {
    let configuration = read_at("there/bistro.toml", text, &[]).unwrap();
    configuration.server(&songs()).unwrap()
}

#[test]
fn nothing_has_to_be_said() {
    let settings = settings("");
    assert_eq!(
        settings.session,
        SessionSettings {
            store: Store::Database,
            idle: Duration::from_hours(2),
            absolute: Duration::from_hours(30 * 24),
            renew: Duration::from_hours(24),
            fresh: Duration::from_mins(15),
            per_user: 100,
            data_bytes: 64 * 1024,
            insecure_cookies: false,
        }
    );
    assert_eq!(
        settings.users,
        UserSettings {
            sign_up: true,
            password_min: 8,
            roles: Vec::new(),
        }
    );
    assert_eq!((settings.jwt, settings.adopt), (None, Vec::new()));
    assert_eq!(
        (settings.files, settings.trusted_proxies),
        (None, Vec::new())
    );
}

#[test]
fn every_key_reaches_the_settings() {
    let settings = settings(
        r#"
        [http]
        trusted_proxies = ["10.0.0.0/8", "::1"]

        [session]
        store = "cookie"
        keys = "session.keys"
        idle = "1h"
        absolute = "7d"
        renew = "1h"
        fresh = "1m"
        per_user = 5
        data_max = "2KiB"
        insecure_cookies = true

        [users]
        sign_up = false
        password_min = 12
        roles = ["editor", "shop:admin"]

        [jwt]
        secret = "an example of sixty-four octets, which is what HS512 asks for..."
        algorithms = ["HS256", "HS512"]
        audience = ["shop", "app"]
        issuer = "https://id.example"
        role_claim = "realm_access.roles"
        "#,
    );
    let networks = ["10.0.0.0/8", "::1"].map(|text| Network::read(text).unwrap());
    assert_eq!(settings.trusted_proxies, networks);
    assert_eq!(
        settings.session,
        SessionSettings {
            store: Store::Cookie {
                keys: Keys::File("there/session.keys".into()),
            },
            idle: Duration::from_hours(1),
            absolute: Duration::from_hours(7 * 24),
            renew: Duration::from_hours(1),
            fresh: Duration::from_mins(1),
            per_user: 5,
            data_bytes: 2048,
            insecure_cookies: true,
        }
    );
    assert_eq!(
        settings.users,
        UserSettings {
            sign_up: false,
            password_min: 12,
            roles: vec!["editor".to_owned(), "shop:admin".to_owned()],
        }
    );
    let secret = "an example of sixty-four octets, which is what HS512 asks for...";
    assert_eq!(
        settings.jwt,
        Some(JwtSettings {
            key: JwtKey::Secret(Secret(secret.to_owned())),
            algorithms: vec!["HS256".to_owned(), "HS512".to_owned()],
            audience: vec!["shop".to_owned(), "app".to_owned()],
            issuer: vec!["https://id.example".to_owned()],
            role_claim: "realm_access.roles".to_owned(),
        })
    );
}

#[test]
fn other_stores_and_keys_reach_the_settings() {
    let url = "redis://:secret@localhost:6379/1";
    let redis = settings(&format!("[session]\nstore = \"{url}\""));
    assert_eq!(redis.session.store, Store::Redis(Secret(url.to_owned())));
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("bistro.toml");
    for name in ["key.pem", "keys.json"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let key = |text: &str| {
        let configuration = read_at(at.to_str().unwrap(), text, &[]).unwrap();
        let jwt = configuration.server(&songs()).unwrap().jwt.unwrap();
        (jwt.key, jwt.algorithms)
    };
    let pem = JwtKey::Pem(folder.path().join("key.pem"));
    assert_eq!(key("[jwt]\npem = \"key.pem\""), (pem, Vec::new()));
    let (jwks, algorithms) = key("[jwt]\njwks = \"keys.json\"\nalgorithms = [\"EdDSA\"]");
    assert_eq!(jwks, JwtKey::Jwks(folder.path().join("keys.json")));
    assert_eq!(algorithms, ["EdDSA"]);
    let (_, algorithms) = key(&format!("[jwt]\nsecret = \"{SECRET}\""));
    assert_eq!(algorithms, ["HS256"]);
}

#[test]
fn secrets_come_from_the_environment_as_well() {
    let variables = [
        ("BISTRO_SESSION_STORE", "cookie"),
        ("BISTRO_SESSION_KEYS", "1234"),
        ("BISTRO_JWT_SECRET", "12345678901234567890123456789012"),
    ];
    let configuration = read_at("bistro.toml", "", &variables).unwrap();
    let settings = configuration.server(&songs()).unwrap();
    let keys = Keys::Text(Secret("1234".to_owned()));
    assert_eq!(settings.session.store, Store::Cookie { keys });
    let secret = Secret("12345678901234567890123456789012".to_owned());
    assert_eq!(settings.jwt.unwrap().key, JwtKey::Secret(secret));
}

#[test]
fn no_secret_is_shown() {
    let variables = [
        ("BISTRO_SESSION_STORE", "cookie"),
        ("BISTRO_SESSION_KEYS", "geheim"),
        ("BISTRO_JWT_SECRET", "geheim"),
    ];
    let configuration = read_at("bistro.toml", "", &variables[..2]).unwrap();
    let settings = configuration.server(&songs()).unwrap();
    for shown in [
        format!("{configuration:?} {settings:?}"),
        complaint_of("", &variables),
        complaint_of("[session]\nstore = \"rediss://:geheim@localhost\"", &[]),
        complaint_of("[session]\nstore = \"http://:geheim@localhost\"", &[]),
    ] {
        assert!(!shown.contains("geheim"), "{shown}");
    }
}

#[test]
fn a_session_store_has_the_keys_it_needs_and_no_others() {
    check(
        "[session]\nstore = \"databse\"",
        "bistro.toml:2:9: unknown word `databse`; did you mean `database`?",
    );
    check(
        "[session]\nstore = \"memcached://localhost\"",
        "bistro.toml:2:9: this is not \"database\", \"cookie\", or the URL of a Redis such as \"redis://localhost:6379\"",
    );
    check(
        "[session]\nstore = \"rediss://localhost\"",
        "bistro.toml:2:9: Redis is spoken to without TLS: write `redis://`, and use a private network, a tunnel or a Unix socket",
    );
    check(
        "[session]\nstore = \"redis+unix:///run/redis.sock\"",
        "none",
    );
    check(
        "[session]\nstore = \"redis://\"",
        "bistro.toml:2:9: `redis://` does not name a host",
    );
    check(
        "[session]\nstore = \"cookie\"",
        "bistro.toml:2:9: sessions in cookies are sealed: name a file of `keys`, or set BISTRO_SESSION_KEYS",
    );
    check(
        "[session]\nkeys = \"session.keys\"",
        "bistro.toml:2:8: only `store = \"cookie\"` has keys",
    );
    check(
        "[session]\nidel = \"1h\"",
        "bistro.toml:2:1: unknown key `idel`; did you mean `idle`?",
    );
    check(
        "[session]\nper_user = 0",
        "bistro.toml:2:12: `0` is too few; the least is 1",
    );
}

#[test]
fn roles_have_names_of_their_own() {
    for (roles, complaint) in [
        (
            "[\"editor\", \"user\"]",
            "2:20: `user` is a word of its own in `to`, so it cannot be a role",
        ),
        (
            "[\"editor\", \"editor\"]",
            "2:20: `editor` stands here twice",
        ),
        (
            "[\"chief editor\"]",
            "2:10: `chief editor` is no role: it has letters, digits, `_`, `-`, `.` and `:` only",
        ),
        (
            "[\"\"]",
            "2:10: `` is no role: it has letters, digits, `_`, `-`, `.` and `:` only",
        ),
    ] {
        check(
            &format!("[users]\nroles = {roles}"),
            &format!("bistro.toml:{complaint}"),
        );
    }
    check("[users]\nroles = [\"요리사\"]", "none");
    check(
        "[users]\npassword_min = 65",
        "bistro.toml:2:16: `65` is too many; the most is 64",
    );
}

#[test]
fn a_token_is_checked_with_one_key_that_fits_its_algorithms() {
    let secret = format!("secret = \"{SECRET}\"");
    check(
        "\n[jwt]\naudience = \"shop\"",
        "bistro.toml:2:1: tokens are checked with one of `secret`, `pem` and `jwks`",
    );
    check(
        &format!("[jwt]\n{secret}\npem = \"key.pem\""),
        "bistro.toml:1:1: tokens are checked with one of `secret`, `pem` and `jwks`",
    );
    check(
        "[jwt]\nsecret = \"short\"",
        "bistro.toml:2:10: the secret has 5 octets; the least is 32, or it can be guessed",
    );
    check(
        &format!("[jwt]\n{secret}\nalgorithms = [\"HS256\", \"HS384\"]"),
        "bistro.toml:2:10: the secret has 32 octets; the least is 48, or it can be guessed",
    );
    check(
        &format!("[jwt]\n{secret}\nalgorithms = [\"HS256\", \"RS256\"]"),
        "bistro.toml:3:24: `RS256` takes a public key, not a secret",
    );
    check(
        &format!("[jwt]\n{secret}\nalgorithms = [\"none\"]"),
        "bistro.toml:3:15: unknown word `none`; valid here: HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA",
    );
    check(
        "[jwt]\npem = \"nowhere.pem\"",
        "bistro.toml:2:7: there is no file `nowhere.pem`",
    );
    check(
        &format!("[jwt]\n{secret}\nrole_claim = \"a..b\""),
        "bistro.toml:3:14: `a..b` is no path to a claim, such as \"realm_access.roles\"",
    );
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("bistro.toml");
    fs::write(folder.path().join("key.pem"), "").unwrap();
    let text = "[jwt]\npem = \"key.pem\"\nalgorithms = [\"HS256\"]";
    let configuration = read_at(at.to_str().unwrap(), text, &[]).unwrap();
    let error = configuration.server(&songs()).unwrap_err().to_string();
    assert!(
        error.ends_with("bistro.toml:3:15: `HS256` takes a secret, not a public key"),
        "{error}"
    );
}

#[test]
fn only_rows_that_are_there_are_adopted_and_in_one_way() {
    check(
        "[adopt.songz]",
        "bistro.toml:1:8: there is no table or view `songz`; did you mean `songs`?",
    );
    check(
        "[adopt.hits]",
        "bistro.toml:1:8: `hits` is a view; rows are adopted in the tables they are kept in",
    );
    check(
        "[adopt.songs]\nrows = \"copy\"",
        "bistro.toml:2:8: unknown word `copy`; valid here: move, drop",
    );
    check(
        "[adopt.songs]\nrows = \"drop\"\nconflict = \"keep\"",
        "bistro.toml:3:12: rows that are dropped meet no others",
    );
    check(
        "[adopt.songs]\nconflict = \"sum\"",
        "bistro.toml:2:12: `columns` says which numbers to add",
    );
    check(
        "[adopt.songs]\nconflict = \"sum\"\ncolumns = []",
        "bistro.toml:2:12: `columns` says which numbers to add",
    );
    check(
        "[adopt.songs]\ncolumns = [\"id\"]",
        "bistro.toml:2:11: only `conflict = \"sum\"` has columns, those to add",
    );
    check(
        "[adopt.songs]\nconflict = \"sum\"\ncolumns = [\"id\", \"ownerid\"]",
        "bistro.toml:3:18: `songs` has no column `ownerid`; did you mean `owner_id`?",
    );
    assert_eq!(
        settings("[adopt.songs]\nconflict = \"sum\"\ncolumns = [\"id\"]").adopt,
        [Adopt {
            table: "songs".to_owned(),
            rows: AdoptedRows::Move,
            conflict: Conflict::Sum,
            columns: vec!["id".to_owned()],
        }]
    );
    check("[adopt.songs]\nrows = \"drop\"", "none");
    check("[adopt.songs]\nconflict = \"replace\"", "none");
}

#[test]
fn proxies_are_networks_and_files_lie_in_folders() {
    for (network, complaint) in [
        ("10.0.0.0/8", None),
        ("::1", None),
        ("proxy.example", Some("does not begin with an IP address")),
        ("10.1.0.0/8", Some("write `10.0.0.0/8` for the network")),
        ("10.0.0.0/33", Some("a number of bits from 0 to 32")),
        ("fd00::/129", Some("a number of bits from 0 to 128")),
        ("10.0.0.0/", Some("a number of bits from 0 to 32")),
    ] {
        let found = complaint_of(&format!("[http]\ntrusted_proxies = [\"{network}\"]"), &[]);
        match complaint {
            None => assert_eq!(found, "none"),
            Some(words) => {
                assert!(found.starts_with("bistro.toml:2:20: "), "{found}");
                assert!(found.contains(words), "{found}");
            }
        }
    }
    check(
        "[http]\nstatic = \"nowhere\"",
        "bistro.toml:2:10: there is no folder `nowhere`",
    );
    assert_eq!(
        settings("[http]\nstatic = \"/\"").files.as_deref(),
        Some("/".as_ref())
    );
}
