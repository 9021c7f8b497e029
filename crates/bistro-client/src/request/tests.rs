//! What is typed, and the request that it is.

mod content;

use std::fs;
use std::io::Read as _;

use http::{HeaderValue, Method};
use tempfile::TempDir;

use super::{Auth, Error, Format, Options, Request};
use crate::body::{Body, Piece};
use crate::target::User;

fn ask(method: &str, typed: &str, items: &[&str], options: Options) -> Result<Request, Error> {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    Request::read(method, typed, &items, options)
}

fn as_format(format: Format) -> Options {
    Options {
        format,
        boundary: Some("XX".to_owned()),
        ..Options::default()
    }
}

fn at_home(home: &TempDir) -> Options {
    Options {
        home: Some(home.path().to_owned()),
        ..Options::default()
    }
}

fn field<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request
        .fields
        .get(name)
        .map(|value| value.to_str().expect("ASCII"))
}

/// The content, with files read.
fn content(request: Request) -> String {
    let mut octets = Vec::new();
    match request.body {
        None => {}
        Some(Body::Stream(mut stream)) => _ = stream.read_to_end(&mut octets).expect("a stream"),
        Some(Body::Pieces(pieces)) => {
            for piece in pieces {
                match piece {
                    Piece::Bytes(bytes) => octets.extend(bytes),
                    Piece::File { path, .. } => octets.extend(fs::read(path).expect("a file")),
                }
            }
        }
    }
    String::from_utf8(octets).expect("text")
}

/// A folder with a file in it.
fn folder(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), text).expect("a file");
    folder
}

fn wrong(result: Result<Request, Error>) -> String {
    result.expect_err("a mistake").to_string()
}

#[test]
fn a_request_without_items_accepts_anything_and_has_no_body() {
    let request = ask("GET", "/songs", &[], Options::default()).expect("a request");
    assert_eq!(request.method, Method::GET);
    assert_eq!(request.url.as_str(), "http://localhost:8080/songs");
    assert_eq!(field(&request, "accept"), Some("*/*"));
    assert_eq!(request.fields.len(), 1);
    assert!(request.body.is_none() && request.without.is_empty());
}

#[test]
fn query_items_read_well_in_the_url() {
    for (typed, items, expected) in [
        (
            "/s",
            &["year==gte.1990", "artist==ilike.*nirvana*", "order==year"][..],
            "/s?year=gte.1990&artist=ilike.*nirvana*&order=year",
        ),
        ("/s?a=1", &["b==2"], "/s?a=1&b=2"),
        ("/s?", &["b==2"], "/s?b=2"),
        (
            "/s",
            &["or==(a.eq.1,b.in.(2,3))"],
            "/s?or=(a.eq.1,b.in.(2,3))",
        ),
        (
            "/s",
            &["t==eq.a b+c&d", "u==\"x\"", "a[]=="],
            "/s?t=eq.a%20b%2Bc%26d&u=%22x%22&a%5B%5D=",
        ),
        ("/s", &["name==서울"], "/s?name=%EC%84%9C%EC%9A%B8"),
        ("/s?x#y", &["a==1"], "/s?x&a=1"),
    ] {
        let request = ask("GET", typed, items, Options::default()).expect(expected);
        assert_eq!(
            request.url.as_str().strip_prefix("http://localhost:8080"),
            Some(expected)
        );
        assert!(request.body.is_none());
    }
}

#[test]
fn data_items_are_json_unless_told_otherwise() {
    let items = ["name=Ann \"A\"", "age:=30.10", "tags[]=x", "tags[]:=null"];
    let request = ask("POST", "/x", &items, Options::default()).expect("a request");
    assert_eq!(field(&request, "content-type"), Some("application/json"));
    assert_eq!(
        field(&request, "accept"),
        Some("application/json, */*;q=0.5")
    );
    let expected = r#"{"name":"Ann \"A\"","age":30.10,"tags":["x",null]}"#;
    assert_eq!(
        request.body.as_ref().and_then(Body::octets),
        Some(expected.len() as u64)
    );
    assert_eq!(content(request), expected);
}

#[test]
fn each_format_says_what_it_is() {
    let items = ["b=x y", "a:=1.0", "b=2"];
    for (format, media_type, accept, expected) in [
        (
            Format::Json,
            "application/json",
            "application/json, */*;q=0.5",
            r#"{"b":"2","a":1.0}"#,
        ),
        (
            Format::Form,
            "application/x-www-form-urlencoded; charset=utf-8",
            "*/*",
            "b=x+y&a=1.0&b=2",
        ),
        (
            Format::Multipart,
            "multipart/form-data; boundary=XX",
            "*/*",
            "--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nx y\r\n\
             --XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1.0\r\n\
             --XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n--XX--\r\n",
        ),
    ] {
        let request = ask("POST", "/x", &items, as_format(format)).expect(media_type);
        assert_eq!(field(&request, "content-type"), Some(media_type));
        assert_eq!(field(&request, "accept"), Some(accept));
        assert_eq!(content(request), expected);
    }
}

#[test]
fn json_can_be_asked_for_without_sending_any() {
    let request = ask("GET", "/x", &[], as_format(Format::Json)).expect("a request");
    assert_eq!(
        field(&request, "accept"),
        Some("application/json, */*;q=0.5")
    );
    assert_eq!(field(&request, "content-type"), None);
    assert!(request.body.is_none());
}

#[test]
fn fields_are_set_repeated_emptied_and_removed() {
    let items = [
        "X-One: a ",
        "X-One:b",
        "X-Empty;",
        "User-Agent:",
        "accept:text/csv",
        "X-Gone:1",
        "X-Gone:",
        "X-Back:",
        "X-Back:1",
        "X-Név:é",
    ];
    let error = wrong(ask("GET", "/x", &items, Options::default()));
    assert_eq!(
        error,
        "`X-Név` is no name of a field: letters, digits and hyphens are in one"
    );
    let items = &items[..9];
    let request = ask("GET", "/x", items, Options::default()).expect("a request");
    let all: Vec<_> = request.fields.get_all("x-one").iter().collect();
    assert_eq!(all, ["a", "b"]);
    assert_eq!(field(&request, "x-empty"), Some(""));
    assert_eq!(field(&request, "accept"), Some("text/csv"));
    assert_eq!(field(&request, "x-gone"), None);
    assert_eq!(field(&request, "x-back"), Some("1"));
    assert_eq!(request.without, ["user-agent", "x-gone"]);
    let request = ask(
        "POST",
        "/x",
        &["a=1", "Accept:", "Content-Type:"],
        Options::default(),
    );
    let request = request.expect("a request");
    assert!(request.fields.is_empty());
    let request = ask("GET", "/x", &["X:é"], Options::default()).expect("a request");
    assert_eq!(
        request.fields.get("x").map(HeaderValue::as_bytes),
        Some("é".as_bytes())
    );
    let error = wrong(ask("GET", "/x", &["X:a\nY: b"], Options::default()));
    assert_eq!(
        error,
        "the value of `X` has a control character, '\\n', which no field can have"
    );
}

#[test]
fn an_asterisk_is_for_options_only() {
    let request = ask("OPTIONS", "*", &["X:1"], Options::default()).expect("a request");
    assert!(request.is_asterisk);
    let error = wrong(ask("GET", "*", &[], Options::default()));
    assert_eq!(
        error,
        "`*` is a target of `OPTIONS` only, and not of `GET`: write `/` for the root"
    );
    let error = wrong(ask("OPTIONS", "*", &["a==1"], Options::default()));
    assert_eq!(
        error,
        "`*` has no query: write a path, as in `/`, or leave the query out"
    );
}

#[test]
fn who_asks_is_told_once() {
    let user = |name: &str, password: &str| User {
        name: name.to_owned(),
        password: password.to_owned(),
    };
    let with = |auth| Options {
        auth: Some(auth),
        ..Options::default()
    };
    for (typed, items, options, expected) in [
        ("http://h", &[][..], Options::default(), None),
        (
            "http://ann:secret@h",
            &[],
            Options::default(),
            Some("Basic YW5uOnNlY3JldA=="),
        ),
        (
            "http://h",
            &[],
            with(Auth::Basic(user("Ann", "é:"))),
            Some("Basic QW5uOsOpOg=="),
        ),
        (
            "http://ann:secret@h",
            &[],
            with(Auth::Bearer("t".to_owned())),
            Some("Bearer t"),
        ),
        (
            "http://ann:secret@h",
            &["Authorization:X"],
            Options::default(),
            Some("X"),
        ),
        (
            "http://ann:secret@h",
            &["Authorization:"],
            Options::default(),
            None,
        ),
    ] {
        let request = ask("GET", typed, items, options).expect(typed);
        assert_eq!(field(&request, "authorization"), expected);
        assert_eq!(request.url.as_str(), "http://h/");
        assert!(!format!("{request:?}").contains("YW5u"));
    }
    for (auth, items, expected) in [
        (
            Auth::Bearer("t".to_owned()),
            &["Authorization:X"][..],
            "`Authorization` is set by an item and by an option: leave one out",
        ),
        (
            Auth::Basic(user("a:b", "")),
            &[],
            "the name `a:b` has a colon, which ends the name in Basic authentication (RFC 7617)",
        ),
        (
            Auth::Basic(user("a", "b\n")),
            &[],
            "the password has a control character",
        ),
        (
            Auth::Bearer("t\r\nX: y".to_owned()),
            &[],
            "the token has a control character",
        ),
    ] {
        assert_eq!(wrong(ask("GET", "http://h", items, with(auth))), expected);
    }
}

#[test]
fn mistakes_in_items_are_told_where_they_are() {
    let home = folder("t.bin", "a");
    fs::write(home.path().join("t.bin"), b"ab\xff").expect("a file");
    for (item, expected) in [
        ("songs", "`songs` is no request item: write"),
        (
            "a[b=1",
            "`]` is missing; a bracket that means itself is written `\\[`\na[b\n   ^",
        ),
        (
            "a:=x",
            "`x` is not JSON (expected value at line 1 column 1): text stands behind `=`, as in `a=…`",
        ),
        (
            "a:=1 2",
            "`1 2` is not JSON (trailing characters at line 1 column 3)",
        ),
        (
            "a:=",
            "`` is not JSON (EOF while parsing a value at line 1 column 0)",
        ),
        ("a=@~/none", "`"),
        ("f@~/", "`"),
        (":x", "`` is no name of a field"),
    ] {
        let error = wrong(ask("POST", "/x", &[item], at_home(&home)));
        assert!(error.starts_with(expected), "{item}: {error}");
    }
    let error = wrong(ask("POST", "/x", &["a=@~/t.bin"], at_home(&home)));
    assert!(
        error.contains("t.bin` is not UTF-8 after octet 2: send it as the body"),
        "{error}"
    );
    let error = wrong(ask("POST", "/x", &["@~/t.bin;type=x"], at_home(&home)));
    assert_eq!(error, "`x` is no media type: write one like `text/csv`");
    let long = format!("a:={}", "x".repeat(100));
    let error = wrong(ask("POST", "/x", &[&long], Options::default()));
    assert!(error.len() < 150, "{error}");
}
