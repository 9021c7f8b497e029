//! SIGHUP: the configuration is read again while clients stay connected.

use std::fs;

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::Server;

const LISTEN: &str = "[http]\nlisten = \"127.0.0.1:0\"\n";

const SONGS: &str = "[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\n";

const READ: &str = "holds from now on";

/// A server with a configuration.
fn configured(text: &str) -> Server {
    let fixture = Fixture::copy("fixture.sql");
    let path = fixture.directory().join("bistro.toml");
    fs::write(&path, text).expect("the directory is ours");
    Server::spawn(command(&fixture), fixture)
}

fn command(fixture: &Fixture) -> std::process::Command {
    let mut command = crate::server::bistro(fixture.directory());
    command.arg("serve").arg(fixture.path());
    command
}

/// Changes the configuration, and waits until the log says `words` once more.
fn change(server: &Server, text: &str, words: &str) -> String {
    let path = server.fixture().directory().join("bistro.toml");
    fs::write(path, text).expect("the directory is ours");
    let before = server.said(words);
    server.signal("HUP");
    crate::server::until("the log speaks of it", || server.said(words) > before);
    server.logged(words).pop().expect("just seen")
}

#[test]
fn a_good_configuration_holds_at_once_on_every_connection() {
    let server = configured(&format!("{LISTEN}{SONGS}"));
    let get = |target: &str| Request::new("GET", target);
    // As many as there are cores at least, and each asks often enough to be remembered.
    let mut connections: Vec<_> = (0..16).map(|_| server.connect()).collect();
    for round in 0..3 {
        for connection in &mut connections {
            assert_eq!(connection.send(&get("/songs?id=eq.1")).status, 200);
            assert_eq!(connection.send(&get("/songs/1")).status, 200);
            assert_eq!(connection.send(&get("/artists")).status, 404);
        }
        assert!(server.get("/").text().contains("/songs"));
        let rule = SONGS.replace("songs", "artists");
        change(&server, &format!("{LISTEN}{rule}"), READ);
        for connection in &mut connections {
            assert_eq!(
                connection.send(&get("/songs?id=eq.1")).status,
                404,
                "round {round}"
            );
            assert_eq!(connection.send(&get("/songs/1")).status, 404);
            assert_eq!(connection.send(&get("/artists")).status, 200);
        }
        let description = server.get("/").text();
        assert!(!description.contains("/songs"), "{description}");
        change(&server, &format!("{LISTEN}{SONGS}"), READ);
    }
}

#[test]
fn a_broken_configuration_is_told_with_its_position_and_changes_nothing() {
    let server = configured(&format!("{LISTEN}{SONGS}"));
    for (text, words) in [
        (
            format!("{LISTEN}[[allow]]\non = \"song\"\nto = \"anyone\"\ndo = [\"read\"]\n"),
            "bistro.toml:4:6: there is no table or view `song`; did you mean `songs`?",
        ),
        (
            format!("{LISTEN}\nlissten = 1\n"),
            "bistro.toml:4:1: unknown key `lissten`",
        ),
    ] {
        change(&server, &text, words);
        assert_eq!(server.get("/songs/1").status, 200);
    }
    let path = server.fixture().directory().join("bistro.toml");
    fs::remove_file(path).expect("it is there");
    server.signal("HUP");
    server.logged("cannot read the configuration");
    assert_eq!(server.get("/songs/1").status, 200);
    assert_eq!(
        server.get("/artists").status,
        404,
        "nothing is opened by a missing file"
    );
}

#[test]
fn what_takes_a_restart_is_named() {
    let server = configured(&format!("{LISTEN}{SONGS}"));
    let text = format!(
        "[database]\nurl = \"sqlite:other.db\"\nreaders = 2\n\n[http]\nlisten = \"127.0.0.1:1\"\n\
         threads = 3\n{SONGS}"
    );
    for _ in 0..2 {
        let line = change(&server, &text, READ);
        assert!(
            line.ends_with("takes a restart: database.readers, http.listen, http.threads"),
            "{line}"
        );
    }
    assert_eq!(server.get("/songs/1").status, 200);
}

#[test]
fn what_the_command_line_says_holds_on() {
    let fixture = Fixture::copy("fixture.sql");
    fs::write(fixture.directory().join("bistro.toml"), SONGS).expect("the directory is ours");
    let mut command = command(&fixture);
    command.args(["--read-only", "--listen", "127.0.0.1:0"]);
    let server = Server::spawn(command, fixture);
    let open = SONGS.replace("\"read\"", "\"read\", \"create\"");
    let line = change(&server, &open, READ);
    assert!(line.ends_with("holds from now on"), "{line}");
    let create = Request::new("POST", "/songs").json("{\"title\":\"x\",\"artist_id\":1}");
    assert_eq!(server.send(&create).status, 405);
}

#[test]
fn without_a_configuration_a_closed_terminal_ends_it() {
    // Whoever runs the tests may have told them to ignore the signal, which processes inherit.
    let mut server = started_by(&["env", "--default-signal=HUP"]);
    server.signal("HUP");
    assert_eq!(server.wait().code(), None, "by the signal");
}

#[test]
fn without_a_configuration_nohup_keeps_it() {
    let server = started_by(&["nohup"]);
    server.signal("HUP");
    assert_eq!(server.get("/songs/1").status, 200);
    let (status, _, _) = server.stop();
    assert!(status.success(), "{status}");
}

/// A server without a configuration, which another program starts and becomes.
fn started_by(starter: &[&str]) -> Server {
    let fixture = Fixture::copy("fixture.sql");
    let bistro = crate::server::bistro(fixture.directory());
    let mut command = crate::server::stripped(starter[0], fixture.directory());
    command.args(&starter[1..]).arg(bistro.get_program());
    command.arg("serve").arg(fixture.path());
    command.args(["--listen", "127.0.0.1:0"]);
    Server::spawn(command, fixture)
}
