//! What must not follow a redirect to somebody else, or go where others can read it.

use crate::client::desk::{Desk, finish};
use crate::client::script::{Script, answer};
use crate::client::trouble::Authority;

/// A server that sends back the head it was sent.
fn echo() -> Script {
    Script::answering(|seen| answer("200 OK", &[], seen.head.to_lowercase()))
}

const SECRETS: [&str; 6] = [
    "authorization:",
    "cookie:",
    "proxy-authorization:",
    "c2vjcmv0",
    "x-kept:",
    "tin=baked",
];

#[track_caller]
fn has_no_secret(head: &str) {
    for secret in SECRETS {
        assert!(!head.contains(secret), "`{secret}` went along:\n{head}");
    }
}

#[test]
fn neither_credentials_nor_cookies_follow_to_another_host() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See",
        "307 Temporary",
        "308 Permanent",
    ] {
        let other = echo();
        let other_place = format!("Location: {}", other.localhost("/away"));
        let server = Script::answering(move |_| answer(status, &[&other_place], ""));
        let desk = Desk::new();
        let url = server.url("/");
        for who in [
            &["--auth", "ada:secret"][..],
            &["--bearer", "c2VjcmV0"],
            &["Authorization:Bearer c2VjcmV0"],
            &["Cookie:tin=baked"],
            &["Cookie:tin=baked", "X-Kept:1", "--session", "s"],
            &["Proxy-Authorization:Basic c2VjcmV0"],
        ] {
            let arguments = [&["get", &url, "--follow"][..], who].concat();
            let head = desk.run(&arguments).well().text();
            assert!(head.starts_with("get /away "), "{head}");
            has_no_secret(&head);
        }
    }
}

#[test]
fn another_port_is_another_origin_for_credentials() {
    let other = echo();
    let place = format!("Location: {}", other.url("/away"));
    let server = Script::answering(move |_| answer("302 Found", &[&place], ""));
    let desk = Desk::new();
    let url = server.url("/");
    for who in [
        &["--auth", "ada:secret"][..],
        &["X-Kept:1", "--session", "s"],
    ] {
        let arguments = [&["get", &url, "--follow"][..], who].concat();
        has_no_secret(&desk.run(&arguments).well().text());
    }
}

#[test]
fn within_one_origin_they_follow() {
    let server = Script::answering(|seen| match seen.target() {
        "/" => answer(
            "302 Found",
            &["Location: /next", "Set-Cookie: tin=baked"],
            "",
        ),
        _ => answer("200 OK", &[], seen.head.to_lowercase()),
    });
    let desk = Desk::new();
    let arguments = ["get", &server.url("/"), "--follow", "--auth", "ada:secret"];
    let head = desk.run(&arguments).well().text();
    assert!(head.contains("authorization: basic "), "{head}");
    assert!(head.contains("cookie: tin=baked"), "{head}");
}

#[test]
fn from_https_to_http_no_secret_follows() {
    let authority = Authority::new();
    let other = echo();
    let (place, same) = (other.url("/plain"), other.localhost("/plain"));
    let server = Script::secret(authority.server(&["localhost"]), move |seen| {
        let place = if seen.target() == "/same" {
            &same
        } else {
            &place
        };
        let location = format!("Location: {place}");
        answer(
            "302 Found",
            &[&location, "Set-Cookie: tin=baked; Secure; Path=/"],
            "",
        )
    });
    let desk = Desk::new();
    desk.write("root.pem", authority.pem());
    for path in ["/other", "/same"] {
        let url = format!("https://localhost:{}{path}", server.address.port());
        for who in [
            &[][..],
            &["--auth", "ada:secret"],
            &["Cookie:tin=baked"],
            &["X-Kept:1", "--session", "s"],
        ] {
            let arguments = ["get", &url, "--follow", "--cacert", "root.pem"];
            let ran = desk.run(&[&arguments[..], who].concat());
            if who.is_empty() {
                ran.well();
            } else {
                ran.ended(1)
                    .says(&["leaves the secure connection", "http://"]);
            }
        }
    }
    assert_eq!(server.seen().len(), 8);
    // `localhost` counts as trustworthy, as in browsers: a Secure cookie may go there.
    for seen in other.seen() {
        let head = seen.head.to_lowercase();
        let head = if head.contains("host: localhost") {
            head.replace("cookie: tin=baked", "")
        } else {
            head
        };
        has_no_secret(&head);
    }
}

#[test]
fn credentials_in_a_redirect_are_not_used() {
    let other = echo();
    let place = format!("Location: http://eve:secret@{}/away", other.address);
    let server = Script::answering(move |_| answer("302 Found", &[&place], ""));
    let desk = Desk::new();
    let ran = desk.run(&["get", &server.url("/"), "--follow"]);
    for seen in other.seen() {
        has_no_secret(&seen.head.to_lowercase());
    }
    assert!([0, 1].contains(&ran.code), "{}", ran.err);
}

#[test]
fn a_server_cannot_set_cookies_for_others() {
    let server = Script::answering(|seen| match seen.target() {
        "/set" => {
            let mut octets = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_vec();
            for cookie in [
                "a=1; Domain=com",
                "b=1; Domain=example.org",
                "c=1; Domain=0.0.1",
                "__Host-d=1; Path=/x",
                "__Secure-e=1",
                "__host-f=1",
                "=__Host-g=1",
                "ok=1",
            ] {
                octets.extend(format!("Set-Cookie: {cookie}\r\n").bytes());
            }
            octets.extend(b"\r\n");
            octets
        }
        _ => answer("200 OK", &[], seen.field("Cookie").unwrap_or("none")),
    });
    let desk = Desk::new();
    let told = desk
        .run(&["get", &server.url("/set"), "--session", "s", "-v"])
        .well();
    told.says(&["note: "]);
    let sent = desk
        .run(&["get", &server.url("/"), "--session", "s"])
        .well();
    assert_eq!(sent.text(), "ok=1");
}

#[test]
fn credentials_for_a_proxy_do_not_reach_the_origin() {
    let proxy = Script::answering(|_| answer("302 Found", &["Location: http://origin.test/2"], ""));
    let desk = Desk::new();
    let with = format!("http://ada:secret@{}", proxy.address);
    let arguments = ["get", "http://origin.test/1", "--proxy", &with];
    desk.run(&arguments).well();
    let seen = proxy.only();
    assert_eq!(seen.line(), "GET http://origin.test/1 HTTP/1.1");
    assert_eq!(
        seen.field("Proxy-Authorization"),
        Some("Basic YWRhOnNlY3JldA==")
    );
    // A redirect past the proxy, to a host that is asked directly.
    let origin = echo();
    let place = format!("Location: {}", origin.url("/"));
    let proxy = Script::answering(move |_| answer("302 Found", &[&place], ""));
    let mut command = desk.command(&["get", "http://origin.test/1", "--follow"]);
    command.env("http_proxy", format!("http://ada:secret@{}", proxy.address));
    command.env("no_proxy", "127.0.0.1");
    let ran = finish(command, None).well();
    has_no_secret(&ran.text());
}
