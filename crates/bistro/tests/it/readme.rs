//! The examples of the README do what it says, with the real curl.

use std::env;
use std::fs;
use std::path::Path;

use crate::fixture::{Fixture, root};
use crate::http::Request;
use crate::server::{Server, bistro, run, stripped};

/// A `sh` block, and the block after it: what it prints, `…` standing for anything.
fn examples(text: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut blocks = text.split("\n```").peekable();
    while let Some(block) = blocks.next() {
        let Some(command) = block.strip_prefix("sh\n") else {
            continue;
        };
        if !["curl ", "bistro "]
            .iter()
            .any(|program| command.starts_with(program))
        {
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
fn every_example_prints_what_the_readme_shows() {
    let text = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let examples = examples(&text);
    assert!(
        examples.len() >= 10,
        "ten examples are promised, {} are there",
        examples.len()
    );
    let server = Server::demo();
    let binaries = Path::new(env!("CARGO_BIN_EXE_bistro")).parent();
    let usual = env::var_os("PATH").unwrap_or_default();
    let folders = binaries.map(Path::to_owned).into_iter();
    let path = env::join_paths(folders.chain(env::split_paths(&usual))).expect("they are folders");
    for (command, shown) in examples {
        let command = command.replace("localhost:8080", &server.address().to_string());
        let output = stripped("sh", server.fixture().directory())
            .args(["-ec", &command])
            .env("PATH", &path)
            .env("BISTRO_URL", format!("http://{}", server.address()))
            .env("XDG_STATE_HOME", server.fixture().directory())
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
    let create =
        Request::new("POST", "/guestbook").json("{\"name\":\"it\",\"message\":\"still here\"}");
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

#[test]
fn a_demo_of_an_earlier_version_gets_the_shop() {
    let (_, _, fixture) = Server::demo().stop();
    let folder = fixture.directory();
    let database = rusqlite::Connection::open(folder.join("shop.db")).expect("it is there");
    database
        .execute_batch(
            "DROP VIEW catalogue; DROP TABLE cart_items; DROP TABLE purchase_lines; DROP TABLE purchases;
             DROP INDEX comments_user_id; ALTER TABLE comments DROP COLUMN user_id;
             ALTER TABLE songs DROP COLUMN price_cents; UPDATE songs SET title = 'mine' WHERE id = 7;",
        )
        .expect("the SQL is right");
    drop(database);
    fs::remove_dir_all(folder.join("public")).expect("it is there");
    for file in ["bistro.toml", "as-made.sha256"] {
        fs::remove_file(folder.join(file)).expect("it is there");
    }
    let again = Server::demo_in(fixture, &[]);
    assert_eq!(again.said("Added to"), 1);
    assert_eq!(
        again.get("/songs/7?select=title,price_cents").text(),
        "{\"title\":\"mine\",\"price_cents\":99}"
    );
    let page = Request::new("GET", "/").field("Accept", "text/html");
    assert!(again.send(&page).text().contains("/main.js"));
}

#[test]
fn a_demo_that_cannot_be_brought_up_to_date_says_what_can_be_done() {
    let (_, _, fixture) = Server::demo().stop();
    let database =
        rusqlite::Connection::open(fixture.directory().join("shop.db")).expect("it is there");
    database
        .execute_batch("DROP TABLE cart_items")
        .expect("the SQL is right");
    drop(database);
    let mut command = bistro(fixture.directory());
    command.args(["demo", "--dir", "."]);
    let (code, _, stderr) = run(&mut command);
    assert_eq!(code, 1);
    assert!(stderr.contains("bistro demo --fresh"), "{stderr}");
}

#[test]
fn the_demo_listens_to_this_machine_alone_whatever_it_is_told() {
    let fixture = Fixture::empty();
    for (arguments, variable) in [
        (&["--listen", "0.0.0.0:0"][..], None),
        (&[][..], Some(("BISTRO_HTTP_LISTEN", "0.0.0.0:0"))),
    ] {
        let mut command = bistro(fixture.directory());
        command.args(["demo", "--dir", "."]).args(arguments);
        command.envs(variable);
        let (code, _, stderr) = run(&mut command);
        assert_eq!(code, 1);
        assert!(stderr.contains("this machine only"), "{stderr}");
    }
}
