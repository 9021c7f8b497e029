//! Runs the specification: every request of `spec/*.md` gets the response that stands below it.
//!
//! A page names its database (`Fixture: …`), and each `##` section tells one story on a fresh copy of it. What a
//! response shows must be so: its status, the fields that are named (`Name: (absent)` for one that must not be there),
//! and the body; `…` stands for anything. `{ETag}`, `{Location}` and `{next}` in a request are taken from the last
//! response before it that had one. `BLESS=1` rewrites the responses; a person reads the difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fixture::{Fixture, root};
use crate::http::{Connection, Request, Response};
use crate::server::Server;

/// A block of a page: its text, and the line it starts on.
#[derive(Clone, Debug)]
struct Block {
    line: usize,
    text: String,
}

/// One `##` section: requests and the responses to them.
#[derive(Debug)]
struct Section {
    title: String,
    exchanges: Vec<(Block, Block)>,
}

/// A page of the specification.
#[derive(Debug)]
struct Page {
    fixture: String,
    sections: Vec<Section>,
}

#[test]
fn aggregates() {
    check("aggregates.md");
}

#[test]
fn idempotency() {
    check("idempotency.md");
}

#[test]
fn batch() {
    check("batch.md");
}

#[test]
fn calls() {
    check("calls.md");
}

#[test]
fn conditional() {
    check("conditional.md");
}

#[test]
fn delete() {
    check("delete.md");
}

#[test]
fn embedding() {
    check("embedding.md");
}

#[test]
fn errors() {
    check("errors.md");
}

#[test]
fn filters() {
    check("filters.md");
}

#[test]
fn insert() {
    check("insert.md");
}

#[test]
fn items() {
    check("items.md");
}

#[test]
fn json() {
    check("json.md");
}

#[test]
fn keyset() {
    check("keyset.md");
}

#[test]
fn methods() {
    check("methods.md");
}

#[test]
fn order() {
    check("order.md");
}

#[test]
fn paging() {
    check("paging.md");
}

#[test]
fn preferences() {
    check("preferences.md");
}

#[test]
fn put() {
    check("put.md");
}

#[test]
fn quantifiers() {
    check("quantifiers.md");
}

#[test]
fn query() {
    check("query.md");
}

#[test]
fn quoting() {
    check("quoting.md");
}

#[test]
fn related() {
    check("related.md");
}

#[test]
fn representations() {
    check("representations.md");
}

#[test]
fn search() {
    check("search.md");
}

#[test]
fn select() {
    check("select.md");
}

#[test]
fn trees() {
    check("trees.md");
}

#[test]
fn update() {
    check("update.md");
}

#[test]
fn upsert() {
    check("upsert.md");
}

#[test]
fn values() {
    check("values.md");
}

#[test]
fn views() {
    check("views.md");
}

#[test]
fn every_page_is_run() {
    let ours = include_str!("spec.rs");
    for entry in fs::read_dir(root().join("spec")).expect("spec/ is there") {
        let name = entry.expect("readable").file_name();
        let name = name.to_str().expect("plain names");
        if Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "md")
            && name != "README.md"
        {
            let call = format!("check(\"{name}\")");
            assert!(
                ours.contains(&call),
                "spec/{name} is not run: add a test that says `{call}`"
            );
        }
    }
}

/// Runs a page; says all that differs at once.
fn check(name: &str) {
    let path = root().join("spec").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("spec/{name}: {error}"));
    let page = read(&text);
    let mut blessed: Vec<&str> = text.lines().collect();
    let mut rewritten = Vec::new();
    let mut differences = String::new();
    let mut shared = None;
    for section in &page.sections {
        let own;
        let server = if section.is_safe() {
            shared.get_or_insert_with(|| serve(&page.fixture))
        } else {
            own = serve(&page.fixture);
            &own
        };
        let mut connection = server.connect();
        let mut seen = BTreeMap::new();
        for (request, expected) in &section.exchanges {
            let asked = asked(&request.text, &seen);
            let actual = exchange(server, &mut connection, &asked);
            if let Some(difference) = differs(&expected.text, &actual) {
                differences += &format!(
                    "\nspec/{name}:{}: {}\n{}\n{difference}\n--- actual\n{}\n",
                    request.line,
                    section.title,
                    request.text,
                    shown(&expected.text, &actual),
                );
                rewritten.push((
                    expected.line,
                    expected.text.lines().count(),
                    shown(&expected.text, &actual),
                ));
            }
            remember(&mut seen, &actual);
        }
    }
    if is_blessing() {
        for (line, count, text) in rewritten.iter().rev() {
            blessed.splice(line - 1..line - 1 + count, text.lines());
        }
        fs::write(&path, blessed.join("\n") + "\n").expect("the page can be written");
    }
    assert!(differences.is_empty(), "{differences}");
}

/// A server on a fresh copy of a fixture, with the stored queries of the specification.
pub(crate) fn serve(fixture: &str) -> Server {
    let queries = root().join("spec/queries");
    let queries = queries.to_str().expect("a plain path");
    Server::serve(Fixture::copy(fixture), &["--queries", queries])
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever runs the tests"
)]
fn is_blessing() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

/// On the section's connection; on a new one if the server has closed that.
fn exchange(server: &Server, connection: &mut Connection, request: &Request) -> Response {
    connection.try_send(request).unwrap_or_else(|_| {
        *connection = server.connect();
        connection.send(request)
    })
}

impl Section {
    fn is_safe(&self) -> bool {
        self.exchanges.iter().all(|(request, _)| {
            ["GET ", "HEAD ", "OPTIONS ", "QUERY ", "TRACE "]
                .iter()
                .any(|method| request.text.starts_with(method))
        })
    }
}

/// Reads a page.
fn read(text: &str) -> Page {
    let mut page = Page {
        fixture: "fixture.sql".to_owned(),
        sections: Vec::new(),
    };
    let mut request: Option<Block> = None;
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match &mut open {
            Some(block) if line == "```" => {
                let block = block.clone();
                open = None;
                match request.take() {
                    None => request = Some(block),
                    Some(asked) => page
                        .sections
                        .last_mut()
                        .expect("a request stands in a section")
                        .exchanges
                        .push((asked, block)),
                }
            }
            Some(block) => {
                if !block.text.is_empty() || index + 1 > block.line {
                    block.text.push('\n');
                }
                block.text.push_str(line);
            }
            None if line == "```http" => {
                open = Some(Block {
                    line: index + 2,
                    text: String::new(),
                });
            }
            None => {
                if let Some(title) = line.strip_prefix("## ") {
                    assert!(
                        request.is_none(),
                        "line {index}: a request without response"
                    );
                    page.sections.push(Section {
                        title: title.to_owned(),
                        exchanges: Vec::new(),
                    });
                }
                if let Some(fixture) = line.strip_prefix("Fixture: ") {
                    fixture.trim_matches('`').clone_into(&mut page.fixture);
                }
            }
        }
    }
    assert!(request.is_none(), "the last request has no response");
    page
}

/// Notes what later requests of the section may refer to.
fn remember(seen: &mut BTreeMap<&str, String>, response: &Response) {
    for name in ["ETag", "Location"] {
        if let Some(value) = response.field(name) {
            seen.insert(name, value.to_owned());
        }
    }
    if let Some(next) = response.next() {
        seen.insert("next", next);
    }
}

/// The request of a block.
fn asked(text: &str, seen: &BTreeMap<&str, String>) -> Request {
    let mut text = text.to_owned();
    for (name, value) in seen {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    let (head, body) = parts(&text);
    let mut lines = head.lines();
    let (method, target) = lines
        .next()
        .and_then(|line| line.split_once(' '))
        .expect("a request starts with a method and a target");
    let mut request = Request::new(method, target);
    for line in lines {
        let (name, value) = line.split_once(':').expect("a field has a colon");
        request = request.field(name, value.trim());
    }
    match body {
        Some(body) => request.body(body),
        None => request,
    }
}

/// Head and body; there is a body if there is an empty line.
fn parts(text: &str) -> (&str, Option<&str>) {
    match text.split_once("\n\n") {
        Some((head, body)) => (head, Some(body)),
        None => (text.trim_end(), None),
    }
}

/// What differs between the response that is written down and the one that came.
fn differs(expected: &str, actual: &Response) -> Option<String> {
    let (head, body) = parts(expected);
    let mut lines = head.lines();
    let status = format!("{} {}", actual.status, actual.reason);
    let wanted = lines.next().unwrap_or_default();
    if wanted != status {
        return Some(format!("the status is `{status}`, not `{wanted}`"));
    }
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a field has a colon");
        let found = actual.list(name);
        match (value, &found) {
            ("(absent)", None) => {}
            ("(absent)", Some(found)) => return Some(format!("there is `{name}: {found}`")),
            (_, Some(found)) if fits(value, found) => {}
            (_, found) => return Some(format!("`{name}` is {found:?}, not `{value}`")),
        }
    }
    let text = String::from_utf8_lossy(&actual.body);
    let body = body.unwrap_or_default();
    let is_equal = match (
        serde_json::from_str::<Value>(body),
        serde_json::from_str::<Value>(&text),
    ) {
        (Ok(expected), Ok(actual)) => is_like(&expected, &actual),
        _ => fits(body.trim_end(), text.replace("\r\n", "\n").trim_end()),
    };
    (!is_equal).then(|| "the body differs".to_owned())
}

/// Equal texts, `…` in the expected one standing for anything.
fn fits(expected: &str, actual: &str) -> bool {
    let mut pieces = expected.split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = actual.strip_prefix(first) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

/// Equal JSON; `…` stands for anything, and a member `"…"` for any others.
fn is_like(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::String(text), _) if text == "…" => true,
        (Value::String(text), Value::String(found)) => fits(text, found),
        (Value::Array(elements), Value::Array(found)) => {
            elements.len() == found.len()
                && elements
                    .iter()
                    .zip(found)
                    .all(|(one, other)| is_like(one, other))
        }
        (Value::Object(members), Value::Object(found)) => {
            let is_open = members.contains_key("…");
            let named = members.iter().filter(|(name, _)| *name != "…");
            (is_open || members.len() == found.len())
                && named
                    .clone()
                    .all(|(name, one)| found.get(name).is_some_and(|other| is_like(one, other)))
        }
        _ => expected == actual,
    }
}

/// The response that came, as a page would show it: with the fields that the expected one shows.
fn shown(expected: &str, actual: &Response) -> String {
    let mut shown = format!("{} {}", actual.status, actual.reason);
    for line in parts(expected).0.lines().skip(1) {
        let name = line.split(':').next().unwrap_or_default();
        let value = actual.list(name).unwrap_or_else(|| "(absent)".to_owned());
        shown += &format!("\n{name}: {value}");
    }
    if !actual.body.is_empty() {
        shown += "\n\n";
        shown += String::from_utf8_lossy(&actual.body)
            .replace("\r\n", "\n")
            .trim_end();
    }
    shown
}

#[test]
fn an_ellipsis_stands_for_anything_and_nothing_else_does() {
    let table = [
        ("abc", "abc", true),
        ("abc", "abd", false),
        ("a…c", "abbc", true),
        ("a…c", "abbd", false),
        ("…", "", true),
        ("", "x", false),
        ("a…b…c", "a1b2c", true),
        ("a…b…c", "a1c", false),
    ];
    for (expected, actual, is_fit) in table {
        assert_eq!(fits(expected, actual), is_fit, "{expected} / {actual}");
    }
    let open = serde_json::json!({"a": 1, "…": "…"});
    assert!(is_like(&open, &serde_json::json!({"a": 1, "b": 2})));
    assert!(!is_like(&open, &serde_json::json!({"a": 2, "b": 2})));
    let closed = serde_json::json!({"a": 1});
    assert!(!is_like(&closed, &serde_json::json!({"a": 1, "b": 2})));
}
