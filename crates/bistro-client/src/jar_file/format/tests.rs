//! Sessions as text: what is written reads as the same, and what was tampered with is told.

use bistro_http::cookie::COOKIE_OCTETS_MAX;
use expect_test::expect;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use url::Url;

use super::{read, write};
use crate::jar::Jar;
use crate::jar::cookie::Cookie;

const NOW: u64 = 1_800_000_000;

/// The cookies of a jar that has received these fields.
fn cookies(fields: &[&[u8]]) -> Vec<Cookie> {
    let mut jar = Jar::default();
    let home = Url::parse("https://a.example/x/y").expect("it is one");
    for field in fields {
        // Whether it is refused is not asked here.
        let _ = jar.receive(&home, field, NOW);
    }
    jar.cookies().cloned().collect()
}

#[test]
fn a_session_is_text_that_can_be_read_and_repaired() {
    let fields = HeaderMap::from_iter([(
        http::header::AUTHORIZATION,
        HeaderValue::from_static("Bearer x"),
    )]);
    let cookies = cookies(&[
        b"sid=\"a\"; Secure; HttpOnly; SameSite=Lax; Max-Age=60; Path=/",
        b"\xff",
    ]);
    let text = write(&fields, &cookies).expect("it can be written");
    expect![[r#"
        {
          "bistro_session": 1,
          "fields": [
            {
              "name": "authorization",
              "value": "Bearer x"
            }
          ],
          "cookies": [
            {
              "name": "sid",
              "value": "\"a\"",
              "domain": "a.example",
              "host_only": true,
              "path": "/",
              "secure": true,
              "http_only": true,
              "same_site": "lax",
              "expires": 1800000060,
              "created": 1800000000,
              "used": 1800000000
            },
            {
              "name": "",
              "value": {
                "base64": "/w=="
              },
              "domain": "a.example",
              "host_only": true,
              "path": "/x",
              "secure": false,
              "http_only": false,
              "same_site": "default",
              "expires": null,
              "created": 1800000000,
              "used": 1800000000
            }
          ]
        }
    "#]]
    .assert_eq(&String::from_utf8(text).expect("it is text"));
}

#[test]
fn a_text_that_is_no_session_is_told_from_one() {
    let cookie = |name: &str, value: &str| {
        format!(
            r#"{{"bistro_session": 1, "fields": [], "cookies": [{{"name": {name}, "value": {value}, "domain": "a.example", "host_only": true,
            "path": "/", "secure": false, "http_only": false, "same_site": "default", "expires": null, "created": 0, "used": 0}}]}}"#
        )
    };
    let field = |name: &str, value: &str| {
        format!(
            r#"{{"bistro_session": 1, "cookies": [], "fields": [{{"name": {name}, "value": {value}}}]}}"#
        )
    };
    let many = format!(r#""{}""#, "x".repeat(COOKIE_OCTETS_MAX));
    let no_cookie = "cookie 1 cannot have come from a server: look at its name and its value";
    let no_field = "field 1 cannot be sent: its name or its value has characters that no field has";
    let table = [
        (
            String::new(),
            Some("EOF while parsing a value at line 1 column 0"),
        ),
        (
            "{}".to_owned(),
            Some("missing field `bistro_session` at line 1 column 2"),
        ),
        (
            r#"{"bistro_session": 1, "fields": [], "cookies": []}"#.to_owned(),
            None,
        ),
        (
            r#"{"bistro_session": 1}"#.to_owned(),
            Some("missing field `fields` at line 1 column 21"),
        ),
        (
            r#"{"version": 1, "fields": [], "cookies": []}"#.to_owned(),
            Some("missing field `bistro_session` at line 1 column 43"),
        ),
        (
            r#"{"bistro_session": 2, "cookies": "in another way"}"#.to_owned(),
            Some("it has version 2, and this program knows version 1: use a newer one"),
        ),
        (
            "[".repeat(100_000),
            Some("invalid type: sequence, expected u32 at line 1 column 1"),
        ),
        (cookie(r#""a""#, r#""1""#), None),
        (cookie(r#""""#, r#""a=1""#), None),
        (cookie(r#""a""#, r#"{"base64": "/w=="}"#), None),
        (cookie(r#""a=b""#, r#""1""#), Some(no_cookie)),
        (cookie(r#""a""#, r#""1; b=2""#), Some(no_cookie)),
        (cookie(r#""a""#, r#""1\r\nX: y""#), Some(no_cookie)),
        (cookie(r#""a""#, r#"{"base64": "AA=="}"#), Some(no_cookie)),
        (cookie(r#""a""#, r#"" 1""#), Some(no_cookie)),
        (cookie(r#""a""#, &many), Some(no_cookie)),
        (cookie(r#""""#, r#""""#), Some(no_cookie)),
        (field(r#""x-a""#, r#""1""#), None),
        (field(r#""x a""#, r#""1""#), Some(no_field)),
        (field(r#""x-a""#, r#""1\r\nX: y""#), Some(no_field)),
    ];
    for (text, expected) in table {
        let error = read(text.as_bytes()).err().map(|error| error.to_string());
        let start: String = text.chars().take(200).collect();
        assert_eq!(error.as_deref(), expected, "{start}");
    }
}

proptest! {
    #[test]
    fn any_octets_that_came_are_written_and_read_as_the_same(
        fields in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..8),
        value in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
        let cookies = cookies(&fields);
        let mut sticky = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            sticky.append("x-a", value.clone());
            sticky.append("x-a", value);
        }
        let text = write(&sticky, &cookies).expect("it can be written");
        let (fields_again, cookies_again) = read(&text).expect("it can be read");
        prop_assert_eq!(fields_again, sticky);
        prop_assert_eq!(cookies_again, cookies);
    }

    #[test]
    fn any_text_is_read_or_refused(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        // That it returns is what is asked.
        let _ = read(&text);
    }
}
