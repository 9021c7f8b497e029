//! Tables of `Set-Cookie` fields and what a user agent reads in them.

use proptest::prelude::*;

use super::{ATTRIBUTE_OCTETS_MAX, Received, SameSite, Unreadable, read};
use crate::cookie::{COOKIE_OCTETS_MAX, MAX_AGE_MAX};

const NOW: u64 = 1_800_000_000;

/// A cookie that has nothing but a name and a value.
fn plain<'a>(name: &'a [u8], value: &'a [u8]) -> Received<'a> {
    Received {
        name,
        value,
        expires: None,
        domain: None,
        path: None,
        is_secure: false,
        is_http_only: false,
        same_site: SameSite::Default,
    }
}

#[test]
fn name_and_value_part_at_the_first_equals_sign() {
    let table: [(&[u8], &[u8], &[u8]); 11] = [
        (b"a=1", b"a", b"1"),
        (b" \ta \t= \t1 \t", b"a", b"1"),
        (b"a=b=c", b"a", b"b=c"),
        (b"a=", b"a", b""),
        (b"=1", b"", b"1"),
        (b" 1 ", b"", b"1"),
        (b"==1", b"", b"=1"),
        (b"a=\"1; 2\"", b"a", b"\"1"),
        (b"a b=c,d", b"a b", b"c,d"),
        (b"\xff\xfe=\x80", b"\xff\xfe", b"\x80"),
        (b"a=\xc2\xa01", b"a", b"\xc2\xa01"),
    ];
    for (field, name, value) in table {
        assert_eq!(read(field, NOW), Ok(plain(name, value)), "{field:?}");
    }
}

#[test]
fn what_is_no_cookie_is_refused() {
    let control = |at| Err(Unreadable::Control { at });
    let table: [(&[u8], Result<Received<'_>, Unreadable>); 11] = [
        (b"", Err(Unreadable::Empty)),
        (b"=", Err(Unreadable::Empty)),
        (b" = ; Path=/", Err(Unreadable::Empty)),
        (b"; a=1", Err(Unreadable::Empty)),
        (b"a=1\0", control(3)),
        (b"a=1\r", control(3)),
        (b"a\n=1", control(1)),
        (b"a=1; Path=/\x7f", control(11)),
        (b"\x1ba=1", control(0)),
        (b"a=\x081", control(2)),
        (b"a=1\t2", Ok(plain(b"a", b"1\t2"))),
    ];
    for (field, expected) in table {
        assert_eq!(read(field, NOW), expected, "{field:?}");
    }
}

#[test]
fn the_longest_cookie_is_kept_and_a_longer_one_is_not() {
    let most = format!("a={}", "x".repeat(COOKIE_OCTETS_MAX - 1));
    assert!(read(format!("{most}; Path=/").as_bytes(), NOW).is_ok());
    let octets = COOKIE_OCTETS_MAX + 1;
    assert_eq!(
        read(format!("{most}x").as_bytes(), NOW),
        Err(Unreadable::TooLong { octets })
    );
}

#[test]
fn the_end_is_reckoned_from_max_age_before_expires() {
    let table: [(&str, Option<u64>); 16] = [
        ("", None),
        ("; Max-Age=60", Some(NOW + 60)),
        ("; Max-Age=0", Some(0)),
        ("; Max-Age=-0", Some(0)),
        ("; Max-Age=-1", Some(0)),
        ("; Max-Age=+1", None),
        ("; Max-Age=1.5", None),
        ("; Max-Age=-", None),
        ("; Max-Age", None),
        ("; Max-Age=60; Max-Age=x", Some(NOW + 60)),
        ("; Max-Age=60; Max-Age=90", Some(NOW + 90)),
        (
            "; Max-Age=99999999999999999999999999",
            Some(NOW + MAX_AGE_MAX),
        ),
        ("; Expires=1 Jan 2001 00:00:00", Some(978_307_200)),
        ("; Expires=1 Jan 1901 00:00:00", Some(0)),
        ("; Expires=1 Jan 9999 00:00:00", Some(NOW + MAX_AGE_MAX)),
        (
            "; max-AGE=60; expires=1 Jan 2001 00:00:00; Expires=soon",
            Some(NOW + 60),
        ),
    ];
    for (attributes, expected) in table {
        let field = format!("a=1{attributes}");
        let found = read(field.as_bytes(), NOW).map(|cookie| cookie.expires);
        assert_eq!(found, Ok(expected), "{field}");
    }
}

#[test]
fn of_domain_path_and_same_site_the_last_counts() {
    type Expected = (Option<&'static [u8]>, Option<&'static [u8]>, SameSite);
    let table: [(&str, Expected); 9] = [
        (
            "Domain=.a.b; Path=/x",
            (Some(b"a.b"), Some(b"/x"), SameSite::Default),
        ),
        ("Domain=..a", (Some(b".a"), None, SameSite::Default)),
        ("Domain=a; DOMAIN", (Some(b""), None, SameSite::Default)),
        ("Path=/x; Path=y", (None, None, SameSite::Default)),
        ("Path=y; path = /x ", (None, Some(b"/x"), SameSite::Default)),
        ("SameSite=Lax", (None, None, SameSite::Lax)),
        ("samesite=STRICT", (None, None, SameSite::Strict)),
        (
            "SameSite=Strict; SameSite=None",
            (None, None, SameSite::None),
        ),
        (
            "SameSite=None; SameSite=new",
            (None, None, SameSite::Default),
        ),
    ];
    for (attributes, (domain, path, same_site)) in table {
        let field = format!("a=1; {attributes}");
        let expected = Received {
            domain,
            path,
            same_site,
            ..plain(b"a", b"1")
        };
        assert_eq!(read(field.as_bytes(), NOW), Ok(expected), "{field}");
    }
}

#[test]
fn flags_need_no_value_and_unknown_attributes_mean_nothing() {
    let table = [
        ("Secure; HttpOnly", true, true),
        ("secure=no; httponly=", true, true),
        (" SECURE ;;; x", true, false),
        ("Secure2; Http-Only; \"Secure\"", false, false),
        ("Partitioned; Priority=High; Version=1", false, false),
    ];
    for (attributes, is_secure, is_http_only) in table {
        let field = format!("a=1; {attributes}");
        let expected = Received {
            is_secure,
            is_http_only,
            ..plain(b"a", b"1")
        };
        assert_eq!(read(field.as_bytes(), NOW), Ok(expected), "{field}");
    }
}

#[test]
fn an_attribute_that_is_too_long_is_passed_over() {
    let most = "x".repeat(ATTRIBUTE_OCTETS_MAX - 1);
    let long = format!("a=1; Path=/y; Path=/{most}x; Secure={most}xx");
    let expected = Received {
        path: Some(b"/y"),
        ..plain(b"a", b"1")
    };
    assert_eq!(read(long.as_bytes(), NOW), Ok(expected));
    let path = format!("/{most}");
    let longest = format!("a=1; Path={path}");
    let expected = Received {
        path: Some(path.as_bytes()),
        ..plain(b"a", b"1")
    };
    assert_eq!(read(longest.as_bytes(), NOW), Ok(expected));
}

#[test]
fn a_value_is_not_shown_by_accident() {
    let cookie = read(b"sid=secret", NOW);
    assert!(!format!("{cookie:?}").contains("secret"));
}

proptest! {
    #[test]
    fn what_is_read_has_no_control_characters_and_is_not_too_long(
        field in proptest::collection::vec(any::<u8>(), 0..200),
        now: u64,
    ) {
        if let Ok(cookie) = read(&field, now) {
            let all = [cookie.name, cookie.value, cookie.domain.unwrap_or_default(), cookie.path.unwrap_or_default()];
            prop_assert!(all.concat().iter().all(|octet| *octet == b'\t' || !octet.is_ascii_control()));
            prop_assert!((1..=COOKIE_OCTETS_MAX).contains(&(cookie.name.len() + cookie.value.len())));
            prop_assert!(cookie.expires.is_none_or(|end| end <= now.saturating_add(MAX_AGE_MAX)));
        }
    }
}
