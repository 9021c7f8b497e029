//! Starting and stopping: what a person sees who starts it wrongly, and what a client sees when it stops.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use crate::fixture::Fixture;
use crate::http::Request;
use crate::server::{self, Server, bistro};

/// Starts `bistro` so that it must fail before anything listens, with one clear line that has the parts in it.
fn fails(directory: &Path, arguments: &[&str], parts: &[&str]) {
    let (code, printed, log) = server::run(bistro(directory).args(arguments));
    assert_eq!(code, 1, "{arguments:?}: {log}");
    assert_eq!(
        printed, "",
        "{arguments:?} prints nothing on standard output"
    );
    for part in parts {
        assert!(
            log.contains(part),
            "{arguments:?}: `{part}` is missing in: {log}"
        );
    }
    assert!(!log.contains("panicked"), "{log}");
    assert!(
        log.lines().count() <= 6,
        "one clear message, not a page: {log}"
    );
}

#[test]
fn a_missing_file_is_one_clear_line() {
    let fixture = Fixture::empty();
    fails(
        fixture.directory(),
        &["serve", "nowhere.db"],
        &["nowhere.db"],
    );
    assert!(
        !fixture.directory().join("nowhere.db").exists(),
        "a missing database is not created"
    );
}

#[test]
fn a_file_that_is_no_database_is_one_clear_line() {
    let fixture = Fixture::empty();
    let text = "this is not a database, however long it goes on. ".repeat(200);
    fs::write(fixture.directory().join("letter.txt"), text).expect("ours");
    fails(
        fixture.directory(),
        &["serve", "letter.txt"],
        &["letter.txt", "database"],
    );
}

#[test]
fn a_directory_is_no_database() {
    let fixture = Fixture::empty();
    fs::create_dir(fixture.directory().join("folder")).expect("ours");
    fails(fixture.directory(), &["serve", "folder"], &["folder"]);
}

#[test]
fn an_address_in_use_is_one_clear_line() {
    let fixture = Fixture::copy("fixture.sql");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    fails(
        fixture.directory(),
        &["serve", "it.db", "--listen", &address],
        &[&address],
    );
}

#[test]
fn an_address_that_is_none_is_refused() {
    let fixture = Fixture::copy("fixture.sql");
    let (code, printed, log) =
        server::run(bistro(fixture.directory()).args(["serve", "it.db", "--listen", "nonsense"]));
    assert!(code == 1 || code == 2, "{code}: {log}");
    assert_eq!(printed, "");
    assert!(log.contains("nonsense"), "{log}");
}

#[test]
fn listening_beyond_loopback_takes_a_configuration() {
    let fixture = Fixture::copy("fixture.sql");
    for address in ["0.0.0.0:0", "[::]:0"] {
        fails(
            fixture.directory(),
            &["serve", "it.db", "--listen", address],
            &["loopback"],
        );
    }
}

#[test]
fn a_configuration_with_a_typo_names_line_key_and_the_nearest_key() {
    let fixture = Fixture::copy("fixture.sql");
    let config = "[database]\nurl = \"sqlite:it.db\"\n\n[http]\nlissten = \"127.0.0.1:0\"\n";
    fs::write(fixture.directory().join("bistro.toml"), config).expect("ours");
    fails(
        fixture.directory(),
        &["serve", "--config", "bistro.toml"],
        &["bistro.toml", "5", "lissten", "listen"],
    );
}

#[test]
fn a_configuration_that_is_missing_is_named() {
    let fixture = Fixture::copy("fixture.sql");
    fails(
        fixture.directory(),
        &["serve", "it.db", "--config", "nowhere.toml"],
        &["nowhere.toml"],
    );
}

#[test]
fn a_configuration_that_is_no_toml_names_the_line() {
    let fixture = Fixture::copy("fixture.sql");
    fs::write(
        fixture.directory().join("bistro.toml"),
        "[http]\nlisten = = 3\n",
    )
    .expect("ours");
    fails(
        fixture.directory(),
        &["serve", "it.db", "--config", "bistro.toml"],
        &["bistro.toml", "2"],
    );
}

#[test]
fn with_a_configuration_nothing_is_open_that_no_rule_opens() {
    let fixture = Fixture::copy("fixture.sql");
    let config = "[http]\nlisten = \"127.0.0.1:0\"\n\n\
        [[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\n";
    let path = fixture.directory().join("bistro.toml");
    fs::write(&path, config).expect("ours");
    let server = Server::serve(fixture, &["--config", path.to_str().expect("plain")]);
    assert_eq!(server.get("/songs?id=eq.1").status, 200);
    assert_eq!(
        server.get("/artists").status,
        404,
        "what may not be seen does not exist"
    );
    let create = Request::new("POST", "/songs").json("{\"title\":\"x\",\"artist_id\":1}");
    let refused = server.send(&create).status;
    assert!([401, 403, 405].contains(&refused), "{refused}");
    let trace = server.send(&Request::new("TRACE", "/songs"));
    assert_eq!(trace.status, 405, "TRACE is for development");
}

#[test]
fn read_only_reads_and_refuses_to_write() {
    let server = Server::serve(Fixture::copy("fixture.sql"), &["--read-only"]);
    assert_eq!(server.get("/notes?id=eq.1").status, 200);
    let create = Request::new("POST", "/notes").json("{\"body\":\"x\"}");
    let refused = server.send(&create);
    assert_eq!(refused.status, 405, "{}", refused.text());
    let allow = refused.list("Allow").expect("405 has Allow");
    assert!(!allow.contains("POST"), "{allow}");
    assert_eq!(server.fixture().value("SELECT count(*) FROM notes"), "3");
}

#[test]
fn the_ready_line_is_all_one_needs() {
    let server = Server::start();
    let ready = format!("http://{}", server.address());
    assert!(
        server.printed().lines().any(|line| line.ends_with(&ready)),
        "{}",
        server.printed()
    );
    assert!(server::is_listening(server.address()));
}

#[test]
fn version_and_help_are_answers() {
    let fixture = Fixture::empty();
    for argument in ["--version", "--help"] {
        let (code, printed, log) = server::run(bistro(fixture.directory()).arg(argument));
        assert_eq!((code, log.as_str()), (0, ""));
        assert!(printed.contains("bistro"), "{printed}");
    }
    let (_, help, _) = server::run(bistro(fixture.directory()).args(["serve", "--help"]));
    for option in ["--listen", "--config", "--queries", "--read-only"] {
        assert!(help.contains(option), "{option} is missing in: {help}");
    }
}

#[test]
fn sigterm_ends_it_with_code_0() {
    let server = Server::start();
    assert_eq!(server.get("/songs").status, 200);
    let (status, log, _) = server.stop();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn ctrl_c_ends_it_with_code_0() {
    let mut server = Server::start();
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn sigterm_finishes_the_request_under_way() {
    let mut server = Server::start();
    let address = server.address();
    let mut connection = server.connect();
    let body = "{\"body\":\"written while stopping\"}";
    let (first, rest) = body.split_at(10);
    let head = format!(
        "POST /notes HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{first}",
        body.len()
    );
    connection.write(head.as_bytes()).expect("sent");
    // An exchange after it on another connection: by then the server has read the head.
    assert_eq!(server.get("/songs?id=eq.1").status, 200);
    server.signal("TERM");
    server::until("the listener is closed", || !server::is_listening(address));
    connection.write(rest.as_bytes()).expect("still open");
    let response = connection.receive("POST").expect("an answer");
    assert_eq!(response.status, 201);
    assert!(connection.is_closed());
    assert_eq!(server.wait().code(), Some(0));
    let count = "SELECT count(*) FROM notes WHERE body = 'written while stopping'";
    assert_eq!(server.fixture().value(count), "1");
}

#[test]
fn keep_alive_off_closes_after_each_response() {
    let fixture = Fixture::copy("fixture.sql");
    let config = "[http]\nlisten = \"127.0.0.1:0\"\nkeep_alive = \"off\"\n\n\
        [[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\n";
    let path = fixture.directory().join("bistro.toml");
    fs::write(&path, config).expect("ours");
    let server = Server::serve(fixture, &["--config", path.to_str().expect("plain")]);
    let mut connection = server.connect();
    let response = connection.send(&Request::new("GET", "/songs?id=eq.1"));
    assert_eq!(response.status, 200);
    assert_eq!(response.field("Connection"), Some("close"));
    assert!(connection.is_closed());
}
