//! What `TRACE` shows.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use super::{ECHO_BYTES, echo, without_secrets};

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    fields
        .iter()
        .map(|(name, value)| {
            let value = HeaderValue::from_str(value).expect("a field value");
            (HeaderName::from_static(name), value)
        })
        .collect()
}

#[test]
fn secrets_in_a_query_are_not_shown() {
    let check = |query: &str, expected: &str| assert_eq!(without_secrets(query), expected);
    check("a=1&b=2", "a=1&b=2");
    check("a=1&access_token=x&b", "a=1&access_token=-&b");
    check("APIKEY=x", "APIKEY=-");
    check("%74oken=x", "%74oken=-");
    check("", "");
}

#[test]
fn an_echo_has_its_host_in_either_protocol() {
    let text = echo("/a", Some("b"), "localhost", &HeaderMap::new());
    assert_eq!(
        String::from_utf8_lossy(&text),
        "TRACE /a?b HTTP/1.1\r\nhost: localhost\r\n\r\n"
    );
}

#[test]
fn an_echo_is_bounded_and_ends_with_an_empty_line() {
    let path = format!("/{}", "a".repeat(ECHO_BYTES));
    let long = "x".repeat(ECHO_BYTES);
    let fields = headers(&[
        ("accept", &long),
        ("via", "1.1 proxy"),
        ("x-probe-a", &long),
    ]);
    let text = echo(&path, None, "localhost", &fields);
    assert!(text.len() <= ECHO_BYTES, "{}", text.len());
    assert!(text.ends_with(b"\r\nvia: 1.1 proxy\r\n\r\n"));
}
