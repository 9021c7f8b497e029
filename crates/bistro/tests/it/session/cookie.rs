//! The cookie on the wire.

use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use tempfile::TempDir;

use crate::http::{Request, Response};
use crate::server::until;
use crate::session::stores;
use crate::session::{
    Client, House, NAME, PASSWORD, SETUP, Setup, Store, everywhere, in_stores, set_cookie, value_of,
};

/// The octets that a name and a value may have together.
const OCTETS_MAX: usize = 4096;

/// The attributes of a `Set-Cookie`, without the pair they are about.
fn attributes(line: &str) -> Vec<String> {
    let attributes = line.split(';').skip(1);
    attributes.map(|text| text.trim().to_owned()).collect()
}

/// The answers that set the cookie: when a session begins, changes its key, and ends.
fn setting(house: &House) -> Vec<Response> {
    let mut client = house.client();
    let mut answers = vec![
        client.remember("{\"a\":1}"),
        client.sign_up("ada@example.org", PASSWORD),
        client.set_password(crate::session::OTHER_PASSWORD, None),
        client.delete("/-/session"),
        client.sign_in("ada@example.org", crate::session::OTHER_PASSWORD),
        client.delete("/-/sessions"),
    ];
    answers.push(client.showing("nonsense").get("/-/session"));
    answers
}

#[test]
fn the_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts() {
    everywhere(SETUP, |house| {
        for answer in setting(house) {
            let line = set_cookie(&answer).unwrap_or_else(|| panic!("{answer:?} sets none"));
            assert!(line.starts_with("__Host-"), "{line}");
            let attributes = attributes(line);
            for expected in ["Secure", "HttpOnly", "Path=/"] {
                let count = attributes.iter().filter(|own| *own == expected).count();
                assert_eq!(count, 1, "{expected} in {line}");
            }
            let has_domain = |own: &String| own.to_ascii_lowercase().starts_with("domain");
            assert!(!attributes.iter().any(has_domain), "{line}");
        }
    });
}

#[test]
fn whether_other_sites_may_send_it_is_said_outright() {
    everywhere(SETUP, |house| {
        for answer in setting(house) {
            let line = set_cookie(&answer).expect("it is set");
            let said = attributes(line);
            let said: Vec<_> = said
                .iter()
                .filter(|own| own.starts_with("SameSite"))
                .collect();
            assert_eq!(said, ["SameSite=Lax"], "{line}");
        }
    });
}

#[test]
fn what_does_not_fit_into_a_cookie_is_refused_and_changes_nothing() {
    in_stores(&[Store::Cookie], SETUP, |house| {
        let mut client = house.visitor();
        let before = client.key();
        let document = |octets: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(octets));
        for octets in [4096, 5000, 60_000] {
            let answer = client.remember(&document(octets));
            assert_eq!(answer.status, 413, "{}", answer.text());
            assert_eq!(set_cookie(&answer), None);
            assert!(answer.text().contains("fits"), "{}", answer.text());
            let answer = house.client().remember(&document(octets));
            assert_eq!((answer.status, set_cookie(&answer)), (413, None));
        }
        assert_eq!(client.key(), before);
        assert_eq!(client.data(), serde_json::json!({"a": 1}));
        // Every length up to the limit is either kept whole or refused.
        let mut largest = 0;
        for octets in (2000..3200).step_by(25).chain(2700..2900) {
            let address = format!("10.0.{}.{}", octets / 250, octets % 250);
            let answer = house.client_at(&address).remember(&document(octets));
            match set_cookie(&answer) {
                Some(line) => {
                    assert_eq!(answer.status, 200);
                    let octets_of_pair = NAME.len() + value_of(line).len();
                    assert!(octets_of_pair <= OCTETS_MAX, "{octets_of_pair}");
                    largest = largest.max(octets);
                }
                None => assert_eq!(answer.status, 413, "{octets}"),
            }
        }
        assert!(largest > 2000, "{largest}");
        // Whoever remembers as much as he may can still sign up, and take it along.
        let mut client = house.client();
        assert_eq!(client.remember(&document(largest)).status, 200);
        let answer = client.sign_up("ada@example.org", PASSWORD);
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(client.data().to_string().len(), document(largest).len());
    });
}

#[test]
fn each_part_of_the_cookie_is_as_short_as_browsers_keep_it() {
    everywhere(SETUP, |house| {
        for answer in setting(house) {
            let line = set_cookie(&answer).expect("it is set");
            for attribute in attributes(line) {
                assert!(attribute.len() <= 1024, "{line}");
            }
            assert!(NAME.len() + value_of(line).len() <= OCTETS_MAX, "{line}");
        }
        let many = "c=0123456789; ".repeat(3500);
        let client = house.client().with("Cookie", &many);
        let request = client.dressed(&Request::new("GET", "/-/session"));
        let status = house.server.send(&request).status;
        assert!((200..500).contains(&status) || status == 431, "{status}");
        let client = house.client().with("Cookie", &many.repeat(2));
        let request = client.dressed(&Request::new("GET", "/-/session"));
        assert_eq!(house.server.send(&request).status, 431);
    });
}

#[test]
fn the_cookie_ends_with_the_session_at_the_latest() {
    let max_age = |answer: &Response| {
        let line = set_cookie(answer).expect("it is set");
        let attributes = attributes(line);
        let text = attributes
            .iter()
            .find_map(|own| own.strip_prefix("Max-Age="));
        text.expect("it is said").parse::<u64>().expect("a number")
    };
    let short = Setup {
        session: "absolute = \"100s\"\nidle = \"50s\"",
        ..SETUP
    };
    everywhere(short, |house| {
        let mut client = house.client();
        assert!((99..=100).contains(&max_age(&client.remember("{}"))));
        let answer = client.sign_up("ada@example.org", PASSWORD);
        assert!((99..=100).contains(&max_age(&answer)));
        let ends = answer
            .json()
            .pointer("/session/ends")
            .and_then(serde_json::Value::as_i64);
        // Another password gives the session another key, and not another beginning.
        let created = answer
            .json()
            .pointer("/session/created")
            .and_then(serde_json::Value::as_i64);
        assert_eq!(ends, created.map(|created| created + 100));
        until("a second has passed", || {
            let now = house.server.fixture().value("unixepoch()");
            now.parse::<i64>().ok() > created.map(|created| created + 1)
        });
        let answer = client.set_password(crate::session::OTHER_PASSWORD, None);
        assert!(max_age(&answer) <= 98, "{answer:?}");
    });
    let long = Setup {
        session: "absolute = \"365d\"\nidle = \"365d\"",
        ..SETUP
    };
    everywhere(long, |house| {
        let age = max_age(&house.client().remember("{}"));
        assert!(age <= 400 * 86_400, "{age}");
    });
}

#[test]
fn the_cookie_says_nothing_to_who_reads_it() {
    everywhere(SETUP, |house| {
        let mut client = house.client();
        client.remember("{\"colour\":\"ultramarine\"}");
        let mut keys = vec![client.key()];
        let answer = client.sign_up("ada.lovelace@example.org", PASSWORD);
        let user = answer.json();
        keys.push(client.key());
        for key in &keys {
            let is_plain =
                |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
            assert!(key.bytes().all(is_plain), "{key}");
            let octets = decoded(key);
            let id = crate::session::text_at(&user, "/id");
            for known in [
                "ada",
                "lovelace",
                "example",
                "ultramarine",
                "colour",
                "user",
                &id,
            ] {
                let is_there = octets
                    .windows(known.len())
                    .any(|window| window == known.as_bytes());
                assert!(!is_there, "{known} stands in {key}");
            }
            // A time would stand there in clear as these three octets, which change every 256 seconds.
            let now: u64 = house
                .server
                .fixture()
                .value("unixepoch()")
                .parse()
                .expect("a number");
            let time = (now >> 8).to_be_bytes();
            let is_there = octets
                .windows(4)
                .any(|window| window == time.get(4..).unwrap_or_default());
            assert!(!is_there, "the time stands in {key}");
        }
    });
}

/// The octets that base64url stands for.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

#[test]
fn the_name_says_nothing_of_the_software() {
    everywhere(SETUP, |house| {
        for answer in setting(house) {
            for (name, value) in &answer.fields {
                let line = format!("{name}: {value}").to_ascii_lowercase();
                for word in ["bistro", "rust", "hyper", "sqlite", "redis"] {
                    assert!(!line.contains(word), "{line}");
                }
            }
        }
    });
}

#[test]
fn what_depends_on_the_session_is_kept_by_no_cache() {
    everywhere(SETUP, |house| {
        let mut user = house.user("ada@example.org");
        let mut visitor = house.visitor();
        let mut anyone = house.client();
        for client in [&mut user, &mut visitor, &mut anyone] {
            for target in [
                "/-/session",
                "/-/session/data",
                "/-/sessions",
                "/-/users/me",
            ] {
                let answer = client.get(target);
                assert_private(&answer, target);
                let answer = client.send(&Request::new("HEAD", target));
                assert_private(&answer, target);
            }
        }
        for answer in setting_again(&mut user) {
            assert_private(&answer, "a change");
        }
    });
}

fn setting_again(client: &mut Client<'_>) -> Vec<Response> {
    vec![
        client.remember("{\"b\":1}"),
        client.sign_in("ada@example.org", PASSWORD),
        client.delete("/-/session"),
    ]
}

fn assert_private(answer: &Response, what: &str) {
    // A refusal depends on who asks, too.
    let control = answer.field("Cache-Control").unwrap_or_default();
    assert!(control.contains("no-store"), "{what}: {answer:?}");
    let vary = answer.list("Vary").unwrap_or_default().to_ascii_lowercase();
    assert!(vary.contains("cookie"), "{what}: {answer:?}");
    assert!(vary.contains("authorization"), "{what}: {answer:?}");
}

#[test]
fn no_answer_sets_the_cookie_twice_and_one_that_says_nothing_changed_not_at_all() {
    let short = Setup {
        session: "idle = \"10s\"",
        ..SETUP
    };
    everywhere(short, |house| {
        for answer in setting(house) {
            assert!(set_cookie(&answer).is_some());
        }
        // A sealed cookie is set anew each second that it is used, so that it does not end while it is.
        let mut client = house.visitor();
        let tag = client.get("/songs/1").field("ETag").map(str::to_owned);
        let tag = tag.expect("a row has one");
        let same = Request::new("GET", "/songs/1").field("If-None-Match", &tag);
        let start = house.server.fixture().value("unixepoch()");
        let mut statuses = Vec::new();
        let mut is_set_anew = false;
        until("two seconds have passed", || {
            let answer = client.send(&same);
            is_set_anew |= set_cookie(&answer).is_some();
            assert!(
                answer.status != 304 || set_cookie(&answer).is_none(),
                "{answer:?}"
            );
            statuses.push(answer.status);
            let sql = format!("unixepoch() > {start} + 2");
            house.server.fixture().value(&sql) == "1"
        });
        assert!(statuses.contains(&304), "{statuses:?}");
        assert_eq!(is_set_anew, house.store == Store::Cookie, "{statuses:?}");
        assert_eq!(client.kind(), "visitor");
    });
}

#[test]
fn a_deletion_repeats_what_browsers_compare() {
    everywhere(SETUP, |house| {
        let mut client = house.user("ada@example.org");
        let answer = client.delete("/-/session");
        let expected = format!("{NAME}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(set_cookie(&answer), Some(expected.as_str()));
    });
}

#[test]
fn who_only_looks_gets_no_cookie_and_leaves_no_row() {
    everywhere(SETUP, |house| {
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'bistro%'";
        let fixture = house.server.fixture();
        assert_eq!(fixture.value(tables), "0");
        let mut connection = house.server.connect();
        for target in ["/", "/songs", "/-/session", "/-/session/data", "/nowhere"] {
            for _ in 0..200 {
                let answer = connection.send(&Request::new("GET", target));
                assert_eq!(set_cookie(&answer), None, "{target}");
            }
        }
        for method in ["OPTIONS", "HEAD", "DELETE"] {
            let answer = connection.send(&Request::new(method, "/-/session/data"));
            assert_eq!(set_cookie(&answer), None, "{method}");
        }
        assert_eq!(fixture.value(tables), "0");
        if let Some(redis) = &house.redis {
            assert_eq!(stores::ask(redis, &["DBSIZE"]), "0");
        }
    });
}

#[test]
fn signing_out_over_tls_has_browsers_clear_what_pages_kept() {
    everywhere(SETUP, |house| {
        house.user("ada@example.org");
        let mut client = house.client().with("X-Forwarded-Proto", "https");
        client.enter("ada@example.org");
        let answer = client.delete("/-/session");
        let said = answer.field("Clear-Site-Data");
        assert_eq!(said, Some("\"cookies\", \"storage\""));
        // Browsers take no notice of it over http.
        let mut client = house.client();
        client.enter("ada@example.org");
        assert_eq!(client.delete("/-/session").field("Clear-Site-Data"), None);
    });
}

#[test]
fn cookies_are_read_as_browsers_write_them_and_in_no_other_way() {
    everywhere(SETUP, |house| {
        let key = house.visitor().key();
        let table: [(String, bool); 22] = [
            (format!("{NAME}={key}"), true),
            (format!("a=b; {NAME}={key}; c=d"), true),
            (format!("a=b;{NAME}={key};c=d"), true),
            (format!("\t {NAME}={key} \t;"), true),
            (format!("a; =; ;;==; {NAME}={key}"), true),
            (format!("a=\"; {NAME}={key}"), true),
            (format!("\u{2000}{NAME}={key}"), false),
            (format!("\u{a0}{NAME}={key}"), false),
            (format!("\u{85}{NAME}={key}"), false),
            (format!("\u{c}{NAME}={key}"), false),
            (format!("$Version=1,{NAME}={key}"), false),
            (format!("a=b, {NAME}={key}"), false),
            (format!("{}={key}", NAME.to_lowercase()), false),
            (format!("__Host%2Dsid={key}"), false),
            (format!("__Host-si%64={key}"), false),
            (format!("{NAME}=\"{key}\""), false),
            (format!("{NAME}==\"{key}"), false),
            (format!("={NAME}={key}"), false),
            (NAME.to_owned(), false),
            (format!("{NAME}="), false),
            (format!("{NAME}={key}="), false),
            (format!("__Secure-sid={key}"), false),
        ];
        for (line, is_ours) in table {
            let head = format!(
                "GET /-/session HTTP/1.1\r\nHost: {}\r\nCookie: {line}\r\n\r\n",
                house.server.address()
            );
            let answer = house.server.raw(head.as_bytes());
            // A control character in a field may be refused as a whole.
            if answer.status == 400 && line.chars().any(char::is_control) {
                continue;
            }
            assert_eq!(answer.status, 200, "{line:?}");
            let expected = if is_ours { "visitor" } else { "anyone" };
            assert_eq!(
                crate::session::text_at(&answer.json(), "/kind"),
                expected,
                "{line:?}"
            );
        }
    });
}

#[test]
fn an_older_grammar_smuggles_nothing_in() {
    everywhere(SETUP, |house| {
        let key = house.visitor().key();
        // What stands between quotes belongs to no value: both are pairs of their own, and the second is the session's.
        for line in [
            format!("$Version=1; {NAME}={key}; $Path=/"),
            format!("x=\"a; {NAME}={key}\""),
        ] {
            let request = Request::new("GET", "/-/session").field("Cookie", &line);
            let answer = house.server.send(&request);
            assert_eq!(answer.status, 200, "{line}");
            let is_quoted = line.ends_with('"');
            let kind = crate::session::text_at(&answer.json(), "/kind");
            assert_eq!(kind == "anyone", is_quoted, "{line}: {kind}");
        }
    });
}

#[test]
fn two_cookies_of_the_name_are_nobodys() {
    everywhere(SETUP, |house| {
        let (one, other) = (house.visitor().key(), house.visitor().key());
        for lines in [
            vec![format!("{NAME}={one}; {NAME}={other}")],
            vec![format!("{NAME}={other}; {NAME}={one}")],
            vec![format!("{NAME}={one}; {NAME}={one}")],
            vec![format!("{NAME}={one}"), format!("{NAME}={other}")],
            vec![format!("{NAME}={one}; a=b; {NAME}=")],
            vec![format!("{NAME}=; {NAME}={one}")],
            vec![format!("{NAME}={one}; {NAME}=x; {NAME}={other}")],
        ] {
            let mut request = Request::new("GET", "/-/session");
            for line in &lines {
                request = request.field("Cookie", line);
            }
            let answer = house.server.send(&request);
            let kind = crate::session::text_at(&answer.json(), "/kind");
            assert_eq!((answer.status, kind.as_str()), (200, "anyone"), "{lines:?}");
        }
        // Neither has ended by that.
        let mut client = house.client().showing(&one);
        assert_eq!(client.kind(), "visitor");
    });
}

#[test]
fn several_cookie_fields_are_one_list() {
    everywhere(SETUP, |house| {
        let key = house.visitor().key();
        let pair = format!("{NAME}={key}");
        for lines in [["a=1", &pair, "b=2"], [&pair, "", ";;"], ["=", "x", &pair]] {
            let mut request = Request::new("GET", "/-/session");
            for line in lines {
                request = request.field("Cookie", line);
            }
            let answer = house.server.send(&request).json();
            assert_eq!(
                crate::session::text_at(&answer, "/kind"),
                "visitor",
                "{lines:?}"
            );
        }
        // Over HTTP/2 clients split it on purpose.
        let output = Command::new("curl")
            .args(["-sS", "--http2-prior-knowledge", "-H", "Cookie: a=1", "-H"])
            .args([
                &format!("Cookie: {pair}"),
                "-H",
                "Cookie: b=2",
                "-w",
                "%{http_version}",
            ])
            .arg(format!("http://{}/-/session", house.server.address()))
            .output()
            .expect("curl is missing: scripts/test installs it");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            text.contains("\"visitor\"") && text.ends_with('2'),
            "{text}"
        );
    });
}

#[test]
fn nothing_but_the_cookie_carries_a_session() {
    everywhere(SETUP, |house| {
        let key = house.user("ada@example.org").key();
        let get = |target: &str| Request::new("GET", target);
        let pair = format!("{NAME}={key}");
        for request in [
            get(&format!("/-/session?sid={key}")),
            get(&format!("/-/session?{pair}")),
            get(&format!("/-/session;{pair}")),
            get(&format!("/-/session;jsessionid={key}")),
            get("/-/session").field("X-Session", &key),
            get("/-/session").field("X-Session-Id", &key),
            get("/-/session").field(NAME, &key),
            get("/-/session").field("Cookie2", &pair),
            get("/-/session").field("Set-Cookie", &pair),
            get("/-/session").field("Authorization", &format!("Bearer {key}")),
            get("/-/session").field("Authorization", &format!("Basic {key}")),
            get("/-/session").field("Authorization", &format!("Session {key}")),
            get("/-/session").field("X-Api-Key", &key),
            get("/-/session").field("Referer", &format!("http://localhost/?{pair}")),
            get("/-/session").body(pair.clone()),
        ] {
            let answer = house.server.send(&request);
            match answer.status {
                200 => {
                    let kind = crate::session::text_at(&answer.json(), "/kind");
                    assert_eq!(kind, "anyone", "{request:?}");
                }
                status => assert!((400..500).contains(&status), "{status}: {request:?}"),
            }
        }
    });
}

#[test]
fn no_session_begins_in_the_clear() {
    everywhere(SETUP, |house| {
        let user = house.user("ada@example.org");
        let mut client = house.client().with("Host", "shop.example");
        let mut changing = client.showing(&user.key());
        for answer in [
            changing.set_password(crate::session::OTHER_PASSWORD, Some(PASSWORD)),
            client.remember("{\"a\":1}"),
            client.sign_up("bob@example.org", PASSWORD),
            client.sign_in("ada@example.org", PASSWORD),
        ] {
            assert_eq!(answer.status, 403, "{}", answer.text());
            assert_eq!(set_cookie(&answer), None);
            assert_eq!(answer.field("Location"), None, "an API is not redirected");
            assert!(answer.text().contains("https"), "{}", answer.text());
        }
        // Nor does one go on in it.
        let (key, mut client) = (house.visitor().key(), client);
        client = client.showing(&key);
        let answer = client.get("/-/session");
        let is_set = set_cookie(&answer).is_some_and(|line| !value_of(line).is_empty());
        assert!(!is_set, "{answer:?}");
        // Behind a proxy that speaks TLS it does.
        let mut client = house.client().with("Host", "shop.example");
        client = client.with("X-Forwarded-Proto", "https");
        client.enter("ada@example.org");
        assert_eq!(client.kind(), "user");
    });
}

#[test]
fn curl_keeps_the_cookie_of_this_machine() {
    everywhere(SETUP, |house| {
        let port = house.server.address().port();
        for host in ["127.0.0.1", "localhost"] {
            let directory = TempDir::new().expect("a temporary directory");
            let jar = directory.path().join("jar");
            let curl = |arguments: &[&str]| {
                let output = Command::new("curl")
                    .args(["-sS", "-b"])
                    .arg(&jar)
                    .arg("-c")
                    .arg(&jar)
                    .args(arguments)
                    .output()
                    .expect("curl is missing: scripts/test installs it");
                String::from_utf8(output.stdout).expect("UTF-8")
            };
            let url = format!("http://{host}:{port}/-/session");
            let data = format!("{url}/data");
            let json = "Content-Type: application/json";
            curl(&["-X", "PUT", "-H", json, "-d", "{\"a\":1}", &data]);
            assert_eq!(curl(&[&data]).trim(), "{\"a\":1}", "{host}");
            curl(&["-X", "DELETE", &url]);
            assert_eq!(curl(&[&data]).trim(), "{}", "{host}");
        }
    });
}

#[test]
fn a_cookie_without_prefix_is_the_operators_wish() {
    let setup = Setup {
        session: "insecure_cookies = true",
        ..SETUP
    };
    everywhere(setup, |house| {
        let request = Request::new("PUT", "/-/session/data")
            .json("{\"a\":1}")
            .field("Host", "shop.example");
        let answer = house.server.send(&request);
        let line = answer.field("Set-Cookie").expect("it is set");
        assert!(line.starts_with("sid="), "{line}");
        assert!(!line.contains("Secure"), "{line}");
        assert!(
            line.contains("HttpOnly") && line.contains("SameSite=Lax"),
            "{line}"
        );
        let pair = line.split(';').next().expect("a pair");
        let who = |pair: &str| {
            let request = Request::new("GET", "/-/session").field("Cookie", pair);
            crate::session::text_at(&house.server.send(&request).json(), "/kind")
        };
        assert_eq!(who(pair), "visitor");
        // The other name is none of ours then.
        assert_eq!(who(&pair.replacen("sid", NAME, 1)), "anyone");
    });
}
