//! Signing in and out of a Bistro.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;

use serde_json::Value;

use crate::client::desk::{Desk, Running, finish};
use crate::client::script::{Script, answer};
use crate::http::Request;
use crate::server::{Server, until};

const PASSWORD: &[u8] = b"rewind the cassette\n";

fn who(desk: &Desk, options: &[&str]) -> Value {
    let arguments = [&["get", "/-/session"][..], options].concat();
    desk.run(&arguments).well().json()["user"]["email"].clone()
}

/// A desk whose user has signed up, and is signed in.
fn signed_in(server: &Server) -> Desk {
    let desk = Desk::at(server);
    let arguments = ["login", "/", "--new", "--email", "ada@example.com"];
    let ran = desk.pipe(&arguments, PASSWORD).well();
    ran.says(&["Signed in to 127.0.0.1 as ada@example.com"]);
    desk
}

/// The cookies that are kept, as a request would have them.
fn cookie(desk: &Desk) -> String {
    let command = desk.run(&["get", "/", "--curl"]).well().text();
    let (_, after) = command
        .split_once("Cookie: ")
        .unwrap_or_else(|| panic!("{command}"));
    after
        .split(['\'', '\n'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn whoever_has_signed_in_asks_as_himself_until_he_signs_out() {
    let server = Server::demo();
    let desk = signed_in(&server);
    assert_eq!(who(&desk, &[]), "ada@example.com");
    assert_eq!(who(&desk, &["--no-session"]), Value::Null);
    assert_eq!(who(&Desk::at(&server), &[]), Value::Null);
    let copied = cookie(&desk);
    let replay = Request::new("GET", "/-/session").field("Cookie", &copied);
    assert_eq!(
        server.send(&replay).json()["user"]["email"],
        "ada@example.com"
    );
    desk.run(&["logout"])
        .well()
        .says(&["Signed out of 127.0.0.1"]);
    assert_eq!(
        server.send(&replay).json()["kind"],
        "anyone",
        "it has ended there, too"
    );
    assert_eq!(who(&desk, &[]), Value::Null);
    desk.run(&["logout"])
        .ended(1)
        .says(&["nobody is signed in"]);
    // The password still lets in.
    desk.pipe(&["login", "--email", "ada@example.com"], PASSWORD)
        .well();
    assert_eq!(who(&desk, &[]), "ada@example.com");
}

#[test]
fn a_wrong_password_lets_nobody_in_and_keeps_nothing() {
    let server = Server::demo();
    signed_in(&server);
    let desk = Desk::at(&server);
    let arguments = ["login", "/", "--email", "ada@example.com"];
    let ran = desk.pipe(&arguments, b"wrong horse\n").ended(1);
    ran.says(&["error: not signed in: "]);
    desk.run(&["jar", "list"]).well().says(&["Nothing is kept"]);
    assert_eq!(who(&desk, &[]), Value::Null);
}

#[test]
fn a_wrong_password_does_not_end_the_session_there_is() {
    let server = Server::demo();
    let desk = signed_in(&server);
    let arguments = ["login", "/", "--email", "ada@example.com"];
    desk.pipe(&arguments, b"wrong horse\n").ended(1);
    assert_eq!(who(&desk, &[]), "ada@example.com");
}

#[test]
fn nothing_typed_is_no_password() {
    let server = Server::demo();
    let desk = Desk::at(&server);
    let ran = desk
        .run(&["login", "/", "--email", "ada@example.com"])
        .ended(1);
    ran.says(&["nothing was given for password"]);
}

#[test]
fn the_address_and_the_password_may_both_come_from_a_pipe() {
    let server = Server::demo();
    signed_in(&server);
    let desk = Desk::at(&server);
    let both = [b"ada@example.com\n", PASSWORD].concat();
    desk.pipe(&["login"], &both).well();
    assert_eq!(who(&desk, &[]), "ada@example.com");
}

#[test]
fn a_session_with_a_name_is_signed_in_alone() {
    let server = Server::demo();
    let desk = Desk::at(&server);
    let name = ["--session", "ada"];
    let arguments = ["login", "/", "--new", "--email", "ada@example.com"];
    desk.pipe(&[&arguments[..], &name].concat(), PASSWORD)
        .well();
    assert_eq!(who(&desk, &[]), Value::Null);
    assert_eq!(who(&desk, &name), "ada@example.com");
    desk.run(&[&["logout", "/"][..], &name].concat()).well();
    assert_eq!(who(&desk, &name), Value::Null);
}

#[test]
fn neither_password_nor_cookie_is_said() {
    let server = Server::demo();
    let desk = Desk::at(&server);
    let arguments = ["login", "/", "--new", "--email", "ada@example.com"];
    let ran = desk.pipe(&arguments, PASSWORD).well();
    let cookie = cookie(&desk);
    let value = cookie.split_once('=').expect("a cookie").1;
    for said in [
        ran.text(),
        ran.err,
        desk.run(&["jar", "list"]).well().text(),
    ] {
        assert!(!said.contains("rewind") && !said.contains(value), "{said}");
    }
    let kept = fs::read_dir(desk.path("state/bistro/sessions")).expect("it is kept");
    for entry in kept {
        let path = entry.expect("readable").path();
        let octets = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&octets);
        assert!(!text.contains("rewind"), "{}", path.display());
    }
}

#[test]
fn a_server_that_is_no_bistro_is_told_from_one() {
    let server = Script::answering(|_| answer("200 OK", &[], "hello"));
    let desk = Desk::new();
    let arguments = ["login", &server.url("/"), "--email", "ada@example.com"];
    desk.pipe(&arguments, PASSWORD)
        .ended(1)
        .says(&["no cookie"]);
    desk.run(&["jar", "list"]).well().says(&["Nothing is kept"]);
}

#[test]
fn a_password_is_not_shown_while_it_is_typed() {
    let server = Server::demo();
    let desk = Desk::at(&server);
    let line = format!(
        "tty; exec {} login / --new --email ada@example.com",
        env!("CARGO_BIN_EXE_bistro")
    );
    let mut command = desk.program("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::piped());
    let mut running = Running::of(command);
    let mut out = BufReader::new(running.child.stdout.take().expect("piped"));
    let mut terminal = String::new();
    out.read_line(&mut terminal).expect("UTF-8");
    until("the terminal shows nothing more of what is typed", || {
        let mut stty = desk.program("stty");
        stty.args(["-F", terminal.trim(), "-a"]);
        finish(stty, None).text().contains(" -echo ")
    });
    let mut typed = running.child.stdin.take().expect("piped");
    typed.write_all(PASSWORD).expect("it reads");
    let mut shown = String::new();
    out.read_to_string(&mut shown).expect("UTF-8");
    assert_eq!(running.wait(), 0, "{shown}");
    assert!(shown.contains("Password: "), "{shown}");
    assert!(shown.contains("Signed in"), "{shown}");
    assert!(!shown.contains("rewind"), "{shown}");
    assert_eq!(who(&desk, &[]), "ada@example.com");
}
