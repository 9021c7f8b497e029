//! What responses carry.

use bistro_http::method::Method;
use bytes::Bytes;
use hyper::Response;
use hyper::body::Body as _;
use hyper::header::{self, HeaderValue};

use super::{Asker, complete, drop_body};
use crate::body::Body;

#[test]
fn a_response_to_head_keeps_the_length_and_loses_the_body() {
    let check = |method: Method, length: Option<&str>, is_empty: bool| {
        let mut response = Response::new(Body::Whole(Bytes::from_static(b"12345")));
        drop_body(Some(method), &mut response);
        let told = response.headers().get(header::CONTENT_LENGTH);
        assert_eq!(
            told.and_then(|value| value.to_str().ok()),
            length,
            "{method}"
        );
        assert_eq!(response.body().is_end_stream(), is_empty, "{method}");
    };
    check(Method::Head, Some("5"), true);
    check(Method::Get, None, false);
}

#[test]
fn pages_have_a_policy_and_everything_is_what_it_says() {
    let check = |kind: &'static str, is_page: bool| {
        let mut response = Response::new(Body::Empty);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let asker = Asker {
            is_secure: false,
            origin: None,
            lists_origins: false,
            is_trace: false,
        };
        complete(&mut response, asker);
        let headers = response.headers();
        assert_eq!(
            headers.contains_key(header::CONTENT_SECURITY_POLICY),
            is_page,
            "{kind}"
        );
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert!(!headers.contains_key(header::VARY));
        assert!(!headers.contains_key(header::SERVER));
    };
    check("text/html; charset=utf-8", true);
    check("application/json", false);
}
