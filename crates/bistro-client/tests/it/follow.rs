//! Redirects and retries, by kind servers and hostile ones.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use bistro_client::body::Body;
use bistro_client::error::Error;
use bistro_client::exchange::{Client, Response, Settings};
use bistro_client::follow::{Forgetful, Memory, Observer, Rules, Unobserved, Way};
use bistro_client::head::Head;
use bistro_client::request::Request;
use bistro_client::retry::Policy;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use crate::server::{Server, Then, body, reply, request, serve, serve_tls, settings, with};
use crate::trust::{Authority, local, params};

pub(crate) fn rules() -> Rules {
    Rules {
        redirects_max: Some(10),
        private: vec![HeaderName::from_static("x-session")],
        retry: Policy {
            retries_max: 2,
            pause: Duration::from_millis(1),
            ..Policy::default()
        },
        now: || UNIX_EPOCH,
    }
}

/// Follows with these settings and cookies.
async fn go(
    settings: Settings,
    memory: &mut dyn Memory,
    mut request: Request,
) -> Result<Response, Error> {
    let (mut client, rules) = (Client::new(settings), rules());
    let mut way = Way {
        client: &mut client,
        rules: &rules,
        memory,
        observer: &mut Unobserved,
    };
    way.follow(&mut request).await
}

async fn follow(request: Request) -> Result<Response, Error> {
    go(settings(), &mut Forgetful, request).await
}

/// One cookie for every target, and what was set.
#[derive(Default)]
struct Jar {
    cookie: Option<HeaderValue>,
    kept: Vec<String>,
}

impl Memory for Jar {
    fn cookies(&mut self, _method: &Method, _url: &Url) -> Option<HeaderValue> {
        self.cookie.clone()
    }

    fn keep(&mut self, url: &Url, fields: &HeaderMap) {
        for value in fields.get_all("set-cookie") {
            self.kept
                .push(format!("{} {}", url.path(), value.to_str().unwrap()));
            self.cookie = Some(value.clone());
        }
    }
}

/// Answers `/status/code/where` by redirecting, and all else with what was asked.
async fn redirecting() -> Server {
    serve(|head| {
        let path = head.split(' ').nth(1).unwrap();
        match path
            .strip_prefix("/status/")
            .and_then(|rest| rest.split_once('/'))
        {
            Some((status, location)) => {
                reply(status, &format!("Location: /{location}\r\n"), "moved")
            }
            None => reply("200 OK", "", head.lines().next().unwrap()),
        }
    })
    .await
}

#[tokio::test]
async fn methods_change_as_the_standard_says() {
    let server = redirecting().await;
    for (method, status, expected) in [
        ("GET", 301, "GET"),
        ("HEAD", 303, "HEAD"),
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("PUT", 301, "PUT"),
        ("POST", 307, "POST"),
        ("PATCH", 308, "PATCH"),
        ("QUERY", 302, "QUERY"),
    ] {
        let url = server.url(&format!("/status/{status}/there"));
        let content = (method != "GET" && method != "HEAD").then(|| Body::bytes("hello"));
        let fields = [
            ("content-type", "text/plain"),
            ("x-session", "s"),
            ("authorization", "a"),
        ];
        follow(with(request(method, &url), &fields, content))
            .await
            .unwrap();
        let last = server.seen().pop().unwrap();
        assert!(
            last.starts_with(&format!("{expected} /there HTTP/1.1\r\n")),
            "{method} {status}: {last}"
        );
        let has_body = expected != "GET" && expected != "HEAD";
        assert_eq!(last.ends_with("hello"), has_body, "{last}");
        assert_eq!(
            last.contains("Content-Type"),
            has_body || method == "GET" || method == "HEAD",
            "{last}"
        );
        assert!(
            last.contains("X-Session: s\r\n") && last.contains("Authorization: a\r\n"),
            "{last}"
        );
    }
}

#[tokio::test]
async fn other_statuses_lead_nowhere() {
    for status in ["300", "304", "305", "201"] {
        let server = redirecting().await;
        let response = follow(request("GET", &server.url(&format!("/status/{status}/x"))))
            .await
            .unwrap();
        assert_eq!((response.status.as_str(), server.seen().len()), (status, 1));
    }
}

#[tokio::test]
async fn what_is_private_stays_with_its_origin() {
    let other = serve(|_| reply("200 OK", "Set-Cookie: theirs=1\r\n", "")).await;
    let to = other.url("/x");
    let server = serve(move |_| {
        reply(
            "307 Moved",
            &format!("Location: {to}\r\nSet-Cookie: ours=1\r\n"),
            "",
        )
    })
    .await;
    let fields = [
        ("authorization", "a"),
        ("cookie", "typed=1"),
        ("x-session", "s"),
        ("proxy-authorization", "p"),
        ("host", "own.test"),
        ("x-api-key", "k"),
        ("x-other", "o"),
    ];
    let asking = with(
        request("POST", &server.url("/")),
        &fields,
        Some(Body::bytes("hello")),
    );
    let mut jar = Jar::default();
    go(settings(), &mut jar, asking).await.unwrap();
    assert_eq!(server.field(0, "cookie").as_deref(), Some("typed=1"));
    let text = other.seen().pop().unwrap();
    for private in [
        "Authorization",
        "X-Session",
        "X-Api-Key",
        "typed=1",
        "own.test",
    ] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    // What the jar says is the jar's to decide, and the body is sent as curl sends it.
    assert_eq!(other.field(0, "cookie").as_deref(), Some("ours=1"));
    assert!(
        text.contains("X-Other: o\r\n") && text.ends_with("hello"),
        "{text}"
    );
    assert_eq!(jar.kept, ["/ ours=1", "/x theirs=1"]);
}

#[tokio::test]
async fn typed_cookies_and_remembered_ones_are_one_field() {
    let server = serve(|_| reply("200 OK", "", "")).await;
    let mut jar = Jar {
        cookie: Some(HeaderValue::from_static("b=2")),
        ..Jar::default()
    };
    go(
        settings(),
        &mut jar,
        with(request("GET", &server.url("/")), &[("cookie", "a=1")], None),
    )
    .await
    .unwrap();
    assert_eq!(server.field(0, "cookie").as_deref(), Some("a=1; b=2"));
}

#[tokio::test]
async fn a_circle_is_named_and_a_long_way_is_given_up() {
    let server = redirecting().await;
    let circle = serve(|head| {
        let to = if head.starts_with("GET /a") {
            "/b"
        } else {
            "/a"
        };
        reply("302 Found", &format!("Location: {to}\r\n"), "")
    })
    .await;
    let error = follow(request("GET", &circle.url("/a"))).await.unwrap_err();
    let at = circle.url("");
    assert_eq!(
        error.to_string(),
        format!("the redirects lead in a circle: {at}/a → {at}/b → {at}/a")
    );
    let long = "/status/302".repeat(11);
    let error = follow(request("GET", &server.url(&format!("{long}/x"))))
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::TooManyRedirects { max: 10, .. }),
        "{error}"
    );
    assert!(error.to_string().contains(" → … → "), "{error}");
    let just = "/status/302".repeat(10);
    assert_eq!(
        follow(request("GET", &server.url(&format!("{just}/x"))))
            .await
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn the_same_again_with_another_cookie_is_no_circle() {
    let server = serve(|head| {
        if head.contains("Cookie: seen=1") {
            reply("200 OK", "", "welcome")
        } else {
            reply("302 Found", "Location: /\r\nSet-Cookie: seen=1\r\n", "")
        }
    })
    .await;
    let response = go(
        settings(),
        &mut Jar::default(),
        request("GET", &server.url("/")),
    )
    .await
    .unwrap();
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn a_redirect_to_what_is_not_http_is_refused() {
    for location in [
        "file:///etc/passwd",
        "ftp://x/",
        "javascript:alert(1)",
        "http://[",
    ] {
        let server =
            serve(move |_| reply("302 Found", &format!("Location: {location}\r\n"), "")).await;
        let error = follow(request("GET", &server.url("/"))).await.unwrap_err();
        assert!(matches!(error, Error::Location { .. }), "{error}");
    }
}

#[tokio::test]
async fn nothing_that_is_secret_goes_from_https_to_http() {
    let plain = serve(|_| reply("200 OK", "", "ok")).await;
    let to = plain.url("/");
    let authority = Authority::new();
    let secure = serve_tls(authority.config(&params(&["localhost"], "x")), move |_| {
        reply("307 Moved", &format!("Location: {to}\r\n"), "")
    })
    .await;
    let url = format!("https://localhost:{}/", secure.address.port());
    let settings = local(authority.trusted(), &secure);
    for (fields, content, what) in [
        (&[("authorization", "a")][..], None, "credentials"),
        (&[("x-session", "a")], None, "credentials"),
        (&[("cookie", "a=b")], None, "cookies"),
        (&[], Some(Body::bytes("hello")), "a body"),
    ] {
        let asking = with(request("PUT", &url), fields, content);
        let error = go(settings.clone(), &mut Forgetful, asking)
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with(&format!("the request carried {what}")),
            "{error}"
        );
    }
    assert_eq!(plain.seen().len(), 0);
    let asking = with(
        request("GET", &url),
        &[("x-other", "o"), ("host", "localhost")],
        None,
    );
    let response = go(settings, &mut Forgetful, asking).await.unwrap();
    assert_eq!(
        (response.status.as_u16(), response.url.scheme()),
        (200, "http")
    );
}

#[tokio::test]
async fn a_stream_is_not_sent_again() {
    let server = redirecting().await;
    let stream = || Some(Body::Stream(Box::new(io::Cursor::new(b"hello"))));
    let url = server.url("/status/307/there");
    let error = follow(with(request("PUT", &url), &[], stream()))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::BodyIsGone { .. }), "{error}");
    let url = server.url("/status/303/there");
    assert_eq!(
        follow(with(request("PUT", &url), &[], stream()))
            .await
            .unwrap()
            .status,
        200
    );
}

#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn asked(&mut self, head: &Head) {
        self.0
            .get_mut()
            .unwrap()
            .push(format!("{} {}", head.method, head.target));
    }

    fn passed(&mut self, response: &Response, body: &Bytes) {
        self.0.get_mut().unwrap().push(format!(
            "{} {}",
            response.status.as_u16(),
            body.escape_ascii()
        ));
    }

    fn waits(&mut self, _pause: Duration, because: &str) {
        self.0.get_mut().unwrap().push(because.to_owned());
    }

    fn gives_up(&mut self, wanted: Duration) {
        self.0
            .get_mut()
            .unwrap()
            .push(format!("{wanted:?} is too long"));
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_everything_is_told() {
    let count = AtomicUsize::new(0);
    let server = serve(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => reply("503 Busy", "Retry-After: 0\r\n", "busy"),
        1 => (Vec::new(), Then::Close),
        2 => reply("302 Found", "Location: /b\r\n", "moved"),
        3 => reply("429 Too Many", "Retry-After: 3600\r\n", "later"),
        _ => reply("200 OK", "", "ok"),
    })
    .await;
    let (mut client, rules, mut diary) = (Client::new(settings()), rules(), Diary::default());
    let mut asking = request("GET", &server.url("/a"));
    let mut way = Way {
        client: &mut client,
        rules: &rules,
        memory: &mut Forgetful,
        observer: &mut diary,
    };
    let mut response = way.follow(&mut asking).await.unwrap();
    assert_eq!((response.status.as_u16(), asking.url.path()), (429, "/b"));
    assert_eq!(body(&mut response).await.unwrap(), "later");
    assert_eq!(
        diary.0.into_inner().unwrap(),
        [
            "GET /a",
            "503 busy",
            "the answer was 503 Service Unavailable",
            // The connection that was used was closed: that is no failure, and a new one is made in silence.
            "GET /a",
            "302 moved",
            "GET /b",
            "3600s is too long",
        ]
        .map(str::to_owned)
    );
}
