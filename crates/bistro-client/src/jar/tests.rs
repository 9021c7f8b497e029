//! The jar: refusals and their reasons, what gives way, what is sent where, and how two runs come together.

use bistro_http::cookie::received::{SameSite, Unreadable};
use proptest::prelude::*;
use url::Url;

use super::refusal::{Receipt, Refusal};
use super::site::Initiator;
use super::store::{COOKIES_MAX, COOKIES_PER_DOMAIN_MAX};
use super::{CHANGES_MAX, Change, Jar};

const NOW: u64 = 1_800_000_000;
const DAY: u64 = 24 * 60 * 60;

fn url(text: &str) -> Url {
    Url::parse(text).expect("it is one")
}

/// A jar that has received these fields, one each second.
fn jar(fields: &[(&str, &str)]) -> Jar {
    let mut jar = Jar::default();
    for (second, (target, field)) in (NOW..).zip(fields) {
        let receipt = jar.receive(&url(target), field.as_bytes(), second);
        assert!(receipt.is_ok(), "{field}: {receipt:?}");
    }
    jar
}

/// The `Cookie` field of a request.
fn sent(jar: &mut Jar, target: &str, initiator: Initiator, now: u64) -> Option<String> {
    let field = jar.cookie_field(&url(target), initiator, now)?;
    assert!(field.is_sensitive());
    Some(String::from_utf8_lossy(field.as_bytes()).into_owned())
}

/// What somebody who types a target has sent.
fn typed(jar: &mut Jar, target: &str) -> String {
    sent(jar, target, Initiator::SameSite, NOW + 60).unwrap_or_default()
}

#[test]
fn a_refusal_has_its_reason() {
    let long = format!("http://a.example/{}/x", "y".repeat(1024));
    let table: [(&str, &str, Refusal); 9] = [
        (
            "http://a.example",
            "=",
            Refusal::Unreadable(Unreadable::Empty),
        ),
        ("data:,x", "a=1", Refusal::NoHost),
        (
            "http://a.example",
            "a=1; Domain=B.example",
            Refusal::Domain {
                domain: "b.example".to_owned(),
                host: "a.example".to_owned(),
            },
        ),
        (
            "http://a.example",
            "a=1; Domain=example",
            Refusal::PublicSuffix {
                domain: "example".to_owned(),
            },
        ),
        ("http://a.example", "a=1; Secure", Refusal::Insecure),
        (
            "https://a.example",
            "a=1; SameSite=None",
            Refusal::NotSecure,
        ),
        (
            "https://a.example",
            "__host-http-a=1; Secure; Path=/",
            Refusal::Prefix {
                prefix: "__Host-Http-",
                needs: "`Secure`, `HttpOnly`, `Path=/` and no `Domain`",
            },
        ),
        (
            "https://a.example",
            "__Secure-a; Secure",
            Refusal::Prefix {
                prefix: "__Secure-",
                needs: "a name: the cookie has none",
            },
        ),
        (&long, "a=1", Refusal::Path { max: 1024 }),
    ];
    for (target, field, expected) in table {
        let receipt = Jar::default().receive(&url(target), field.as_bytes(), NOW);
        assert_eq!(receipt, Err(expected), "{field}");
    }
    let mut jar = jar(&[("https://a.example", "a=1; Secure")]);
    let receipt = jar.receive(&url("http://a.example"), b"a=2", NOW);
    assert_eq!(receipt, Err(Refusal::Overlay));
}

#[test]
fn odd_octets_of_a_domain_are_escaped_in_the_reason() {
    let receipt =
        Jar::default().receive(&url("http://a.example"), b"a=1; Domain=\xff\xc2\x9b", NOW);
    let reason = receipt.map_err(|refusal| refusal.to_string());
    let expected = r"its `Domain` is `\xff\xc2\x9b`, and the host `a.example` is not in there";
    assert_eq!(reason, Err(expected.to_owned()));
}

#[test]
fn a_receipt_says_what_became_of_a_cookie() {
    let table = [
        ("a=1", Receipt::Added),
        ("a=2", Receipt::Replaced),
        ("a=; Max-Age=0", Receipt::Removed),
        ("a=; Max-Age=0", Receipt::Over),
        ("a=1; Path=/x", Receipt::Added),
    ];
    let mut jar = Jar::default();
    for (field, expected) in table {
        let receipt = jar.receive(&url("http://a.example"), field.as_bytes(), NOW);
        assert_eq!(receipt, Ok(expected), "{field}");
    }
}

#[test]
fn a_cookie_ends_at_its_second() {
    let mut jar = jar(&[
        ("http://a.example", "a=1; Max-Age=60"),
        ("http://a.example", "b=2"),
    ]);
    let at = |jar: &mut Jar, now| sent(jar, "http://a.example", Initiator::SameSite, now);
    assert_eq!(at(&mut jar, NOW + 59).as_deref(), Some("a=1; b=2"));
    assert_eq!(at(&mut jar, NOW + 60).as_deref(), Some("b=2"));
    // One that has no end is kept for as long as the session has a name.
    assert_eq!(at(&mut jar, NOW + 1_000 * DAY).as_deref(), Some("b=2"));
}

#[test]
fn a_later_cookie_keeps_the_turn_of_the_earlier_one() {
    let home = "http://a.example";
    let mut jar = jar(&[(home, "a=1"), (home, "b=2"), (home, "a=3; HttpOnly")]);
    assert_eq!(typed(&mut jar, home), "a=3; b=2");
    let first = jar.cookies().next().expect("there are two");
    assert_eq!((first.created, first.is_http_only), (NOW, true));
}

#[test]
fn same_site_decides_behind_a_redirect_from_elsewhere() {
    let home = "https://a.example";
    let mut jar = jar(&[
        (home, "d=1"),
        (home, "l=2; SameSite=Lax"),
        (home, "s=3; SameSite=Strict"),
        (home, "n=4; SameSite=None; Secure"),
    ]);
    let kinds: Vec<_> = jar.cookies().map(|cookie| cookie.same_site).collect();
    let expected = [
        SameSite::Default,
        SameSite::Lax,
        SameSite::Strict,
        SameSite::None,
    ];
    assert_eq!(kinds, expected);
    let table = [
        (Initiator::SameSite, "d=1; l=2; s=3; n=4"),
        (Initiator::CrossSite { is_safe: true }, "d=1; l=2; n=4"),
        (Initiator::CrossSite { is_safe: false }, "n=4"),
    ];
    for (initiator, expected) in table {
        let field = sent(&mut jar, home, initiator, NOW + 60);
        assert_eq!(field.as_deref(), Some(expected), "{initiator:?}");
    }
}

#[test]
fn a_cookie_for_one_host_does_not_follow_a_redirect_to_another() {
    let mut jar = jar(&[
        ("http://a.example.org", "host=1"),
        ("http://a.example.org", "domain=2; Domain=example.org"),
    ]);
    let table = [
        ("http://a.example.org:8080/x", "host=1; domain=2"),
        ("http://b.example.org", "domain=2"),
        ("http://a.a.example.org", "domain=2"),
        ("http://a.example.com", ""),
        ("http://example.org.evil.example", ""),
    ];
    for (target, expected) in table {
        assert_eq!(typed(&mut jar, target), expected, "{target}");
    }
}

#[test]
fn a_typed_cookie_is_for_its_host_and_the_session() {
    let mut jar = Jar::default();
    let receipts = jar.receive_typed(&url("https://a.example/x/y"), b"a=1; __Host-b=2 ;; c", NOW);
    assert_eq!(receipts, [const { Ok(Receipt::Added) }; 3]);
    assert_eq!(typed(&mut jar, "https://a.example"), "a=1; __Host-b=2; c");
    assert_eq!(typed(&mut jar, "https://b.a.example"), "");
    assert_eq!(typed(&mut jar, "http://a.example"), "");
    let receipts = jar.receive_typed(&url("http://b.example"), b"a=1; b=\x01", NOW);
    let control = Refusal::Unreadable(Unreadable::Control { at: 2 });
    assert_eq!(receipts, [Ok(Receipt::Added), Err(control)]);
    assert_eq!(typed(&mut jar, "http://b.example"), "a=1");
}

#[test]
fn the_least_used_insecure_cookie_of_a_crowded_domain_gives_way() {
    let home = url("https://a.example");
    let mut jar = Jar::default();
    for number in 0..COOKIES_PER_DOMAIN_MAX as u64 {
        let secure = if number == 0 { "; Secure" } else { "" };
        // Every second cookie goes to another path, so that a request can use some of them only.
        let path = if number % 2 == 0 { "/even" } else { "/odd" };
        let field = format!("c{number}=1; Path={path}{secure}");
        assert!(jar.receive(&home, field.as_bytes(), NOW + number).is_ok());
    }
    let odd = url("https://a.example/odd");
    jar.cookie_field(&odd, Initiator::SameSite, NOW + 1_000);
    assert_eq!(
        jar.receive(&home, b"new=1", NOW + 1_001),
        Ok(Receipt::Added)
    );
    let names: Vec<_> = jar.cookies().map(|cookie| cookie.name.clone()).collect();
    assert_eq!(names.len(), COOKIES_PER_DOMAIN_MAX);
    assert!(names.contains(&b"c0".to_vec()), "it is secure");
    assert!(names.contains(&b"c1".to_vec()), "it was used");
    assert!(
        !names.contains(&b"c2".to_vec()),
        "nobody has used it for the longest time"
    );
    assert!(names.contains(&b"c4".to_vec()), "one had to go");
}

#[test]
fn secure_cookies_do_not_give_way_to_an_insecure_one() {
    let home = url("https://a.example");
    let mut jar = Jar::default();
    for number in 0..COOKIES_PER_DOMAIN_MAX {
        let field = format!("c{number}=1; Secure");
        assert!(jar.receive(&home, field.as_bytes(), NOW).is_ok());
    }
    let max = COOKIES_PER_DOMAIN_MAX;
    let receipt = jar.receive(&home, b"new=1", NOW + 1);
    assert_eq!(receipt, Err(Refusal::Crowded { max }));
    assert_eq!(
        jar.receive(&home, b"new=1; Secure", NOW + 1),
        Ok(Receipt::Added)
    );
    assert_eq!(jar.cookies().count(), max);
}

#[test]
fn a_full_jar_drops_what_is_over_and_then_what_was_used_least() {
    let mut jar = Jar::default();
    let host = |number: usize| url(&format!("http://h{number}.example"));
    for number in 0..COOKIES_MAX {
        let end = if number == 7 { "; Max-Age=100" } else { "" };
        let field = format!("a={number}{end}");
        assert!(jar.receive(&host(number), field.as_bytes(), NOW).is_ok());
    }
    jar.cookie_field(&host(0), Initiator::SameSite, NOW + 50);
    assert!(
        jar.receive(&url("http://new.example"), b"a=1", NOW + 100)
            .is_ok()
    );
    assert_eq!(jar.cookies().count(), COOKIES_MAX);
    assert!(
        jar.receive(&url("http://newer.example"), b"a=1", NOW + 100)
            .is_ok()
    );
    assert_eq!(jar.cookies().count(), COOKIES_MAX);
    let domains: Vec<_> = jar.cookies().map(|cookie| cookie.domain.as_str()).collect();
    for (domain, expected) in [("h0", true), ("h1", false), ("h2", true), ("h7", false)] {
        let domain = format!("{domain}.example");
        assert_eq!(domains.contains(&domain.as_str()), expected, "{domain}");
    }
}

#[test]
fn a_run_against_a_hostile_server_remembers_a_bounded_number_of_changes() {
    let home = url("http://a.example");
    let mut jar = jar(&[("http://b.example", "keep=1")]);
    jar.replay_on(jar.clone(), NOW);
    for number in 0..3 * COOKIES_MAX {
        let gone = format!("c{number}=; Max-Age=0");
        assert_eq!(jar.receive(&home, gone.as_bytes(), NOW), Ok(Receipt::Over));
    }
    for number in 0..2 * COOKIES_PER_DOMAIN_MAX {
        let field = format!("d{number}=1");
        assert!(jar.receive(&home, field.as_bytes(), NOW).is_ok());
    }
    let removed = jar.changes.values();
    let removed = removed.filter(|change| **change == Change::Removed);
    assert!(removed.count() <= CHANGES_MAX);
    assert!(jar.changes.len() <= CHANGES_MAX + jar.cookies().count());
    // What was there before can be taken back all the same.
    let mut fresh = jar.clone();
    assert_eq!(jar.clear(Some("b.example"), None), 1);
    jar.replay_on(fresh.clone(), NOW);
    assert_eq!(typed(&mut jar, "http://b.example"), "");
    assert_eq!(typed(&mut fresh, "http://b.example"), "keep=1");
}

/// A domain, a name, and how many cookies have them.
type Cleared = (Option<&'static str>, Option<&'static [u8]>, usize);

#[test]
fn cookies_are_cleared_by_domain_and_name() {
    let fields = [
        ("http://a.example.org", "a=1"),
        ("http://a.example.org", "b=2"),
        ("http://a.example.org", "a=3; Domain=example.org"),
        ("http://b.example", "a=4"),
    ];
    let table: [Cleared; 6] = [
        (None, None, 4),
        (Some("a.example.org"), None, 2),
        (Some(".EXAMPLE.org"), None, 1),
        (None, Some(b"a"), 3),
        (Some("a.example.org"), Some(b"a"), 1),
        (Some("org"), None, 0),
    ];
    for (domain, name, expected) in table {
        let mut jar = jar(&fields);
        assert_eq!(jar.clear(domain, name), expected, "{domain:?} {name:?}");
        assert_eq!(jar.cookies().count(), fields.len() - expected);
    }
}

#[test]
fn two_runs_come_together() {
    let home = "http://a.example";
    let mut base = jar(&[(home, "both=0"), (home, "gone=0"), (home, "mine=0")]);
    base.replay_on(base.clone(), NOW);
    assert!(!base.is_changed());
    let (mut one, mut other) = (base.clone(), base.clone());
    for field in ["new-one=1", "both=1", "gone=; Max-Age=0", "mine=1"] {
        assert!(one.receive(&url(home), field.as_bytes(), NOW + 10).is_ok());
    }
    for field in ["new-other=2", "both=2"] {
        assert!(
            other
                .receive(&url(home), field.as_bytes(), NOW + 11)
                .is_ok()
        );
    }
    one.replay_on(base, NOW + 12);
    other.replay_on(one, NOW + 12);
    assert_eq!(
        typed(&mut other, home),
        "both=2; mine=1; new-one=1; new-other=2"
    );
    assert!(!other.is_changed());
}

#[test]
fn a_cookie_that_was_taken_back_and_set_again_is_a_new_one() {
    let home = "http://a.example";
    let mut jar = jar(&[(home, "a=1"), (home, "b=2")]);
    jar.replay_on(jar.clone(), NOW);
    let fresh = jar.clone();
    for field in ["a=; Max-Age=0", "a=3"] {
        assert!(jar.receive(&url(home), field.as_bytes(), NOW + 10).is_ok());
    }
    assert_eq!(typed(&mut jar, home), "b=2; a=3");
    jar.replay_on(fresh, NOW + 10);
    assert_eq!(typed(&mut jar, home), "b=2; a=3");
}

#[test]
fn a_domain_that_has_become_a_public_suffix_is_sent_nothing() {
    let target = "https://a.example.co.uk";
    let mut jar = jar(&[(target, "a=1; Domain=example.co.uk"), (target, "b=2")]);
    assert_eq!(typed(&mut jar, target), "a=1; b=2");
    let mut cookies: Vec<_> = jar.cookies().cloned().collect();
    for cookie in &mut cookies {
        if !cookie.is_host_only {
            cookie.domain = "co.uk".to_owned();
        }
    }
    assert_eq!(typed(&mut Jar::of(cookies), target), "b=2");
}

#[test]
fn a_replay_hides_no_secure_cookie_that_came_meanwhile() {
    let mut fresh = Jar::default();
    let mut plain = jar(&[
        ("http://a.example", "a=plain"),
        ("http://a.example", "b=plain"),
    ]);
    assert!(
        fresh
            .receive(&url("https://a.example"), b"a=safe; Secure", NOW)
            .is_ok()
    );
    plain.replay_on(fresh, NOW);
    assert_eq!(typed(&mut plain, "https://a.example"), "a=safe; b=plain");
}

#[test]
fn the_last_use_is_worth_writing_once_a_day() {
    let home = url("http://a.example");
    let mut jar = jar(&[("http://a.example", "a=1")]);
    jar.replay_on(jar.clone(), NOW);
    jar.cookie_field(&home, Initiator::SameSite, NOW + DAY - 1);
    assert!(!jar.is_changed());
    let mut other = jar.clone();
    let fresh = jar.clone();
    other.cookie_field(&home, Initiator::SameSite, NOW + 3 * DAY);
    assert!(other.is_changed());
    other.replay_on(fresh, NOW + 3 * DAY);
    let used: Vec<_> = other.cookies().map(|cookie| cookie.used).collect();
    assert_eq!(used, [NOW + 3 * DAY]);
}

#[test]
fn a_value_is_not_shown_by_accident() {
    let jar = jar(&[("http://a.example", "sid=secret")]);
    assert!(!format!("{jar:?}").contains("secret"));
}

proptest! {
    #[test]
    fn what_is_received_is_sent_as_it_came(
        name in proptest::collection::vec(any::<u8>(), 0..20),
        value in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let home = url("https://a.example");
        let mut jar = Jar::default();
        let field = [name.as_slice(), b"=", &value].concat();
        if jar.receive(&home, &field, NOW) == Ok(Receipt::Added) {
            let sent = jar.cookie_field(&home, Initiator::SameSite, NOW).expect("there is one");
            let cookie = jar.cookies().next().expect("there is one");
            let expected = match cookie.name.as_slice() {
                b"" => cookie.value.clone(),
                name => [name, b"=", &cookie.value].concat(),
            };
            prop_assert_eq!(sent.as_bytes(), expected);
        }
    }

    #[test]
    fn nothing_is_sent_to_a_host_that_does_not_match(field in "[a-c]=1(; Domain=[.a-z]{0,12})?(; Path=/[a-z]{0,2})?(; Secure)?") {
        let mut jar = Jar::default();
        if jar.receive(&url("https://a.bc.example"), field.as_bytes(), NOW).is_ok() {
            for target in ["https://x.example", "https://example", "https://bc.example.org", "https://abc.example"] {
                prop_assert_eq!(jar.cookie_field(&url(target), Initiator::SameSite, NOW), None);
            }
        }
    }
}
