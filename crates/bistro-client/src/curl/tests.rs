//! Commands as they are printed, and what a server gets from them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use expect_test::{Expect, expect};
use http::Method;

use super::{Error, Options, Proxy, Saved, Version, command};
use crate::body::{Body, Piece};
use crate::request::{Format, Options as Asked, Request};

fn ask(method: &str, typed: &str, items: &[&str], options: Asked) -> Request {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
    Request::read(method, typed, &items, options).expect("a request")
}

fn as_form() -> Asked {
    Asked {
        format: Format::Form,
        boundary: Some("XX".to_owned()),
        ..Asked::default()
    }
}

fn raw(text: &str) -> Asked {
    Asked {
        raw: Some(text.to_owned()),
        ..Asked::default()
    }
}

fn check(request: &Request, options: &Options, expected: &Expect) {
    expected.assert_eq(&command(request, options).expect("a command"));
}

#[test]
fn a_command_is_what_a_person_would_write() {
    let plain = Options::default();
    check(
        &ask("GET", "/songs", &["year==gte.1990"], Asked::default()),
        &plain,
        &expect!["curl -H 'Accept: */*' 'http://localhost:8080/songs?year=gte.1990'"],
    );
    check(
        &ask("HEAD", ":", &["Accept:"], Asked::default()),
        &plain,
        &expect!["curl --head -H Accept: http://localhost/"],
    );
    check(
        &ask(
            "POST",
            ":",
            &["a=it's", "X;", "User-Agent:"],
            Asked::default(),
        ),
        &plain,
        &expect![[r#"
            curl \
              -H 'X;' \
              -H 'Accept: application/json, */*;q=0.5' \
              -H 'Content-Type: application/json' \
              -H User-Agent: \
              --data-raw '{"a":"it'\''s"}' \
              http://localhost/"#]],
    );
    check(
        &ask("QUERY", "[::1]:81", &["a=1"], as_form()),
        &plain,
        &expect![[r"
            curl \
              -X QUERY \
              -H 'Accept: */*' \
              -H 'Content-Type: application/x-www-form-urlencoded; charset=utf-8' \
              --data-raw a=1 \
              --globoff \
              'http://[::1]:81/'"]],
    );
    check(
        &ask("OPTIONS", "*", &[], Asked::default()),
        &plain,
        &expect!["curl -X OPTIONS --request-target '*' -H 'Accept: */*' http://localhost:8080/"],
    );
    check(
        &ask("PUT", "http+unix://%2Frun%2Fx.sock/", &[], raw("a\r\nb!\0")),
        &plain,
        &expect![[r"
            printf 'a\r\nb\041\000' | curl \
              -X PUT \
              --unix-socket /run/x.sock \
              -H 'Accept: application/json, */*;q=0.5' \
              -H 'Content-Type: application/json' \
              --data-binary @- \
              http://localhost/"]],
    );
}

#[test]
fn the_way_is_told() {
    let options = Options {
        is_insecure: true,
        cacert: Some("my ca.pem".into()),
        cert: Some("-c:1.pem".into()),
        key: Some("k.pem".into()),
        proxy: Some(Proxy::At("http://p:3128".to_owned())),
        resolve: vec!["h:443:127.0.0.1".to_owned()],
        version: Some(Version::Http2),
        is_following: true,
        redirects_max: Some(5),
        timeout: Some(Duration::from_millis(1500)),
        is_compressed: true,
        ..Options::default()
    };
    check(
        &ask("GET", "https://h", &[], Asked::default()),
        &options,
        &expect![[r"
            curl \
              --insecure \
              --location \
              --compressed \
              --http2 \
              --cacert 'my ca.pem' \
              --key k.pem \
              --cert './-c\:1.pem' \
              --proxy http://p:3128 \
              --resolve h:443:127.0.0.1 \
              --max-redirs 5 \
              --max-time 1.5 \
              -H 'Accept: */*' \
              https://h/"]],
    );
    let options = Options {
        proxy: Some(Proxy::Never),
        version: Some(Version::Http2Prior),
        ..Options::default()
    };
    check(
        &ask("GET", "http://h", &[], Asked::default()),
        &options,
        &expect!["curl --http2-prior-knowledge --noproxy '*' -H 'Accept: */*' http://h/"],
    );
}

#[test]
fn how_long_how_often_and_where_to_are_told() {
    let saved = |saved| Options {
        saved: Some(saved),
        ..Options::default()
    };
    let request = ask("GET", "http://h", &[], Asked::default());
    let patient = Options {
        connect_timeout: Some(Duration::from_millis(500)),
        retries: 3,
        ..saved(Saved::In("a b.csv".into()))
    };
    check(
        &request,
        &patient,
        &expect![
            "curl --connect-timeout 0.5 --retry 3 --output 'a b.csv' -H 'Accept: */*' http://h/"
        ],
    );
    check(
        &request,
        &saved(Saved::Behind("x".into())),
        &expect!["curl --continue-at - --output x -H 'Accept: */*' http://h/"],
    );
    check(
        &request,
        &saved(Saved::AsNamed),
        &expect!["curl --remote-header-name --remote-name -H 'Accept: */*' http://h/"],
    );
}

#[test]
fn curl_has_no_body_with_head() {
    let request = ask("HEAD", "/", &["a=1"], Asked::default());
    assert_eq!(
        command(&request, &Options::default()),
        Err(Error::HeadWithBody)
    );
}

/// What a server got: the request line, the fields by their names, and the content.
#[derive(Debug, Default, PartialEq, Eq)]
struct Arrived {
    line: String,
    fields: BTreeMap<String, Vec<u8>>,
    content: Vec<u8>,
}

/// Takes one request and answers it; gives up when somebody connects and says nothing, once curl has ended.
fn serve(listener: &TcpListener, has_ended: &AtomicBool) -> Arrived {
    loop {
        let (stream, _) = listener.accept().expect("a connection");
        if let Some(arrived) = answer(stream) {
            return arrived;
        }
        if has_ended.load(Ordering::SeqCst) {
            return Arrived::default();
        }
    }
}

fn answer(mut stream: TcpStream) -> Option<Arrived> {
    let limit = Some(Duration::from_secs(20));
    stream.set_read_timeout(limit).expect("a limit");
    let mut octets = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = stream.read(&mut piece).unwrap_or(0);
        octets.extend_from_slice(&piece[..length]);
        if let Some(arrived) = read(&octets) {
            let response = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
            stream.write_all(response).expect("an answer");
            return Some(arrived);
        }
        if length == 0 {
            return None;
        }
    }
}

/// Reads a request, if it is complete.
fn read(octets: &[u8]) -> Option<Arrived> {
    let end = octets.windows(4).position(|window| window == b"\r\n\r\n")?;
    let mut lines = octets[..end].split(|octet| *octet == b'\n');
    let line = String::from_utf8_lossy(lines.next()?).trim_end().to_owned();
    let mut fields = BTreeMap::new();
    for line in lines {
        let colon = line.iter().position(|octet| *octet == b':')?;
        let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
        fields.insert(name, line[colon + 1..].trim_ascii().to_vec());
    }
    let length = fields
        .remove("content-length")
        .unwrap_or_else(|| b"0".to_vec());
    let length: usize = String::from_utf8_lossy(&length).parse().ok()?;
    let content = octets.get(end + 4..end + 4 + length)?.to_vec();
    Some(Arrived {
        line,
        fields,
        content,
    })
}

/// Runs the command for a request to a server, and gives what arrived.
fn run(request: &Request, folder: &Path, listener: &TcpListener, stdin: &[u8]) -> Arrived {
    let command = command(request, &Options::default()).expect("a command");
    // In a file, because a command can be longer than an argument.
    let script = folder.join(".script");
    let all = format!("{command} --silent --show-error --max-time 20 --noproxy '*'");
    fs::write(&script, all).expect("a script");
    let mut shell = Command::new("sh")
        .arg(&script)
        .current_dir(folder)
        .env("HOME", folder)
        .env("CURL_HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("a shell");
    let has_ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let server = scope.spawn(|| serve(listener, &has_ended));
        let mut pipe = shell.stdin.take().expect("a pipe");
        // A shell that does not read closes its end, and what arrived tells.
        drop(pipe.write_all(stdin));
        drop(pipe);
        let status = shell.wait().expect("an end");
        // Should curl not have come, the server must not wait for it.
        has_ended.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(
            listener.local_addr().expect("an address"),
        ));
        let arrived = server.join().expect("a server");
        assert!(status.success(), "{command}");
        arrived
    })
}

/// The content of a request, with files read in a folder.
fn content(request: &Request, folder: &Path) -> Vec<u8> {
    let mut octets = Vec::new();
    if let Some(Body::Pieces(pieces)) = &request.body {
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) => octets.extend_from_slice(bytes),
                Piece::File { path, .. } => {
                    octets.extend(fs::read(folder.join(path)).expect("a file"));
                }
            }
        }
    }
    octets
}

/// What should arrive. Fields that every client sets in its own way are taken from what did.
fn expected(request: &Request, folder: &Path, arrived: &Arrived) -> Arrived {
    let target = match (request.is_asterisk, request.url.query()) {
        (true, _) => "*".to_owned(),
        (false, None) => request.url.path().to_owned(),
        (false, Some(query)) => format!("{}?{query}", request.url.path()),
    };
    let fields = request.fields.iter();
    let mut fields: BTreeMap<_, _> = fields
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    for name in ["host", "user-agent"] {
        let own = arrived.fields.get(name).cloned().unwrap_or_default();
        fields.entry(name.to_owned()).or_insert(own);
    }
    Arrived {
        line: format!("{} {target} HTTP/1.1", request.method),
        fields,
        content: content(request, folder),
    }
}

/// Requests in which a shell or curl could find a meaning of its own.
fn requests(url: &str, file: &str) -> Vec<Request> {
    let quotes = [
        "a==b c'd",
        "Accept:",
        "X-Quote: it's \"x\" $HOME `id` \\ \t!",
        "X-Empty;",
    ];
    let upload = format!("f@{file};type=a/b");
    let whole = format!("@{file}");
    let plain = Asked::default;
    vec![
        ask("GET", url, &quotes, plain()),
        ask("HEAD", url, &["User-Agent:me"], plain()),
        ask(
            "DELETE",
            &format!("{url}/x?a=$HOME&b='|"),
            &["X:é \u{9b}31m"],
            plain(),
        ),
        ask("POST", url, &["a=\\@no-file", "n:=1.50"], plain()),
        ask("POST", url, &[], raw("@/etc/hostname")),
        ask("POST", url, &["Content-Type:"], raw("it's\n\n'$(id)'\n")),
        ask(
            "PATCH",
            url,
            &[],
            raw("a\r\n\0\u{1b}[2J %s \\n \\0 !! \u{202e} é '\n\n"),
        ),
        ask("PUT", url, &[], raw("")),
        ask("PUT", url, &[], raw("-n -e")),
        ask("POST", url, &[], raw("-\0")),
        ask("POST", url, &[], raw(&"x".repeat(150_000))),
        ask("POST", url, &[], raw(&"y".repeat(1_100_000))),
        ask("QUERY", url, &["a=x y", "b=é"], as_form()),
        ask("POST", url, &["t=it's %d\n", &upload, "z=1"], as_form()),
        ask("PUT", url, &[&whole], plain()),
        ask("OPTIONS", &format!("{url}*"), &[], plain()),
        ask("PROPFIND", url, &[], plain()),
    ]
}

#[test]
fn a_server_gets_the_same_from_curl() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("@ it's.txt");
    fs::write(&file, b"\0\xff@file\n").expect("a file");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    for request in requests(&url, file.to_str().expect("text")) {
        let arrived = run(&request, folder.path(), &listener, b"");
        assert_eq!(arrived, expected(&request, folder.path(), &arrived));
    }
}

#[test]
fn curl_reads_standard_input_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let stdin = Asked {
        stdin: Some(Box::new(&b""[..])),
        ..Asked::default()
    };
    let arrived = run(
        &ask("POST", &url, &[], stdin),
        folder.path(),
        &listener,
        b"a\n\0b\r\n",
    );
    assert_eq!(arrived.content, b"a\n\0b\r\n");
}

#[cfg(unix)]
#[test]
fn any_path_can_be_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    for name in [
        &b"-"[..],
        b"-n",
        b"a b",
        b"\xff\x1b'",
        b"end\n\n\x07\n",
        b"@",
        b"$(id)",
    ] {
        let path = Path::new(OsStr::from_bytes(name));
        fs::write(folder.path().join(path), name).expect("a file");
        let file = || Piece::File {
            path: path.to_owned(),
            octets: name.len() as u64,
        };
        for pieces in [vec![file()], vec![file(), file()]] {
            let mut request = ask("POST", &url, &["X:1"], raw(""));
            request.body = Some(Body::Pieces(pieces));
            let arrived = run(&request, folder.path(), &listener, b"");
            assert_eq!(
                arrived.content,
                content(&request, folder.path()),
                "{name:?}"
            );
        }
    }
}
