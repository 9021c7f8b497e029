//! Where sessions are kept: in the database, with the client, in Redis.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::{Map, Value, json};

use crate::fixture::Fixture;
use crate::http::Request;
use crate::redis::RedisServer;
use crate::server::until;
use crate::session::{
    Client, House, PASSWORD, SETUP, Setup, Store, credentials, everywhere, in_stores, serve,
    set_cookie, text_at,
};

/// What a Redis answers to a command.
pub(super) fn ask(redis: &RedisServer, words: &[&str]) -> String {
    let output = Command::new("redis-cli")
        .args(["-u", &redis.url("")])
        .args(words)
        .output()
        .expect(
            "`redis-cli` is needed: install Debian's package `redis-server`, or run scripts/test",
        );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Changes one member of what the session remembers.
fn patch(client: &mut Client<'_>, name: &str, value: usize) -> u16 {
    let patch = json!({name: value}).to_string();
    let request = Request::new("PATCH", "/-/session/data")
        .field("Content-Type", "application/merge-patch+json")
        .body(patch);
    client.send(&request).status
}

#[test]
fn changes_of_different_members_at_the_same_time_all_survive() {
    in_stores(&[Store::Database, Store::Redis], SETUP, |house| {
        for client in [house.visitor(), house.user("ada@example.org")] {
            thread::scope(|scope| {
                for writer in 0..8 {
                    let mut client = client.clone();
                    scope.spawn(move || {
                        for at in 0..10 {
                            let name = format!("w{writer}-{at}");
                            assert_eq!(patch(&mut client, &name, at), 200);
                        }
                    });
                }
            });
            let data = client.clone().data();
            let members = data.as_object().map(Map::len).unwrap_or_default();
            let before = usize::from(data.get("a").is_some());
            assert_eq!(members - before, 80, "{data}");
        }
    });
}

#[test]
fn what_is_remembered_while_somebody_signs_in_is_not_lost() {
    in_stores(&[Store::Database, Store::Redis], SETUP, |house| {
        house.user("ada@example.org");
        for _ in 0..8 {
            let visitor = house.visitor();
            let mut entering = visitor.clone();
            let remembered: Vec<String> = thread::scope(|scope| {
                let writers: Vec<_> = (0..4)
                    .map(|writer| {
                        let visitor = visitor.clone();
                        scope.spawn(move || {
                            let mut remembered = Vec::new();
                            for at in 0..40 {
                                let name = format!("w{writer}-{at}");
                                let mut client = visitor.clone();
                                let status = patch(&mut client, &name, at);
                                // Once it has ended another one begins, or it is said that it has.
                                if status != 200 || client.key() != visitor.key() {
                                    break;
                                }
                                remembered.push(name);
                            }
                            remembered
                        })
                    })
                    .collect();
                entering.enter("ada@example.org");
                let writers = writers.into_iter();
                writers
                    .flat_map(|writer| writer.join().expect("it did not panic"))
                    .collect()
            });
            let data = entering.data();
            for name in &remembered {
                assert!(data.get(name).is_some(), "{name} of {}", remembered.len());
            }
        }
    });
}

#[test]
fn of_a_sealed_session_the_last_cookie_counts_and_is_whole() {
    in_stores(&[Store::Cookie], SETUP, |house| {
        let client = house.visitor();
        let answers: Vec<Client<'_>> = thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    let mut client = client.clone();
                    scope.spawn(move || {
                        assert_eq!(patch(&mut client, &format!("w{writer}"), writer), 200);
                        client
                    })
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().expect("it did not panic"))
                .collect()
        });
        for (writer, mut client) in answers.into_iter().enumerate() {
            let expected = json!({"a": 1, format!("w{writer}"): writer});
            assert_eq!(client.data(), expected);
        }
    });
}

#[test]
fn a_change_can_be_bound_to_what_was_seen() {
    everywhere(SETUP, |house| {
        let mut client = house.visitor();
        let tag = |client: &mut Client<'_>| {
            let answer = client.get("/-/session/data");
            answer.field("ETag").expect("it has one").to_owned()
        };
        let put = |tag: &str, body: &str| {
            Request::new("PUT", "/-/session/data")
                .json(body)
                .field("If-Match", tag)
        };
        let seen = tag(&mut client);
        assert_eq!(client.send(&put(&seen, "{\"a\":2}")).status, 200);
        assert_eq!(client.send(&put(&seen, "{\"a\":3}")).status, 412);
        assert_eq!(client.data(), json!({"a": 2}));
        let seen = tag(&mut client);
        let same = Request::new("GET", "/-/session/data").field("If-None-Match", &seen);
        let answer = client.send(&same);
        assert_eq!((answer.status, set_cookie(&answer)), (304, None));
    });
}

#[test]
fn a_session_is_there_after_the_server_was_killed() {
    for store in [Store::Database, Store::Cookie, Store::Redis] {
        let house = House::start(store, SETUP);
        let (mut visitor, mut user) = (house.visitor(), house.user("ada@example.org"));
        let mut gone = house.user("bob@example.org");
        let dead = gone.key();
        assert_eq!(gone.delete("/-/session").status, 204);
        for at in 0..20 {
            assert_eq!(patch(&mut visitor, "n", at), 200);
        }
        assert_eq!(patch(&mut user, "n", 7), 200);
        let (visitor, user) = (visitor.key(), user.key());
        let house = house.cut();
        let mut client = house.client().showing(&visitor);
        assert_eq!(client.kind(), "visitor", "{store:?}");
        assert_eq!(client.data(), json!({"a": 1, "n": 19}));
        let mut client = house.client().showing(&user);
        assert_eq!(text_at(&client.who(), "/user/email"), "ada@example.org");
        assert_eq!(client.data(), json!({"n": 7}));
        let mut client = house.client().showing(&dead);
        assert_eq!(
            client.kind(),
            "anyone",
            "{store:?}: what has ended stays so"
        );
    }
}

#[test]
fn of_two_servers_each_sees_at_once_what_the_other_ended() {
    everywhere(SETUP, |house| {
        let twin = house.twin();
        let elsewhere = |client: &Client<'_>| Client {
            house: &twin,
            ..client.clone()
        };
        let mut user = house.user("ada@example.org");
        for round in 0..10 {
            let mut other = elsewhere(&user);
            // Often enough for every core to have seen the session.
            for _ in 0..8 {
                assert_eq!(other.kind(), "user", "{round}");
            }
            assert_eq!(user.delete("/-/session").status, 204);
            assert_eq!(other.kind(), "anyone", "{round}");
            user.enter("ada@example.org");
        }
        // Data that one changes the other shows.
        if house.store != Store::Cookie {
            for round in 0..10 {
                assert_eq!(patch(&mut user, "n", round), 200);
                assert_eq!(elsewhere(&user).data(), json!({"n": round}));
            }
        }
        // A visitor who has signed in at one is nobody any more at the other.
        let visitor = house.visitor();
        let mut other = elsewhere(&visitor);
        assert_eq!(other.kind(), "visitor");
        let mut entering = visitor.clone();
        entering.enter("ada@example.org");
        assert_eq!(other.kind(), "anyone");
        assert_eq!(elsewhere(&entering).kind(), "user");
    });
}

#[test]
fn while_redis_is_away_sessions_are_503_and_the_rest_goes_on() {
    let mut house = House::start(Store::Redis, SETUP);
    let key = house.user("ada@example.org").key();
    let redis = house.redis.as_mut().expect("it was started");
    redis.stop();
    let mut client = house.client().showing(&key);
    for answer in [
        client.get("/-/session"),
        client.get("/songs/1"),
        client.remember("{}"),
    ] {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.field("Retry-After").is_some());
        assert_eq!(set_cookie(&answer), None, "a session is not lost by that");
        let text = answer.text();
        assert!(
            !text.contains("redis") && !text.contains("127.0.0.1"),
            "{text}"
        );
    }
    assert_eq!(house.server.get("/songs/1").status, 200);
    assert_eq!(house.client().kind(), "anyone");
    house.server.logged("Redis");
    house.redis.as_mut().expect("it was started").start_again();
    // What it kept in memory alone is gone; nothing has to be started again.
    let mut client = house.client();
    until("Redis is there again", || {
        client.sign_in("ada@example.org", PASSWORD).status == 200
    });
    assert_eq!(client.kind(), "user");
}

#[test]
fn redis_is_found_by_its_socket_and_does_not_keep_what_is_over() {
    let redis = RedisServer::start();
    let fixture = Fixture::copy("fixture.sql");
    let url = format!("redis+unix://{}", redis.socket().display());
    let text =
        format!("[http]\nlisten = \"127.0.0.1:0\"\n[session]\nstore = \"{url}\"\nidle = \"2s\"\n");
    fs::write(fixture.directory().join("bistro.toml"), text).expect("the directory is ours");
    let house = House {
        server: crate::server::Server::spawn(serve(&fixture, &[]), fixture),
        redis: None,
        store: Store::Redis,
        setup: SETUP,
    };
    let mut client = house.visitor();
    assert_eq!(client.kind(), "visitor");
    assert_eq!(ask(&redis, &["DBSIZE"]), "1");
    until("Redis has forgotten it", || ask(&redis, &["DBSIZE"]) == "0");
    assert_eq!(client.kind(), "anyone");
}

#[test]
fn a_wrong_password_of_redis_is_told_to_the_operator_alone() {
    let redis = RedisServer::start_with(&["--requirepass", "of-redis"]);
    let fixture = Fixture::copy("fixture.sql");
    let text = format!(
        "[http]\nlisten = \"127.0.0.1:0\"\n[session]\nstore = \"{}\"\n",
        redis.url(":not-of-redis@")
    );
    fs::write(fixture.directory().join("bistro.toml"), text).expect("the directory is ours");
    let server = crate::server::Server::spawn(serve(&fixture, &[]), fixture);
    let answer = server.send(&Request::new("PUT", "/-/session/data").json("{}"));
    assert_eq!(answer.status, 503);
    assert!(!answer.text().contains("of-redis"), "{}", answer.text());
    let lines = server.logged("Redis refuses");
    assert!(!lines.concat().contains("of-redis"), "{lines:?}");
}

#[test]
fn a_read_only_file_shows_who_asks_and_keeps_nothing() {
    for store in [Store::Database, Store::Cookie, Store::Redis] {
        let house = House::start(store, SETUP);
        let key = house.user("ada@example.org").key();
        let House { server, redis, .. } = house;
        let (_, _, fixture) = server.stop();
        let before = fs::read(fixture.path()).expect("it is there");
        let house = House {
            server: crate::server::Server::spawn(serve(&fixture, &["--read-only"]), fixture),
            redis,
            store,
            setup: SETUP,
        };
        let mut client = house.client().showing(&key);
        assert_eq!(client.get("/songs/1").status, 200);
        assert_eq!(client.kind(), "user", "{store:?}");
        let sign_in =
            Request::new("POST", "/-/session").json(&credentials("ada@example.org", PASSWORD));
        assert_eq!(client.send(&sign_in).status, 405, "{store:?}");
        assert_eq!(client.remember("{}").status, 405, "{store:?}");
        let House { server, .. } = house;
        let (_, _, fixture) = server.stop();
        assert_eq!(fs::read(fixture.path()).expect("it is there"), before);
    }
}

#[test]
fn what_sessions_are_made_of_is_no_resource() {
    in_stores(&[Store::Database], SETUP, |house| {
        house.user("ada@example.org");
        for table in ["bistro_users", "bistro_sessions", "bistro_tokens"] {
            assert_eq!(
                house.server.get(&format!("/{table}")).status,
                404,
                "{table}"
            );
            let embedded = house.server.get(&format!("/songs?select=*,{table}(*)"));
            assert!((400..500).contains(&embedded.status), "{table}");
        }
        for target in ["/", "/-/openapi.json"] {
            let text = house.server.get(target).text();
            assert!(!text.contains("bistro_users"), "{target}");
        }
    });
    // Without a configuration, where all is open, no more.
    let server = crate::server::Server::start();
    let sign_up = Request::new("POST", "/-/users").json(&credentials("ada@example.org", PASSWORD));
    assert_eq!(server.send(&sign_up).status, 201);
    for table in ["bistro_users", "bistro_sessions", "bistro_tokens"] {
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            let request = Request::new(method, &format!("/{table}?id=eq.1")).json("{\"id\":1}");
            assert_eq!(server.send(&request).status, 404, "{method} {table}");
        }
    }
    assert!(!server.get("/").text().contains("bistro_users"));
}

/// A directory's file, for who may read it.
pub(super) fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    fs::write(path, text).expect("the directory is ours");
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(path, mode).expect("the file is ours");
}

#[test]
fn what_a_session_may_remember_is_bounded() {
    let setup = Setup {
        session: "data_max = \"1KiB\"",
        ..SETUP
    };
    everywhere(setup, |house| {
        let mut client = house.visitor();
        let large = json!({"a": "x".repeat(1020)}).to_string();
        assert_eq!(client.remember(&large).status, 413);
        // Nor does it grow bit by bit.
        let mut last = 200;
        for at in 0..200 {
            last = patch(&mut client, &format!("member-{at}"), at);
            if last != 200 {
                break;
            }
        }
        assert_eq!(last, 413);
        assert!(client.data().to_string().len() <= 1024);
        let deep = "{\"a\":".repeat(100) + "1" + &"}".repeat(100);
        assert_eq!(client.remember(&deep).status, 422);
        for body in ["[]", "1", "null", "\"a\""] {
            assert_eq!(client.remember(body).status, 422, "{body}");
        }
        for body in ["", "{", "{\"a\":1}{", "{'a':1}"] {
            assert_eq!(client.remember(body).status, 400, "{body}");
        }
        let value: Value = client.data();
        assert!(value.is_object(), "{value}");
    });
}
