//! What pages of other sites can do with somebody's session: nothing.

use serde_json::json;

use crate::http::{Request, Response};
use crate::session::{
    Client, House, NAME, OTHER_PASSWORD, PASSWORD, SETUP, Setup, Store, credentials, everywhere,
    in_stores, set_cookie, text_at,
};

/// All that changes a session, a user or what is remembered.
fn changes(session: &str) -> Vec<Request> {
    let data = "/-/session/data";
    vec![
        Request::new("POST", "/-/session").json(&credentials("eve@example.org", PASSWORD)),
        Request::new("POST", "/-/session")
            .field("Content-Type", "application/x-www-form-urlencoded")
            .body(format!("email=eve@example.org&password={PASSWORD}")),
        Request::new("DELETE", "/-/session"),
        Request::new("PUT", data).json("{\"planted\":1}"),
        Request::new("PATCH", data).json("{\"planted\":1}"),
        Request::new("DELETE", data),
        Request::new("DELETE", "/-/sessions"),
        Request::new("DELETE", "/-/sessions/others"),
        Request::new("DELETE", &format!("/-/sessions/{session}")),
        Request::new("POST", "/-/users").json(&credentials("new@example.org", PASSWORD)),
        Request::new("PATCH", "/-/users/me").json(&json!({"password": OTHER_PASSWORD}).to_string()),
        Request::new("DELETE", "/-/users/me"),
        Request::new("POST", "/songs").json("{\"title\":\"planted\",\"artist_id\":1}"),
    ]
}

#[test]
fn a_request_of_another_site_is_refused_before_anybody_looks_whose_session_it_shows() {
    everywhere(SETUP, |house| {
        house.user("eve@example.org");
        let mut client = house.user("ada@example.org");
        client.remember("{\"a\":1}");
        let mut other = house.client();
        other.enter("ada@example.org");
        let session = text_at(&other.who(), "/session/id");
        let before = house.server.fixture().dump();
        let port = house.server.address().port();
        let own = format!("http://{}", house.server.address());
        // `Sec-Fetch-Site`, `Origin`.
        let table = [
            (Some("cross-site"), Some("http://evil.test")),
            (Some("cross-site"), None),
            (Some("cross-site"), Some(own.as_str())),
            (Some("same-site"), Some(own.as_str())),
            (Some("same-site"), None),
            (Some("rubbish"), None),
            (None, Some("null")),
            (None, Some("http://evil.test")),
            (None, Some("https://127.0.0.1")),
            (None, Some("http://127.0.0.1")),
        ];
        for (site, origin) in table {
            for request in changes(&session) {
                let mut request = client.dressed(&request);
                if let Some(site) = site {
                    request = request.field("Sec-Fetch-Site", site);
                }
                if let Some(origin) = origin {
                    request = request.field("Origin", origin);
                }
                let answer = house.server.send(&request);
                assert_eq!(answer.status, 403, "{site:?} {origin:?} {request:?}");
                assert_eq!(set_cookie(&answer), None, "{request:?}");
            }
        }
        for origin in [
            format!("https://{}", house.server.address()),
            format!("http://127.0.0.1:{}", port ^ 1),
            format!("http://localhost:{port}"),
            format!("{own}.evil.test"),
            format!("{own}/"),
            format!("http://x@{}", house.server.address()),
        ] {
            let request = Request::new("DELETE", "/-/session").field("Origin", &origin);
            assert_eq!(client.send(&request).status, 403, "{origin}");
        }
        assert_eq!(house.server.fixture().dump(), before);
        assert_eq!(client.data(), json!({"a": 1}));
        assert_eq!(
            (client.kind(), other.kind()),
            ("user".into(), "user".into())
        );
        // A bad cookie is not even looked at.
        let request = Request::new("DELETE", "/-/session").field("Sec-Fetch-Site", "cross-site");
        let answer = house.client().showing("rubbish").send(&request);
        assert_eq!((answer.status, set_cookie(&answer)), (403, None));
        for (site, origin) in [
            ("same-origin", Some(own.as_str())),
            ("none", None),
            ("same-origin", None),
        ] {
            let mut request = Request::new("PUT", "/-/session/data").json("{\"a\":2}");
            request = request.field("Sec-Fetch-Site", site);
            if let Some(origin) = origin {
                request = request.field("Origin", origin);
            }
            assert_eq!(client.send(&request).status, 200, "{site} {origin:?}");
        }
    });
}

#[test]
fn what_a_page_sends_without_asking_is_not_taken_for_json() {
    everywhere(SETUP, |house| {
        let mut client = house.user("ada@example.org");
        let body = credentials("ada@example.org", PASSWORD);
        for kind in [
            Some("text/plain"),
            Some("text/plain; charset=application/json"),
            Some("multipart/form-data; boundary=x"),
            Some("application/xml"),
            Some("text/json"),
            Some("application/json-seq"),
            Some("text/plain, application/json"),
            None,
        ] {
            let typed = |method: &str, target: &str| {
                let request = Request::new(method, target).body(body.clone());
                match kind {
                    Some(kind) => request.field("Content-Type", kind),
                    None => request,
                }
            };
            for (method, target) in [
                ("POST", "/-/session"),
                ("POST", "/-/users"),
                ("PUT", "/-/session/data"),
                ("PATCH", "/-/session/data"),
                ("PATCH", "/-/users/me"),
                ("DELETE", "/-/users/me"),
            ] {
                let answer = client.send(&typed(method, target));
                assert_eq!(answer.status, 415, "{kind:?} {method} {target}");
            }
        }
        // Nor is a form, but to sign in and up.
        let form = |method: &str, target: &str| {
            Request::new(method, target)
                .field("Content-Type", "application/x-www-form-urlencoded")
                .body(body.clone())
        };
        assert_eq!(client.send(&form("PUT", "/-/session/data")).status, 415);
        assert_eq!(client.send(&form("PATCH", "/-/session/data")).status, 415);
        // JSON in a form's name is a name that nobody knows.
        assert_eq!(client.send(&form("POST", "/-/session")).status, 400);
        assert_eq!(client.data(), json!({}));
        assert_eq!(client.kind(), "user");
    });
}

#[test]
fn no_field_and_no_parameter_changes_the_method() {
    everywhere(SETUP, |house| {
        let mut client = house.user("ada@example.org");
        for name in [
            "X-HTTP-Method-Override",
            "X-HTTP-Method",
            "X-Method-Override",
        ] {
            for method in ["GET", "POST"] {
                for target in ["/-/session", "/-/users/me", "/-/sessions"] {
                    let request = Request::new(method, target).field(name, "DELETE");
                    client.send(&request);
                }
            }
        }
        for target in ["/-/session?_method=DELETE", "/-/users/me?_method=delete"] {
            client.send(&Request::new("GET", target));
            let form = Request::new("POST", target)
                .field("Content-Type", "application/x-www-form-urlencoded")
                .body("_method=DELETE");
            client.send(&form);
        }
        assert_eq!(client.kind(), "user");
    });
}

/// The answer to a preflight.
fn preflight(client: &mut Client<'_>, target: &str, origin: &str) -> Response {
    let request = Request::new("OPTIONS", target)
        .field("Origin", origin)
        .field("Access-Control-Request-Method", "DELETE")
        .field("Access-Control-Request-Headers", "content-type");
    client.send(&request)
}

#[test]
fn pages_of_other_origins_never_read_with_somebodys_cookie() {
    let setup = Setup {
        http: "origins = [\"https://app.example\"]",
        ..SETUP
    };
    for setup in [SETUP, setup] {
        everywhere(setup, |house| {
            let is_listed = setup.http.contains("origins");
            let mut client = house.user("ada@example.org");
            for origin in [
                "https://app.example",
                "https://evil.test",
                "null",
                "*",
                "http://app.example",
            ] {
                let is_ours = is_listed && origin == "https://app.example";
                for target in [
                    "/-/session",
                    "/-/session/data",
                    "/-/sessions",
                    "/-/users/me",
                ] {
                    let request = Request::new("GET", target).field("Origin", origin);
                    let mut answers = vec![
                        client.send(&request),
                        house.server.send(&request),
                        preflight(&mut client, target, origin),
                    ];
                    let bare = preflight(&mut house.client(), target, origin);
                    assert_eq!(bare.status, 204, "a preflight shows no cookie");
                    answers.push(bare);
                    for answer in answers {
                        let allowed = answer.field("Access-Control-Allow-Origin");
                        assert_eq!(allowed, is_ours.then_some(origin), "{target} {origin}");
                        assert_eq!(answer.field("Access-Control-Allow-Credentials"), None);
                        let vary = answer.list("Vary").unwrap_or_default();
                        assert!(!is_listed || vary.contains("Origin"), "{target}: {vary}");
                        assert_eq!(set_cookie(&answer), None);
                    }
                }
            }
            let answer = client.get("/-/session");
            let vary = answer.list("Vary").unwrap_or_default();
            assert_eq!(vary.contains("Origin"), is_listed, "also without: {vary}");
            assert_eq!(client.kind(), "user");
        });
    }
}

#[test]
fn a_preflight_lists_what_is_true() {
    let setup = Setup {
        http: "origins = [\"https://app.example\"]",
        ..SETUP
    };
    in_stores(&[Store::Database], setup, |house| {
        let table = [
            ("/-/session", "GET, HEAD, POST, DELETE, OPTIONS"),
            ("/-/session/data", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
            ("/-/sessions", "GET, HEAD, DELETE, OPTIONS"),
            ("/-/sessions/others", "DELETE, OPTIONS"),
            ("/-/users", "POST, OPTIONS"),
            ("/-/users/me", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ];
        for (target, methods) in table {
            let answer = preflight(&mut house.client(), target, "https://app.example");
            let said = answer
                .field("Access-Control-Allow-Methods")
                .unwrap_or_default();
            let sorted = |list: &str| {
                let mut list: Vec<_> = list.split(", ").map(str::to_owned).collect();
                list.sort();
                list
            };
            assert_eq!(sorted(said), sorted(methods), "{target}");
            assert_eq!(answer.status, 204);
        }
    });
}

#[test]
fn no_answer_can_be_taken_for_a_script_or_embedded_elsewhere() {
    everywhere(SETUP, |house| {
        let mut client = house.user("ada@example.org");
        for target in [
            "/-/session",
            "/-/session/data",
            "/-/sessions",
            "/-/users/me",
            "/-/nowhere",
        ] {
            for mode in ["no-cors", "navigate", "cors"] {
                let request = Request::new("GET", target)
                    .field("Sec-Fetch-Site", "cross-site")
                    .field("Sec-Fetch-Mode", mode)
                    .field("Sec-Fetch-Dest", "script");
                let answer = client.send(&request);
                assert_eq!(
                    answer.field("X-Content-Type-Options"),
                    Some("nosniff"),
                    "{target}"
                );
                let policy = answer.field("Cross-Origin-Resource-Policy");
                assert!(
                    answer.status >= 400 || policy == Some("same-origin"),
                    "{target}"
                );
                let kind = answer.field("Content-Type").unwrap_or_default();
                assert!(kind.contains("json"), "{target}: {kind}");
            }
        }
    });
}

#[test]
fn whoever_signs_in_is_led_to_our_own_pages_only() {
    in_stores(&[Store::Database], SETUP, |house: &House| {
        house.user("ada@example.org");
        let mut connection = house.server.connect();
        let mut led = |next: &str| {
            let body = json!({"email": "ada@example.org", "password": PASSWORD, "next": next});
            let request = Request::new("POST", "/-/session")
                .json(&body.to_string())
                .field("Accept", "text/html");
            let answer = connection.send(&request);
            assert_eq!(answer.status, 303, "{next}: {}", answer.text());
            answer.field("Location").map(str::to_owned)
        };
        for own in [
            "/",
            "/songs",
            "/songs?a=b&c=d",
            "/a/b%2f..#here",
            "/@evil.test",
            "/:80",
        ] {
            assert_eq!(led(own).as_deref(), Some(own));
        }
        for foreign in [
            "//evil.test",
            "///evil.test",
            "////evil.test",
            "/\\evil.test",
            "\\/evil.test",
            "\\\\evil.test",
            "/\t/evil.test",
            "\t//evil.test",
            "/\n/evil.test",
            " //evil.test",
            "/ /evil.test",
            "https://evil.test",
            "https:evil.test",
            "http:/evil.test",
            "javascript:alert(1)",
            "data:text/html,x",
            "evil.test",
            "@evil.test",
            ".evil.test",
            "?next=//evil.test",
            "#",
            "",
            "/a\r\nSet-Cookie: __Host-sid=planted",
            "/\u{2044}evil.test",
            "/\u{ff0f}evil.test",
            "/\0",
        ] {
            assert_eq!(led(foreign).as_deref(), Some("/"), "{foreign:?}");
        }
        // What is no browser is led nowhere.
        let body = json!({"email": "ada@example.org", "password": PASSWORD, "next": "/songs"});
        let request = Request::new("POST", "/-/session").json(&body.to_string());
        let answer = connection.send(&request);
        assert_eq!((answer.status, answer.field("Location")), (200, None));
        // A refusal leads nowhere, either.
        let body = json!({"email": "ada@example.org", "password": "x", "next": "//evil.test"});
        let request = Request::new("POST", "/-/session")
            .json(&body.to_string())
            .field("Accept", "text/html");
        let answer = connection.send(&request);
        assert_eq!((answer.status, answer.field("Location")), (401, None));
    });
}

#[test]
fn a_credential_in_a_batch_reaches_no_session() {
    everywhere(SETUP, |house| {
        let mut client = house.user("ada@example.org");
        for (method, path) in [
            ("DELETE", "/-/session"),
            ("POST", "/-/session"),
            ("GET", "/-/session"),
            ("DELETE", "/-/users/me"),
        ] {
            let body = json!({"requests": [{"method": method, "path": path, "url": path}]});
            let request = Request::new("POST", "/-/batch").json(&body.to_string());
            let answer = client.send(&request);
            assert!(!answer.text().contains("ada@"), "{}", answer.text());
        }
        assert_eq!(client.kind(), "user");
        let request = Request::new("GET", "/-/session").field("Cookie", &format!("{NAME}=x"));
        assert_eq!(house.server.send(&request).status, 200);
    });
}
