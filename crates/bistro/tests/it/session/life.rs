//! How long sessions live, and what they leave behind.

use std::thread;
use std::time::{Duration, Instant};

use crate::http::Request;
use crate::server::until;
use crate::session::{House, PASSWORD, SETUP, Setup, Store, everywhere, in_stores, set_cookie};

/// Time since a test began.
struct Watch(Instant);

impl Watch {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a session lives is what is tested"
    )]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    fn wait_until(&self, seconds: f64) {
        let left = seconds - self.seconds();
        if left > 0.0 {
            thread::sleep(Duration::from_secs_f64(left));
        }
    }
}

#[test]
fn a_session_ends_when_it_is_idle_or_old_whatever_its_client_does() {
    let setup = Setup {
        session: "idle = \"4s\"\nabsolute = \"7s\"",
        ..SETUP
    };
    everywhere(setup, |house| {
        house.user("ada@example.org");
        let watch = Watch::start();
        let mut used = [house.visitor(), house.client()];
        used[1].enter("ada@example.org");
        let mut idle = [house.visitor(), house.client()];
        idle[1].enter("ada@example.org");
        let begun = watch.seconds();
        for at in 1..13 {
            watch.wait_until(f64::from(at) / 2.0);
            for client in &mut used {
                let kind = client.kind();
                // Seconds are whole, so it may be one less; a machine that stood still has proved nothing.
                assert!(
                    kind != "anyone"
                        || watch.seconds() > 6.0
                        || watch.seconds() > f64::from(at) / 2.0 + 1.0,
                    "used each half second, it ended after {}",
                    watch.seconds()
                );
            }
        }
        for client in &mut idle {
            // A client that takes no notice of Max-Age shows it all the same.
            assert_eq!(client.kind(), "anyone", "idle");
        }
        watch.wait_until(begun + 7.1);
        for client in &mut used {
            assert_eq!(client.kind(), "anyone", "old");
        }
    });
}

#[test]
fn reading_costs_no_write() {
    everywhere(SETUP, |house| {
        let (user, visitor) = (house.user("ada@example.org"), house.visitor());
        let outside = house.server.fixture().open();
        let version = || {
            outside
                .query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0))
                .expect("it is a number")
        };
        let before = version();
        let writes = |house: &House| {
            house.redis.as_ref().map(|redis| {
                let text = super::stores::ask(redis, &["INFO", "persistence"]);
                let line = text
                    .lines()
                    .find(|line| line.starts_with("rdb_changes_since_last_save"));
                line.map(str::to_owned)
            })
        };
        let written = writes(house);
        let mut connection = house.server.connect();
        for client in [user, visitor] {
            for target in ["/songs/1", "/-/session"] {
                for _ in 0..250 {
                    let answer = connection.send(&client.dressed(&Request::new("GET", target)));
                    assert_eq!((answer.status, set_cookie(&answer)), (200, None));
                }
            }
        }
        assert_eq!(version(), before);
        assert_eq!(writes(house), written);
    });
}

#[test]
fn sessions_that_are_over_leave_nothing_behind() {
    let setup = Setup {
        session: "idle = \"2s\"\nabsolute = \"4s\"",
        ..SETUP
    };
    everywhere(setup, |house| {
        house.user("ada@example.org");
        for _ in 0..20 {
            house.visitor();
        }
        // An ended visitor of a sealed cookie has a row until nobody can show it any more.
        house.visitor().enter("ada@example.org");
        assert_eq!(house.visitor().delete("/-/session").status, 204);
        let rows = || {
            let rows = house
                .server
                .fixture()
                .value("SELECT count(*) FROM bistro_sessions");
            let kept = house
                .redis
                .as_ref()
                .map(|redis| super::stores::ask(redis, &["DBSIZE"]));
            (rows, kept.unwrap_or_else(|| "0".to_owned()))
        };
        assert_ne!(rows(), ("0".to_owned(), "0".to_owned()));
        until("nothing is left", || {
            rows() == ("0".to_owned(), "0".to_owned())
        });
        assert_eq!(
            house
                .server
                .fixture()
                .value("SELECT count(*) FROM bistro_users"),
            "1"
        );
    });
}

#[test]
fn one_session_more_than_a_user_may_have_ends_the_oldest() {
    let setup = Setup {
        session: "per_user = 3",
        ..SETUP
    };
    everywhere(setup, |house| {
        let mut clients = vec![house.user("ada@example.org")];
        for round in 0..5 {
            if round == 2 {
                // What counts is when they were used, in seconds.
                thread::sleep(Duration::from_millis(1100));
            }
            let mut client = house.client();
            client.enter("ada@example.org");
            clients.push(client);
        }
        let mut other = house.user("bob@example.org");
        let last = clients.len() - 1;
        let alive = clients
            .iter_mut()
            .map(crate::session::Client::kind)
            .filter(|kind| kind == "user")
            .count();
        assert_eq!(alive, 3);
        assert_eq!(clients[last].kind(), "user", "the youngest");
        assert_eq!(other.kind(), "user", "somebody else's");
        let listed = clients[last].get("/-/sessions").json();
        assert_eq!(listed.as_array().map(Vec::len), Some(3), "{listed}");
    });
}

#[test]
fn what_needs_a_password_given_lately_says_so() {
    let setup = Setup {
        session: "fresh = \"2s\"",
        ..SETUP
    };
    everywhere(setup, |house| {
        let mut client = house.user("ada@example.org");
        thread::sleep(Duration::from_millis(3100));
        for answer in [
            client.set_password(crate::session::OTHER_PASSWORD, None),
            client.delete("/-/users/me"),
            client.set_password(crate::session::OTHER_PASSWORD, Some("a wrong password")),
        ] {
            assert_eq!(answer.status, 401, "{}", answer.text());
            assert!(answer.text().contains("current"), "{}", answer.text());
            assert!(answer.field("WWW-Authenticate").is_some());
        }
        assert_eq!(client.kind(), "user", "nothing has changed");
        let answer = client.set_password(crate::session::OTHER_PASSWORD, Some(PASSWORD));
        assert_eq!(answer.status, 204, "{}", answer.text());
        // It was given just now.
        assert_eq!(client.delete("/-/users/me").status, 204);
        let mut client = house.client();
        let answer = client.sign_in("ada@example.org", crate::session::OTHER_PASSWORD);
        assert_eq!(answer.status, 401);
    });
}

#[test]
fn a_session_that_a_client_keeps_alive_is_written_down_at_most_once_a_second() {
    let setup = Setup {
        session: "idle = \"10s\"",
        ..SETUP
    };
    in_stores(&[Store::Database], setup, |house| {
        let client = house.visitor();
        let outside = house.server.fixture().open();
        let version = || {
            outside
                .query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0))
                .expect("it is a number")
        };
        let watch = Watch::start();
        let (mut last, mut changes) = (version(), 0);
        let mut connection = house.server.connect();
        while watch.seconds() < 2.5 {
            connection.send(&client.dressed(&Request::new("GET", "/songs/1")));
            let now = version();
            changes += u32::from(now != last);
            last = now;
        }
        assert!((1..=4).contains(&changes), "{changes}");
    });
}
