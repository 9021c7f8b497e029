//! Static files: a folder beside the tables.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::{Server, bistro, run, until};

/// Long enough to be sent in pieces.
const LONG: usize = 5_000_000;

/// A server with a folder `public` that has a page, a script, a long file, and much that nobody should see.
fn site() -> (Server, PathBuf) {
    let fixture = Fixture::copy("fixture.sql");
    let public = fixture.directory().join("public");
    let write = |name: &str, text: &[u8]| {
        let path = public.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("ours");
        fs::write(path, text).expect("ours");
    };
    write(
        "index.html",
        b"<!doctype html><title>Shop</title><script src=\"js/app.js\"></script>",
    );
    write("js/app.js", b"fetch('/songs?limit=1')");
    write("docs/index.html", b"<!doctype html><title>Docs</title>");
    write("empty/note.txt", b"");
    write(".env", b"secret");
    write(".git/config", b"secret");
    write(
        ".well-known/security.txt",
        b"Contact: mailto:ada@example.org",
    );
    write("songs", b"not the songs");
    write("rpc", b"no call");
    write("long.bin", &long());
    fs::write(fixture.directory().join("outside.txt"), "secret").expect("ours");
    symlink("../outside.txt", public.join("out.txt")).expect("ours");
    symlink("..", public.join("up")).expect("ours");
    symlink("/etc", public.join("etc")).expect("ours");
    symlink("js/app.js", public.join("in.js")).expect("ours");
    symlink("loop", public.join("loop")).expect("ours");
    let made = Command::new("mkfifo").arg(public.join("pipe")).status();
    assert!(made.expect("`mkfifo` is everywhere").success());
    let server = Server::serve(fixture, &["--static", "public"]);
    until("both are told", || server.said("is not served: `/") == 2);
    let said = server.logged("is not served: `/");
    assert!(
        said.iter().any(|line| line.contains("`/songs`")),
        "{said:?}"
    );
    (server, public)
}

fn long() -> Vec<u8> {
    (0..LONG / 5)
        .flat_map(|number| format!("{number:05}").into_bytes()[..5].to_vec())
        .collect()
}

#[test]
fn a_page_and_what_it_needs_are_served_beside_the_tables() {
    let (server, _) = site();
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<title>Shop</title>"));
    assert_eq!(page.field("Content-Type"), Some("text/html; charset=utf-8"));
    assert_eq!(
        page.field("Content-Security-Policy"),
        None,
        "its scripts run"
    );
    assert_eq!(page.field("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(page.field("Cache-Control"), Some("no-cache"));
    assert_eq!(page.field("Vary"), Some("Accept"));
    let script = server.get("/js/app.js?v=2");
    assert_eq!(
        script.field("Content-Type"),
        Some("text/javascript; charset=utf-8")
    );
    assert_eq!(script.text(), "fetch('/songs?limit=1')");
    let head = server.send(&Request::new("HEAD", "/js/app.js"));
    assert_eq!(head.field("Content-Length"), Some("23"));
    assert_eq!(head.field("ETag"), script.field("ETag"));
    let description =
        server.send(&Request::new("GET", "/").field("Accept", "application/openapi+json"));
    assert!(description.json()["paths"].is_object());
    let own_page = server.send(&Request::new("GET", "/songs").field("Accept", "text/html"));
    assert!(own_page.field("Content-Security-Policy").is_some());
    let created = Request::new("POST", "/notes")
        .field("Sec-Fetch-Site", "same-origin")
        .json("{\"body\":\"from a page\"}");
    assert_eq!(server.send(&created).status, 201);
}

#[test]
fn folders_have_an_index_below_their_slash() {
    let (server, _) = site();
    let moved = server.get("/docs?a=b");
    assert_eq!(moved.status, 308);
    assert_eq!(moved.field("Location"), Some("/docs/?a=b"));
    assert!(server.get("/docs/").text().contains("<title>Docs</title>"));
    for target in [
        "/empty",
        "/empty/",
        "/js/",
        "/docs/index.html/",
        "/index.html/x",
    ] {
        assert_eq!(server.get(target).status, 404, "{target}");
    }
}

#[test]
fn nothing_beyond_the_folder_is_served() {
    let (server, _) = site();
    for target in [
        "/.env",
        "/%2Eenv",
        "/.git/config",
        "/out.txt",
        "/up/outside.txt",
        "/up/it.db",
        "/etc/passwd",
        "/etc/",
        "/../outside.txt",
        "/js/../../outside.txt",
        "/js/%2e%2e/%2e%2e/outside.txt",
        "/..%2Foutside.txt",
        "//etc/passwd",
        "/loop",
        "/pipe",
        "/in.js%00",
        "/nowhere.html",
    ] {
        let answer = server.get(target);
        assert!(
            [400, 404].contains(&answer.status),
            "{target}: {}",
            answer.status
        );
        assert!(!answer.text().contains("secret"), "{target}");
        assert!(!answer.text().contains("root:"), "{target}");
    }
    assert_eq!(server.get("/in.js").text(), "fetch('/songs?limit=1')");
    assert_eq!(server.get("/.well-known/security.txt").status, 200);
}

#[test]
fn a_table_goes_before_a_file_of_its_name_whoever_may_see_it() {
    let (server, public) = site();
    assert_eq!(server.get("/songs/1").json()["id"], 1);
    assert_eq!(server.get("/rpc").status, 404);
    drop(server);
    let fixture = Fixture::copy("fixture.sql");
    let text = format!("[http]\nlisten = \"127.0.0.1:0\"\nstatic = {public:?}\n");
    fs::create_dir_all(&public).expect("ours");
    fs::write(public.join("songs"), "not the songs").expect("ours");
    fs::write(public.join("a.txt"), "a").expect("ours");
    let path = fixture.directory().join("bistro.toml");
    fs::write(&path, text).expect("ours");
    let mut command = bistro(fixture.directory());
    command.arg("serve").arg(fixture.path());
    let server = Server::spawn(command, fixture);
    server.logged("is not served");
    assert_eq!(server.get("/songs").status, 404);
    assert_eq!(server.get("/a.txt").text(), "a");
    fs::remove_dir_all(public).expect("ours");
}

#[test]
fn only_reading_methods_are_there() {
    let (server, _) = site();
    for target in ["/js/app.js", "/docs"] {
        let refused = server.send(&Request::new("POST", target).json("{}"));
        assert_eq!(refused.status, 405, "{target}");
        assert_eq!(refused.field("Allow"), Some("GET, HEAD, OPTIONS, TRACE"));
        let options = server.send(&Request::new("OPTIONS", target));
        assert_eq!(options.status, 204);
        assert_eq!(options.field("Allow"), Some("GET, HEAD, OPTIONS, TRACE"));
    }
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let (server, public) = site();
    for target in ["/js/app.js", "/long.bin"] {
        // What was written a moment ago may be written once more unseen.
        let fresh = server.get(target);
        let tag = fresh.field("ETag").expect("there is one").to_owned();
        let date = fresh
            .field("Last-Modified")
            .expect("there is one")
            .to_owned();
        let ask =
            |name: &str, value: &str| server.send(&Request::new("GET", target).field(name, value));
        let same = ask("If-None-Match", &tag);
        assert_eq!(same.status, 304, "{target}");
        assert_eq!(same.field("ETag"), Some(tag.as_str()));
        assert_eq!(ask("If-None-Match", "\"other\"").status, 200);
        assert_eq!(ask("If-Modified-Since", &date).status, 304);
        assert_eq!(
            ask("If-Modified-Since", "Thu, 01 Jan 1998 00:00:00 GMT").status,
            200
        );
        assert_eq!(ask("If-Modified-Since", "yesterday").status, 200);
        assert_eq!(
            ask("If-Unmodified-Since", "Thu, 01 Jan 1998 00:00:00 GMT").status,
            412
        );
        assert_eq!(ask("If-Unmodified-Since", &date).status, 200);
        assert_eq!(ask("If-Match", "\"other\"").status, 412);
        let both = Request::new("GET", target)
            .field("If-None-Match", "\"other\"")
            .field("If-Modified-Since", &date);
        assert_eq!(server.send(&both).status, 200, "a tag goes before a date");
        let mut octets = fs::read(public.join(&target[1..])).expect("it is there");
        octets[0] = b'#';
        fs::write(public.join(&target[1..]), octets).expect("ours");
        assert_eq!(
            ask("If-None-Match", &tag).status,
            200,
            "{target} has changed"
        );
    }
}

#[test]
fn a_part_is_sent_of_what_the_client_has_begun_to_read() {
    let (server, _) = site();
    for target in ["/js/app.js", "/long.bin"] {
        let whole = server.get(target);
        assert_eq!(whole.field("Accept-Ranges"), Some("bytes"));
        let total = whole.body.len();
        let ask = |range: &str| server.send(&Request::new("GET", target).field("Range", range));
        let part = ask("bytes=2-11");
        assert_eq!(part.status, 206);
        assert_eq!(part.body, whole.body[2..12]);
        let told = format!("bytes 2-11/{total}");
        assert_eq!(part.field("Content-Range"), Some(told.as_str()));
        assert_eq!(ask("bytes=-7").body, whole.body[total - 7..]);
        assert_eq!(ask("bytes=5-").body, whole.body[5..]);
        let beyond = ask(&format!("bytes={total}-"));
        assert_eq!(beyond.status, 416);
        let told = format!("bytes */{total}");
        assert_eq!(beyond.field("Content-Range"), Some(told.as_str()));
        assert_eq!(ask("bytes=0-1,4-5").status, 200, "several are not honored");
        assert_eq!(ask("bytes=9-2").status, 200);
        let head = server.send(&Request::new("HEAD", target).field("Range", "bytes=0-1"));
        assert_eq!(head.status, 200);
        let other = Request::new("GET", target)
            .field("Range", "bytes=0-1")
            .field("If-Range", "\"other\"");
        assert_eq!(server.send(&other).status, 200);
    }
    let tag = server.get("/js/app.js");
    let tag = tag.field("ETag").expect("there is one");
    let same = Request::new("GET", "/js/app.js")
        .field("Range", "bytes=0-1")
        .field("If-Range", tag);
    assert_eq!(server.send(&same).status, 206);
}

#[test]
fn a_long_file_takes_little_memory_however_slow_its_clients_are() {
    let (server, _) = site();
    assert!(server.get("/long.bin").body == long());
    let before = server.memory();
    let mut slow: Vec<_> = (0..32).map(|_| server.connect()).collect();
    for connection in &mut slow {
        connection
            .ask(&Request::new("GET", "/long.bin"))
            .expect("sent");
        assert_eq!(
            connection
                .head()
                .expect("an answer")
                .field("Content-Length"),
            Some("5000000")
        );
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 32 * 1024, "memory grew by {grown} kB");
}

#[test]
fn a_folder_that_is_not_there_is_one_clear_line() {
    let fixture = Fixture::copy("fixture.sql");
    let (code, _, log) =
        run(bistro(fixture.directory()).args(["serve", "it.db", "--static", "nowhere"]));
    assert_eq!(code, 1);
    assert_eq!(log, "error: there is no folder `nowhere` of static files\n");
}
