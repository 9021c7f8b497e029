//! Cookies that hold a session sealed, and what somebody does with them who has no key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::fixture::Fixture;
use crate::http::{Connection, Request};
use crate::random::Random;
use crate::server::{Server, bistro, run};
use crate::session::stores::write_private;
use crate::session::{
    Client, House, NAME, OTHER_PASSWORD, PASSWORD, SETUP, Setup, Store, everywhere, in_stores,
    serve, set_cookie, text_at,
};

/// Two keys, as a file has them.
const KEYS: [&str; 2] = [
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
];

/// Asserts that a cookie is nobody's, at the session and anywhere else.
fn assert_nobodys(connection: &mut Connection, cookie: &str) {
    let field = format!("{NAME}={cookie}");
    let answer = connection.send(&Request::new("GET", "/-/session").field("Cookie", &field));
    assert_eq!(answer.status, 200, "{cookie}");
    assert_eq!(text_at(&answer.json(), "/kind"), "anyone", "{cookie}");
    let deletion = set_cookie(&answer).unwrap_or_default();
    assert!(deletion.contains("Max-Age=0"), "{cookie}: {deletion}");
    let answer = connection.send(&Request::new("GET", "/songs/1").field("Cookie", &field));
    assert_eq!(
        (answer.status, set_cookie(&answer)),
        (200, None),
        "{cookie}"
    );
}

#[test]
fn whichever_character_is_changed_the_cookie_is_nobodys() {
    everywhere(SETUP, |house| {
        let mut connection = house.server.connect();
        for cookie in [house.visitor().key(), house.user("ada@example.org").key()] {
            for at in 0..cookie.len() {
                for other in ["A", "_", "!"] {
                    let mut changed = cookie.clone();
                    changed.replace_range(at..=at, other);
                    if changed != cookie {
                        assert_nobodys(&mut connection, &changed);
                    }
                }
            }
            // The last character has bits that stand for nothing.
            let (rest, last) = cookie.split_at(cookie.len() - 1);
            for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars()
            {
                if last != other.to_string() {
                    assert_nobodys(&mut connection, &format!("{rest}{other}"));
                }
            }
            assert_ne!(house.client().showing(&cookie).kind(), "anyone");
        }
    });
}

#[test]
fn a_cookie_that_is_shorter_longer_or_doubled_is_nobodys() {
    everywhere(SETUP, |house| {
        let mut connection = house.server.connect();
        let cookie = house.user("ada@example.org").key();
        for length in 0..cookie.len() {
            assert_nobodys(&mut connection, cookie.get(..length).expect("ASCII"));
            assert_nobodys(&mut connection, cookie.get(length + 1..).expect("ASCII"));
        }
        for changed in [
            format!("{cookie}A"),
            format!("{cookie}="),
            format!("{cookie}=="),
            format!("A{cookie}"),
            format!("{cookie}{cookie}"),
            cookie.chars().rev().collect(),
            cookie.to_lowercase(),
            cookie.replace(['-', '_'], "+"),
            "A".repeat(4096),
            "A".repeat(20_000),
        ] {
            if changed != cookie {
                assert_nobodys(&mut connection, &changed);
            }
        }
        assert_eq!(house.client().showing(&cookie).kind(), "user");
    });
}

#[test]
fn rubbish_for_a_cookie_is_nobodys() {
    everywhere(SETUP, |house| {
        let mut connection = house.server.connect();
        let length = house.visitor().key().len();
        let mut random = Random::new(7);
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for _ in 0..200 {
            let text: String = (0..length)
                .map(|_| char::from(random.pick(alphabet)))
                .collect();
            assert_nobodys(&mut connection, &text);
        }
    });
}

#[test]
fn what_was_sealed_cannot_be_put_together_anew() {
    in_stores(&[Store::Cookie], SETUP, |house| {
        let (one, other) = (house.visitor().key(), house.user("ada@example.org").key());
        let mut connection = house.server.connect();
        for at in (1..one.len()).step_by(7) {
            let (head, tail) = (&one[..at], other.get(at..).unwrap_or_default());
            let mixed = format!("{head}{tail}");
            // Both may begin alike, by chance.
            if mixed != one && mixed != other {
                assert_nobodys(&mut connection, &mixed);
            }
        }
        // What was sealed for a cookie without the prefix is no cookie with it.
        let keys = house.server.fixture().directory().join("keys");
        let fixture = Fixture::copy("fixture.sql");
        fs::copy(keys, fixture.directory().join("keys")).expect("it is there");
        let setup = Setup {
            session: "insecure_cookies = true",
            ..SETUP
        };
        let insecure = House::over(fixture, None, Store::Cookie, setup);
        let begin = Request::new("PUT", "/-/session/data").json("{}");
        let answer = insecure.server.send(&begin);
        let line = answer.field("Set-Cookie").expect("it is set");
        let value = line
            .strip_prefix("sid=")
            .and_then(|rest| rest.split(';').next());
        let value = value.expect("a value");
        assert_nobodys(&mut connection, value);
        let moved = Request::new("GET", "/-/session").field("Cookie", &format!("sid={one}"));
        let answer = insecure.server.send(&moved);
        assert_eq!(text_at(&answer.json(), "/kind"), "anyone");
    });
}

#[test]
fn a_cookie_of_another_store_or_another_servers_keys_is_nobodys() {
    let houses = [Store::Database, Store::Cookie, Store::Redis, Store::Cookie]
        .map(|store| House::start(store, SETUP));
    let cookies: Vec<String> = houses.iter().map(|house| house.visitor().key()).collect();
    for (at, house) in houses.iter().enumerate() {
        let mut connection = house.server.connect();
        for (other, cookie) in cookies.iter().enumerate() {
            if at != other {
                assert_nobodys(&mut connection, cookie);
            }
        }
    }
}

#[test]
fn a_sealed_session_is_noise_and_as_long_as_what_it_holds() {
    in_stores(&[Store::Cookie], SETUP, |house| {
        let length = |text: &str| {
            let mut client = house.client();
            let answer = client.remember(&json!({"a": text}).to_string());
            assert_eq!(answer.status, 200);
            client.key().len()
        };
        // Were it compressed, its length would tell how alike its parts are.
        let mut random = Random::new(3);
        let letters: String = (0..1000)
            .map(|_| char::from(random.pick(b"abcdefghijklmnopqrstuvwxyz")))
            .collect();
        assert_eq!(length(&"a".repeat(1000)), length(&letters));
        // The same is never sealed twice in the same way.
        let mut client = house.visitor();
        let first = client.key();
        client.remember("{\"a\":1}");
        let second = client.key();
        let same = first
            .bytes()
            .zip(second.bytes())
            .filter(|(one, other)| one == other);
        assert!(same.count() < first.len() / 4, "{first}\n{second}");
    });
}

/// A server over the same database whose file of keys has this text.
fn keyed(fixture: Fixture, text: &str) -> House {
    write_private(&fixture.directory().join("keys"), text);
    House::over(fixture, None, Store::Cookie, SETUP)
}

fn stopped(house: House) -> Fixture {
    let (status, _, fixture) = house.server.stop();
    assert!(status.success());
    fixture
}

#[test]
fn keys_are_changed_without_anybody_having_to_sign_in_again() {
    let [first, second] = KEYS;
    let house = keyed(Fixture::copy("fixture.sql"), &format!("{first}\n"));
    let (visitor, user) = (house.visitor().key(), house.user("ada@example.org").key());
    let idle = house.visitor().key();

    let house = keyed(stopped(house), &format!("{second}\n{first}\n"));
    // Many at the same time: none of them is lost.
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                for key in [&visitor, &user] {
                    for _ in 0..5 {
                        let mut client = house.client().showing(key);
                        assert_ne!(client.kind(), "anyone");
                        assert_ne!(&client.key(), key, "it is sealed anew");
                    }
                }
            });
        }
    });
    let renew = |key: &str| {
        let mut client = house.client().showing(key);
        assert_eq!(client.get("/songs/1").status, 200);
        client.key()
    };
    let (visitor, user) = (renew(&visitor), renew(&user));
    let mut client = house.client().showing(&visitor);
    assert_eq!(client.kind(), "visitor");
    assert_eq!(client.key(), visitor, "once is enough");

    let house = keyed(stopped(house), &format!("{second}\n"));
    let mut client = house.client().showing(&visitor);
    assert_eq!(
        (client.kind(), client.data()),
        ("visitor".into(), json!({"a": 1}))
    );
    let mut client = house.client().showing(&user);
    assert_eq!(text_at(&client.who(), "/user/email"), "ada@example.org");
    assert_nobodys(&mut house.server.connect(), &idle);
}

#[test]
fn keys_come_from_a_file_of_its_owner_alone_or_the_environment() {
    // One is made where there is none.
    let house = House::start(Store::Cookie, SETUP);
    let path = house.server.fixture().directory().join("keys");
    let mode = fs::metadata(&path)
        .expect("it was made")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&path).expect("it is ours");
    let key = text
        .lines()
        .find(|line| !line.starts_with('#'))
        .expect("a key");
    assert!(key.len() >= 43, "{key}");
    let other = House::start(Store::Cookie, SETUP);
    let others = other.server.fixture().directory().join("keys");
    assert_ne!(fs::read_to_string(others).expect("it is ours"), text);
    house.visitor();
    let fixture = stopped(house);
    let holds = |octets: &[u8]| {
        octets
            .windows(key.len())
            .any(|window| window == key.as_bytes())
    };
    assert!(!holds(&fs::read(fixture.path()).expect("it is there")));

    let start = |prepare: &dyn Fn()| {
        prepare();
        run(&mut serve(&fixture, &[]))
    };
    let readable = || {
        let mode = fs::Permissions::from_mode(0o644);
        fs::set_permissions(&path, mode).expect("the file is ours");
    };
    let (code, _, words) = start(&readable);
    assert!(code != 0 && words.contains("chmod 600"), "{words}");
    for text in [
        "",
        "# none\n",
        "short\n",
        "AAAA\n",
        &format!("{key}\n{key}\n"),
    ] {
        let (code, _, words) = start(&|| write_private(&path, text));
        assert!(code != 0, "{text:?}");
        assert!(text.len() < 9 || !words.contains(text.trim()), "{words}");
    }
    let without = "[http]\nlisten = \"127.0.0.1:0\"\n[session]\nstore = \"cookie\"\n";
    let toml = fixture.directory().join("bistro.toml");
    let (code, _, words) = start(&|| fs::write(&toml, without).expect("the directory is ours"));
    assert!(
        code != 0 && words.contains("keys"),
        "there is no default: {words}"
    );

    let mut command = serve(&fixture, &[]);
    command.env("BISTRO_SESSION_KEYS", KEYS[0]);
    let house = House {
        server: Server::spawn(command, fixture),
        redis: None,
        store: Store::Cookie,
        setup: SETUP,
    };
    assert_eq!(house.visitor().kind(), "visitor");
}

#[test]
fn nobody_is_told_why_a_cookie_does_not_open() {
    in_stores(&[Store::Cookie], SETUP, |house| {
        let cookie = house.user("ada@example.org").key();
        let foreign = House::start(Store::Cookie, SETUP).visitor().key();
        let mut ended = house.visitor();
        let ended_key = ended.key();
        ended.delete("/-/session");
        let mut connection = house.server.connect();
        let mut answers = Vec::new();
        for shown in [
            "rubbish",
            &foreign,
            &ended_key,
            &cookie[..cookie.len() - 1],
            &format!("B{}", &cookie[1..]),
        ] {
            let request =
                Request::new("GET", "/-/session").field("Cookie", &format!("{NAME}={shown}"));
            let answer = connection.send(&request);
            let fields = answer.fields.iter().filter(|(name, _)| name != "date");
            answers.push((
                answer.status,
                fields.cloned().collect::<Vec<_>>(),
                answer.body.clone(),
            ));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
    });
}

#[test]
fn an_old_copy_shows_what_was_then_and_ends_with_the_session() {
    in_stores(&[Store::Cookie], SETUP, |house| {
        let mut client = house.user("ada@example.org");
        client.remember("{\"n\":1}");
        let mut copy = client.clone();
        client.remember("{\"n\":2}");
        assert_eq!(client.data(), json!({"n": 2}));
        assert_eq!(copy.data(), json!({"n": 1}), "as the documentation warns");
        let copies = [client.clone(), copy.clone()];
        client.set_password(OTHER_PASSWORD, Some(PASSWORD));
        for mut copy in copies {
            assert_eq!(copy.kind(), "anyone", "another password ends every copy");
        }
        copy = client.clone();
        client.delete("/-/session");
        assert_eq!(copy.kind(), "anyone");
        let visitor = house.visitor();
        let mut older = visitor.clone();
        let mut newer: Client<'_> = visitor;
        newer.remember("{\"n\":3}");
        newer.delete("/-/session");
        assert_eq!(older.kind(), "anyone", "a visitor's older copy, too");
    });
}

#[test]
fn a_setting_of_keys_is_read_from_no_database() {
    // Keys beside the data would go wherever a copy of it goes.
    let fixture = Fixture::copy("fixture.sql");
    let database = fixture.path();
    let mut command = bistro(fixture.directory());
    command.arg("serve").arg(&database);
    let text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[session]\nstore = \"cookie\"\nkeys = \"{}\"\n",
        database.display()
    );
    fs::write(fixture.directory().join("bistro.toml"), text).expect("the directory is ours");
    let (code, _, words) = run(&mut command);
    assert!(code != 0, "{words}");
}

#[test]
fn the_log_is_told_once_that_a_seal_does_not_open() {
    in_stores(&[Store::Cookie], SETUP, |house| {
        for _ in 0..3 {
            let made_up = "A".repeat(200);
            assert_eq!(house.client().showing(&made_up).kind(), "anyone");
            let told = house.server.logged("a sealed session could not be opened");
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(!told[0].contains(&made_up));
        }
    });
}
