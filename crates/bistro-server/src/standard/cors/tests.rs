//! Which origins are listed, and what is said to them.

use hyper::header::{self, HeaderMap, HeaderValue};

use super::{listed, permit};

#[test]
fn an_origin_is_listed_by_its_exact_text_and_once() {
    let origins = ["https://app.test".to_owned()];
    let check = |lines: &[&'static str], expected: bool| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::ORIGIN, HeaderValue::from_static(line));
        }
        assert_eq!(listed(&headers, &origins).is_some(), expected, "{lines:?}");
    };
    check(&["https://app.test"], true);
    check(&[], false);
    check(&["null"], false);
    check(&["http://app.test"], false);
    check(&["https://app.test.evil.test"], false);
    check(&["https://app.test:8443"], false);
    check(&["https://app.test", "https://app.test"], false);
}

#[test]
fn a_response_varies_by_origin_and_says_so_once() {
    let check = |before: &[&'static str], after: &[&str]| {
        let mut headers = HeaderMap::new();
        for line in before {
            headers.append(header::VARY, HeaderValue::from_static(line));
        }
        permit(&mut headers, None);
        let lines: Vec<_> = headers.get_all(header::VARY).iter().collect();
        assert_eq!(lines, after);
    };
    check(&[], &["Origin"]);
    check(&["Accept"], &["Accept", "Origin"]);
    check(&["Accept, origin"], &["Accept, origin"]);
    check(&["*"], &["*"]);
}
