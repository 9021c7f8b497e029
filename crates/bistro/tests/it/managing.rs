//! `bistro user`, `bistro session` and `bistro token`, beside a server that runs.

use std::fs::{self, File};

use crate::fixture::Fixture;
use crate::http::{Request, Response};
use crate::server::{Server, bistro, run};

const ADA: &str = "ada@example.org";

const PASSWORD: &str = "a long phrase of mine";

/// Runs a command, with a password on standard input.
fn manage(fixture: &Fixture, arguments: &[&str], password: &str) -> (i32, String, String) {
    let typed = fixture.directory().join("typed");
    fs::write(&typed, format!("{password}\n")).expect("ours");
    let mut command = bistro(fixture.directory());
    command.args(arguments).args(["--database", "it.db"]);
    run(command.stdin(File::open(&typed).expect("just written")))
}

/// Runs one that succeeds; gives what it prints.
fn managed(fixture: &Fixture, arguments: &[&str]) -> String {
    let (code, printed, log) = manage(fixture, arguments, PASSWORD);
    assert_eq!(code, 0, "{arguments:?}: {log}");
    printed
}

#[track_caller]
fn fails(fixture: &Fixture, arguments: &[&str], password: &str, expected: &str) {
    let (code, printed, log) = manage(fixture, arguments, password);
    assert_eq!((code, printed.as_str()), (1, ""), "{arguments:?}");
    assert_eq!(log, format!("error: {expected}\n"), "{arguments:?}");
}

/// A database with a configuration that has roles, and one user.
fn fixture() -> Fixture {
    let fixture = Fixture::copy("fixture.sql");
    let text = "[http]\nlisten = \"127.0.0.1:0\"\n[users]\npassword_min = 10\nroles = [\"editor\", \"chief\"]\n\
        [[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\n";
    fs::write(fixture.directory().join("bistro.toml"), text).expect("ours");
    managed(
        &fixture,
        &["user", "add", " Ada@Example.org", "--role", "editor"],
    );
    fixture
}

fn serve(fixture: Fixture) -> Server {
    let mut command = bistro(fixture.directory());
    command.args(["serve", "it.db"]);
    Server::spawn(command, fixture)
}

/// Signs in; gives the answer and the cookie.
fn sign_in(server: &Server, password: &str) -> (Response, String) {
    let body = format!("{{\"email\":\"{ADA}\",\"password\":\"{password}\"}}");
    let answer = server.send(&Request::new("POST", "/-/session").json(&body));
    let cookie = answer.field("Set-Cookie").unwrap_or_default();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    (answer, cookie)
}

/// Who the server takes the cookie for.
fn kind(server: &Server, cookie: &str) -> String {
    let asked = Request::new("GET", "/-/session").field("Cookie", cookie);
    server.send(&asked).json()["kind"].to_string()
}

#[test]
fn users_are_added_once_with_roles_that_exist_and_passwords_that_hold() {
    let fixture = fixture();
    let listed = managed(&fixture, &["user", "list"]);
    let mut lines = listed.lines();
    assert!(
        lines.next().is_some_and(|line| line.starts_with("email ")),
        "{listed}"
    );
    let ada = lines.next().unwrap_or_default();
    assert!(ada.starts_with("ada@example.org  editor  "), "{listed}");
    assert_eq!(lines.next(), None);
    let add = |email| ["user", "add", email];
    fails(
        &fixture,
        &add("ADA@example.org"),
        PASSWORD,
        "there is a user `ada@example.org` already",
    );
    fails(
        &fixture,
        &add("bob@example.org"),
        "short",
        "the password has 5 characters, it needs at least 10",
    );
    fails(
        &fixture,
        &add("bob@example.org"),
        "",
        "no password was given",
    );
    fails(
        &fixture,
        &["user", "add", "bob@example.org", "--role", "editer"],
        PASSWORD,
        "there is no role `editer`; did you mean `editor`?",
    );
    let (code, _, log) = manage(&fixture, &add("bob"), PASSWORD);
    assert_eq!(code, 1);
    assert!(log.contains("no email address"), "{log}");
    fails(
        &fixture,
        &["user", "remove", "bob@example.org"],
        "",
        "there is no user `bob@example.org`",
    );
    managed(&fixture, &["user", "remove", ADA]);
    assert_eq!(managed(&fixture, &["user", "list"]), "");
}

#[test]
fn a_server_that_runs_knows_of_it_at_once() {
    let server = serve(fixture());
    let (signed_in, cookie) = sign_in(&server, PASSWORD);
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    assert_eq!(kind(&server, &cookie), "\"user\"");
    let listed = managed(server.fixture(), &["session", "list", "--user", ADA]);
    let session = listed.lines().nth(1).unwrap_or_default();
    assert!(session.contains(ADA), "{listed}");
    let id = session.split(' ').next().expect("it has one");
    assert_eq!(managed(server.fixture(), &["session", "list"]), listed);
    managed(server.fixture(), &["session", "revoke", id]);
    assert_ne!(kind(&server, &cookie), "\"user\"", "its session has ended");
    fails(
        server.fixture(),
        &["session", "revoke", id],
        "",
        "there is no such session; `bistro session list` lists all, by their identifiers",
    );

    let (_, cookie) = sign_in(&server, PASSWORD);
    managed(server.fixture(), &["user", "role", ADA, "chief"]);
    assert_ne!(
        kind(&server, &cookie),
        "\"user\"",
        "other rights are another session"
    );
    let (signed_in, cookie) = sign_in(&server, PASSWORD);
    assert_eq!(signed_in.json()["user"]["roles"][0], "chief");
    let (code, _, log) = manage(
        server.fixture(),
        &["user", "password", ADA],
        "quite another phrase",
    );
    assert_eq!(code, 0, "{log}");
    assert_ne!(kind(&server, &cookie), "\"user\"");
    assert_eq!(sign_in(&server, PASSWORD).0.status, 401);
    let (_, cookie) = sign_in(&server, "quite another phrase");
    managed(server.fixture(), &["session", "revoke", "--user", ADA]);
    assert_ne!(kind(&server, &cookie), "\"user\"");
    assert_eq!(managed(server.fixture(), &["session", "list"]), "");
}

#[test]
fn a_token_is_shown_once_and_acts_until_it_is_revoked() {
    let server = serve(fixture());
    let made = managed(
        server.fixture(),
        &[
            "token",
            "create",
            "--user",
            ADA,
            "--scope",
            "read:songs",
            "--expires",
            "1d",
            "--label",
            "a script",
        ],
    );
    let token = made.trim_end();
    assert!(token.starts_with("bistro_"), "{made}");
    let who = |server: &Server| {
        let shown = format!("Bearer {token}");
        server.send(&Request::new("GET", "/-/session").field("Authorization", &shown))
    };
    assert_eq!(who(&server).json()["user"]["email"], ADA);
    let listed = managed(server.fixture(), &["token", "list"]);
    assert!(!listed.contains(token), "{listed}");
    let line = listed.lines().nth(1).unwrap_or_default();
    assert!(line.contains("ada@example.org  read:songs  "), "{listed}");
    assert!(line.ends_with("  a script"), "{listed}");
    let id = line.split(' ').next().expect("it has one");
    managed(server.fixture(), &["token", "revoke", id]);
    assert_eq!(who(&server).status, 401);
    fails(
        server.fixture(),
        &["token", "revoke", id],
        "",
        "there is no such token; `bistro token list` lists all, by their identifiers",
    );
    for (scope, complaint) in [
        (
            "read:song",
            "`read:song` is for what is not there: no table, view or stored query is called `song`; did you mean `songs`?",
        ),
        (
            "raed",
            "`raed` is no scope: it is `read`, `create`, `update`, `delete` or `call`, alone or for one resource as in `read:songs`",
        ),
    ] {
        let arguments = ["token", "create", "--user", ADA, "--scope", scope];
        fails(server.fixture(), &arguments, "", complaint);
    }
}

#[test]
fn what_is_listed_changes_nothing() {
    let fixture = Fixture::copy("fixture.sql");
    let before = fs::read(fixture.path()).expect("it is there");
    for kind in ["user", "session", "token"] {
        let (code, printed, log) = manage(&fixture, &[kind, "list"], "");
        assert_eq!((code, printed.as_str()), (0, ""));
        assert_eq!(log, format!("There are no {kind}s\n"));
    }
    assert_eq!(fs::read(fixture.path()).expect("it is there"), before);
}
