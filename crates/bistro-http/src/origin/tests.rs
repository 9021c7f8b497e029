//! The truth table of cross-site requests, and tables of origins.

use super::{CrossSite, Origin, OriginError, Verdict};
use crate::authority::AuthorityError;
use crate::method::Method;

const OWN: &str = "http://localhost:8080";
const LOWER_ROWS: [Method; 5] = [
    Method::Query,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
];

fn check(methods: &[Method], site: Option<&str>, origin: Option<&str>, expected: Verdict) {
    let trusted = [
        "https://app.example".to_owned(),
        "https://Other.example:443".to_owned(),
        "null".to_owned(),
        String::new(),
    ];
    for method in methods {
        let verdict = CrossSite::judge(*method, site, origin, OWN, &trusted);
        assert_eq!(verdict, expected, "{method} {site:?} {origin:?}");
    }
}

#[test]
fn reads_are_allowed_from_everywhere() {
    let reads = [Method::Get, Method::Head, Method::Options];
    for site in [None, Some("cross-site"), Some("same-site"), Some("odd")] {
        for origin in [None, Some("null"), Some("https://evil.test"), Some("\0")] {
            check(&reads, site, origin, Verdict::Allowed);
        }
    }
}

#[test]
fn a_browser_that_says_same_origin_is_believed() {
    for site in ["same-origin", "none"] {
        for origin in [None, Some("null"), Some("https://evil.test"), Some(OWN)] {
            check(&LOWER_ROWS, Some(site), origin, Verdict::Allowed);
        }
    }
}

#[test]
fn other_sites_are_refused_unless_they_are_trusted() {
    for site in [
        "same-site",
        "cross-site",
        "odd",
        "SAME-ORIGIN",
        "same-origin, none",
    ] {
        for origin in [
            None,
            Some(""),
            Some("null"),
            Some("https://evil.test"),
            Some(OWN),
        ] {
            check(&LOWER_ROWS, Some(site), origin, Verdict::Refused);
        }
        check(
            &LOWER_ROWS,
            Some(site),
            Some("https://app.example"),
            Verdict::Allowed,
        );
        check(
            &LOWER_ROWS,
            Some(site),
            Some("https://other.example"),
            Verdict::Allowed,
        );
        check(
            &LOWER_ROWS,
            Some(site),
            Some("http://app.example"),
            Verdict::Refused,
        );
    }
}

#[test]
fn what_is_no_browser_is_allowed() {
    for site in [None, Some("")] {
        for origin in [None, Some(""), Some(" ")] {
            check(&LOWER_ROWS, site, origin, Verdict::Allowed);
        }
    }
}

#[test]
fn an_older_browser_is_judged_by_origin() {
    for origin in [
        OWN,
        "HTTP://LOCALHOST:8080",
        "https://app.example",
        "https://app.example:443",
    ] {
        check(&LOWER_ROWS, None, Some(origin), Verdict::Allowed);
    }
    for origin in [
        "null",
        "NULL",
        "https://evil.test",
        "https://localhost:8080",
        "http://localhost",
        "http://localhost:80",
        "http://localhost:8081",
        "http://localhost:8080.evil.test",
        "http://localhost.evil.test:8080",
        "http://evil.test@localhost:8080",
        "http://localhost:8080/",
        "http://localhost:8080 http://evil.test",
        "http://localhost:8080, http://evil.test",
        "localhost:8080",
        "//localhost:8080",
        "://localhost:8080",
        "https://app.example.evil.test",
        "https://sub.app.example",
        "http://[::1",
        "\0",
        "서울",
    ] {
        check(&LOWER_ROWS, None, Some(origin), Verdict::Refused);
    }
}

#[test]
fn an_own_origin_that_cannot_be_read_is_nobodys() {
    for own in ["", "null", "http://", "http://a b"] {
        let verdict = CrossSite::judge(Method::Post, None, Some(own), own, &[]);
        let expected = if own.is_empty() {
            Verdict::Allowed
        } else {
            Verdict::Refused
        };
        assert_eq!(verdict, expected, "{own:?}");
    }
}

#[test]
fn trace_and_connect_never_come_from_a_browser() {
    let methods = [Method::Trace, Method::Connect];
    check(&methods, None, None, Verdict::Allowed);
    check(&methods, Some("same-origin"), None, Verdict::Refused);
    check(&methods, None, Some(OWN), Verdict::Refused);
    check(&methods, Some("none"), Some(OWN), Verdict::Refused);
}

#[test]
fn origins_are_normalized() {
    let check = |text: &str, expected: &str| {
        let read = Origin::read(text).expect("it is an origin");
        assert_eq!(read.to_string(), expected, "{text:?}");
        assert_eq!(Origin::read(expected), Ok(read));
    };
    check("http://localhost:80", "http://localhost");
    check("HTTPS://Example.COM:443", "https://example.com");
    check("https://example.com:80", "https://example.com:80");
    check("http://[::0:1]:8080", "http://[::1]:8080");
    check("chrome-extension://abcdef", "chrome-extension://abcdef");
}

#[test]
fn what_is_no_origin_is_not_read() {
    let check = |text: &str, expected: OriginError| {
        assert_eq!(Origin::read(text), Err(expected), "{text:?}");
    };
    check("null", OriginError::Opaque);
    for text in [
        "",
        "a",
        "http:",
        "http:/a",
        "//a",
        "://a",
        "1a://b",
        "h\0://b",
        "é://b",
        " http://a",
    ] {
        check(text, OriginError::Scheme);
    }
    check("http://", OriginError::Authority(AuthorityError::Empty));
    check(
        "http://a/",
        OriginError::Authority(AuthorityError::Character {
            character: '/',
            at: 1,
        }),
    );
    check(
        "http://u@a",
        OriginError::Authority(AuthorityError::UserInfo { at: 1 }),
    );
    check(
        "http://a:x",
        OriginError::Authority(AuthorityError::Port { at: 2 }),
    );
}
