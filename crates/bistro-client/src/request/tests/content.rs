//! What a request carries, and where it comes from.

use std::path::Path;

use super::*;

#[test]
fn values_come_from_files() {
    let home = folder("t.txt", "line\n");
    fs::write(home.path().join("j.json"), " {\"b\": 1.0, \"a\": [ ]}\n").expect("a file");
    let items = ["q==@~/t.txt", "X:@~/t.txt", "a=@~/t.txt", "j:=@~/j.json"];
    let request = ask("POST", "/x", &items, at_home(&home)).expect("a request");
    assert_eq!(request.url.query(), Some("q=line"));
    assert_eq!(field(&request, "x"), Some("line"));
    assert_eq!(
        content(request),
        r#"{"a":"line\n","j":{"b": 1.0, "a": [ ]}}"#
    );
}

#[test]
fn files_make_a_form_one_of_several_parts() {
    let home = folder("t.csv", "a,b\n");
    let options = Options {
        home: Some(home.path().to_owned()),
        ..as_format(Format::Form)
    };
    let items = [
        "n=1",
        "f@~/t.csv",
        "g@~/t.csv;type=text/plain; charset=utf-8",
    ];
    let request = ask("POST", "/x", &items, options).expect("a request");
    assert_eq!(
        field(&request, "content-type"),
        Some("multipart/form-data; boundary=XX")
    );
    let Some(Body::Pieces(pieces)) = &request.body else {
        panic!("{request:?}");
    };
    let path = home.path().join("t.csv");
    let file = Piece::File { path, octets: 4 };
    assert_eq!((pieces.len(), &pieces[1], &pieces[3]), (5, &file, &file));
    let expected = "--XX\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"t.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\n\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"g\"; filename=\"t.csv\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na,b\n\r\n--XX--\r\n";
    assert_eq!(content(request), expected);
}

#[test]
fn a_typed_type_of_several_parts_gets_the_boundary() {
    let options = || as_format(Format::Multipart);
    let request = ask(
        "POST",
        "/x",
        &["a=1", "Content-Type:multipart/mixed"],
        options(),
    )
    .expect("a request");
    assert_eq!(
        field(&request, "content-type"),
        Some("multipart/mixed; boundary=XX")
    );
    let error = wrong(ask(
        "POST",
        "/x",
        &["a=1", "Content-Type:multipart/mixed; Boundary=YY"],
        options(),
    ));
    assert_eq!(
        error,
        "the boundary is drawn when the body is made: leave it out of `Content-Type`"
    );
    let none = Options {
        boundary: None,
        ..options()
    };
    let request = ask("POST", "/x", &["a=1"], none).expect("a request");
    let media_type = field(&request, "content-type").expect("a type").to_owned();
    let (_, boundary) = media_type.split_once("boundary=").expect("a boundary");
    assert!(content(request).starts_with(&format!("--{boundary}\r\n")));
}

#[test]
fn a_file_alone_is_the_whole_body() {
    for (name, typed, media_type) in [
        ("t.csv", "@~/t.csv", "text/csv"),
        ("t.json", "@~/t.json", "application/json"),
        ("t.unheard", "@~/t.unheard", "application/octet-stream"),
        (
            "t.csv",
            "@~/t.csv;type=text/tab-separated-values",
            "text/tab-separated-values",
        ),
    ] {
        let home = folder(name, "a,b\n");
        let request = ask("PUT", "/x", &[typed, "q==1"], at_home(&home)).expect(typed);
        assert_eq!(field(&request, "content-type"), Some(media_type), "{typed}");
        let path = home.path().join(name);
        assert!(
            matches!(&request.body, Some(Body::Pieces(pieces)) if *pieces == [Piece::File { path, octets: 4 }])
        );
    }
}

#[test]
fn raw_text_and_standard_input_are_sent_as_they_are() {
    let raw = |text: &str, format| Options {
        raw: Some(text.to_owned()),
        ..as_format(format)
    };
    let stdin = || Options {
        stdin: Some(Box::new(&b"from a pipe"[..])),
        ..Options::default()
    };
    for (options, media_type, expected) in [
        (raw("{} ", Format::Unsaid), "application/json", "{} "),
        (raw("", Format::Unsaid), "application/json", ""),
        (
            raw("a=b", Format::Form),
            "application/x-www-form-urlencoded; charset=utf-8",
            "a=b",
        ),
        (stdin(), "application/json", "from a pipe"),
    ] {
        let request = ask("POST", "/x", &["X:1"], options).expect(expected);
        assert_eq!(field(&request, "content-type"), Some(media_type));
        assert!(request.body.is_some());
        assert_eq!(content(request), expected);
    }
    let request = ask("POST", "/x", &["Content-Type:text/plain"], stdin()).expect("a request");
    assert_eq!(field(&request, "content-type"), Some("text/plain"));
    assert_eq!(request.body.and_then(|body| body.octets()), None);
}

/// Options with a body that was typed.
fn with_raw(format: Format, home: &TempDir) -> Options {
    Options {
        raw: Some(String::new()),
        format,
        ..at_home(home)
    }
}

#[test]
fn a_body_has_one_source() {
    let home = folder("t", "x");
    let stdin = || Options {
        stdin: Some(Box::new(&b""[..])),
        ..at_home(&home)
    };
    let raw = || with_raw(Format::Unsaid, &home);
    let both = Options {
        stdin: stdin().stdin,
        ..raw()
    };
    for (items, options, one, other) in [
        (
            &["a=1"][..],
            stdin(),
            "standard input",
            "data items (`name=text`)",
        ),
        (&["a=1"], raw(), "`--raw`", "data items (`name=text`)"),
        (&["@~/t"], raw(), "`--raw`", "`@FILE`"),
        (
            &["@~/t", "a=1"],
            at_home(&home),
            "`@FILE`",
            "data items (`name=text`)",
        ),
        (&["@~/t", "@~/t"], at_home(&home), "`@FILE`", "`@FILE`"),
        (&[], both, "`--raw`", "standard input"),
    ] {
        let expected = format!("{one} and {other} cannot both be the body: leave one out");
        assert_eq!(wrong(ask("POST", "/x", items, options)), expected);
    }
}

#[test]
fn a_format_has_what_it_can_have() {
    let home = folder("t", "x");
    let form = |format| Options {
        format,
        ..at_home(&home)
    };
    for (items, options, expected) in [
        (
            &[][..],
            with_raw(Format::Multipart, &home),
            "`--multipart` makes a body of items, and not of `--raw`: leave `--multipart` out",
        ),
        (
            &[],
            form(Format::Multipart),
            "`--multipart` needs at least one part: write `name=text` or `name@FILE`",
        ),
        (
            &["@~/t"],
            form(Format::Form),
            "a file in a form has a name: write `name@FILE`, or leave `--form` and `--multipart` out to send it as it is",
        ),
        (
            &["f@~/t"],
            form(Format::Unsaid),
            "`f@` is a file, and JSON has none: send a form (`--form` or `--multipart`), or its text with `f=@FILE`",
        ),
        (
            &["f:=[1]"],
            form(Format::Form),
            "`f:=` has an array, and a form has text and numbers only: use `f=`, or leave `--form` and `--multipart` out",
        ),
        (
            &["f:={}"],
            form(Format::Multipart),
            "`f:=` has an object, and a form has text and numbers only: use `f=`, or leave `--form` and `--multipart` out",
        ),
    ] {
        assert_eq!(wrong(ask("POST", "/x", items, options)), expected);
    }
}

#[test]
fn methods_have_the_bodies_they_can_have() {
    assert!(
        ask("GET", "/x", &["a=1"], Options::default())
            .expect("a request")
            .body
            .is_some()
    );
    let error = wrong(ask("TRACE", "/x", &["a=1"], Options::default()));
    assert_eq!(
        error,
        "`TRACE` has no body (RFC 9110, section 9.3.8): leave data items (`name=text`) out"
    );
    assert!(ask("TRACE", "/x", &["X:1", "q==1"], Options::default()).is_ok());
    let error = wrong(ask("QUERY", "/x", &["a==1"], Options::default()));
    assert!(
        error.starts_with("`QUERY` has its query in the body: "),
        "{error}"
    );
    let request = ask("QUERY", "/x", &["a==1", "b=2"], as_format(Format::Form)).expect("a request");
    assert_eq!(request.url.query(), Some("a=1"));
    assert!(field(&request, "content-type").is_some());
    assert_eq!(content(request), "b=2");
}

#[test]
fn a_typed_length_is_that_of_the_body() {
    for (length, is_right) in [
        ("7", true),
        ("8", false),
        ("+7", false),
        ("", false),
        ("x", false),
    ] {
        let typed = format!("Content-Length:{length}");
        let items = if length.is_empty() {
            "Content-Length;"
        } else {
            &typed
        };
        let result = ask("POST", "/x", &["a:=1", items], Options::default());
        assert_eq!(result.is_ok(), is_right, "{items}");
    }
    assert!(ask("GET", "/x", &["Content-Length:1"], Options::default()).is_err());
    let stdin = Options {
        stdin: Some(Box::new(&b"1234"[..])),
        ..Options::default()
    };
    assert!(ask("POST", "/x", &["Content-Length:4"], stdin).is_ok());
}

#[test]
fn a_value_from_a_file_has_a_limit_and_a_body_has_none() {
    let home = folder("long", "");
    let path = home.path().join("long");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("a file");
    // A hole: it takes no room on the disk.
    file.set_len(64 * 1024 * 1024 + 1).expect("a length");
    let error = wrong(ask("POST", "/x", &["a=@~/long"], at_home(&home)));
    assert!(
        error.contains("long` has more than 64 MiB, too much for a value"),
        "{error}"
    );
    let request = ask("POST", "/x", &["@~/long"], at_home(&home)).expect("a request");
    assert_eq!(
        request.body.and_then(|body| body.octets()),
        Some(64 * 1024 * 1024 + 1)
    );
}

#[test]
fn a_pipe_has_no_length_and_a_folder_no_content() {
    if Path::new("/dev/null").exists() {
        let request = ask("POST", "/x", &["@/dev/null"], Options::default()).expect("a request");
        assert!(matches!(request.body, Some(Body::Stream(_))));
        let request =
            ask("POST", "/x", &["f@/dev/null"], as_format(Format::Form)).expect("a request");
        assert!(request.body.and_then(|body| body.octets()).is_some());
    }
    let home = folder("t", "");
    for item in ["@~/", "a=@~/"] {
        let error = wrong(ask("POST", "/x", &[item], at_home(&home)));
        assert!(error.ends_with("` is a folder"), "{error}");
    }
}
