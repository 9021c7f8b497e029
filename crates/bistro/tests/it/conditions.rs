//! `If-Match` and `If-None-Match` on what is too long to be kept for a tag.

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::Server;

#[test]
fn a_collection_too_long_for_a_tag_is_there_all_the_same() {
    let server = Server::serve(
        Fixture::of(
            "CREATE TABLE pages (id INTEGER PRIMARY KEY, body TEXT);
             INSERT INTO pages (body)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
             SELECT printf('%01000d', n) FROM n;",
        ),
        &[],
    );
    assert_eq!(server.get("/pages").field("ETag"), None);
    let insert = |name: &str, value: &str| {
        let request = Request::new("POST", "/pages")
            .json(r#"{"body":"one more"}"#)
            .field(name, value);
        server.send(&request).status
    };
    assert_eq!(insert("If-None-Match", "*"), 412);
    assert_eq!(insert("If-Match", "\"anything\""), 412);
    assert_eq!(insert("If-None-Match", "\"anything\""), 201);
    assert_eq!(insert("If-Match", "*"), 201);
}

#[test]
fn a_long_row_has_a_tag_to_be_changed_by() {
    let server = Server::serve(
        Fixture::of("CREATE TABLE pages (id INTEGER PRIMARY KEY, body TEXT);"),
        &[],
    );
    let long = format!(r#"{{"body":"{}"}}"#, "a".repeat(2_000_000));
    let put = |body: &str, name: &str, value: &str| {
        let request = Request::new("PUT", "/pages/1")
            .field("Prefer", "return=representation")
            .json(body)
            .field(name, value);
        server.send(&request)
    };
    let created = put(&long, "If-None-Match", "*");
    assert_eq!(created.status, 201);
    let tag = created.field("ETag").expect("it is told").to_owned();
    assert_eq!(put(r#"{"body":"b"}"#, "If-None-Match", "*").status, 412);
    assert_eq!(put(r#"{"body":"b"}"#, "If-Match", &tag).status, 200);
    assert_eq!(put(r#"{"body":"c"}"#, "If-Match", &tag).status, 412);
}

#[test]
fn a_style_sheet_is_asked_about_and_not_sent_again() {
    let server = Server::start();
    let sheet = server.get("/-/style.css");
    assert_eq!(sheet.field("Cache-Control"), Some("no-cache"));
    let tag = sheet.field("ETag").expect("it has a tag").to_owned();
    let again = Request::new("GET", "/-/style.css").field("If-None-Match", &tag);
    let again = server.send(&again);
    assert_eq!((again.status, again.text().as_str()), (304, ""));
}
