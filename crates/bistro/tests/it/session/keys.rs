//! The keys of sessions: they are random, only their hashes are kept, and each change of rights changes them.

use std::collections::BTreeSet;
use std::fs;

use crate::http::Request;
use crate::session::cookie::decoded;
use crate::session::{
    Client, House, OTHER_PASSWORD, PASSWORD, SETUP, Store, everywhere, set_cookie, text_at,
    value_of,
};

/// Keys that are looked at.
const KEYS: usize = 1000;

/// The keys of so many sessions that begin at clients of many addresses.
fn begun(house: &House) -> Vec<String> {
    let mut connection = house.server.connect();
    let mut keys = Vec::new();
    for at in 0..KEYS {
        let request = Request::new("PUT", "/-/session/data")
            .json("{}")
            .field("X-Forwarded-For", &format!("10.0.0.{}", at / 20));
        let answer = connection.send(&request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let line = set_cookie(&answer).expect("it begins");
        keys.push(value_of(line).to_owned());
    }
    keys
}

#[test]
fn keys_are_random_and_never_the_same() {
    everywhere(SETUP, |house| {
        let keys = begun(house);
        let distinct: BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), KEYS);
        let lengths: BTreeSet<_> = keys.iter().map(String::len).collect();
        assert_eq!(lengths.len(), 1, "{lengths:?}");
        let mut counts = [0_u32; 256];
        let mut total = 0_u32;
        for key in &keys {
            let octets = decoded(key);
            assert!(octets.len() >= 16, "{key}");
            for octet in octets {
                counts[usize::from(octet)] += 1;
                total += 1;
            }
        }
        // With 255 degrees of freedom the sum is beyond 400 once in 10⁸ runs.
        let expected = f64::from(total) / 256.0;
        let sum: f64 = counts
            .iter()
            .map(|count| (f64::from(*count) - expected).powi(2) / expected)
            .sum();
        assert!(sum < 400.0, "{sum}");
    });
}

/// All that lies in a directory, as octets.
fn contents(directory: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(directory).expect("the directory is ours");
    let mut contents = Vec::new();
    for entry in entries {
        let path = entry.expect("the directory is ours").path();
        if path.is_file() && path.file_name().is_some_and(|name| name != "keys") {
            let octets = fs::read(&path).expect("the file is ours");
            contents.push((path.display().to_string(), octets));
        }
    }
    contents
}

#[test]
fn neither_files_nor_redis_nor_the_log_hold_a_key_or_a_password() {
    for store in [Store::Database, Store::Cookie, Store::Redis] {
        let house = House::start(store, SETUP);
        let mut visitor = house.visitor();
        let mut user = house.user("ada@example.org");
        let mut keys = vec![visitor.key(), user.key()];
        assert_eq!(
            user.set_password(OTHER_PASSWORD, Some(PASSWORD)).status,
            204
        );
        keys.push(user.key());
        visitor.sign_in("ada@example.org", OTHER_PASSWORD);
        keys.push(visitor.key());
        visitor.sign_in("ada@example.org", "a wrong password");
        // What is refused is told, too.
        for key in &keys {
            let mut client = house.client().showing(key);
            client.get("/-/nowhere");
            client.remember("{");
            let mut damaged = house.client().showing(&format!("{key}x"));
            damaged.get("/-/session");
        }
        let mut kept = contents(house.server.fixture().directory());
        assert!(kept.len() > 1, "{kept:?}");
        if let Some(redis) = &house.redis {
            let all = super::stores::ask(redis, &["EVAL", EVERYTHING, "0"]);
            assert!(all.contains("bistro:session:"), "{all}");
            kept.push(("Redis".to_owned(), all.into_bytes()));
        }
        let printed = house.server.printed();
        let (_, log, fixture) = house.server.stop();
        kept.push(("the log".to_owned(), format!("{printed}{log}").into_bytes()));
        kept.extend(contents(fixture.directory()));
        for (place, octets) in kept {
            let holds = |part: &[u8]| octets.windows(part.len()).any(|window| window == part);
            for key in &keys {
                assert!(!holds(key.as_bytes()), "{store:?}: {place} holds a key");
                assert!(!holds(&decoded(key)), "{store:?}: {place} holds a key");
                let beginning = key.get(..16).expect("it is longer");
                assert!(!holds(beginning.as_bytes()), "{store:?}: {place}");
            }
            for password in [PASSWORD, OTHER_PASSWORD, "a wrong password"] {
                assert!(!holds(password.as_bytes()), "{store:?}: {place}");
            }
        }
    }
}

/// A script for Redis: every key and all that is under it.
const EVERYTHING: &str = "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do all[#all + 1] = key \
    local kind = redis.call('TYPE', key).ok \
    local found = kind == 'hash' and redis.call('HGETALL', key) or kind == 'set' and redis.call('SMEMBERS', key) \
    or kind == 'zset' and redis.call('ZRANGE', key, 0, -1) or {redis.call('GET', key)} \
    for _, value in ipairs(found) do all[#all + 1] = value end end return all";

#[test]
fn passwords_are_kept_as_argon2id_hashes() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let kept = house
            .server
            .fixture()
            .value("SELECT password FROM bistro_users");
        assert!(kept.starts_with("$argon2id$v=19$"), "{kept}");
    });
}

#[test]
fn each_change_of_rights_changes_the_key_and_the_old_one_is_dead_at_once() {
    everywhere(SETUP, |house| {
        let is_dead = |key: &str| house.client().showing(key).kind() == "anyone";
        let mut client = house.visitor();
        let mut last = client.key();
        let mut changed = |client: &Client<'_>, what: &str| {
            assert_ne!(client.key(), last, "{what}");
            assert!(is_dead(&last), "{what}: the old key");
            last = client.key();
        };
        assert_eq!(client.sign_up("ada@example.org", PASSWORD).status, 201);
        changed(&client, "signing up");
        client.enter("ada@example.org");
        changed(&client, "signing in again");
        assert_eq!(
            client.set_password(OTHER_PASSWORD, Some(PASSWORD)).status,
            204
        );
        changed(&client, "another password");
        assert_eq!(client.kind(), "user");
        assert_eq!(client.delete("/-/session").status, 204);
        assert_eq!(client.cookie, None);
        assert!(is_dead(&last), "signing out");
        let mut client = house.visitor();
        let visitor = client.key();
        assert_eq!(
            client.sign_in("ada@example.org", OTHER_PASSWORD).status,
            200
        );
        assert_ne!(client.key(), visitor);
        assert!(is_dead(&visitor), "signing in");
    });
}

#[test]
fn a_key_of_somebody_elses_making_is_never_taken_over() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let own = house.visitor().key();
        let like_ours = "A".repeat(own.len());
        let long = "A".repeat(5000);
        for planted in [
            "attacker",
            "x",
            like_ours.as_str(),
            long.as_str(),
            "\"\"",
            "%00",
            "../../etc",
        ] {
            let mut client = house.client().showing(planted);
            assert_eq!(client.kind(), "anyone", "{planted}");
            let mut client = house.client().showing(planted);
            assert_eq!(client.remember("{\"a\":1}").status, 200, "{planted}");
            assert_ne!(client.key(), planted);
            let mut client = house.client().showing(planted);
            client.enter("ada@example.org");
            assert_ne!(client.key(), planted);
            assert_eq!(
                house.client().showing(planted).kind(),
                "anyone",
                "{planted}"
            );
        }
    });
}

#[test]
fn who_plants_a_session_does_not_share_it_after_signing_in() {
    everywhere(SETUP, |house| {
        house.user("victim@example.org");
        let planted = house.visitor();
        let mut victim = planted.clone();
        victim.enter("victim@example.org");
        let mut attacker = planted.clone();
        assert_eq!(attacker.kind(), "anyone");
        // Nor does it come to life again by being used.
        let mut attacker = planted;
        assert_eq!(attacker.remember("{\"b\":1}").status, 200);
        assert_eq!(attacker.kind(), "visitor");
        assert_eq!(text_at(&victim.who(), "/user/email"), "victim@example.org");
    });
}

#[test]
fn names_of_sessions_open_nothing() {
    everywhere(SETUP, |house| {
        let mut client = house.user("ada@example.org");
        let who = client.who();
        for pointer in ["/session/id", "/id"] {
            let name = text_at(&who, pointer);
            assert_eq!(house.client().showing(&name).kind(), "anyone", "{pointer}");
        }
        // What is kept of a session opens nothing either.
        if house.store == Store::Database {
            let hash = house
                .server
                .fixture()
                .value("SELECT lower(hex(hash)) FROM bistro_sessions");
            assert_eq!(house.client().showing(&hash).kind(), "anyone");
        }
    });
}
