//! Every method, and every way of giving it a body, against a real Bistro.

use serde_json::json;

use crate::client::desk::Desk;
use crate::client::script::{Script, answer};
use crate::server::Server;

#[test]
fn filters_that_are_typed_find_the_rows() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let arguments = [
        "get",
        "/songs",
        "year==gte.1990",
        "title==ilike.*creep*",
        "order==year.desc",
        "select==id",
    ];
    let found = desk.run(&arguments).well();
    assert_eq!(found.json(), json!([{"id": 3}, {"id": 2}]));
    // Quotes, commas, spaces and Korean arrive as they were typed.
    for (filter, id) in [
        ("title==eq.Creep, live", 3),
        ("title==eq.난 알아요", 4),
        ("title==eq.100% \"Björk\"", 8),
    ] {
        let found = desk.run(&["get", "/songs", filter, "select==id"]).well();
        assert_eq!(found.json(), json!([{"id": id}]), "{filter}");
    }
}

#[test]
fn rows_are_created_changed_replaced_and_removed() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let items = ["post", "/notes", "id:=50", "body=a=b", "stars:=4", "slug=x"];
    let mut created = items.to_vec();
    created.push("Prefer:return=representation");
    let row = desk.run(&created).well().json();
    assert_eq!(row[0]["body"], "a=b");
    desk.run(&["patch", "/notes", "id==eq.50", "stars:=1"])
        .well();
    let stars = "SELECT stars FROM notes WHERE id = 50";
    assert_eq!(server.fixture().value(stars), "1");
    desk.run(&["put", "/notes/50", "id:=50", "body=put"]).well();
    let note = "SELECT body || stars || coalesce(slug, '-') FROM notes WHERE id = 50";
    assert_eq!(
        server.fixture().value(note),
        "put3-",
        "the rest is default again"
    );
    desk.run(&["delete", "/notes", "id==eq.50"]).well();
    assert_eq!(server.fixture().value("SELECT count(*) FROM notes"), "3");
}

#[test]
fn heads_options_traces_and_queries_are_asked_for() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let head = desk.run(&["head", "/songs", "-h"]).well().text();
    assert!(head.starts_with("HTTP/1.1 200 OK\n"), "{head}");
    let head = desk.run(&["get", "/songs", "-h", "--http2"]).well().text();
    assert!(head.starts_with("HTTP/2 200"), "{head}");
    let options = desk.run(&["options", "/songs", "-h"]).well().text();
    assert!(
        options.contains("\nallow: GET, HEAD, QUERY, POST"),
        "{options}"
    );
    let traced = desk.run(&["trace", "/songs"]).well().text();
    assert!(traced.starts_with("TRACE /songs HTTP/1.1\r\n"), "{traced}");
    assert!(traced.contains("user-agent: bistro/"), "{traced}");
    let arguments = ["query", "/songs", "--form", "id=eq.4", "select=title"];
    let found = desk.run(&arguments).well();
    assert_eq!(found.json(), json!([{"title": "난 알아요"}]));
}

#[test]
fn a_body_is_json_a_form_text_a_file_or_what_a_pipe_brings() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let rows = r#"[{"body":"one","slug":"f1"},{"body":"two","slug":"f2"}]"#;
    desk.write("rows.json", rows);
    desk.write("rows.csv", "body,slug\nthree,f3\n");
    desk.write("word.txt", "four");
    desk.run(&["post", "/notes", "@rows.json"]).well();
    desk.run(&["post", "/notes", "@rows.csv"]).well();
    desk.run(&["post", "/notes", "body=@word.txt", "slug=f4"])
        .well();
    desk.run(&["post", "/notes", "--form", "body=five", "slug=f5"])
        .well();
    desk.run(&["post", "/notes", "--raw", r#"{"body":"six","slug":"f6"}"#])
        .well();
    let piped = br#"{"body":"seven","slug":"f7"}"#;
    desk.pipe(&["post", "/notes"], piped).well();
    let line = "bistro post /notes < rows2.json";
    desk.write("rows2.json", r#"{"body":"eight","slug":"f8"}"#);
    desk.shell(line).well();
    let bodies = "SELECT group_concat(body, ' ') FROM \
        (SELECT body FROM notes WHERE slug GLOB 'f[0-9]' ORDER BY slug)";
    assert_eq!(
        server.fixture().value(bodies),
        "one two three four five six seven eight"
    );
}

#[test]
fn members_of_members_files_and_parts_arrive() {
    let server = Script::answering(|_| answer("200 OK", &[], ""));
    let desk = Desk::new();
    desk.write("word.txt", "from a file");
    desk.write("list.json", "[1, 2.50]");
    let items = [
        "a[b][]=x",
        "a[b][]:=1.0",
        "a[c]=@word.txt",
        "d:=@list.json",
        "e==@word.txt",
        "X-File:@word.txt",
        "f\\=g=h",
    ];
    let url = server.url("/");
    let mut arguments = vec!["post", &url];
    arguments.extend(items);
    desk.run(&arguments).well();
    let form = ["post", &url, "--form", "name=Ada Ång", "file@word.txt"];
    desk.run(&form).well();
    let seen = server.seen();
    let (json, form) = (seen.first().expect("asked"), seen.get(1).expect("asked"));
    assert_eq!(json.target(), "/?e=from%20a%20file");
    assert_eq!(json.field("X-File"), Some("from a file"));
    assert_eq!(
        json.text(),
        r#"{"a":{"b":["x",1.0],"c":"from a file"},"d":[1, 2.50],"f=g":"h"}"#
    );
    let kind = form.field("Content-Type").expect("it has a type");
    let boundary = kind
        .strip_prefix("multipart/form-data; boundary=")
        .expect(kind);
    let body = form.text();
    assert_eq!(
        body.matches(boundary.trim_matches('"')).count(),
        3,
        "{body}"
    );
    assert!(body.contains("name=\"name\"\r\n\r\nAda Ång\r\n"), "{body}");
    assert!(body.contains("filename=\"word.txt\""), "{body}");
    assert!(body.contains("\r\n\r\nfrom a file\r\n"), "{body}");
}

#[test]
fn a_pipe_that_never_ends_keeps_nobody_waiting_who_does_not_want_it() {
    let server = Server::start();
    let desk = Desk::at(&server);
    for arguments in [
        &["get", "/songs"][..],
        &["delete", "/notes", "id==eq.3"],
        &["post", "/notes", "body=x"],
        &["patch", "/notes", "id==eq.1", "--raw", "{\"stars\":1}"],
        &["post", "/notes", "--ignore-stdin", "-h"],
    ] {
        let mut running = desk.start(arguments);
        let held = running.child.stdin.take();
        assert_eq!(running.wait(), 0, "{arguments:?}");
        drop(held);
    }
}

#[test]
fn without_a_body_nothing_is_waited_for() {
    let server = Script::answering(|_| answer("200 OK", &[], ""));
    let desk = Desk::new();
    for method in ["post", "put", "patch", "delete"] {
        desk.run(&[method, &server.url("/")]).well();
    }
    assert!(server.seen().iter().all(|seen| seen.body.is_empty()));
}

#[test]
fn a_pipe_is_sent_as_it_comes() {
    let server = Script::answering(|seen| answer("200 OK", &[], seen.body.len().to_string()));
    let desk = Desk::new();
    let octets: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let answered = desk.pipe(&["put", &server.url("/")], &octets).well();
    assert_eq!(answered.text(), "3000000");
    assert!(server.only().body == octets, "not an octet is another");
}

#[test]
fn what_contradicts_itself_is_a_slip_of_whoever_typed_it() {
    let desk = Desk::new();
    for arguments in [
        &["get"][..],
        &["get", "/x", "--nonsense"],
        &["get", "/x", "--json", "--form"],
        &["get", "/x", "--table", "--csv"],
        &["get", "/x", "--print", "x"],
        &["get", "/x", "--timeout", "0"],
        &["get", "/x", "--download", "--output", "f"],
        &["get", "/x", "--continue"],
        &["get", "/x", "--session", "a", "--no-session"],
        &["post", "/x", "a=b", "--raw", "text"],
        &["post", "/x", "a=b", "@file"],
        &["post", "/x", "a[=b"],
        &["post", "/x", "{\"a\": 1}"],
        &["post", "/x", "a:={"],
        &["post", "/x", "--form", "a:=[1]"],
        &["get", "/x", "word"],
        &["get", "ftp://example.org/"],
        &["get", ":99999/"],
        &["trace", "/x", "a=b"],
    ] {
        let ran = desk.run(arguments).ended(2);
        assert_eq!(ran.text(), "", "{arguments:?}");
        assert!(ran.err.starts_with("error: "), "{arguments:?}: {}", ran.err);
    }
    // Here nothing is wrong with what was typed.
    for arguments in [
        &["post", "/x", "@nowhere"][..],
        &["post", "/x", "a=@nowhere"],
    ] {
        desk.run(arguments)
            .ended(1)
            .says(&["`nowhere` cannot be read"]);
    }
}

#[test]
fn what_is_likely_a_slip_is_told_and_done_all_the_same() {
    let server = Script::answering(|_| answer("200 OK", &[], ""));
    let desk = Desk::new();
    desk.run(&["get", &server.url("/songs"), "limit=1"])
        .well()
        .says(&["warning: ", "`limit==1`"]);
    assert_eq!(server.only().text(), "{\"limit\":\"1\"}");
    let ran = desk.run(&["get", &server.url("/songs"), "limit=1", "--json"]);
    assert_eq!(ran.well().err, "");
}

#[test]
fn a_query_in_the_body_is_one_that_bistro_takes() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let ran = desk.run(&["query", "/songs", "limit=1", "select=id", "order=id"]);
    assert_eq!(ran.well().text(), "[{\"id\":1}]");
}

#[test]
fn a_dash_is_standard_input() {
    let server = Script::answering(|seen| answer("200 OK", &[], &seen.body));
    let desk = Desk::new();
    let ran = desk.pipe(&["delete", &server.url("/"), "@-"], b"from a pipe");
    assert_eq!(ran.well().text(), "from a pipe");
}

#[test]
fn the_head_is_shown_where_it_is_all_there_is() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let ran = desk.run(&["head", "/songs/1"]).well();
    assert!(ran.text().contains("etag: \""), "{}", ran.text());
}

#[test]
fn of_options_that_exclude_each_other_the_last_one_counts() {
    let server = Script::answering(|_| answer("200 OK", &[], "body"));
    let desk = Desk::new();
    let ran = desk.run(&[
        "get",
        &server.url("/"),
        "-v",
        "-h",
        "-b",
        "--timeout",
        "1",
        "--timeout",
        "9",
    ]);
    assert_eq!(ran.well().text(), "body");
}
