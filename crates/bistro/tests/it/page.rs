//! What a browser shows: the pages, in a real one.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::Server;

/// The document a browser ends up with.
fn browse(url: &str) -> String {
    let profile = TempDir::new().expect("a temporary directory");
    let output = Command::new("chromium")
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--virtual-time-budget=2000",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--dump-dom", url])
        .output()
        .expect("Chromium is missing: scripts/test installs it");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What is between tags.
fn text(document: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for character in document.chars() {
        match character {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                text.push(' ');
            }
            _ if !is_tag => text.push(character),
            _ => {}
        }
    }
    text
}

#[test]
fn the_list_of_tables_is_a_page() {
    let server = Server::demo();
    let page = browse(&format!("http://{}/-/", server.address()));
    for table in [
        "artists",
        "songs",
        "weather",
        "posts",
        "comments",
        "products",
        "orders",
        "order_lines",
    ] {
        assert!(
            page.contains(&format!("/{table}\"")),
            "no link to {table} in {page}"
        );
    }
}

#[test]
fn a_table_is_a_page_of_rows() {
    let server = Server::demo();
    let row = server.get("/songs?select=title&limit=1").json();
    let title = row
        .pointer("/0/title")
        .and_then(serde_json::Value::as_str)
        .expect("a song");
    let page = browse(&format!("http://{}/songs", server.address()));
    assert!(page.contains("<table"), "{page}");
    assert!(
        text(&page).contains(&title.replace('&', "&amp;")),
        "{title} is missing in {page}"
    );
    assert!(page.contains("/songs/1"), "rows link to their own pages");
}

#[test]
fn a_row_is_a_page() {
    let server = Server::demo();
    let row = server.get("/songs/1").json();
    let title = row
        .get("title")
        .and_then(serde_json::Value::as_str)
        .expect("a song");
    let page = browse(&format!("http://{}/songs/1", server.address()));
    assert!(
        text(&page).contains(&title.replace('&', "&amp;")),
        "{title} is missing in {page}"
    );
}

#[test]
fn what_is_in_a_row_is_text_on_a_page() {
    let server = Server::start();
    let script =
        "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>";
    let create =
        Request::new("POST", "/notes").json(&serde_json::json!({"body": script}).to_string());
    assert_eq!(server.send(&create).status, 201);
    for target in ["/notes", "/notes/4"] {
        let page = browse(&format!("http://{}{target}", server.address()));
        assert!(!page.contains("<title>owned"), "{target}: {page}");
        assert!(page.contains("&lt;script&gt;"), "{target}: {page}");
    }
}

#[test]
fn a_page_that_is_not_there_says_so() {
    let server = Server::start();
    let page = browse(&format!("http://{}/nowhere", server.address()));
    assert!(page.contains("nowhere"), "{page}");
}

#[test]
fn a_page_of_the_operators_runs_its_script_and_uses_the_tables() {
    let fixture = Fixture::copy("fixture.sql");
    let public = fixture.directory().join("public");
    fs::create_dir(&public).expect("ours");
    fs::write(
        public.join("index.html"),
        "<p id=said></p><script src=app.js></script>",
    )
    .expect("ours");
    let script = "
        const note = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{\"body\":\"from a page\"}' };
        fetch('/notes', note)
            .then(() => fetch('/notes?body=eq.from a page&select=body'))
            .then(answer => answer.json())
            .then(rows => { said.textContent = `a script read ${rows[0].body}`; });";
    fs::write(public.join("app.js"), script).expect("ours");
    let server = Server::serve(fixture, &["--static", "public"]);
    let page = browse(&format!("http://{}/", server.address()));
    assert!(text(&page).contains("a script read from a page"), "{page}");
}
