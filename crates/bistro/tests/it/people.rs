//! Sessions for people: the page and its forms, and pages that say who looks at them.

use crate::http::{Request, Response};
use crate::server::Server;

const PASSWORD: &str = "rewind the cassette";

/// What browsers ask for when somebody goes to a page.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn page(target: &str, cookie: &str) -> Request {
    let request = Request::new("GET", target).field("Accept", BROWSER);
    if cookie.is_empty() {
        request
    } else {
        request.field("Cookie", cookie)
    }
}

/// A form as a page of the server's own sends it.
fn form(server: &Server, target: &str, cookie: &str, body: &str) -> Request {
    Request::new("POST", target)
        .field("Accept", BROWSER)
        .field("Content-Type", "application/x-www-form-urlencoded")
        .field("Origin", &format!("http://{}", server.address()))
        .field("Sec-Fetch-Site", "same-origin")
        .field("Cookie", cookie)
        .body(body)
}

fn cookie(response: &Response) -> String {
    let set = response.field("Set-Cookie").unwrap_or_default();
    set.split(';').next().unwrap_or_default().to_owned()
}

/// Signs up with a form; the cookie.
fn sign_up(server: &Server, email: &str) -> String {
    let body = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
    let answer = server.send(&form(server, "/-/users", "a=b", &body));
    assert_eq!(answer.status, 303, "{}", answer.text());
    cookie(&answer)
}

/// Who the server takes a cookie for.
fn email(server: &Server, cookie: &str) -> Option<String> {
    let asked = Request::new("GET", "/-/session").field("Cookie", cookie);
    let email = &server.send(&asked).json()["user"]["email"];
    email.as_str().map(str::to_owned)
}

#[test]
fn looking_at_the_session_begins_none() {
    let server = Server::demo();
    let answer = server.send(&page("/-/session", ""));
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.field("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(answer.field("Set-Cookie"), None);
    assert_eq!(answer.field("Cache-Control"), Some("no-store"));
    let vary = answer.list("Vary").unwrap_or_default();
    for name in ["Accept", "Cookie", "Authorization"] {
        assert!(vary.contains(name), "{vary}");
    }
    let json = server.get("/-/session");
    assert_eq!(json.json()["kind"], "anyone");
}

#[test]
fn a_page_names_who_looks_at_it_and_nobody_else() {
    let server = Server::demo();
    let ada = sign_up(&server, "ada@example.com");
    let bob = sign_up(&server, "bob@example.com");
    for target in [
        "/-/",
        "/songs?limit=3",
        "/songs/7",
        "/rpc/mixtape",
        "/comments",
        "/-/session",
    ] {
        // Whoever comes first must not be who the others are taken for, however often they ask.
        for _ in 0..3 {
            for (cookie, name) in [
                (&ada, Some("ada@example.com")),
                (&bob, Some("bob@example.com")),
                (&String::new(), None),
            ] {
                let answer = server.send(&page(target, cookie));
                assert_eq!(answer.status, 200, "{target}");
                let text = answer.text();
                for other in ["ada@example.com", "bob@example.com"] {
                    assert_eq!(text.contains(other), name == Some(other), "{target}");
                }
                assert_eq!(text.contains(">Sign in<"), name.is_none(), "{target}");
                let vary = answer.list("Vary").unwrap_or_default();
                assert!(vary.contains("Cookie"), "{target}: {vary}");
                let caching = answer.field("Cache-Control").unwrap_or_default();
                assert!(
                    caching == "private, no-cache" || caching == "no-store",
                    "{target}: {caching}"
                );
            }
        }
        // What one has is not what the other would get.
        if let Some(tag) = server.send(&page(target, &ada)).field("ETag") {
            let own = page(target, &ada).field("If-None-Match", tag);
            assert_eq!(server.send(&own).status, 304, "{target}");
            let other = page(target, &bob).field("If-None-Match", tag);
            assert_eq!(server.send(&other).status, 200, "{target}");
        }
    }
    // Where everything is open to everyone there is nobody to name.
    let open = Server::start();
    let text = open.send(&page("/notes", "")).text();
    assert!(!text.contains("/-/session"), "{text}");
}

#[test]
fn forms_do_what_methods_do() {
    let server = Server::demo();
    let ada = sign_up(&server, "ada@example.com");
    let sent = |body: &str| server.send(&form(&server, "/-/session", &ada, body));
    for (body, status) in [
        ("action=nothing", 400),
        ("action=end&email=a", 400),
        ("action=end_one", 400),
        ("action=end_one&session=another", 404),
        ("action=password&password=xxxxxxxxxxxx", 400),
        (
            "action=password&current=wrong&password=fast+forward+it",
            401,
        ),
    ] {
        let answer = sent(body);
        assert_eq!(answer.status, status, "{body}");
        // It is said on the page that has the forms.
        let text = answer.text();
        assert!(text.contains("role=\"alert\""), "{body}: {text}");
        assert!(text.contains("ada@example.com"), "{body}: {text}");
        assert_eq!(email(&server, &ada).as_deref(), Some("ada@example.com"));
    }
    let answer = sent("action=password&current=rewind+the+cassette&password=fast+forward+it");
    assert_eq!(answer.status, 303);
    assert_eq!(answer.field("Location"), Some("/-/session"));
    let other = cookie(&answer);
    assert_eq!(email(&server, &ada), None, "the key has changed");
    assert_eq!(email(&server, &other).as_deref(), Some("ada@example.com"));
    // Programs are answered as they are elsewhere.
    let program = Request::new("POST", "/-/session")
        .field("Cookie", &other)
        .json("{\"action\":\"end_others\"}");
    assert_eq!(server.send(&program).status, 204);
    for (next, location) in [
        ("%2F%2Fevil.example", "/-/session"),
        ("https%3A%2F%2Fevil.example", "/-/session"),
        ("%2Fsongs", "/songs"),
    ] {
        let signed_in = server.send(&form(
            &server,
            "/-/session",
            "a=b",
            "email=ada%40example.com&password=fast+forward+it",
        ));
        let body = format!("action=end&next={next}");
        let answer = server.send(&form(&server, "/-/session", &cookie(&signed_in), &body));
        assert_eq!(answer.status, 303, "{next}");
        assert_eq!(answer.field("Location"), Some(location), "{next}");
        assert_eq!(email(&server, &cookie(&signed_in)), None, "{next}");
    }
}

#[test]
fn forms_of_other_sites_do_nothing() {
    let server = Server::demo();
    let ada = sign_up(&server, "ada@example.com");
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1:1"),
    ] {
        for (target, body) in [
            ("/-/session", "action=end"),
            ("/-/session", "action=end_others"),
            (
                "/-/session",
                "email=bob%40example.com&password=rewind+the+cassette",
            ),
            (
                "/-/users",
                "email=eve%40example.com&password=rewind+the+cassette",
            ),
            ("/cart_items", "song_id=7"),
        ] {
            let request = Request::new("POST", target)
                .field("Accept", BROWSER)
                .field("Content-Type", "application/x-www-form-urlencoded")
                .field("Cookie", &ada)
                .field(name, value)
                .body(body);
            let answer = server.send(&request);
            assert_eq!(answer.status, 403, "{name}: {value}, {target} {body}");
            assert_eq!(answer.field("Set-Cookie"), None);
        }
    }
    assert_eq!(email(&server, &ada).as_deref(), Some("ada@example.com"));
    let cart = Request::new("GET", "/cart_items").field("Cookie", &ada);
    assert_eq!(server.send(&cart).text(), "[]");
}

#[test]
fn the_list_of_tables_is_there_though_the_shop_is_at_the_root() {
    let server = Server::demo();
    assert!(server.send(&page("/", "")).text().contains("/main.js"));
    assert!(server.send(&page("/-/", "")).text().contains("/songs\""));
    assert_eq!(server.get("/-/").json()["openapi"], "3.1.1");
    let program = Request::new("GET", "/").field("Accept", "application/json");
    assert_eq!(server.send(&program).json()["openapi"], "3.1.1");
    let allow = server.send(&Request::new("OPTIONS", "/-/"));
    assert_eq!(
        allow.list("Allow").as_deref(),
        Some("GET, HEAD, OPTIONS, TRACE")
    );
}

#[test]
fn nobody_names_a_price() {
    let server = Server::demo();
    let ada = sign_up(&server, "ada@example.com");
    let bob = sign_up(&server, "bob@example.com");
    let send = |method: &str, target: &str, cookie: &str, body: &str| {
        let request = Request::new(method, target).field("Cookie", cookie);
        server.send(&request.json(body))
    };
    let bought = send(
        "POST",
        "/purchases",
        &ada,
        r#"{"purchase_lines":[{"song_id":7,"quantity":2}]}"#,
    );
    assert_eq!(bought.status, 201, "{}", bought.text());
    for (method, target, cookie, body, status) in [
        (
            "POST",
            "/purchases",
            &ada,
            r#"{"purchase_lines":[{"song_id":7,"unit_price_cents":1}]}"#,
            400,
        ),
        (
            "POST",
            "/purchase_lines",
            &ada,
            r#"{"purchase_id":1,"song_id":8,"unit_price_cents":1}"#,
            400,
        ),
        (
            "POST",
            "/purchase_lines",
            &bob,
            r#"{"purchase_id":1,"song_id":8}"#,
            403,
        ),
        (
            "PATCH",
            "/purchase_lines?song_id=eq.7",
            &ada,
            r#"{"unit_price_cents":1}"#,
            405,
        ),
        ("PATCH", "/songs/7", &ada, r#"{"price_cents":1}"#, 405),
        ("DELETE", "/purchases/1", &ada, "", 405),
        (
            "POST",
            "/purchases",
            &bob,
            r#"{"user_id":"somebody else"}"#,
            403,
        ),
    ] {
        let answer = send(method, target, cookie, body);
        assert_eq!(
            answer.status,
            status,
            "{method} {target} {body}: {}",
            answer.text()
        );
    }
    let lines = Request::new("GET", "/purchase_lines?select=song_id,total_cents");
    let shown = |cookie: &str| server.send(&lines.clone().field("Cookie", cookie)).text();
    assert_eq!(shown(&ada), "[{\"song_id\":7,\"total_cents\":198}]");
    assert_eq!(shown(&bob), "[]");
}
