//! What somebody learns who guesses, and how often he may.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http::{Connection, Request, Response};
use crate::session::{
    House, PASSWORD, SETUP, Setup, Store, credentials, everywhere, in_stores, set_cookie,
};

/// A request to sign in that comes from this address.
fn sign_in(email: &str, password: &str, address: &str) -> Request {
    Request::new("POST", "/-/session")
        .json(&credentials(email, password))
        .field("X-Forwarded-For", address)
}

/// What of an answer may differ between two requests that are answered alike: the time.
fn comparable(answer: &Response) -> (u16, Vec<(String, String)>, String) {
    let fields = answer.fields.iter();
    let fields = fields.filter(|(name, _)| !name.eq_ignore_ascii_case("date"));
    (answer.status, fields.cloned().collect(), answer.text())
}

#[test]
fn an_answer_does_not_tell_who_has_an_account() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let known = house
            .client()
            .sign_in("ada@example.org", "a wrong password");
        assert_eq!(known.status, 401);
        assert_eq!(set_cookie(&known), None);
        for email in [
            "nobody@example.org",
            "no address",
            "",
            "ada@example.org\0",
            "%",
            "' OR 1=1 --",
        ] {
            let unknown = house.client().sign_in(email, "a wrong password");
            assert_eq!(comparable(&unknown), comparable(&known), "{email}");
        }
        let long = house.client().sign_in("ada@example.org", &"x".repeat(5000));
        assert_eq!(comparable(&long), comparable(&known));
    });
}

/// The middle of some durations.
fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations[durations.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "what is tested is time")]
fn timed(connection: &mut Connection, request: &Request) -> Duration {
    let start = Instant::now();
    assert_eq!(connection.send(request).status, 401);
    start.elapsed()
}

#[test]
fn nor_does_the_time_that_it_takes() {
    in_stores(&[Store::Database], SETUP, |house| {
        for name in ["ada", "bob"] {
            house.user(&format!("{name}@example.org"));
        }
        let mut connection = house.server.connect();
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        // By turns, so that whatever else the machine does slows both down.
        for at in 0..16 {
            let name = if at % 2 == 0 { "ada" } else { "bob" };
            let wrong = sign_in(&format!("{name}@example.org"), "wrong, wrong", "10.0.0.1");
            known.push(timed(&mut connection, &wrong));
            let nobody = sign_in(
                &format!("nobody-{}@example.org", at / 8),
                "wrong, wrong",
                "10.0.0.1",
            );
            unknown.push(timed(&mut connection, &nobody));
        }
        let (known, unknown) = (median(known), median(unknown));
        let ratio = known.as_secs_f64() / unknown.as_secs_f64();
        assert!((0.4..2.5).contains(&ratio), "{known:?} and {unknown:?}");
        assert!(
            unknown > Duration::from_millis(5),
            "{unknown:?}: nothing is hashed"
        );
    });
}

/// The seconds to wait that a refusal tells.
fn retry_after(answer: &Response) -> u64 {
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(set_cookie(answer), None);
    let text = answer.field("Retry-After").expect("it says when");
    let seconds = text.parse().expect("a number of seconds");
    assert!((1..=3600).contains(&seconds), "{seconds}");
    seconds
}

#[test]
fn an_account_can_be_guessed_at_a_few_times_from_wherever() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let mut bob = house.user("bob@example.org");
        let mut connection = house.server.connect();
        for email in ["ada@example.org", "nobody@example.org"] {
            let spellings = [email.to_owned(), email.to_uppercase(), format!(" {email}")];
            let mut refused = None;
            for at in 0..20 {
                let spelling = &spellings[at % spellings.len()];
                let request = sign_in(spelling, "a wrong password", &format!("10.1.{at}.1"));
                let answer = connection.send(&request);
                if answer.status == 429 {
                    retry_after(&answer);
                    refused = Some(at);
                    break;
                }
                assert_eq!(answer.status, 401);
            }
            let at = refused.expect("guessing goes on and on");
            assert!((5..=12).contains(&at), "{at}");
        }
        // Not even the right password is looked at then, or the limit would say which it is.
        let right = sign_in("ada@example.org", PASSWORD, "10.2.0.1");
        retry_after(&connection.send(&right));
        // Others are not concerned.
        assert_eq!(bob.sign_in("bob@example.org", PASSWORD).status, 200);
    });
}

#[test]
fn guesses_at_the_same_time_are_counted_before_they_are_looked_at() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let mut connections: Vec<_> = (0..40).map(|_| house.server.connect()).collect();
        for (at, connection) in connections.iter_mut().enumerate() {
            let request = sign_in(
                "ada@example.org",
                "a wrong password",
                &format!("10.3.{at}.1"),
            );
            connection.ask(&request).expect("the server listens");
        }
        let statuses: Vec<u16> = connections
            .iter_mut()
            .map(|connection| connection.receive("POST").expect("it answers").status)
            .collect();
        let looked_at = statuses.iter().filter(|status| **status == 401).count();
        assert!((1..=10).contains(&looked_at), "{statuses:?}");
        assert!(
            statuses.iter().all(|status| [401, 429].contains(status)),
            "{statuses:?}"
        );
    });
}

#[test]
fn a_password_given_to_change_it_is_a_guess_like_any_other() {
    in_stores(&[Store::Database], SETUP, |house| {
        let mut client = house.user("ada@example.org");
        let mut refused = false;
        for _ in 0..15 {
            let answer = client.set_password(crate::session::OTHER_PASSWORD, Some("a wrong one"));
            refused |= answer.status == 429;
            assert!([401, 429].contains(&answer.status), "{}", answer.text());
        }
        assert!(refused);
        let answer = client.set_password(crate::session::OTHER_PASSWORD, Some(PASSWORD));
        retry_after(&answer);
    });
}

#[test]
fn an_address_tries_only_so_many_accounts() {
    in_stores(&[Store::Database], SETUP, |house| {
        house.user("ada@example.org");
        let refused: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    scope.spawn(move || {
                        let mut connection = house.server.connect();
                        let tries = (0..35).map(|at| {
                            let email = format!("someone-{thread}-{at}@example.org");
                            // Hosts of one network are one client.
                            let address = format!("2001:db8:0:1::{at:x}");
                            connection.send(&sign_in(&email, "a wrong password", &address))
                        });
                        tries.filter(|answer| answer.status == 429).count()
                    })
                })
                .collect();
            let threads = threads.into_iter();
            threads.map(|thread| thread.join().expect("no panic")).sum()
        });
        assert!(refused > 0, "140 tries were looked at");
        let mut connection = house.server.connect();
        let right = sign_in("ada@example.org", PASSWORD, "2001:db8:0:1::ffff");
        retry_after(&connection.send(&right));
        let right = sign_in("ada@example.org", PASSWORD, "2001:db8:0:2::1");
        assert_eq!(connection.send(&right).status, 200, "another network");
    });
}

#[test]
fn an_address_signs_up_only_so_many() {
    everywhere(SETUP, |house| {
        let mut connection = house.server.connect();
        let sign_up = |at: usize, address: &str| {
            // A password that nobody may choose is refused before it costs anything.
            Request::new("POST", "/-/users")
                .json(&credentials(&format!("someone-{at}@example.org"), "short"))
                .field("X-Forwarded-For", address)
        };
        let refused = (0..60)
            .map(|at| connection.send(&sign_up(at, "10.4.0.1")))
            .find(|answer| answer.status == 429);
        retry_after(&refused.expect("signing up goes on and on"));
        assert_eq!(connection.send(&sign_up(0, "10.4.0.2")).status, 422);
    });
}

#[test]
fn an_address_begins_only_so_many_sessions() {
    everywhere(SETUP, |house| {
        let mut connection = house.server.connect();
        let begin = |address: &str| {
            Request::new("PUT", "/-/session/data")
                .json("{}")
                .field("X-Forwarded-For", address)
        };
        let refused = (0..1000)
            .map(|_| connection.send(&begin("10.5.0.1")))
            .find(|answer| answer.status == 429);
        retry_after(&refused.expect("it goes on and on"));
        assert_eq!(connection.send(&begin("10.5.0.2")).status, 200);
        // Who has one goes on.
        let mut client = house.client_at("10.5.0.1");
        assert_eq!(client.get("/songs/1").status, 200);
    });
}

/// What a process has had of memory at most, in kilobytes.
fn high_water(house: &House) -> u64 {
    let path = format!("/proc/{}/status", house.server.process());
    let status = std::fs::read_to_string(path).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    kilobytes
        .and_then(|text| text.trim().parse().ok())
        .expect("Linux says how much")
}

/// What hashing a password takes of memory, in kilobytes.
const HASH_KB: u64 = 19 * 1024;

/// What 500 connections that have asked something may take of memory, with all else, in kilobytes.
const CONNECTIONS_KB: u64 = 64 * 1024;

#[test]
fn a_flood_of_sign_ins_takes_neither_all_memory_nor_all_time() {
    in_stores(&[Store::Database], SETUP, |house| {
        house.user("ada@example.org");
        let before = high_water(house);
        let mut connections: Vec<_> = (0..500).map(|_| house.server.connect()).collect();
        for (at, connection) in connections.iter_mut().enumerate() {
            let email = format!("someone-{at}@example.org");
            let address = format!("10.6.{}.{}", at / 250, at % 250);
            let request = sign_in(&email, "a wrong password", &address);
            connection.ask(&request).expect("the server listens");
        }
        let mut reading = house.server.connect();
        for _ in 0..50 {
            assert_eq!(reading.send(&Request::new("GET", "/songs/1")).status, 200);
        }
        let mut counts = BTreeMap::new();
        for connection in &mut connections {
            let answer = connection.receive("POST").expect("it answers");
            if answer.status == 503 {
                assert!(answer.field("Retry-After").is_some());
            }
            *counts.entry(answer.status).or_insert(0) += 1;
        }
        assert!(
            counts.keys().all(|status| [401, 429, 503].contains(status)),
            "{counts:?}"
        );
        assert!(counts.contains_key(&401), "{counts:?}");
        let grown = high_water(house).saturating_sub(before);
        let hashed_at_once = thread::available_parallelism()
            .map_or(1, NonZero::get)
            .min(8);
        let bound = hashed_at_once as u64 * HASH_KB + CONNECTIONS_KB;
        assert!(grown < bound, "{grown} kB more, not {bound}");
        // Who was not looked at is not counted as having failed.
        let mut client = house.client();
        assert_eq!(client.sign_in("ada@example.org", PASSWORD).status, 200);
    });
}

#[test]
fn what_is_sent_to_sign_in_is_bounded() {
    everywhere(SETUP, |house| {
        let mut client = house.client();
        for body in [
            json!({"email": "x".repeat(1_000_000), "password": "x"}).to_string(),
            json!({"email": "ada@example.org", "password": "x".repeat(1_000_000)}).to_string(),
            format!(
                "{{\"email\":{}1{}}}",
                "[".repeat(10_000),
                "]".repeat(10_000)
            ),
            format!("{{\"email\":[{}1]}}", "1,".repeat(1_000_000)),
            format!("{{{}\"email\":\"x\"}}", "\"\":\"\",".repeat(1_000_000)),
            json!(
                (0..100_000)
                    .map(|at| (at.to_string(), "x"))
                    .collect::<BTreeMap<_, _>>()
            )
            .to_string(),
            "[]".to_owned(),
            "null".to_owned(),
            "{}".to_owned(),
            "{\"email\":1,\"password\":2}".to_owned(),
            "{\"email\":{\"$ne\":null},\"password\":{\"$ne\":null}}".to_owned(),
            String::new(),
        ] {
            for target in ["/-/session", "/-/users"] {
                let answer = client.send(&Request::new("POST", target).json(&body));
                assert!(
                    (400..500).contains(&answer.status),
                    "{target}: {}",
                    answer.status
                );
            }
        }
        // Nor does it take much more room than it has octets.
        let before = high_water(house);
        let nested = format!("{{\"email\":[{}1]}}", "[],".repeat(2_500_000));
        let answer = client.send(&Request::new("POST", "/-/session").json(&nested));
        assert_eq!(answer.status, 400);
        let grown = high_water(house).saturating_sub(before);
        assert!(grown < 64_000, "{grown} kB more");
        let huge = "x".repeat(9 * 1024 * 1024);
        let answer = client.send(&Request::new("POST", "/-/session").json(&huge));
        assert_eq!(answer.status, 413);
    });
}

#[test]
fn limits_follow_the_configuration_that_is_read_again() {
    let setup = Setup {
        session: "idle = \"1h\"",
        ..SETUP
    };
    in_stores(&[Store::Database], setup, |house| {
        house.user("ada@example.org");
        let mut connection = house.server.connect();
        let wrong = sign_in("ada@example.org", "a wrong password", "10.7.0.1");
        while connection.send(&wrong).status != 429 {}
        house.server.signal("HUP");
        house.server.logged("holds from now on");
        // Who guesses cannot wait for it, either.
        retry_after(&connection.send(&wrong));
    });
}
