//! What a client's way through proxies says of it: nothing, unless the proxy is one that is believed.

use crate::http::Request;
use crate::session::{
    Client, House, NAME, PASSWORD, SETUP, Setup, Store, credentials, everywhere, in_stores,
    set_cookie, text_at,
};

/// Nobody is believed.
const DIRECT: Setup = Setup { http: "", ..SETUP };

/// What a client may claim of where it comes from.
const CLAIMS: [(&str, &str); 8] = [
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-For", "203.0.113.9"),
    ("X-Forwarded-Host", "evil.test"),
    ("Forwarded", "for=203.0.113.9;proto=https;host=evil.test"),
    ("X-Real-IP", "203.0.113.9"),
    ("X-Forwarded-Ssl", "on"),
    ("Front-End-Https", "on"),
    ("True-Client-IP", "203.0.113.9"),
];

/// A client that claims all of it.
fn claiming(house: &House) -> Client<'_> {
    CLAIMS
        .into_iter()
        .fold(house.client(), |client, (name, value)| {
            client.with(name, value)
        })
}

#[test]
fn who_is_no_trusted_proxy_is_not_believed() {
    everywhere(DIRECT, |house| {
        let mut client = claiming(house);
        let answer = client.sign_up("ada@example.org", PASSWORD);
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(text_at(&answer.json(), "/session/address"), "127.0.0.1");
        for (name, value) in &answer.fields {
            assert!(!value.contains("evil"), "{name}: {value}");
        }
        assert_eq!(client.delete("/-/session").field("Clear-Site-Data"), None);
        // It did not come by TLS, whatever it says.
        let mut client = claiming(house).with("Host", "shop.example");
        let answer = client.sign_in("ada@example.org", PASSWORD);
        assert_eq!((answer.status, set_cookie(&answer)), (403, None));
        assert_eq!(client.remember("{}").status, 403);
        let create = Request::new("POST", "/songs").json("{\"title\":\"x\",\"artist_id\":1}");
        let answer = claiming(house).send(&create);
        assert_eq!(answer.status, 201, "{}", answer.text());
        for (name, value) in &answer.fields {
            assert!(
                !value.contains("evil") && !value.contains("https"),
                "{name}: {value}"
            );
        }
        let own = format!("https://{}", house.server.address());
        let request = Request::new("DELETE", "/-/session").field("Origin", &own);
        assert_eq!(claiming(house).send(&request).status, 403, "another scheme");
    });
}

#[test]
fn who_is_not_believed_does_not_get_around_a_limit() {
    in_stores(&[Store::Database], DIRECT, |house| {
        let mut connection = house.server.connect();
        let mut refused = false;
        for at in 0..60 {
            let request = Request::new("POST", "/-/users")
                .json(&credentials("ada@example.org", "short"))
                .field("X-Forwarded-For", &format!("10.0.0.{at}"))
                .field("Forwarded", &format!("for=10.0.0.{at}"))
                .field("X-Real-IP", &format!("10.0.0.{at}"));
            refused |= connection.send(&request).status == 429;
        }
        assert!(refused);
    });
}

#[test]
fn of_what_a_trusted_proxy_passes_on_only_its_own_word_counts() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let request =
            Request::new("POST", "/-/session").json(&credentials("ada@example.org", PASSWORD));
        let table: [(&[(&str, &str)], &str); 9] = [
            (&[("X-Forwarded-For", "203.0.113.9")], "203.0.113.9"),
            // What the client sent stands before what the proxy added.
            (
                &[("X-Forwarded-For", "6.6.6.6, 203.0.113.9")],
                "203.0.113.9",
            ),
            (
                &[
                    ("X-Forwarded-For", "6.6.6.6"),
                    ("X-Forwarded-For", "203.0.113.9"),
                ],
                "203.0.113.9",
            ),
            (
                &[("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 127.0.0.1")],
                "203.0.113.9",
            ),
            (&[("X-Forwarded-For", "rubbish")], "127.0.0.1"),
            (&[("X-Forwarded-For", "203.0.113.9, rubbish")], "127.0.0.1"),
            (&[("X-Forwarded-For", "2001:db8::1")], "2001:db8::1"),
            (
                &[("Forwarded", "for=6.6.6.6, for=\"[2001:db8::2]:4711\"")],
                "2001:db8::2",
            ),
            (
                &[("Forwarded", "for=\"6.6.6.6, for=203.0.113.9")],
                "203.0.113.9",
            ),
        ];
        for (fields, expected) in table {
            let request = fields
                .iter()
                .fold(request.clone(), |request, (name, value)| {
                    request.field(name, value)
                });
            let answer = house.server.send(&request);
            assert_eq!(answer.status, 200, "{fields:?}: {}", answer.text());
            assert_eq!(
                text_at(&answer.json(), "/session/address"),
                expected,
                "{fields:?}"
            );
        }
    });
}

#[test]
fn a_name_that_a_proxy_tells_must_be_ours_as_well() {
    let setup = Setup {
        http: "trusted_proxies = [\"127.0.0.1\"]\nhosts = [\"shop.example\"]",
        ..SETUP
    };
    everywhere(setup, |house| {
        let behind = |host: &str| {
            house
                .client()
                .with("X-Forwarded-Host", host)
                .with("X-Forwarded-Proto", "https")
        };
        assert_eq!(behind("shop.example").remember("{}").status, 200);
        for host in [
            "evil.test",
            "shop.example.evil.test",
            "shop.example@evil.test",
        ] {
            let status = behind(host).remember("{}").status;
            assert!([400, 421, 200].contains(&status), "{host}: {status}");
            let answer = behind(host).get("/-/session");
            assert!(
                answer
                    .fields
                    .iter()
                    .all(|(_, value)| !value.contains("evil"))
            );
        }
        assert_eq!(behind("evil.test").remember("{}").status, 421);
        // The proxy's TLS makes pages of the https origin our own.
        let delete = |origin: &str| {
            let request = Request::new("DELETE", "/-/session").field("Origin", origin);
            behind("shop.example").send(&request).status
        };
        assert_eq!(delete("https://shop.example"), 204);
        assert_eq!(delete("http://shop.example"), 403);
        assert_eq!(delete("https://shop.example:8443"), 403);
    });
}

#[test]
fn a_page_that_rebinds_its_name_reaches_no_session() {
    // A browser that was told that a foreign name is this machine sends what looks like the page's own origin.
    let setup = Setup {
        http: "hosts = [\"shop.example\"]",
        ..SETUP
    };
    everywhere(setup, |house| {
        let key = house.user("ada@example.org").key();
        for (method, target) in [
            ("GET", "/-/session"),
            ("GET", "/-/sessions"),
            ("PUT", "/-/session/data"),
            ("POST", "/-/session"),
            ("DELETE", "/-/users/me"),
        ] {
            let request = Request::new(method, target)
                .json("{}")
                .field("Host", "evil.test")
                .field("Origin", "http://evil.test")
                .field("Sec-Fetch-Site", "same-origin")
                .field("Cookie", &format!("{NAME}={key}"));
            let answer = house.server.send(&request);
            assert_eq!(answer.status, 421, "{method} {target}");
            assert_eq!(set_cookie(&answer), None);
            assert!(!answer.text().contains("ada@"), "{}", answer.text());
        }
        let mut client = house.client().showing(&key);
        assert_eq!(client.kind(), "user");
    });
}

#[test]
fn over_tls_a_browser_is_told_to_stay_there_and_otherwise_is_not() {
    in_stores(&[Store::Database], SETUP, |house| {
        let security = |client: Client<'_>| {
            let mut client = client;
            let answer = client.get("/songs?limit=1");
            answer.field("Strict-Transport-Security").map(str::to_owned)
        };
        let secure = house.client().with("X-Forwarded-Proto", "https");
        assert_eq!(security(secure).as_deref(), Some("max-age=63072000"));
        let plain = house.client().with("X-Forwarded-Proto", "http");
        assert_eq!(security(plain), None);
    });
}

#[test]
fn a_cookie_that_has_crossed_a_network_in_the_clear_is_nobodys() {
    everywhere(SETUP, |house| {
        let cookie = house.user("ada@example.org").key();
        let showing = |scheme: &str| {
            let mut client = house
                .client()
                .with("X-Forwarded-Proto", scheme)
                .with("X-Forwarded-Host", "shop.example")
                .showing(&cookie);
            client.kind()
        };
        assert_eq!(showing("https"), "user");
        assert_eq!(showing("http"), "anyone");
    });
}
