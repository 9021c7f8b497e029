//! `bistro init`, `bistro check`, and the environment: from a database to a configuration that holds.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::fixture::Fixture;
use crate::server::{Server, bistro, run};

/// Names that a file has to be careful with, and rows that are somebody's.
const NAMES: &str =
    "CREATE TABLE \"a \"\"quoted\"\" name\" (id INTEGER PRIMARY KEY, \"new\nline\" TEXT);
    CREATE TABLE \"요리사\" (id INTEGER PRIMARY KEY);
    CREATE TABLE \"back\\slash\ttab\" (id INTEGER PRIMARY KEY, owner_id INTEGER);
    CREATE TABLE cart_items (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL);
    CREATE TABLE posts (id INTEGER PRIMARY KEY, Author_Id TEXT);
    CREATE VIEW seen AS SELECT 1 AS one;";

fn check(directory: &Path) -> (i32, String, String) {
    run(bistro(directory).arg("check"))
}

/// The text without the `#` before what is suggested; what is prose keeps its own, and a space.
fn uncommented(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(suggested) if !suggested.is_empty() && !suggested.starts_with(' ') => {
            format!("{suggested}\n")
        }
        Some(_) | None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn what_init_writes_is_valid_and_opens_nothing_until_somebody_says_so() {
    for fixture in [Fixture::copy("fixture.sql"), Fixture::of(NAMES)] {
        let directory = fixture.directory();
        let queries = directory.join("queries");
        fs::create_dir(&queries).expect("ours");
        fs::write(queries.join("answer.sql"), "SELECT 42 AS answer").expect("ours");
        let (code, printed, log) = run(bistro(directory).args(["init", "it.db"]));
        assert_eq!((code, printed.as_str()), (0, ""), "{log}");
        assert!(log.contains("`bistro check`"), "{log}");
        let path = directory.join("bistro.toml");
        let text = fs::read_to_string(&path).expect("just written");
        assert!(text.contains("url = \"sqlite:it.db\""), "{text}");
        let (code, printed, log) = check(directory);
        assert_eq!((code, log.as_str()), (0, ""), "{text}");
        assert!(printed.contains("Open to nobody: "), "{printed}");
        fs::write(&path, uncommented(&text)).expect("ours");
        let (code, printed, log) = check(directory);
        assert_eq!((code, log.as_str()), (0, ""), "{}", uncommented(&text));
        assert!(!printed.contains("Open to nobody"), "{printed}");
        assert!(printed.contains("rpc/answer"), "{printed}");
    }
}

#[test]
fn init_replaces_nothing_unless_it_is_told_to() {
    let fixture = Fixture::copy("fixture.sql");
    let path = fixture.directory().join("bistro.toml");
    fs::write(&path, "mine").expect("ours");
    let (code, _, log) = run(bistro(fixture.directory()).args(["init", "it.db"]));
    assert_eq!(code, 1);
    assert_eq!(
        log,
        "error: `bistro.toml` is there already; --force replaces it, --output names another file\n"
    );
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "mine");
    let before = fs::read(fixture.path()).expect("it is there");
    let (code, _, log) = run(bistro(fixture.directory()).args(["init", "it.db", "--force"]));
    assert_eq!(code, 0, "{log}");
    assert!(
        fs::read_to_string(&path)
            .expect("it is there")
            .contains("songs")
    );
    assert_eq!(fs::read(fixture.path()).expect("it is there"), before);
    let (code, _, log) = run(bistro(fixture.directory()).args(["init", "nowhere.db"]));
    assert_eq!(code, 1);
    assert!(log.contains("nowhere.db"), "{log}");
}

#[test]
fn a_configuration_elsewhere_finds_its_database() {
    let fixture = Fixture::copy("fixture.sql");
    let directory = fixture.directory();
    fs::create_dir_all(directory.join("etc")).expect("ours");
    for (output, begins) in [
        ("etc/bistro.toml", "url = \"sqlite:/"),
        ("b.toml", "url = \"sqlite:it.db\""),
    ] {
        let (code, _, log) = run(bistro(directory).args(["init", "./it.db", "-o", output]));
        assert_eq!(code, 0, "{log}");
        assert!(
            log.contains(&format!("`bistro serve --config {output}`")),
            "{log}"
        );
        let text = fs::read_to_string(directory.join(output)).expect("just written");
        assert!(text.contains(begins), "{text}");
        let (code, _, log) = run(bistro(directory).args(["check", "--config", output]));
        assert_eq!(code, 0, "{log}");
    }
}

#[test]
fn check_says_who_may_do_what_and_what_to_look_at_twice() {
    let fixture = Fixture::of(
        "CREATE TABLE songs (id INTEGER PRIMARY KEY);
         CREATE TABLE \"요리사\" (id INTEGER PRIMARY KEY);
         CREATE TABLE comments (id INTEGER PRIMARY KEY);
         CREATE TABLE secrets (id INTEGER PRIMARY KEY);
         CREATE TABLE orders (id INTEGER PRIMARY KEY);
         CREATE TABLE cart (id INTEGER PRIMARY KEY, owner_id TEXT);
         CREATE VIEW hits AS SELECT * FROM songs;",
    );
    let rule = |on: &str, operations: &str| {
        format!("[[allow]]\non = \"{on}\"\nto = \"anyone\"\ndo = [{operations}]\n")
    };
    let text = [
        "[database]\nurl = \"sqlite:it.db\"\n[users]\nroles = [\"editor\"]\n[session]\ninsecure_cookies = true\n".to_owned(),
        rule("songs", "\"read\""),
        rule("comments", "\"create\", \"delete\""),
        rule("요리사", "\"read\""),
        rule("comments", "\"read\""),
        rule("hits", "\"read\", \"update\""),
        rule("cart", "\"read\"").replace("anyone", "visitor") + "owner = \"owner_id\"\n",
        rule("cart", "\"read\"").replace("anyone", "user")
            + "where = \"\"\"id > 7\n  AND id < 9\"\"\"\n",
    ];
    fs::write(fixture.directory().join("bistro.toml"), text.concat()).expect("ours");
    let (code, printed, log) = check(fixture.directory());
    assert_eq!((code, log.as_str()), (0, ""));
    let expected = "\
bistro.toml can be used: it.db at http://127.0.0.1:8080

resource  who      may             of
cart      visitor  read            owner owner_id
          user     read            where id > 7 AND id < 9
comments  anyone   create, delete
          anyone   read
hits      anyone   read, update
songs     anyone   read
요리사    anyone   read

Open to nobody: orders, secrets

warning: anyone may create, delete `comments`
warning: anyone may update `hits`
warning: a rule opens update of `hits`, which the database cannot do
warning: anyone may sign up, so what is open to `user` is open to whoever wants it; `sign_up = false` under `[users]` changes that
warning: whoever is between a client and this server can take the cookies of sessions; `insecure_cookies = false` under `[session]` keeps them to TLS
warning: no rule is for the role `editor`
";
    assert_eq!(printed, expected);
}

#[test]
fn check_warns_where_two_users_of_tokens_would_be_one() {
    let fixture = Fixture::of(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, owner TEXT);
         CREATE TABLE b (id INTEGER PRIMARY KEY, owner INTEGER);
         CREATE TABLE c (id INTEGER PRIMARY KEY, owner);
         CREATE TABLE d (id INTEGER PRIMARY KEY, owner UUID);",
    );
    let rule = |on: &str| {
        format!("[[allow]]\non = \"{on}\"\nto = \"user\"\ndo = [\"read\"]\nowner = \"owner\"\n")
    };
    let database = "[database]\nurl = \"sqlite:it.db\"\n[users]\nsign_up = false\n";
    let jwt = "[jwt]\nsecret = \"0123456789abcdef0123456789abcdef\"\n";
    for (jwt, expected) in [("", vec![]), (jwt, vec!["b", "d"])] {
        let text = [database, jwt].concat() + &["a", "b", "c", "d", "b"].map(rule).concat();
        fs::write(fixture.directory().join("bistro.toml"), text).expect("ours");
        let (code, printed, log) = check(fixture.directory());
        assert_eq!((code, log.as_str()), (0, ""));
        let warnings: Vec<&str> = printed
            .lines()
            .filter(|line| line.starts_with("warning: "))
            .collect();
        let expected: Vec<String> = expected
            .into_iter()
            .map(|table| {
                format!("warning: `owner` of `{table}` keeps numbers, so users whose `sub` are different texts may be the same there; declare it TEXT")
            })
            .collect();
        assert_eq!(warnings, expected);
    }
}

#[test]
fn check_looks_at_keys_as_serve_does_and_makes_none() {
    let fixture = Fixture::copy("fixture.sql");
    let directory = fixture.directory();
    let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    for (name, text, mode) in [
        ("right.keys", key, 0o600),
        ("open.keys", key, 0o644),
        ("short.keys", "0011", 0o600),
        ("rubbish.pem", "rubbish", 0o600),
    ] {
        let path = directory.join(name);
        fs::write(&path, text).expect("ours");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("ours");
    }
    let cookie = |keys: &str| format!("[session]\nstore = \"cookie\"\nkeys = \"{keys}\"");
    let table = [
        (cookie("right.keys"), None),
        (cookie("none.keys"), None),
        (cookie("open.keys"), Some("chmod 600")),
        (cookie("short.keys"), Some("key 1 is not 32 bytes")),
        (
            "[session]\nstore = \"redis://a:b:c\"".to_owned(),
            Some("address of Redis"),
        ),
        (
            "[jwt]\npem = \"rubbish.pem\"".to_owned(),
            Some("keys of tokens"),
        ),
    ];
    for (section, reason) in table {
        let text = format!("[database]\nurl = \"sqlite:it.db\"\n{section}\n");
        fs::write(directory.join("bistro.toml"), text).expect("ours");
        let (code, _, log) = check(directory);
        assert_eq!(code, i32::from(reason.is_some()), "{section}: {log}");
        assert!(log.contains(reason.unwrap_or_default()), "{section}: {log}");
        assert!(!directory.join("none.keys").exists(), "{section}");
        if let Some(reason) = reason {
            let (code, _, log) = run(bistro(directory).args(["serve", "--listen", "127.0.0.1:0"]));
            assert_eq!(code, 1, "{section}: {log}");
            assert!(log.contains(reason), "{section}: {log}");
        }
    }
}

#[test]
fn check_fails_as_serve_would() {
    let fixture = Fixture::copy("fixture.sql");
    let directory = fixture.directory();
    let (code, _, log) = check(directory);
    assert_eq!(code, 2, "nothing names a database: {log}");
    let (code, _, log) = run(bistro(directory).args(["check", "it.db"]));
    assert_eq!(code, 1);
    assert!(log.contains("`bistro init DATABASE` writes one"), "{log}");
    let wrong = "[[allow]]\non = \"song\"\nto = \"anyone\"\ndo = [\"read\"]\n";
    fs::write(directory.join("bistro.toml"), wrong).expect("ours");
    let expected =
        "error: bistro.toml:2:6: there is no table or view `song`; did you mean `songs`?\n";
    for command in ["check", "serve"] {
        let (code, printed, log) = run(bistro(directory).args([command, "it.db"]));
        assert_eq!((code, printed.as_str(), log.as_str()), (1, "", expected));
    }
}

#[test]
fn a_refused_address_names_the_command_that_helps() {
    let fixture = Fixture::copy("fixture.sql");
    let arguments = ["serve", "it.db", "--listen", "0.0.0.0:0"];
    let (code, _, log) = run(bistro(fixture.directory()).args(arguments));
    assert_eq!(code, 1);
    assert!(log.contains("`bistro init it.db`"), "{log}");
}

#[test]
fn flags_go_before_variables_and_variables_before_the_file() {
    let fixture = Fixture::copy("fixture.sql");
    let text = "[http]\nlisten = \"127.0.0.1:1\"\ntrace = true\n[[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\n";
    fs::write(fixture.directory().join("bistro.toml"), text).expect("ours");
    let mut command = bistro(fixture.directory());
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("BISTRO_DATABASE_URL", "sqlite:it.db")
        .env("BISTRO_HTTP_LISTEN", "127.0.0.1:2")
        .env("BISTRO_HTTP_TRACE", "false")
        .env("BISTRO_HTTP_ROWS_MAX", "2");
    let server = Server::spawn(command, fixture);
    assert!(server.address().port() > 2);
    let trace = crate::http::Request::new("TRACE", "/songs");
    assert_eq!(server.send(&trace).status, 405);
    let rows = server.get("/songs").json();
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
}

#[test]
fn variables_have_their_say_in_development_mode() {
    let fixture = Fixture::copy("fixture.sql");
    let mut command = bistro(fixture.directory());
    command
        .arg("serve")
        .env("BISTRO_DATABASE_URL", "sqlite:it.db")
        .env("BISTRO_HTTP_LISTEN", "127.0.0.1:0");
    let server = Server::spawn(command, fixture);
    assert_eq!(server.get("/songs?id=eq.1").status, 200);
    let (code, _, log) = run(bistro(server.fixture().directory())
        .args(["serve", "it.db"])
        .env("BISTRO_HTTP_LISTEN", "0.0.0.0:0"));
    assert_eq!(code, 1);
    assert!(log.contains("loopback"), "{log}");
    let (code, _, log) = run(bistro(server.fixture().directory())
        .args(["serve", "it.db"])
        .env("BISTRO_HTTP_LISSTEN", "127.0.0.1:0"));
    assert_eq!(code, 1);
    assert_eq!(
        log,
        "error: the environment variable BISTRO_HTTP_LISSTEN: unknown variable `BISTRO_HTTP_LISSTEN`; did you mean `BISTRO_HTTP_LISTEN`?\n"
    );
}
