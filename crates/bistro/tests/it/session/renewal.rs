//! Keys of sessions that live long: they are replaced, and nobody loses his session by it.

use std::thread;
use std::time::Duration;

use crate::http::{Request, Response};
use crate::server::until;
use crate::session::{
    Client, House, OTHER_PASSWORD, SETUP, Setup, Store, everywhere, in_stores, set_cookie,
};

/// Keys are for four seconds, and a former one counts for four more.
const SOON: Setup = Setup {
    session: "renew = \"4s\"",
    ..SETUP
};

/// Until a key that is new now is old. Seconds are whole.
fn age() {
    thread::sleep(Duration::from_millis(5_050));
}

/// A request that changes something.
fn change(client: &mut Client<'_>) -> Response {
    let song = "{\"title\":\"Song 2\",\"artist_id\":1,\"year\":1997}";
    let answer = client.send(&Request::new("POST", "/songs").json(song));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

/// Those who have a key on the server: of a visitor with a sealed cookie it knows nothing.
fn known(house: &House) -> Vec<Client<'_>> {
    let mut known = vec![house.user("ada@example.org")];
    if house.store != Store::Cookie {
        known.push(house.visitor());
    }
    known
}

#[test]
fn none_of_many_requests_at_once_is_nobodys_while_the_key_changes() {
    everywhere(SOON, |house| {
        for client in known(house) {
            let kind = client.clone().kind();
            age();
            let cookies: Vec<String> = thread::scope(|scope| {
                let asking: Vec<_> = (0..50)
                    .map(|number| {
                        let mut client = client.clone();
                        let kind = kind.as_str();
                        scope.spawn(move || {
                            if number % 2 == 0 {
                                change(&mut client);
                            }
                            assert_eq!(client.kind(), kind, "{number}");
                            client.key()
                        })
                    })
                    .collect();
                let asking = asking.into_iter();
                asking
                    .map(|asking| asking.join().expect("it did not panic"))
                    .collect()
            });
            let mut new: Vec<_> = cookies.iter().filter(|key| **key != client.key()).collect();
            new.dedup();
            assert_eq!(new.len(), 1, "one of them brings the new key");
            let mut renewed = client.showing(new[0]);
            assert_eq!(renewed.kind(), kind);
            // Once the new one has been shown, the former one counts a second more.
            until("the former key is dead", || {
                client.clone().kind() == "anyone"
            });
            assert_eq!(renewed.kind(), kind);
        }
    });
}

#[test]
fn a_new_key_that_never_arrives_ends_no_session() {
    everywhere(SOON, |house| {
        for client in known(house) {
            let kind = client.clone().kind();
            age();
            for _lost in 0..2 {
                let mut losing = client.clone();
                change(&mut losing);
                assert_ne!(losing.key(), client.key(), "a new key was sent");
                thread::sleep(Duration::from_millis(5_050));
            }
            let mut arriving = client.clone();
            change(&mut arriving);
            assert_ne!(arriving.key(), client.key());
            assert_eq!(arriving.kind(), kind);
        }
    });
}

#[test]
fn reading_brings_no_new_key() {
    everywhere(SOON, |house| {
        for client in known(house) {
            age();
            for target in ["/songs/1", "/songs?limit=3", "/-/session/data"] {
                let answer = client.clone().get(target);
                assert_eq!(set_cookie(&answer), None, "{target}");
            }
            let failing = client
                .clone()
                .send(&Request::new("POST", "/songs").json("{"));
            assert_eq!((failing.status, set_cookie(&failing)), (400, None));
            let mut asking = client.clone();
            asking.kind();
            assert_ne!(asking.key(), client.key(), "asking who one is does");
        }
    });
}

#[test]
fn whoever_ends_a_session_by_one_key_ends_it_for_the_other() {
    everywhere(SOON, |house| {
        for by_former in [true, false] {
            for client in [house.client(), house.client()] {
                let mut client = client;
                let email = if by_former {
                    "ada@example.org"
                } else {
                    "bob@example.org"
                };
                if client.sign_up(email, crate::session::PASSWORD).status != 201 {
                    client.enter(email);
                }
                age();
                let mut renewed = client.clone();
                change(&mut renewed);
                let (mut ending, mut other) = (client.clone(), renewed.clone());
                if !by_former {
                    std::mem::swap(&mut ending, &mut other);
                }
                assert_eq!(ending.delete("/-/session").status, 204);
                assert_eq!(other.kind(), "anyone");
                assert_eq!(client.kind(), "anyone");
                assert_eq!(renewed.kind(), "anyone");
            }
        }
    });
}

#[test]
fn another_password_kills_the_former_key_too() {
    everywhere(SOON, |house| {
        let client = house.user("ada@example.org");
        let mut second = house.client();
        second.enter("ada@example.org");
        age();
        let mut renewed = client.clone();
        change(&mut renewed);
        let mut changing = client.clone();
        assert_eq!(changing.set_password(OTHER_PASSWORD, None).status, 204);
        for mut dead in [client, renewed, second] {
            assert_eq!(dead.kind(), "anyone");
        }
        assert_eq!(changing.kind(), "user");
        let listed = changing.get("/-/sessions").json();
        assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    });
}

#[test]
fn a_database_of_an_earlier_version_gets_what_it_lacks() {
    in_stores(&[Store::Database], SOON, |house| {
        let mut client = house.visitor();
        let outside = house.server.fixture().open();
        outside
            .execute_batch(
                "DROP INDEX bistro_sessions_former;
                 ALTER TABLE bistro_sessions DROP COLUMN keyed;
                 ALTER TABLE bistro_sessions DROP COLUMN former;
                 ALTER TABLE bistro_sessions DROP COLUMN former_until;",
            )
            .expect("it is such a table");
        let twin = house.twin();
        let mut again = Client {
            house: &twin,
            ..client.clone()
        };
        assert_eq!(again.kind(), "visitor");
        age();
        assert_eq!(client.kind(), "visitor");
        assert_ne!(client.key(), again.key());
    });
}
