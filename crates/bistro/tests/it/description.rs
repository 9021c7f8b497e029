//! The description says what is so: it is compared with the server, by us and by programs that others wrote.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Map, Value};

use crate::clients::installed;
use crate::fixture::{Fixture, root};
use crate::http::Request;
use crate::server::{self, Server, bistro};

const OPENAPI: &str = "application/openapi+json";

/// What schemathesis tries: each kind of address, column and key once, for it takes seconds for each.
const TRIED: &str = "^/(-/(health|batch))?$|^/weather(/[^/]*)?$|^/(products|order_lines)/[^/]*$|^/guestbook$|\
    ^/order_lines/[^/]*/products$|^/rpc/(mixtape|ship_order)$";

/// The description of a server's resources, in a version of the specification.
fn description(server: &Server, version: &str) -> Value {
    let accept = format!("{OPENAPI};version={version}");
    let response = server.send(&Request::new("GET", "/").field("Accept", &accept));
    assert_eq!(response.field("Content-Type"), Some(accept.as_str()));
    response.json()
}

/// A program that is installed for tests.
fn program(name: &str) -> Command {
    let installed = installed("python", &["requirements.txt", "constraints.txt"]);
    let mut command = Command::new(installed.join("bin").join(name));
    command.current_dir(root()).stdin(Stdio::null());
    command
}

fn succeeds(command: &mut Command) {
    let output = command.output().expect("it can be run");
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A file beside the database.
fn write(server: &Server, name: &str, text: &str) -> PathBuf {
    let path = server.fixture().directory().join(name);
    fs::write(&path, text).expect("the directory is ours");
    path
}

#[test]
fn the_root_is_a_description_unless_a_page_is_asked_for() {
    let server = Server::start();
    for (accept, expected, start) in [
        (
            "*/*",
            "application/openapi+json;version=3.1",
            "{\"openapi\":\"3.1.",
        ),
        (
            OPENAPI,
            "application/openapi+json;version=3.1",
            "{\"openapi\":\"3.1.",
        ),
        (
            "application/openapi+json;version=3.2",
            "application/openapi+json;version=3.2",
            "{\"openapi\":\"3.2.",
        ),
        (
            "application/json",
            "application/json; charset=utf-8",
            "{\"openapi\":\"3.1.",
        ),
        ("text/html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
    ] {
        let response = server.send(&Request::new("GET", "/").field("Accept", accept));
        assert_eq!(response.field("Content-Type"), Some(expected), "{accept}");
        assert!(response.text().starts_with(start), "{accept}");
        let link = response
            .field("Link")
            .expect("it says where the description is");
        assert!(link.contains("rel=\"service-desc\""), "{link}");
    }
}

#[test]
fn the_command_prints_what_the_server_answers() {
    let server = Server::start();
    for version in ["3.1", "3.2"] {
        let mut command = bistro(server.fixture().directory());
        let (code, printed, log) =
            server::run(command.args(["openapi", "it.db", "--spec", version]));
        assert_eq!((code, log.as_str()), (0, ""));
        let printed: Value = serde_json::from_str(&printed).expect("it is JSON");
        assert_eq!(printed, description(&server, version));
    }
}

#[test]
fn the_command_describes_what_a_configuration_opens_and_changes_nothing() {
    let fixture = Fixture::copy("fixture.sql");
    let config = "[database]\nurl = \"sqlite:it.db\"\n\n\
        [[allow]]\non = \"songs\"\nto = \"anyone\"\ndo = [\"read\"]\n";
    fs::write(fixture.directory().join("bistro.toml"), config).expect("ours");
    let before = fs::read(fixture.path()).expect("it is there");
    let (code, printed, log) = server::run(bistro(fixture.directory()).arg("openapi"));
    assert_eq!((code, log.as_str()), (0, ""));
    let description: Value = serde_json::from_str(&printed).expect("it is JSON");
    let paths: Vec<_> = object(&description["paths"]).keys().collect();
    assert_eq!(
        paths,
        ["/", "/-/batch", "/-/health", "/songs", "/songs/{id}"]
    );
    let songs: Vec<_> = object(&description["paths"]["/songs"]).keys().collect();
    assert_eq!(songs, ["get", "parameters", "x-oai-additionalOperations"]);
    assert_eq!(fs::read(fixture.path()).expect("it is there"), before);
}

#[test]
fn the_command_ends_in_peace_where_nobody_reads_on() {
    let server = Server::start();
    let mut command = bistro(server.fixture().directory());
    let mut child = command
        .args(["openapi", "it.db"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be run");
    // What it prints is longer than a pipe holds.
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert!(ended.status.success(), "{}", ended.status);
}

#[test]
fn the_command_needs_a_database() {
    let (code, printed, log) = server::run(bistro(Fixture::empty().directory()).arg("openapi"));
    assert_eq!((code, printed.as_str()), (2, ""));
    assert!(log.contains("Usage: bistro openapi"), "{log}");
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

/// An address with a key in it that can be one.
fn address(path: &str) -> String {
    let mut address = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (_, behind) = after.split_once('}').expect("braces come in pairs");
        address.push_str(before);
        address.push('1');
        rest = behind;
    }
    address + rest
}

#[test]
fn every_address_allows_the_methods_that_are_described() {
    let server = Server::open_demo();
    let document = description(&server, "3.2");
    for (path, item) in object(&document["paths"]) {
        let allow = server
            .send(&Request::new("OPTIONS", &address(path)))
            .list("Allow")
            .unwrap_or_else(|| panic!("{path} has no Allow"));
        // What every address has is described once.
        let mut allowed: Vec<_> = allow
            .split(", ")
            .filter(|method| !["HEAD", "OPTIONS"].contains(method))
            .map(str::to_ascii_lowercase)
            .collect();
        let mut described: Vec<_> = object(item)
            .keys()
            .filter(|key| !["parameters", "options"].contains(&key.as_str()))
            .cloned()
            .collect();
        allowed.sort();
        described.sort();
        assert_eq!(allowed, described, "{path}");
    }
}

/// What a reference in a document stands for.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"]
        .as_str()
        .and_then(|target| target.strip_prefix('#'))
    {
        Some(pointer) => document.pointer(pointer).expect("it is there"),
        None => value,
    }
}

#[test]
fn every_representation_of_a_read_is_given_to_who_asks_for_it() {
    let server = Server::open_demo();
    let document = description(&server, "3.1");
    let mut seen = 0;
    for (path, item) in object(&document["paths"]) {
        let Some(read) = item.get("get") else {
            continue;
        };
        let response = resolved(&document, &read["responses"]["200"]);
        for media in object(&response["content"]).keys() {
            let page = if path.ends_with('}') || path == "/" {
                ""
            } else {
                "?limit=1"
            };
            let target = format!("{}{page}", address(path));
            let answer = server.send(&Request::new("GET", &target).field("Accept", media));
            // Not every table has a row 1, nor exactly one row.
            if [404, 406].contains(&answer.status) {
                continue;
            }
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            let found = answer.field("Content-Type").expect("there is content");
            assert!(
                found.starts_with(media.as_str()),
                "{target}: {media}, not {found}"
            );
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn every_failure_comes_in_the_forms_described() {
    let server = Server::open_demo();
    let document = description(&server, "3.1");
    let response = resolved(
        &document,
        &document["paths"]["/songs"]["get"]["responses"]["400"],
    );
    for media in object(&response["content"]).keys() {
        let answer = server.send(&Request::new("GET", "/songs?titel=eq.x").field("Accept", media));
        assert_eq!(answer.status, 400);
        let found = answer.field("Content-Type").expect("there is content");
        assert!(found.starts_with(media.as_str()), "{media}, not {found}");
    }
}

#[test]
fn bodies_are_taken_in_the_media_types_described_and_in_no_others() {
    let server = Server::open_demo();
    let document = description(&server, "3.2");
    for (path, item) in object(&document["paths"]) {
        for (method, operation) in object(item) {
            let content = &operation["requestBody"]["content"];
            let Some(content) = content.as_object() else {
                continue;
            };
            let send = |media: &str| {
                let request = Request::new(&method.to_uppercase(), &address(path));
                server
                    .send(&request.field("Content-Type", media).body("?"))
                    .status
            };
            for media in content.keys() {
                assert_ne!(send(media), 415, "{method} {path} takes {media}");
            }
            assert_eq!(send("image/png"), 415, "{method} {path}");
        }
    }
}

#[test]
fn a_public_validator_takes_the_description_for_one() {
    let server = Server::open_demo();
    for version in ["3.1", "3.2"] {
        let text = description(&server, version).to_string();
        let path = write(&server, &format!("openapi-{version}.json"), &text);
        succeeds(program("openapi-spec-validator").arg(path));
    }
}

#[test]
fn schemathesis_finds_nothing_that_the_description_does_not_say() {
    let server = Server::open_demo();
    let text = description(&server, "3.2").to_string();
    let path = write(&server, "openapi.json", &text);
    let mut command = program("schemathesis");
    command
        .args([
            "--config-file",
            "crates/bistro/tests/clients/schemathesis.toml",
            "run",
        ])
        .arg(path)
        .args(["--url", &format!("http://{}", server.address())])
        .args(["--include-path-regex", TRIED, "--no-color"])
        // What it notes down goes away with the database.
        .env("HYPOTHESIS_STORAGE_DIRECTORY", server.fixture().directory());
    succeeds(&mut command);
}
