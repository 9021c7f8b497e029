//! The page of the session, and its forms: what others have written stands on it as text, and leads nowhere else.

use serde_json::json;

use crate::http::{Request, Response, component};
use crate::session::{Client, OTHER_PASSWORD, PASSWORD, SETUP, everywhere, set_cookie, text_at};

/// Text that would be a script where it is taken for markup.
const MARKUP: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

/// What a browser says it likes.
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Sends a form of the page.
fn post(client: &mut Client<'_>, members: &[(&str, &str)]) -> Response {
    let pairs = members.iter();
    let pairs = pairs.map(|(name, value)| format!("{name}={}", component(value)));
    let request = Request::new("POST", "/-/session")
        .field("Content-Type", "application/x-www-form-urlencoded")
        .field("Accept", PAGE)
        .body(pairs.collect::<Vec<_>>().join("&"));
    client.send(&request)
}

fn page(client: &mut Client<'_>) -> Response {
    client.send(&Request::new("GET", "/-/session").field("Accept", PAGE))
}

/// Asserts that a page is one that nothing can be planted in, and that nobody keeps or frames.
fn assert_safe(answer: &Response) {
    let kind = answer.field("Content-Type").unwrap_or_default();
    assert!(kind.starts_with("text/html"), "{kind}");
    let text = answer.text();
    assert!(
        !text.contains("<script>alert") && !text.contains("<img src=x"),
        "{text}"
    );
    let policy = answer.field("Content-Security-Policy").unwrap_or_default();
    assert!(
        policy.contains("frame-ancestors 'none'") || policy.contains("frame-ancestors 'self'"),
        "{policy}"
    );
    let scripts = policy.contains("unsafe-inline") && policy.contains("script-src");
    assert!(!scripts, "{policy}");
    assert_eq!(answer.field("Cache-Control"), Some("no-store"));
    let vary = answer.list("Vary").unwrap_or_default();
    assert!(vary.contains("Cookie") && vary.contains("Accept"), "{vary}");
    assert_eq!(answer.field("X-Content-Type-Options"), Some("nosniff"));
}

#[test]
fn what_others_wrote_stands_on_the_page_as_text() {
    everywhere(SETUP, |house| {
        let mut client = house.client().with("User-Agent", MARKUP);
        let answer = post(
            &mut client,
            &[("email", MARKUP), ("password", "a wrong password")],
        );
        assert_eq!((answer.status, set_cookie(&answer)), (401, None));
        assert_safe(&answer);
        assert!(
            answer.text().contains("&lt;script&gt;"),
            "it is shown again"
        );
        assert!(!answer.text().contains("a wrong password"));
        client.sign_up("ada@example.org", PASSWORD);
        client.remember(&json!({MARKUP: MARKUP, "</pre>": "</textarea>"}).to_string());
        let answer = page(&mut client);
        assert_eq!(answer.status, 200);
        assert_safe(&answer);
        assert!(answer.text().contains("ada@example.org"));
        assert!(
            !answer.text().contains(&client.key()),
            "a page shows no key"
        );
        assert_safe(&page(&mut house.client()));
        assert_safe(&page(&mut house.visitor()));
    });
}

#[test]
fn its_forms_do_what_the_methods_do() {
    everywhere(SETUP, |house| {
        let mut one = house.user("ada@example.org");
        let mut others = [house.client(), house.client(), house.client()];
        for client in &mut others {
            client.enter("ada@example.org");
        }
        let mut bob = house.user("bob@example.org");
        let id = text_at(&others[0].who(), "/session/id");
        let ending = [("action", "end_one"), ("session", id.as_str())];
        assert_eq!(post(&mut bob, &ending).status, 404);
        assert_eq!(others[0].kind(), "user");
        assert_eq!(post(&mut one, &ending).status, 303);
        assert_eq!(
            (others[0].kind(), others[1].kind()),
            ("anyone".into(), "user".into())
        );
        assert_eq!(post(&mut one, &[("action", "end_others")]).status, 303);
        assert_eq!(
            (others[1].kind(), one.kind()),
            ("anyone".into(), "user".into())
        );
        let key = one.key();
        let change = |current, password| {
            [
                ("action", "password"),
                ("current", current),
                ("password", password),
            ]
        };
        let answer = post(&mut one, &change("a wrong one", OTHER_PASSWORD));
        assert_eq!(answer.status, 401);
        assert_safe(&answer);
        assert_eq!(post(&mut one, &change(PASSWORD, "short")).status, 422);
        assert_eq!(one.key(), key);
        assert_eq!(
            post(&mut one, &change(PASSWORD, OTHER_PASSWORD)).status,
            303
        );
        assert_ne!(one.key(), key);
        assert_eq!(house.client().showing(&key).kind(), "anyone");
    });
}

#[test]
fn its_forms_lead_nowhere_else() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        for next in ["//evil.test", "https://evil.test", "/\\evil.test"] {
            let mut client = house.client();
            client.enter("ada@example.org");
            let answer = post(&mut client, &[("action", "end"), ("next", next)]);
            assert_eq!(answer.status, 303);
            let location = answer.field("Location").unwrap_or_default();
            assert!(
                location.starts_with('/') && !location.contains("evil"),
                "{location}"
            );
            assert_eq!(client.cookie, None);
        }
    });
}

#[test]
fn what_is_none_of_its_actions_or_names_more_than_they_take_is_refused() {
    everywhere(SETUP, |house| {
        let mut one = house.user("ada@example.org");
        let mut bob = house.user("bob@example.org");
        let id = text_at(&bob.who(), "/session/id");
        // What is none of its actions, or names more than it takes, is none.
        for members in [
            &[("action", "delete")] as &[_],
            &[("action", "")],
            &[("action", "end"), ("email", "ada@example.org")],
            &[("action", "end_others"), ("user", "bob@example.org")],
            &[("action", "password"), ("password", OTHER_PASSWORD)],
            &[
                ("action", "password"),
                ("current", PASSWORD),
                ("password", OTHER_PASSWORD),
                ("user", "bob@example.org"),
            ],
        ] {
            assert_eq!(post(&mut one, members).status, 400, "{members:?}");
        }
        assert_eq!((one.kind(), bob.kind()), ("user".into(), "user".into()));
        // Who has not signed in has nothing to end but his own.
        for (members, expected) in [
            (&[("action", "end_others")] as &[_], 401),
            (
                &[
                    ("action", "password"),
                    ("current", PASSWORD),
                    ("password", OTHER_PASSWORD),
                ],
                401,
            ),
            (&[("action", "end_one"), ("session", &id)], 404),
        ] {
            for mut client in [house.client(), house.visitor()] {
                assert_eq!(post(&mut client, members).status, expected, "{members:?}");
            }
        }
        assert_eq!(bob.kind(), "user");
    });
}
