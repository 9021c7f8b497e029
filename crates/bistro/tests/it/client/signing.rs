//! Signing in and out of a Bistro.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout, Stdio};

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
    let mut terminal =
        Terminal::running(&desk, "exec BISTRO login / --new --email ada@example.com");
    for question in ["Password: ", "The same again: "] {
        terminal.wait_for(question);
        terminal.hides_what_is_typed(&desk);
        terminal.typed.write_all(PASSWORD).expect("it reads");
    }
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("Signed in"), "{shown}");
    assert!(!shown.contains("rewind"), "{shown}");
    assert_eq!(who(&desk, &[]), "ada@example.com");
}

#[test]
fn a_question_that_is_broken_off_leaves_the_terminal_as_it_was() {
    let server = Server::demo();
    let desk = Desk::at(&server);
    let line = "trap : INT; BISTRO login / --email ada@example.com; echo ended with $?; stty -a";
    let mut terminal = Terminal::running(&desk, line);
    terminal.wait_for("Password: ");
    terminal.hides_what_is_typed(&desk);
    terminal.typed.write_all(b"\x03").expect("it reads");
    let (_code, shown) = terminal.end();
    assert!(shown.contains("ended with 130"), "{shown}");
    assert!(shown.contains(" echo "), "{shown}");
}

/// Somebody at a terminal, where a command runs.
struct Terminal {
    running: Running,
    out: BufReader<ChildStdout>,
    /// What is typed.
    typed: ChildStdin,
    /// Its name.
    name: String,
    shown: String,
}

impl Terminal {
    /// A terminal in which a line for the shell runs.
    fn running(desk: &Desk, line: &str) -> Self {
        let line = line.replace("BISTRO", env!("CARGO_BIN_EXE_bistro"));
        let mut command = desk.program("script");
        command
            .args(["-qec", &format!("tty; {line}"), "/dev/null"])
            .stdin(Stdio::piped());
        let mut running = Running::of(command);
        let mut out = BufReader::new(running.child.stdout.take().expect("piped"));
        let typed = running.child.stdin.take().expect("piped");
        let mut name = String::new();
        out.read_line(&mut name).expect("UTF-8");
        Self {
            running,
            out,
            typed,
            name,
            shown: String::new(),
        }
    }

    /// Waits until this is shown.
    fn wait_for(&mut self, text: &str) {
        let mut octet = [0];
        while !self.shown.ends_with(text) {
            self.out.read_exact(&mut octet).expect("it is shown");
            self.shown.push(char::from(octet[0]));
        }
    }

    /// Waits until what is typed is not shown.
    fn hides_what_is_typed(&self, desk: &Desk) {
        until("the terminal shows nothing more of what is typed", || {
            let mut stty = desk.program("stty");
            stty.args(["-F", self.name.trim(), "-a"]);
            finish(stty, None).text().contains(" -echo ")
        });
    }

    /// How the command ends, and all that was shown.
    fn end(mut self) -> (i32, String) {
        self.out.read_to_string(&mut self.shown).expect("UTF-8");
        (self.running.wait(), self.shown)
    }
}
