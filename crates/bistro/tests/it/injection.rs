//! Hostile text through every place a client controls: nothing of it is ever taken for SQL.

use crate::http::{Request, Response, component};
use crate::server::Server;

/// Text that would do harm if any of it were pasted into SQL, a pattern, a path or a field.
const HOSTILE: [&str; 32] = [
    "'",
    "''",
    "\"",
    "\"\"",
    "`",
    "[",
    "]",
    "';--",
    "'; DROP TABLE songs; --",
    "\"; DROP TABLE songs; --",
    "1); DELETE FROM songs; --",
    "1; DELETE FROM notes",
    "' OR '1'='1",
    "\" OR \"1\"=\"1",
    "1 OR 1=1",
    "x') UNION SELECT sql FROM sqlite_schema --",
    "(SELECT name FROM sqlite_schema)",
    "title FROM songs; --",
    "/* */",
    "-- ",
    "\0",
    "a\0b",
    "\u{2018}; DROP TABLE songs; \u{2019}",
    "\u{ff07}; DROP TABLE songs",
    "\u{2028}",
    "\r\nX-Injected: yes",
    "%27",
    "%",
    "_",
    "\\",
    "?1",
    ":id @id $id",
];

/// Sends the request for every hostile text, then looks whether anything happened that should not have.
fn check(may_write: bool, request: impl Fn(&str) -> Request) {
    let server = Server::start();
    let before = server.fixture().dump();
    let mut connection = server.connect();
    for text in HOSTILE {
        let request = request(text);
        let response = connection.try_send(&request).unwrap_or_else(|_| {
            connection = server.connect();
            connection.send(&request)
        });
        judge(&request, &response);
        if !may_write {
            assert_eq!(
                server.fixture().dump(),
                before,
                "{request:?} changed something"
            );
        }
    }
    let schema = "SELECT group_concat(type || name || coalesce(sql, '')) FROM sqlite_schema";
    let fresh = Server::start();
    assert_eq!(
        server.fixture().value(schema),
        fresh.fixture().value(schema),
        "the schema changed"
    );
    let songs = "SELECT count(*) FROM songs";
    assert_eq!(
        server.fixture().value(songs),
        "8",
        "rows of another table changed"
    );
}

fn judge(request: &Request, response: &Response) {
    assert!(
        response.status < 500,
        "{request:?}: {} {}",
        response.status,
        response.text()
    );
    assert!(
        response.field("X-Injected").is_none(),
        "{request:?} wrote a field"
    );
    let text = String::from_utf8_lossy(&response.body).to_ascii_lowercase();
    for leak in [
        "create table",
        "sqlite_schema where",
        "syntax error",
        "near \"",
        "unrecognized token",
        "panicked",
    ] {
        assert!(!text.contains(leak), "{request:?} told too much: {text}");
    }
}

#[test]
fn in_the_name_of_a_table() {
    check(false, |text| {
        Request::new("GET", &format!("/{}", component(text)))
    });
    check(false, |text| {
        Request::new("DELETE", &format!("/{}?id=eq.1", component(text)))
    });
}

#[test]
fn in_the_key_of_an_item() {
    check(false, |text| {
        Request::new("GET", &format!("/tasks/{}", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/order_lines/7,{}", component(text)))
    });
    check(false, |text| {
        Request::new("DELETE", &format!("/tasks/{}", component(text)))
    });
}

#[test]
fn in_the_name_of_a_column() {
    check(false, |text| {
        Request::new("GET", &format!("/songs?{}=eq.1", component(text)))
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/songs?or=({}.eq.1,id.eq.2)", component(text)),
        )
    });
}

#[test]
fn in_the_value_of_every_operator() {
    for operator in [
        "eq",
        "neq",
        "gt",
        "gte",
        "lt",
        "lte",
        "like",
        "ilike",
        "match",
        "imatch",
        "is",
        "isdistinct",
        "fts",
        "plfts",
        "phfts",
        "wfts",
        "cs",
        "cd",
        "ov",
        "sl",
        "sr",
        "nxr",
        "nxl",
        "adj",
    ] {
        check(false, |text| {
            Request::new(
                "GET",
                &format!("/songs?title={operator}.{}", component(text)),
            )
        });
        check(false, |text| {
            Request::new(
                "GET",
                &format!("/songs?tags=not.{operator}.{}", component(text)),
            )
        });
    }
    check(false, |text| {
        Request::new("GET", &format!("/lyrics?words=fts.{}", component(text)))
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/lyrics?words=wfts(english).{}", component(text)),
        )
    });
}

#[test]
fn in_lists() {
    check(false, |text| {
        Request::new("GET", &format!("/songs?title=in.({})", component(text)))
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/songs?title=in.(\"{}\",b)", component(text)),
        )
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/songs?title=like(any).{{{}}}", component(text)),
        )
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?id=eq(all).{{{}}}", component(text)))
    });
}

#[test]
fn in_the_place_of_an_operator() {
    check(false, |text| {
        Request::new("GET", &format!("/songs?title={}.x", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?title=not.{}.x", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?title=eq({}).x", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/lyrics?words=fts({}).x", component(text)))
    });
}

#[test]
fn in_casts_aliases_and_aggregates() {
    check(false, |text| {
        Request::new("GET", &format!("/songs?select={}", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?select=title::{}", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?select={}:title", component(text)))
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/songs?select=\"{}\":title", component(text)),
        )
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?select=id.{}()", component(text)))
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/songs?select=id.sum()::{}", component(text)),
        )
    });
}

#[test]
fn in_the_keys_of_json_paths() {
    check(false, |text| {
        Request::new("GET", &format!("/songs?details->>{}=eq.1", component(text)))
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/songs?select=details->{}", component(text)),
        )
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/songs?order=details->>{}", component(text)),
        )
    });
    check(false, |text| {
        Request::new(
            "GET",
            &format!("/songs?select=details->\"{}\"->>x", component(text)),
        )
    });
}

#[test]
fn in_order_page_and_cursor() {
    check(false, |text| {
        Request::new("GET", &format!("/songs?order={}", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?order=title.{}", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?limit={}", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?offset={}", component(text)))
    });
    check(false, |text| {
        Request::new("GET", &format!("/songs?after={}", component(text)))
    });
}

#[test]
fn in_what_steers_a_write() {
    let row = "{\"title\":\"x\",\"artist_id\":99}";
    check(false, |text| {
        Request::new("POST", &format!("/songs?on_conflict={}", component(text)))
            .field("Prefer", "resolution=merge-duplicates")
            .json(row)
    });
    check(false, |text| {
        Request::new("POST", &format!("/songs?columns={}", component(text))).json(row)
    });
    check(false, |text| {
        Request::new("PATCH", &format!("/songs?{}=eq.1", component(text))).json(row)
    });
}

#[test]
fn in_the_names_of_a_body() {
    let quoted = |text: &str| serde_json::to_string(text).expect("text is JSON");
    check(false, |text| {
        Request::new("POST", "/tasks").json(&format!("{{{}:1}}", quoted(text)))
    });
    check(false, |text| {
        Request::new("PATCH", "/tasks?code=eq.buy").json(&format!("{{{}:1}}", quoted(text)))
    });
    check(false, |text| {
        Request::new("POST", "/tasks")
            .field("Content-Type", "text/csv")
            .body(format!("code,{text}\nx,y"))
    });
    check(false, |text| {
        Request::new("POST", "/tasks")
            .field("Content-Type", "application/x-www-form-urlencoded")
            .body(format!("{}=x", component(text)))
    });
}

#[test]
fn in_the_values_of_a_body() {
    let server = Server::start();
    for (index, text) in HOSTILE.into_iter().enumerate() {
        let body = serde_json::json!({"code": format!("c{index}"), "title": text}).to_string();
        let request = Request::new("POST", "/tasks").json(&body);
        let response = server.send(&request);
        if text.contains('\0') && response.status == 400 {
            continue;
        }
        assert_eq!(response.status, 201, "{text:?}: {}", response.text());
        let found = server.get(&format!("/tasks/c{index}")).json();
        assert_eq!(
            found.get("title").and_then(serde_json::Value::as_str),
            Some(text)
        );
    }
    assert_eq!(server.fixture().value("SELECT count(*) FROM songs"), "8");
}

#[test]
fn in_header_fields() {
    let printable = |text: &str| text.replace(['\r', '\n', '\0'], " ");
    for name in [
        "Prefer",
        "Range",
        "Range-Unit",
        "Accept",
        "If-Match",
        "If-None-Match",
        "Accept-Profile",
        "Content-Type",
    ] {
        check(false, |text| {
            Request::new("GET", "/songs").field(name, &printable(text))
        });
    }
    check(false, |text| {
        Request::new("GET", "/songs").field("Prefer", &format!("timezone={}", printable(text)))
    });
    check(false, |text| {
        Request::new("PATCH", "/tasks/buy")
            .field("Content-Type", &printable(text))
            .body("{\"title\":\"x\"}")
            .field("If-Match", "\"never\"")
    });
}

#[test]
fn in_the_body_of_a_query() {
    check(false, |text| {
        Request::new("QUERY", "/songs")
            .field("Content-Type", "application/x-www-form-urlencoded")
            .body(format!("title=eq.{text}&select={text}"))
    });
}

#[test]
fn a_hostile_value_matches_only_itself() {
    let server = Server::start();
    for text in ["' OR '1'='1", "1 OR 1=1", "x' UNION SELECT 1 --"] {
        let found = server.get(&format!("/songs?title=eq.{}", component(text)));
        assert_eq!((found.status, found.text().as_str()), (200, "[]"));
        let found = server.get(&format!("/songs?title=like.{}", component(text)));
        assert_eq!((found.status, found.text().as_str()), (200, "[]"));
    }
}
