//! Who may ask: pages of other origins, `TRACE`, and what every response carries.

use crate::client::{After, Client, Response};
use crate::server::Running;

const PAGES: &str = "https://app.test";

fn ask(server: &Running, request: &str) -> Response {
    let mut client = Client::connect(server.address);
    client.send(request);
    client.receive(request.split(' ').next().unwrap_or_default())
}

#[test]
fn another_origins_page_changes_nothing() {
    let server = Running::start(|settings| settings.origins = vec![PAGES.to_owned()]);
    let check = |method: &str, fields: &str, is_refused: bool| {
        let response = ask(
            &server,
            &format!("{method} /notes HTTP/1.1\r\nHost: localhost:1\r\n{fields}\r\n"),
        );
        assert_eq!(
            response.status == 403,
            is_refused,
            "{method} {fields:?}: {}",
            response.text()
        );
    };
    check(
        "GET",
        "Sec-Fetch-Site: cross-site\r\nOrigin: http://evil.test\r\n",
        false,
    );
    check("POST", "", false);
    check("POST", "Sec-Fetch-Site: same-origin\r\n", false);
    check("POST", "Sec-Fetch-Site: none\r\n", false);
    check("POST", "Origin: http://localhost:1\r\n", false);
    check("POST", "Origin: https://app.test\r\n", false);
    check(
        "POST",
        "Sec-Fetch-Site: cross-site\r\nOrigin: https://app.test\r\n",
        false,
    );
    check("POST", "Sec-Fetch-Site: cross-site\r\n", true);
    check("POST", "Sec-Fetch-Site: same-site\r\n", true);
    check(
        "POST",
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n",
        true,
    );
    check("POST", "Origin: null\r\n", true);
    check("POST", "Origin: http://evil.test\r\n", true);
    check(
        "POST",
        "Origin: http://localhost:1\r\nOrigin: http://evil.test\r\n",
        true,
    );
    check("POST", "Origin: http://localhost:2\r\n", true);
    check("POST", "Origin: https://localhost:1\r\n", true);
    check("POST", "Origin: https://app.test.evil.test\r\n", true);
    check("QUERY", "Origin: http://evil.test\r\n", true);
    check("PUT", "Origin: http://evil.test\r\n", true);
    check("PATCH", "Origin: http://evil.test\r\n", true);
    check("DELETE", "Origin: http://evil.test\r\n", true);
    check("CONNECT", "Origin: http://localhost:1\r\n", false);
}

#[test]
fn a_preflight_is_answered_truthfully_to_listed_origins_only() {
    let server = Running::start(|settings| settings.origins = vec![PAGES.to_owned()]);
    let preflight = |origin: &str| {
        ask(
            &server,
            &format!(
                "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\
                 Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: prefer, x-mine\r\n\r\n"
            ),
        )
    };
    let listed = preflight(PAGES);
    assert_eq!(listed.status, 204);
    assert_eq!(listed.field("access-control-allow-origin"), Some(PAGES));
    assert_eq!(
        listed.field("access-control-allow-headers"),
        Some("prefer, x-mine")
    );
    assert!(
        listed
            .field("access-control-allow-methods")
            .is_some_and(|methods| methods.contains("GET"))
    );
    let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
    assert_eq!(listed.field("vary"), Some(vary));
    for origin in ["https://evil.test", "null"] {
        let other = preflight(origin);
        assert_eq!(other.status, 204);
        let has_cors = other
            .fields
            .iter()
            .any(|(name, _)| name.starts_with("access-control-"));
        assert!(!has_cors, "{:?}", other.fields);
    }
}

#[test]
fn a_listed_origin_may_read_and_every_response_says_it_varies() {
    let server = Running::start(|settings| settings.origins = vec![PAGES.to_owned()]);
    let get = |fields: &str| {
        ask(
            &server,
            &format!("GET / HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n"),
        )
    };
    let listed = get("Origin: https://app.test\r\n");
    assert_eq!(listed.field("access-control-allow-origin"), Some(PAGES));
    assert_eq!(
        listed.field("cross-origin-resource-policy"),
        Some("cross-origin")
    );
    assert!(listed.field("access-control-expose-headers").is_some());
    for fields in ["", "Origin: https://evil.test\r\n"] {
        let other = get(fields);
        assert_eq!(other.field("access-control-allow-origin"), None);
        assert_eq!(
            other.field("cross-origin-resource-policy"),
            Some("same-origin")
        );
        let varies = other
            .fields
            .iter()
            .any(|(name, value)| name == "vary" && value.contains("Origin"));
        assert!(varies, "{:?}", other.fields);
    }
}

#[test]
fn trace_shows_the_request_without_what_is_secret() {
    let server = Running::start(|settings| settings.trace = true);
    let mut client = Client::connect(server.address);
    client.send(
        "TRACE /a?b=1&token=hunter2 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nMax-Forwards: 5\r\n\
         X-Probe-1: seen\r\nCookie: a=hunter2\r\nAuthorization: Bearer hunter2\r\nX-Api-Key: hunter2\r\n\
         X-Forwarded-For: hunter2\r\nForwarded: for=hunter2\r\nIdempotency-Key: hunter2\r\n\r\n",
    );
    let response = client.receive("TRACE");
    assert_eq!(response.status, 200);
    assert_eq!(response.field("content-type"), Some("message/http"));
    assert_eq!(response.field("cache-control"), Some("no-store"));
    assert_eq!(response.field("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        response.text(),
        "TRACE /a?b=1&token=- HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\nmax-forwards: 5\r\nx-probe-1: seen\r\n\r\n"
    );
    assert_eq!(client.after(), After::Kept);
}

#[test]
fn trace_is_refused_to_pages_and_with_content_and_where_it_is_off() {
    let on = Running::start(|settings| settings.trace = true);
    let off = Running::start(|settings| settings.trace = false);
    let check = |server: &Running, rest: &str, status: u16, after: After| {
        let mut client = Client::connect(server.address);
        client.send(format!("TRACE / HTTP/1.1\r\nHost: localhost\r\n{rest}"));
        let response = client.receive("TRACE");
        assert_eq!(response.status, status, "{rest:?}");
        assert_eq!(client.after(), after, "{rest:?}");
        response
    };
    check(&on, "Content-Length: 2\r\n\r\nab", 400, After::Closed);
    check(
        &on,
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        After::Closed,
    );
    check(&on, "Origin: http://localhost\r\n\r\n", 403, After::Kept);
    check(&on, "Sec-Fetch-Site: same-origin\r\n\r\n", 403, After::Kept);
    let refused = check(&off, "\r\n", 405, After::Kept);
    let allow = refused.field("allow").expect("405 has Allow");
    assert!(allow.contains("GET") && !allow.contains("TRACE"), "{allow}");
}

#[test]
fn options_of_the_server_lists_what_some_resource_has() {
    let check = |trace: bool, expected: &str| {
        let server = Running::start(|settings| settings.trace = trace);
        let response = ask(&server, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(response.status, 204);
        assert_eq!(response.field("allow"), Some(expected));
    };
    check(false, "GET, HEAD, QUERY, POST, PUT, PATCH, DELETE, OPTIONS");
    check(
        true,
        "GET, HEAD, QUERY, POST, PUT, PATCH, DELETE, OPTIONS, TRACE",
    );
}

#[test]
fn outside_development_mode_any_name_is_ours_unless_names_are_listed() {
    let check = |hosts: &[&str], host: &str, status: u16| {
        let server = Running::start(|settings| {
            settings.is_development = false;
            settings.hosts = hosts.iter().map(|&host| host.to_owned()).collect();
        });
        let response = ask(
            &server,
            &format!("OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        );
        assert_eq!(response.status, status, "{hosts:?} {host}");
    };
    check(&[], "example.com", 204);
    check(&["example.com"], "example.com", 204);
    check(&["example.com"], "Example.COM:8443", 204);
    check(&["example.com"], "localhost", 204);
    check(&["example.com"], "evil.test", 421);
    check(&["example.com:8443"], "example.com", 421);
}

#[test]
fn forwarded_fields_change_nothing() {
    let server = Running::start(|_| {});
    let response = ask(
        &server,
        "OPTIONS * HTTP/1.1\r\nHost: evil.test\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost\r\n\r\n",
    );
    assert_eq!(response.status, 421);
}
