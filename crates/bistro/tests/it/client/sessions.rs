//! What is remembered between runs: cookies and typed fields, by the name of the session and the host.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::thread;

use crate::client::desk::Desk;
use crate::client::script::{Script, answer};
use crate::fixture::Fixture;
use crate::server::Server;

/// A server whose `/set/NAME` sets a cookie of that name.
fn baker() -> Script {
    Script::answering(|seen| {
        let name = seen.target().strip_prefix("/set/").unwrap_or_default();
        let field = format!("Set-Cookie: {name}=baked; Path=/; Max-Age=3600");
        let fields = [field.as_str()];
        let fields = if name.is_empty() { &[][..] } else { &fields };
        answer("200 OK", fields, seen.field("Cookie").unwrap_or("none"))
    })
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn cookies_and_fields_are_kept_for_the_next_run() {
    let server = baker();
    let desk = Desk::new();
    let (set, root) = (server.url("/set/tin"), server.url("/"));
    let typed = [
        "X-Kept:one",
        "If-Match:no",
        "Content-Language:no",
        "--session",
        "s",
    ];
    desk.run(&[&["get", &set][..], &typed].concat()).well();
    let again = desk.run(&["get", &root, "--session", "s"]).well();
    assert_eq!(again.text(), "tin=baked");
    let seen = server.seen();
    let last = seen.last().expect("asked");
    assert_eq!(last.field("X-Kept"), Some("one"));
    assert_eq!(last.field("If-Match"), None);
    assert_eq!(last.field("Content-Language"), None);
    // Another name, another host, and no session know nothing of it.
    for other in [
        &["get", &root, "--session", "t"][..],
        &["get", &server.localhost("/"), "--session", "s"],
        &["get", &root],
        &["get", &root, "--no-session"],
    ] {
        assert_eq!(desk.run(other).well().text(), "none", "{other:?}");
        let seen = server.seen();
        assert_eq!(
            seen.last().expect("asked").field("X-Kept"),
            None,
            "{other:?}"
        );
    }
    // What is typed again counts, and what is taken back is forgotten.
    desk.run(&["get", &root, "X-Kept:two", "--session", "s"])
        .well();
    desk.run(&["get", &root, "X-Kept:", "--session", "s"])
        .well();
    desk.run(&["get", &root, "--session", "s"]).well();
    let kept: Vec<Option<String>> = server
        .seen()
        .iter()
        .rev()
        .take(3)
        .map(|seen| seen.field("X-Kept").map(str::to_owned))
        .collect();
    assert_eq!(kept, [None, None, Some("two".to_owned())]);
}

#[test]
fn nobody_else_can_read_what_is_kept() {
    let server = baker();
    let desk = Desk::new();
    let arguments = [
        "get",
        &server.url("/set/a"),
        "--session",
        "s",
        "-a",
        "ada:secret",
    ];
    desk.run(&arguments).well();
    let files = files(&desk.path("state"));
    assert!(!files.is_empty());
    for file in files {
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        let folder = file.parent().expect("it is in a folder");
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

#[test]
fn twenty_runs_at_once_lose_no_cookie() {
    let server = baker();
    let desk = Desk::new();
    let mut running: Vec<_> = (0..20)
        .map(|number| {
            let url = server.url(&format!("/set/c{number:02}"));
            desk.start(&["get", &url, "--session", "many"])
        })
        .collect();
    for one in &mut running {
        assert_eq!(one.wait(), 0);
    }
    let sent = desk
        .run(&["get", &server.url("/"), "--session", "many"])
        .well();
    let sent = sent.text();
    let mut names: Vec<&str> = sent.split("; ").collect();
    names.sort_unstable();
    let expected: Vec<String> = (0..20)
        .map(|number| format!("c{number:02}=baked"))
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn a_session_that_is_only_read_does_not_change() {
    let server = baker();
    let desk = Desk::new();
    desk.run(&["get", &server.url("/set/a"), "X-Kept:1", "--session", "s"])
        .well();
    let read = ["--session-read-only", "s"];
    let set = server.url("/set/b");
    let arguments = [&["get", &set, "X-Kept:2"][..], &read].concat();
    assert_eq!(desk.run(&arguments).well().text(), "a=baked");
    let root = server.url("/");
    let again = desk.run(&[&["get", &root][..], &read].concat()).well();
    assert_eq!(again.text(), "a=baked", "`b` was not kept");
    assert_eq!(
        server.seen().last().expect("asked").field("X-Kept"),
        Some("1")
    );
    // There need not be one.
    let none = desk
        .run(&["get", &root, "--session-read-only", "none"])
        .well();
    assert_eq!(none.text(), "none");
    assert_eq!(desk.run(&["jar", "list"]).well().text().lines().count(), 2);
}

#[test]
fn the_jar_is_listed_shown_and_cleared() {
    let server = baker();
    let desk = Desk::new();
    desk.run(&["jar", "list"]).well().says(&["Nothing is kept"]);
    for name in ["one", "two"] {
        let url = server.url(&format!("/set/{name}"));
        desk.run(&["get", &url, "X-Kept:yes", "--session", "s"])
            .well();
    }
    let list = desk.run(&["jar", "list"]).well().text();
    let row: Vec<&str> = list
        .lines()
        .nth(1)
        .expect("a row")
        .split_whitespace()
        .collect();
    let host = server.address.to_string();
    assert_eq!(row, [host.as_str(), "s", "2", "1"], "{list}");
    let root = server.url("/");
    let show = ["jar", "show", &root, "--session", "s"];
    let shown = desk.run(&show).well().text();
    for part in ["one", "two", "baked", "this host", "x-kept: yes"] {
        assert!(shown.contains(part), "{shown}");
    }
    let clear = ["jar", "clear", &root, "--session", "s"];
    desk.run(&[&clear[..], &["--cookie", "one"]].concat())
        .well();
    let shown = desk.run(&show).well().text();
    assert!(!shown.contains("one") && shown.contains("two"), "{shown}");
    desk.run(&clear).well();
    desk.run(&show)
        .ended(1)
        .says(&["no session `s`", "jar list"]);
    let sent = desk.run(&["get", &root, "--session", "s"]).well().text();
    assert_eq!(sent, "none");
}

#[test]
fn what_a_hostile_server_sets_can_be_read_again_and_shown() {
    let server = Script::answering(|seen| {
        if seen.target() != "/set" {
            return answer("200 OK", &[], seen.field("Cookie").unwrap_or("none"));
        }
        let mut octets = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_vec();
        octets.extend(b"Set-Cookie: evil=\xff\xfe\xc2\x9b31m\"\\u0000{}\r\n");
        octets.extend(b"Set-Cookie: \xe2\x80\xae=\xe2\x80\xae; Path=/\r\n");
        let long = "x".repeat(4000);
        octets.extend(format!("Set-Cookie: long={long}\r\n").bytes());
        for number in 0..60 {
            octets.extend(format!("Set-Cookie: n{number}=\"\\\r\n").bytes());
        }
        octets.extend(b"\r\n");
        octets
    });
    let desk = Desk::new();
    let root = server.url("/");
    desk.run(&["get", &server.url("/set"), "--session", "s"])
        .well();
    desk.run(&["get", &root, "--session", "s"]).well();
    let sent = server.seen();
    let sent = sent
        .last()
        .and_then(|seen| seen.field("Cookie"))
        .expect("cookies");
    assert!(sent.contains("evil=") && sent.contains("n59="), "{sent}");
    let shown = desk
        .terminal(80, &["jar", "show", &root, "--session", "s"])
        .well()
        .text();
    let is_bad =
        |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
    assert!(!shown.contains(is_bad), "{shown:?}");
}

#[test]
fn a_broken_file_of_a_session_is_named_and_left_alone() {
    let server = baker();
    let desk = Desk::new();
    let arguments = ["get", &server.url("/set/a"), "--session", "s"];
    desk.run(&arguments).well();
    let files = files(&desk.path("state"));
    let file = files
        .iter()
        .find(|file| file.extension().is_some_and(|end| end == "json"));
    let file = file.unwrap_or_else(|| panic!("a session is kept in {files:?}"));
    fs::write(file, "{ broken").expect("ours");
    let name = file
        .file_name()
        .expect("it has one")
        .to_string_lossy()
        .into_owned();
    desk.run(&arguments).ended(1).says(&[&name]);
    assert_eq!(fs::read_to_string(file).expect("there"), "{ broken");
    let list = desk.run(&["jar", "list"]).well().text();
    assert!(list.contains("unreadable"), "{list}");
}

#[test]
fn a_cookie_of_one_host_stays_there_when_a_redirect_leads_away() {
    let other = Script::answering(|seen| answer("200 OK", &[], seen.head.clone()));
    let away = format!("Location: {}", other.localhost("/away"));
    let server = Script::answering(move |seen| match seen.target() {
        "/set" => answer("200 OK", &["Set-Cookie: tin=baked; Path=/"], ""),
        _ => answer("302 Found", &[&away], ""),
    });
    let desk = Desk::new();
    let set = [
        "get",
        &server.url("/set"),
        "X-Kept:private",
        "--session",
        "s",
    ];
    desk.run(&set).well();
    let follow = ["get", &server.url("/go"), "--follow", "--session", "s"];
    let head = desk.run(&follow).well().text().to_lowercase();
    assert!(head.starts_with("get /away "), "{head}");
    assert!(!head.contains("tin=") && !head.contains("x-kept"), "{head}");
}

#[test]
fn a_visitors_cart_outlives_the_server() {
    let server = Server::demo_in(Fixture::empty(), &[]);
    let address = server.address().to_string();
    let desk = Desk::at(&server);
    let cart = ["--session", "visitor"];
    let put = ["post", "/cart_items", "song_id:=7", "quantity:=2"];
    desk.run(&[&put[..], &cart, &["--check-status"]].concat())
        .well();
    let look = [
        &["get", "/cart_items", "select==song_id,quantity"][..],
        &cart,
    ]
    .concat();
    let before = desk.run(&look).well().json();
    assert_eq!(before, serde_json::json!([{"song_id": 7, "quantity": 2}]));
    let fixture = server.cut();
    let server = Server::demo_in(fixture, &["--listen", &address]);
    assert_eq!(desk.run(&look).well().json(), before);
    // Whoever has no session has no cart.
    let nobody = desk.run(&["get", "/cart_items"]).well();
    assert_eq!(nobody.text(), "[]");
    drop(server);
}

#[test]
fn what_is_behind_a_socket_is_another_server() {
    let server = Server::demo();
    let desk = Desk::at(&server);
    desk.pipe(
        &["login", "/", "--new", "--email", "ada@example.com"],
        b"rewind the cassette\n",
    )
    .well();
    let path = desk.path("app.sock");
    let listener = UnixListener::bind(&path).expect("it is free");
    let answering = thread::spawn(move || {
        let mut heads = Vec::new();
        for stream in listener.incoming().take(2) {
            let mut stream = stream.expect("it connects");
            let mut head = String::new();
            let mut lines = BufReader::new(stream.try_clone().expect("it is open")).lines();
            while let Some(Ok(line)) = lines.next() {
                if line.is_empty() {
                    break;
                }
                head += &line;
            }
            heads.push(head);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n")
                .expect("it reads");
        }
        heads
    });
    let socket = path.to_str().expect("UTF-8");
    desk.run(&["get", "/x", "--unix-socket", socket]).well();
    desk.run(&["get", "/x", "--unix-socket", socket, "--session", "me"])
        .well();
    for head in answering.join().expect("it did not panic") {
        assert!(!head.to_lowercase().contains("cookie"), "{head}");
    }
    let listed = desk.run(&["jar", "list"]).well().text();
    assert!(listed.contains(&format!("unix:{socket}")), "{listed}");
    assert!(
        !desk
            .run(&["jar", "show", "/"])
            .well()
            .text()
            .contains("a  ")
    );
}
