//! The examples of the README do what it says, with the real curl.

use std::fs;
use std::process::Command;

use crate::fixture::root;
use crate::http::Request;
use crate::server::Server;

/// A `sh` block, and the block after it: what it prints, `…` standing for anything.
fn examples(text: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut blocks = text.split("\n```").peekable();
    while let Some(block) = blocks.next() {
        let Some(command) = block.strip_prefix("sh\n") else {
            continue;
        };
        if !command.starts_with("curl ") {
            continue;
        }
        let _between = blocks.next();
        let shown = blocks.next().and_then(|block| block.strip_prefix("text\n"));
        let shown = shown.unwrap_or_else(|| panic!("no output stands below: {command}"));
        examples.push((command.to_owned(), shown.to_owned()));
    }
    examples
}

#[test]
fn every_curl_example_prints_what_the_readme_shows() {
    let text = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let examples = examples(&text);
    assert!(
        examples.len() >= 10,
        "ten examples are promised, {} are there",
        examples.len()
    );
    let server = Server::demo();
    for (command, shown) in examples {
        let command = command.replace("localhost:8080", &server.address().to_string());
        let output = Command::new("sh")
            .args(["-ec", &command])
            .output()
            .expect("there is a shell");
        assert!(
            output.status.success(),
            "{command}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let printed = String::from_utf8(output.stdout)
            .expect("UTF-8")
            .replace("\r\n", "\n");
        let mut rest = printed.as_str();
        for piece in shown.split('…') {
            let Some((_, after)) = rest.split_once(piece.trim_matches('\n')) else {
                panic!("{command}\n--- the README shows\n{shown}\n--- curl printed\n{printed}");
            };
            rest = after;
        }
    }
}

#[test]
fn the_demo_is_what_the_readme_promises() {
    let server = Server::demo();
    let count = |target: &str| {
        let head = server.send(&Request::new("HEAD", target).field("Prefer", "count=exact"));
        let range = head.field("Content-Range").unwrap_or_default().to_owned();
        range
            .rsplit('/')
            .next()
            .and_then(|total| total.parse::<u32>().ok())
            .unwrap_or_default()
    };
    assert!(
        count("/songs?year=gte.1990&year=lt.2000") >= 200,
        "songs of the 1990s"
    );
    assert_eq!(count("/weather"), 20, "cities");
    for table in [
        "artists",
        "posts",
        "comments",
        "products",
        "orders",
        "order_lines",
    ] {
        assert!(count(&format!("/{table}")) > 0, "{table}");
    }
    let urls = server.printed().matches("http://").count();
    assert!(urls >= 3, "three things to try: {}", server.printed());
}

#[test]
fn the_demo_is_there_again_the_next_time() {
    let first = Server::demo();
    let create = Request::new("POST", "/comments")
        .json("{\"post_id\":1,\"author\":\"it\",\"body\":\"still here\"}");
    assert_eq!(first.send(&create).status, 201);
    let (status, log, fixture) = first.stop();
    assert!(status.success(), "{log}");
    let again = Server::demo_in(fixture, &[]);
    assert_eq!(
        again
            .get("/comments?select=author&body=eq.still%20here")
            .text(),
        "[{\"author\":\"it\"}]"
    );
    let (_, _, fixture) = again.stop();
    let fresh = Server::demo_in(fixture, &["--fresh"]);
    assert_eq!(fresh.get("/comments?body=eq.still%20here").text(), "[]");
}
