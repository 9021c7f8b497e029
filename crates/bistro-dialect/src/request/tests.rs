//! Requests as a whole, by example.

use bistro_http::method::Method;
use bistro_http::range::ItemRange;

use crate::error::{Error, Place, Problem};
use crate::limits::Limits;
use crate::payload::Payload;
use crate::preference::Return;
use crate::request::{Exchange, Request};
use crate::target::Target;

fn read(exchange: &Exchange<'_>) -> Result<Request, Error> {
    Request::read(exchange, &Limits::default())
}

#[test]
fn a_request_has_all_its_parts() {
    let request = read(&Exchange {
        method: Method::Post,
        path: "/songs",
        query: "select=id",
        prefer: vec!["return=representation"],
        body: b"{\"title\":\"x\"}",
        ..Exchange::default()
    })
    .expect("a request");
    assert_eq!(request.method, Method::Post);
    let relation = "songs".to_owned();
    assert_eq!(request.target, Target::Collection { relation });
    assert!(request.query.select.is_some());
    assert_eq!(request.preferences.returning, Some(Return::Representation));
    assert!(matches!(request.payload, Some(Payload::Rows(_))));
}

#[test]
fn ranges_count_where_rows_are_read() {
    let check = |method, range, unit, body: &'static str, expected| {
        let exchange = Exchange {
            method,
            path: "/songs",
            range: Some(range),
            range_unit: unit,
            content_type: Some("application/x-www-form-urlencoded"),
            body: body.as_bytes(),
            ..Exchange::default()
        };
        let range = read(&exchange).map(|request| request.range);
        assert_eq!(
            range.map_err(|error| error.problem),
            expected,
            "{exchange:?}"
        );
    };
    let some = |first, last| Ok(Some(ItemRange { first, last }));
    check(Method::Get, "0-24", None, "", some(0, Some(24)));
    check(Method::Head, "5-", Some("items"), "", some(5, None));
    check(Method::Query, "5-5", None, "", some(5, Some(5)));
    check(Method::Get, "bytes=0-1", None, "", Ok(None));
    check(Method::Get, "0-24", Some("bytes"), "", Ok(None));
    check(Method::Get, "5-4", None, "", Err(Problem::EmptyRange));
    check(Method::Delete, "5-4", None, "", Ok(None));
    check(Method::Patch, "0-1", None, "a=1", Ok(None));
}

#[test]
fn strict_handling_refuses_what_is_not_understood() {
    let check = |prefer: &'static str, expected: Option<&[&str]>| {
        let exchange = Exchange {
            path: "/songs",
            prefer: vec![prefer],
            ..Exchange::default()
        };
        let expected = match expected {
            None => Ok(()),
            Some(invalid) => Err(Error {
                place: Place::Field("Prefer"),
                problem: Problem::Preferences(
                    invalid.iter().map(|&text| text.to_owned()).collect(),
                ),
            }),
        };
        assert_eq!(read(&exchange).map(drop), expected, "{prefer}");
    };
    check("handling=strict, return=minimal", None);
    check("handling=lenient, x=1", None);
    check("x=1, y", None);
    check(
        "x=1, handling=strict, return=all",
        Some(&["x=1", "return=all"]),
    );
}

#[test]
fn a_query_method_says_its_query_in_the_body() {
    let check = |content_type: Option<&'static str>, body: &'static [u8]| {
        read(&Exchange {
            method: Method::Query,
            path: "/songs",
            query: "a=eq.1",
            content_type,
            body,
            ..Exchange::default()
        })
    };
    let form = Some("Application/x-www-form-urlencoded; charset=UTF-8");
    let request = check(form, b"b=eq.2&limit=1").expect("a query");
    assert_eq!(request.query.conditions.len(), 2);
    assert_eq!(request.payload, None);
    let problem = |content_type, body| check(content_type, body).expect_err("a mistake").problem;
    assert!(matches!(problem(None, b""), Problem::NoMediaType { .. }));
    assert!(matches!(
        problem(Some("application/json"), b"{}"),
        Problem::MediaType { .. }
    ));
    assert!(matches!(
        problem(Some("text/plain"), b"a=eq.1"),
        Problem::MediaType { .. }
    ));
    assert!(matches!(problem(form, b"\xff"), Problem::Malformed { .. }));
    assert!(matches!(problem(form, b"a=1"), Problem::Syntax { .. }));
    let long = "a".repeat(64 * 1024 + 1);
    let error = read(&Exchange {
        method: Method::Query,
        path: "/songs",
        content_type: form,
        body: long.as_bytes(),
        ..Exchange::default()
    })
    .expect_err("a long body");
    assert_eq!(error.place, Place::Body);
}

#[test]
fn methods_without_a_payload_ignore_the_body() {
    for method in Method::ALL {
        let exchange = Exchange {
            method,
            path: "/songs",
            content_type: Some("text/plain"),
            body: b"x",
            ..Exchange::default()
        };
        let is_refused = matches!(
            method,
            Method::Post | Method::Put | Method::Patch | Method::Query
        );
        assert_eq!(read(&exchange).is_err(), is_refused, "{method}");
    }
}
