//! The store in Redis, against a `redis-server` that each test starts itself.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use bistro_session::data::{self, Bounds, DataError};
use bistro_session::key::{Hash, Key, new_id};
use bistro_session::lifetime::Lifetime;
use bistro_session::session::Session;
use bistro_session::store::redis::{PATIENCE, RedisStore, StoreError, Updated};
use server::RedisServer;
use tokio::time::Instant;

#[cfg(test)]
mod renewal;
#[cfg(test)]
mod server;

const LIFETIME: Lifetime = Lifetime {
    idle: 600,
    absolute: 3_600,
    renew: 300,
};

const NOW: i64 = 1_700_000_000;

async fn connect(server: &RedisServer) -> RedisStore {
    RedisStore::connect(&server.url(""), LIFETIME)
        .await
        .expect("it is there")
}

/// A session that begins now.
fn session(user: Option<&str>) -> Session {
    Session {
        id: new_id(),
        owner: new_id(),
        user: user.map(str::to_owned),
        generation: 0,
        created: NOW,
        keyed: NOW,
        seen: NOW,
        signed_in: None,
        agent: None,
        address: None,
        data: data::EMPTY.to_owned(),
    }
}

/// A session that is in the store, and what it is found by.
async fn create(store: &RedisStore, session: &Session) -> Hash {
    let hash = Key::random().hash();
    store.create(&hash, session, NOW).await.expect("it is kept");
    hash
}

/// What Redis itself says.
async fn ask<T: redis::FromRedisValue>(server: &RedisServer, words: &[&str]) -> T {
    let client = redis::Client::open(server.url("")).expect("an address");
    let mut connection = client
        .get_multiplexed_async_connection()
        .await
        .expect("it is there");
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command
        .query_async(&mut connection)
        .await
        .expect("it answers")
}

fn hexadecimal(hash: &Hash) -> String {
    let digits: Vec<String> = hash.iter().map(|octet| format!("{octet:02x}")).collect();
    digits.concat()
}

/// The identifiers of a user's sessions, sorted.
async fn listed(store: &RedisStore, user: &str) -> Vec<String> {
    let sessions = store.of_user(user, NOW).await.expect("it answers");
    let mut ids: Vec<_> = sessions.into_iter().map(|session| session.id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn a_session_is_found_as_it_was_kept() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let full = Session {
        signed_in: Some(NOW - 5),
        agent: Some("agent; \"서울\"\r\n".to_owned()),
        address: Some("2001:db8::1".to_owned()),
        data: r#"{"a":"é\u0000"}"#.to_owned(),
        ..session(Some("ada"))
    };
    for session in [full, session(None)] {
        let hash = create(&store, &session).await;
        assert_eq!(store.find(&hash, NOW).await, Ok(Some(session)));
    }
    assert_eq!(store.find(&[0; 32], NOW).await, Ok(None));
}

#[tokio::test]
async fn redis_learns_no_key() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let key = Key::random();
    let kept = session(Some("ada"));
    store
        .create(&key.hash(), &kept, NOW)
        .await
        .expect("it is kept");
    let names: Vec<String> = ask(&server, &["KEYS", "*"]).await;
    assert_eq!(names.len(), 2, "{names:?}");
    let fields: BTreeMap<String, String> = ask(
        &server,
        &[
            "HGETALL",
            &format!("bistro:session:{}", hexadecimal(&key.hash())),
        ],
    )
    .await;
    assert_eq!(fields.get("id"), Some(&kept.id));
    let all = format!("{names:?}{fields:?}");
    assert!(!all.contains(&key.print()), "{all}");
}

#[tokio::test]
async fn a_session_ends_by_the_time_that_is_told_and_redis_forgets_it() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let hash = create(&store, &session(Some("ada"))).await;
    let name = format!("bistro:session:{}", hexadecimal(&hash));
    let left: i64 = ask(&server, &["TTL", &name]).await;
    assert!((598..=600).contains(&left), "{left}");
    let left: i64 = ask(&server, &["TTL", "bistro:user:ada"]).await;
    assert!((3_598..=3_600).contains(&left), "{left}");
    assert!(matches!(store.find(&hash, NOW + 599).await, Ok(Some(_))));
    assert_eq!(store.find(&hash, NOW + 600).await, Ok(None));
    assert_eq!(store.of_user("ada", NOW + 600).await, Ok(Vec::new()));
    let gone: Updated<()> = store
        .update_data(&hash, NOW + 600, |data| Ok(data.to_owned()))
        .await
        .expect("it answers");
    assert_eq!(gone, Updated::Gone);

    let short = Lifetime {
        idle: 1,
        absolute: 1,
        renew: 1,
    };
    let store = RedisStore::connect(&server.url(""), short)
        .await
        .expect("it is there");
    create(&store, &session(Some("bob"))).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let names: Vec<String> = ask(&server, &["KEYS", "*"]).await;
    assert_eq!(names.len(), 2, "only ada's are left: {names:?}");
}

#[tokio::test]
async fn use_makes_a_session_live_on_but_not_beyond_its_end() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let kept = session(None);
    let hash = create(&store, &kept).await;
    let name = format!("bistro:session:{}", hexadecimal(&hash));
    let table = [(500, 500, 600), (3_500, 3_500, 100), (400, 3_500, 100)];
    for (later, seen, left) in table {
        assert_eq!(store.touch(&hash, NOW + later).await, Ok(true));
        let found = store.find(&hash, NOW + later).await.expect("it answers");
        assert_eq!(found.map(|session| session.seen), Some(NOW + seen));
        let told: i64 = ask(&server, &["TTL", &name]).await;
        assert!((left - 2..=left).contains(&told), "{later} {told}");
    }
    assert_eq!(store.touch(&[0; 32], NOW).await, Ok(false));
    let names: Vec<String> = ask(&server, &["KEYS", "*"]).await;
    assert_eq!(names, [name]);
}

#[tokio::test]
async fn changes_at_the_same_time_all_survive() {
    let server = RedisServer::start();
    // Two connections, as two servers have them.
    let stores = [connect(&server).await, connect(&server).await];
    let hash = create(&stores[0], &session(None)).await;
    let mut changes = Vec::new();
    for index in 0..60 {
        let store = stores[index % 2].clone();
        changes.push(tokio::spawn(async move {
            let patch = format!(r#"{{"k{index}":{index}}}"#);
            store
                .update_data(&hash, NOW, |data| {
                    data::merge(data, patch.as_bytes(), &Bounds::default())
                })
                .await
        }));
    }
    for change in changes {
        let updated = change.await.expect("it ends").expect("it answers");
        assert!(matches!(updated, Updated::Done(_)), "{updated:?}");
    }
    let found = stores[0].find(&hash, NOW).await.expect("it answers");
    let data = found.expect("it is there").data;
    assert_eq!(data.matches("\"k").count(), 60, "{data}");
}

#[tokio::test]
async fn a_change_that_fails_changes_nothing() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let kept = session(None);
    let hash = create(&store, &kept).await;
    let refused = store
        .update_data(&hash, NOW, |_| Err(DataError::NoObject))
        .await;
    assert_eq!(refused, Ok(Updated::Refused(DataError::NoObject)));
    assert_eq!(store.find(&hash, NOW).await, Ok(Some(kept)));
    let gone: Updated<()> = store
        .update_data(&[0; 32], NOW, |data| Ok(data.to_owned()))
        .await
        .expect("it answers");
    assert_eq!(gone, Updated::Gone);
}

#[tokio::test]
async fn a_new_key_ends_the_old_one_at_once() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let visitor = session(None);
    let old = create(&store, &visitor).await;
    let user = Session {
        user: Some("ada".to_owned()),
        signed_in: Some(NOW),
        ..visitor
    };
    let new = Key::random().hash();
    assert_eq!(store.rekey(&old, &new, &user, NOW).await, Ok(true));
    assert_eq!(store.find(&old, NOW).await, Ok(None));
    assert_eq!(store.find(&new, NOW).await, Ok(Some(user.clone())));
    assert_eq!(listed(&store, "ada").await, std::slice::from_ref(&user.id));
    // Asked twice, for the answer was lost, it is done once; for yet another key it is too late.
    assert_eq!(store.rekey(&old, &new, &user, NOW).await, Ok(true));
    let other = Key::random().hash();
    assert_eq!(store.rekey(&old, &other, &user, NOW).await, Ok(false));
    assert_eq!(store.find(&other, NOW).await, Ok(None));
    // Someone else signs in with the same session: it leaves the first one's list.
    let bob = Session {
        id: new_id(),
        user: Some("bob".to_owned()),
        ..user
    };
    assert_eq!(store.rekey(&new, &other, &bob, NOW).await, Ok(true));
    assert_eq!(listed(&store, "ada").await, [""; 0]);
    assert_eq!(listed(&store, "bob").await, [bob.id]);
}

#[tokio::test]
async fn a_new_key_loses_no_data_that_came_between() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let read = session(None);
    let old = create(&store, &read).await;
    let change = async |hash: &Hash, data: &str| -> Updated<()> {
        let updated = store.update_data(hash, NOW, |_| Ok(data.to_owned())).await;
        updated.expect("it answers")
    };
    assert_eq!(
        change(&old, r#"{"a":1}"#).await,
        Updated::Done(r#"{"a":1}"#.to_owned())
    );
    let user = Session {
        user: Some("ada".to_owned()),
        ..read
    };
    let new = Key::random().hash();
    assert_eq!(
        store.rekey_keeping_data(&old, &new, &user, NOW).await,
        Ok(true)
    );
    assert_eq!(change(&old, r#"{"a":2}"#).await, Updated::Gone);
    let expected = Session {
        data: r#"{"a":1}"#.to_owned(),
        ..user.clone()
    };
    assert_eq!(store.find(&new, NOW).await, Ok(Some(expected)));
    assert_eq!(
        change(&new, r#"{"a":3}"#).await,
        Updated::Done(r#"{"a":3}"#.to_owned())
    );
    // Here it is what the session says.
    let last = Key::random().hash();
    assert_eq!(store.rekey(&new, &last, &user, NOW).await, Ok(true));
    assert_eq!(store.find(&last, NOW).await, Ok(Some(user)));
}

#[tokio::test]
async fn of_many_who_change_a_key_one_succeeds() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let kept = session(Some("ada"));
    let old = create(&store, &kept).await;
    let mut tries = Vec::new();
    for _ in 0..50 {
        let store = store.clone();
        let kept = kept.clone();
        tries.push(tokio::spawn(async move {
            let new = Key::random().hash();
            store.rekey(&old, &new, &kept, NOW).await
        }));
    }
    let mut successes = 0;
    for one in tries {
        successes += usize::from(one.await.expect("it ends").expect("it answers"));
    }
    assert_eq!(successes, 1);
    assert_eq!(listed(&store, "ada").await, [kept.id]);
    let names: Vec<String> = ask(&server, &["KEYS", "bistro:session:*"]).await;
    assert_eq!(names.len(), 1);
}

#[tokio::test]
async fn the_sessions_of_a_user_are_listed_and_ended() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let mut of_ada = Vec::new();
    for age in 0..4 {
        let kept = Session {
            created: NOW - age,
            ..session(Some("ada"))
        };
        of_ada.push((create(&store, &kept).await, kept));
    }
    let bob = session(Some("bob"));
    let of_bob = create(&store, &bob).await;
    let visitor = create(&store, &session(None)).await;

    let found = store.of_user("ada", NOW).await.expect("it answers");
    let expected: Vec<Session> = of_ada.iter().map(|(_, kept)| kept.clone()).collect();
    assert_eq!(found, expected, "the youngest first");

    // Nobody ends a session that is not his.
    assert_eq!(store.revoke_by_id("ada", &bob.id).await, Ok(false));
    assert_eq!(store.revoke_by_id("ada", "").await, Ok(false));
    let (revoked, kept) = &of_ada[0];
    assert_eq!(store.revoke_by_id("ada", &kept.id).await, Ok(true));
    assert_eq!(store.revoke_by_id("ada", &kept.id).await, Ok(false));
    assert_eq!(store.find(revoked, NOW).await, Ok(None));

    let (removed, _) = &of_ada[1];
    assert_eq!(store.remove(removed).await, Ok(true));
    assert_eq!(store.remove(removed).await, Ok(false));
    let (current, kept) = &of_ada[2];
    assert_eq!(store.remove_of_user("ada", Some(current)).await, Ok(1));
    assert_eq!(listed(&store, "ada").await, std::slice::from_ref(&kept.id));
    assert_eq!(store.remove_of_user("ada", None).await, Ok(1));
    assert_eq!(store.find(current, NOW).await, Ok(None));
    assert_eq!(listed(&store, "ada").await, [""; 0]);

    assert!(matches!(store.find(&of_bob, NOW).await, Ok(Some(_))));
    assert!(matches!(store.find(&visitor, NOW).await, Ok(Some(_))));
    let names: Vec<String> = ask(&server, &["KEYS", "*"]).await;
    assert_eq!(names.len(), 3, "{names:?}");
}

#[tokio::test]
async fn what_has_ended_leaves_the_list() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let hash = create(&store, &session(Some("ada"))).await;
    let kept = session(Some("ada"));
    create(&store, &kept).await;
    let _one: i64 = ask(
        &server,
        &["DEL", &format!("bistro:session:{}", hexadecimal(&hash))],
    )
    .await;
    assert_eq!(listed(&store, "ada").await, [kept.id]);
    let left: i64 = ask(&server, &["HLEN", "bistro:user:ada"]).await;
    assert_eq!(left, 1);
}

#[tokio::test]
async fn the_store_comes_back_when_redis_does() {
    let mut server = RedisServer::start();
    let store = connect(&server).await;
    let kept = session(None);
    let hash = create(&store, &kept).await;
    for _ in 0..2 {
        server.stop();
        let start = Instant::now();
        let found = store.find(&hash, NOW).await;
        assert!(
            matches!(found, Err(StoreError::Unavailable { .. })),
            "{found:?}"
        );
        assert!(start.elapsed() < PATIENCE + Duration::from_secs(1));
        server.start_again();
        // It has lost its scripts, too.
        store
            .create(&hash, &kept, NOW)
            .await
            .expect("it is there again");
        assert_eq!(store.find(&hash, NOW).await, Ok(Some(kept.clone())));
    }
    // Between two requests nobody notices.
    server.stop();
    server.start_again();
    assert_eq!(store.find(&hash, NOW).await, Ok(None));
}

#[tokio::test]
async fn a_store_may_come_after_the_server() {
    let mut server = RedisServer::start();
    server.stop();
    let connected = RedisStore::connect(&server.url(""), LIFETIME).await;
    assert!(
        matches!(connected, Err(StoreError::Unavailable { .. })),
        "{connected:?}"
    );
    let store = RedisStore::open(&server.url(""), LIFETIME).expect("an address");
    assert!(matches!(
        store.ping().await,
        Err(StoreError::Unavailable { .. })
    ));
    server.start_again();
    assert_eq!(store.ping().await, Ok(()));
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = silent.local_addr().expect("it has an address");
    let start = Instant::now();
    let connected = RedisStore::connect(&format!("redis://{address}"), LIFETIME).await;
    assert!(
        matches!(connected, Err(StoreError::Unavailable { .. })),
        "{connected:?}"
    );
    let took = start.elapsed();
    assert!(took < PATIENCE + Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn addresses_say_where_and_as_whom() {
    let server = RedisServer::start_with(&["--requirepass", "s3cret"]);
    for user in [":s3cret@", "default:s3cret@"] {
        let store = RedisStore::connect(&server.url(user), LIFETIME)
            .await
            .expect(user);
        let hash = create(&store, &session(None)).await;
        assert!(matches!(store.find(&hash, NOW).await, Ok(Some(_))));
        // Another database is another store.
        let other = format!("{}/1", server.url(user));
        let other = RedisStore::connect(&other, LIFETIME).await.expect(user);
        assert_eq!(other.find(&hash, NOW).await, Ok(None));
    }
    for scheme in ["unix", "redis+unix"] {
        let url = format!("{scheme}://{}?pass=s3cret", server.socket().display());
        assert_eq!(
            RedisStore::connect(&url, LIFETIME).await.map(drop),
            Ok(()),
            "{url}"
        );
    }
    for user in ["", ":wr0ng@", "ada:s3cret@"] {
        let refused = RedisStore::connect(&server.url(user), LIFETIME).await;
        let error = refused.map(drop).expect_err(user);
        assert!(
            matches!(&error, StoreError::Refused { .. }),
            "{user} {error:?}"
        );
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert!(!error.to_string().contains("wr0ng"), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_address_is_told_what_one_is() {
    for url in [
        "",
        "redis",
        "http://s3cret@localhost",
        "redis://",
        "redis://:s3cret@host:99999",
        "redis://h/x",
    ] {
        let error = RedisStore::open(url, LIFETIME).map(drop).expect_err(url);
        assert!(
            matches!(&error, StoreError::Address { .. }),
            "{url} {error:?}"
        );
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    let tls = RedisStore::open("rediss://:s3cret@localhost", LIFETIME);
    assert_eq!(tls.map(drop), Err(StoreError::Tls));
}

#[tokio::test]
async fn what_is_damaged_or_full_is_said_to_be() {
    let server = RedisServer::start();
    let store = connect(&server).await;
    let hash = create(&store, &session(None)).await;
    let name = format!("bistro:session:{}", hexadecimal(&hash));
    let _changed: i64 = ask(&server, &["HSET", &name, "created", "yesterday"]).await;
    let damaged = Err(StoreError::Damaged { field: "created" });
    assert_eq!(store.find(&hash, NOW).await, damaged);
    let _changed: i64 = ask(&server, &["DEL", &name]).await;
    let _changed: String = ask(&server, &["SET", &name, "text"]).await;
    let refused = store.find(&hash, NOW).await;
    assert!(
        matches!(refused, Err(StoreError::Refused { .. })),
        "{refused:?}"
    );

    let _done: String = ask(&server, &["CONFIG", "SET", "maxmemory", "1"]).await;
    let refused = store.create(&[1; 32], &session(None), NOW).await;
    assert!(
        matches!(refused, Err(StoreError::Refused { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_session_does_not_show_its_data() {
    let kept = Session {
        data: r#"{"secret":1}"#.to_owned(),
        ..session(None)
    };
    assert!(!format!("{kept:?}").contains("secret"));
}
