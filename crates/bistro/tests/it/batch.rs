//! Batches from outside: all or nothing, also for those who look meanwhile; and nothing that a rule closes.

use std::fs;
use std::thread;

use serde_json::json;

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::Server;

fn batch(steps: &serde_json::Value) -> Request {
    Request::new("POST", "/-/batch").json(&steps.to_string())
}

#[test]
fn nobody_ever_sees_half_a_batch() {
    let server = Server::serve(
        Fixture::of(
            "CREATE TABLE accounts (id INTEGER PRIMARY KEY, cents INTEGER NOT NULL CHECK (cents >= 0));
             INSERT INTO accounts VALUES (1, 500), (2, 500);
             CREATE TABLE moves (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL);",
        ),
        &[],
    );
    // Each takes 1 from one account, and gives it to the other; some ask for more than is there.
    let transfer = |from: u32, amount: u32| {
        batch(&json!([
            {"method": "POST", "path": "/moves?select=amount", "headers": {"Prefer": "return=representation"}, "body": {"amount": amount}},
            {"method": "GET", "path": format!("/accounts/{from}?select=cents")},
            {"method": "GET", "path": format!("/accounts/{}?select=cents", 3 - from)},
            {"method": "PATCH", "path": format!("/accounts/{from}"), "body": {"cents": {"$response": "/1/body/cents"}}},
            {"method": "PATCH", "path": format!("/accounts/{}", 3 - from), "body": {"cents": if amount > 1 { json!(-1) } else { json!({"$response": "/2/body/cents"}) }}},
        ]))
    };
    let total = |text: &str| text.contains("1000");
    thread::scope(|scope| {
        for writer in 0..3_u32 {
            let server = &server;
            scope.spawn(move || {
                let mut connection = server.connect();
                for round in 0..20_u32 {
                    let amount = 1 + round % 2;
                    let response = connection.send(&transfer(1 + writer % 2, amount));
                    let expected = if amount == 1 { 200 } else { 400 };
                    assert_eq!(response.status, expected, "{}", response.text());
                }
            });
        }
        let server = &server;
        scope.spawn(move || {
            let mut connection = server.connect();
            for _ in 0..100 {
                let sum = connection.send(&Request::new("GET", "/accounts?select=cents.sum()"));
                assert!(total(&sum.text()), "{}", sum.text());
            }
        });
    });
    assert_eq!(server.fixture().value("SELECT count(*) FROM moves"), "30");
    assert_eq!(server.fixture().value("SELECT max(amount) FROM moves"), "1");
}

#[test]
fn what_a_rule_closes_is_closed_in_a_batch() {
    let fixture = Fixture::copy("fixture.sql");
    let config = "[http]\nlisten = \"127.0.0.1:0\"\n\n\
        [[allow]]\non = \"notes\"\nto = \"anyone\"\ndo = [\"read\", \"create\"]\n";
    let path = fixture.directory().join("bistro.toml");
    fs::write(&path, config).expect("ours");
    let server = Server::serve(fixture, &["--config", path.to_str().expect("plain")]);
    let before = server.fixture().dump();
    for (step, status) in [
        (json!({"method": "GET", "path": "/songs"}), 404),
        (json!({"method": "DELETE", "path": "/notes?id=eq.1"}), 405),
        (
            json!({"method": "PATCH", "path": "/notes/1", "body": {"body": "x"}}),
            405,
        ),
        (
            json!({"method": "GET", "path": "/notes?select=*,songs(*)"}),
            400,
        ),
    ] {
        let steps = json!([{"method": "POST", "path": "/notes", "body": {"body": "new"}}, step]);
        let response = server.send(&batch(&steps));
        assert_eq!(response.status, status, "{}", response.text());
        assert_eq!(response.json()[0]["status"], 424);
        assert_eq!(response.json()[1]["status"], status);
    }
    assert_eq!(server.fixture().dump(), before);
}

#[test]
fn a_batch_has_bounds_and_a_media_type() {
    let server = Server::start();
    let steps: Vec<_> = (0..101)
        .map(|_| json!({"method": "GET", "path": "/tasks"}))
        .collect();
    let response = server.send(&batch(&json!(steps)));
    assert_eq!(
        (response.status, &response.json()["code"]),
        (413, &json!("BISTRO413"))
    );
    assert_eq!(server.send(&batch(&json!(steps[1..]))).status, 200);
    let form = Request::new("POST", "/-/batch")
        .field("Content-Type", "application/x-www-form-urlencoded")
        .body("[]");
    assert_eq!(server.send(&form).status, 415);
    for body in [
        "",
        "null",
        "[null]",
        "[[]]",
        "[{}]",
        "[{\"method\":\"GET\"}]",
        "{\"a\":",
        "\u{1}",
    ] {
        let response = server.send(&Request::new("POST", "/-/batch").json(body));
        assert_eq!(response.status, 400, "{body}: {}", response.text());
    }
    for path in [
        "",
        "tasks",
        "//tasks",
        "/tasks#x",
        "/",
        "/-/health",
        "/tasks/%zz",
        "/tasks?select=(",
        "http://x/tasks",
    ] {
        let response = server.send(&batch(&json!([{"method": "GET", "path": path}])));
        assert!(
            [400, 404].contains(&response.status),
            "{path}: {}",
            response.text()
        );
        assert_eq!(response.json()[0]["status"], response.status, "{path}");
    }
    for method in ["OPTIONS", "TRACE", "CONNECT", "get", "NOPE", ""] {
        let response = server.send(&batch(&json!([{"method": method, "path": "/tasks"}])));
        assert_eq!(response.status, 400, "{method}");
    }
}

#[test]
fn a_form_and_a_table_are_strings_in_a_batch() {
    let server = Server::start();
    let steps = json!([
        {"method": "POST", "path": "/tasks", "headers": {"Content-Type": "text/csv"}, "body": "code,title\na,A\nb,\"B, b\""},
        {"method": "POST", "path": "/tasks", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "code=c&title=C"},
        {"method": "QUERY", "path": "/tasks", "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "code=in.(a,b,c)&select=title&order=code"},
        {"method": "PATCH", "path": "/tasks/a", "headers": {"Content-Type": "application/json-patch+json"}, "body": [{"op": "replace", "path": "/title", "value": "Z"}]},
        {"method": "HEAD", "path": "/tasks", "headers": {"Prefer": "count=exact"}},
    ]);
    let response = server.send(&batch(&steps));
    assert_eq!(response.status, 200, "{}", response.text());
    let answers = response.json();
    assert_eq!(
        answers[2]["body"],
        json!([{"title": "A"}, {"title": "B, b"}, {"title": "C"}])
    );
    assert_eq!(answers[4]["headers"]["content-range"], "0-4/5");
    assert!(answers[4].get("body").is_none());
    let csv = json!([{"method": "POST", "path": "/tasks", "headers": {"Content-Type": "text/csv"}, "body": {"code": 1}}]);
    assert_eq!(server.send(&batch(&csv)).status, 400);
}

#[test]
fn where_nothing_may_be_changed_there_are_no_batches() {
    let server = Server::serve(Fixture::copy("fixture.sql"), &["--read-only"]);
    let refused = server.send(&batch(&json!([{"method": "GET", "path": "/tasks"}])));
    assert_eq!(refused.status, 405);
    assert_eq!(refused.list("Allow").as_deref(), Some("OPTIONS, TRACE"));
    let described = server.get("/").json();
    assert!(described["paths"].get("/-/batch").is_none());
    assert!(described["paths"].get("/tasks").is_some());
}
