//! What is shown of an exchange where a pipe reads it: exact octets, heads, exit codes, times, and a command for curl.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use crate::client::desk::{Desk, finish};
use crate::client::script::{Script, answer};
use crate::server::Server;

#[test]
fn a_pipe_gets_exactly_what_the_server_sent() {
    let octets: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let sent = octets.clone();
    let server = Script::answering(move |seen| {
        let kind = match seen.target() {
            "/json" => "Content-Type: application/json",
            "/text" => "Content-Type: text/plain; charset=iso-8859-1",
            _ => "Content-Type: application/octet-stream",
        };
        answer("200 OK", &[kind], &sent)
    });
    let desk = Desk::new();
    for path in ["/json", "/text", "/octets"] {
        let ran = desk.run(&["get", &server.url(path)]).well();
        assert!(ran.out == octets, "{path}");
        assert_eq!(ran.err, "", "{path}");
    }
}

#[test]
fn each_part_of_an_exchange_is_shown_when_it_is_asked_for() {
    let server = Script::answering(|_| answer("201 Made", &["X-Two: 2"], "the answer"));
    let desk = Desk::new();
    let url = server.url("/a?b=c");
    let shown = |option: &[&str]| {
        let arguments = [&["post", &url, "name=value"], option].concat();
        desk.run(&arguments).well().text()
    };
    let request = "POST /a?b=c HTTP/1.1\n";
    let (body, response, answered) = (r#"{"name":"value"}"#, "HTTP/1.1 201 Made\n", "the answer");
    for (option, has) in [
        (&[][..], [false, false, false, true]),
        (&["-b"], [false, false, false, true]),
        (&["-h"], [false, false, true, false]),
        (&["-v"], [true, true, true, true]),
        (&["--print", "H"], [true, false, false, false]),
        (&["--print", "B"], [false, true, false, false]),
        (&["--print", "Hb"], [true, false, false, true]),
        (&["--print", "hB"], [false, true, true, false]),
    ] {
        let text = shown(option);
        let found = [request, body, response, answered].map(|part| text.contains(part));
        assert_eq!(found, has, "{option:?}: {text}");
    }
    let with_time = shown(&["--print", "bm"]);
    assert!(with_time.starts_with("the answer\ntotal "), "{with_time}");
}

#[test]
fn the_status_becomes_the_exit_code_when_that_is_asked_for() {
    let server = Script::answering(|seen| {
        let status = seen.target().trim_start_matches('/');
        answer(&format!("{status} Some"), &["Location: /200"], "body")
    });
    let desk = Desk::new();
    for (status, code) in [("200", 0), ("301", 3), ("404", 4), ("418", 4), ("503", 5)] {
        let url = server.url(&format!("/{status}"));
        let ran = desk.run(&["get", &url, "--check-status"]).ended(code);
        assert_eq!(ran.text(), "body", "what came is shown all the same");
        desk.run(&["get", &url]).well();
    }
    let moved = server.url("/301");
    desk.run(&["get", &moved, "--check-status", "--follow"])
        .well();
}

#[test]
fn the_journey_is_drawn_beside_the_answer() {
    let server = Script::answering(|_| {
        answer(
            "200 OK",
            &["Server-Timing: db;dur=1.5;desc=\"the \u{9b}31mdatabase\""],
            "body",
        )
    });
    let desk = Desk::new();
    let ran = desk.run(&["get", &server.url("/"), "--timing"]).well();
    assert_eq!(ran.text(), "body");
    let connection = format!("new connection to {}", server.address);
    let legs = [
        "connect", "sent", "waiting", "db", "1.5", "received", "total",
    ];
    let ran = ran.says(&[connection.as_str()]).says(&legs);
    assert!(!ran.err.contains('\u{9b}'), "{}", ran.err);
}

#[test]
fn the_command_for_curl_asks_for_the_same() {
    let server = Script::answering(|seen| answer("200 OK", &[], seen.text()));
    let desk = Desk::new();
    desk.write("a file", "octets \x01");
    let url = server.url("/it's?a=b c");
    for items in [
        &[
            "get",
            &url,
            "year==gte.1990",
            "X-Quoted:it's \"so\" $HOME `id`",
        ][..],
        &["post", &url, "a=it's", "b[c]:=[1.0]"],
        &["post", &url, "--form", "a=b c&d", "e=\\@x"],
        &["put", &url, "--raw", "@not a file"],
        &["put", &url, "@a file"],
        &["delete", &url, "Accept:", "--auth", "ada:pa:ss"],
        &["post", &url, "--bearer", "token"],
    ] {
        let command = desk.run(&[items, &["--curl"]].concat()).well().text();
        let before = server.seen().len();
        let own = desk.run(items).well();
        let curls = desk.shell(&format!("curl() {{ command curl -s \"$@\"; }}; {command}"));
        assert_eq!(curls.well().out, own.out, "{command}");
        let seen = server.seen();
        let [own, curls] = seen.get(before..).expect("asked") else {
            panic!("--curl sends nothing itself, and each sends one: {seen:?}");
        };
        assert_eq!(own.line(), curls.line(), "{command}");
        assert_eq!(own.body, curls.body, "{command}");
        for name in [
            "Accept",
            "Authorization",
            "Content-Type",
            "X-Quoted",
            "Host",
        ] {
            assert_eq!(own.field(name), curls.field(name), "{name} in {command}");
        }
    }
}

#[test]
fn who_has_read_enough_ends_it_quietly() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let ran = desk.shell("bistro get /songs | head -1; bistro get /songs --table | head -1");
    let ran = ran.well();
    assert_eq!(ran.text().lines().count(), 2, "{}", ran.text());
    assert_eq!(ran.err, "");
}

#[test]
fn a_reader_that_leaves_an_endless_answer_ends_it_quietly() {
    let server = Script::conversing(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")?;
        let rows = "{\"a\":1},\n".repeat(1000);
        loop {
            stream.write_all(rows.as_bytes())?;
        }
    });
    let desk = Desk::new();
    for form in [&[][..], &["--csv"], &["--ndjson"]] {
        let url = server.url("/");
        let mut running = desk.start(&[&["get", &url], form].concat());
        let mut out = running.child.stdout.take().expect("piped");
        let mut octets = vec![0; 200_000];
        out.read_exact(&mut octets).expect("there is enough");
        drop(out);
        assert_eq!(running.wait(), 0, "{form:?}");
        let mut said = String::new();
        let mut err = running.child.stderr.take().expect("piped");
        err.read_to_string(&mut said).expect("UTF-8");
        assert_eq!(said, "", "{form:?}");
    }
}

#[test]
fn urls_may_be_short() {
    let server = Script::answering(|seen| answer("200 OK", &[], seen.target()));
    let desk = Desk::new();
    let port = server.address.port();
    for short in [
        format!(":{port}/x"),
        format!("127.0.0.1:{port}/x"),
        format!("localhost:{port}/x"),
        format!("http://127.0.0.1:{port}/x#part"),
        format!("://127.0.0.1:{port}/x"),
    ] {
        assert_eq!(desk.run(&["get", &short]).well().text(), "/x", "{short}");
    }
    if let Ok(listener) = TcpListener::bind("[::1]:0") {
        let port = listener.local_addr().expect("bound").port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut octets = [0; 4096];
            let _ = stream.read(&mut octets);
            let _ = stream.write_all(&answer("200 OK", &[], "six"));
        });
        let ran = desk.run(&["get", &format!("[::1]:{port}/x")]).well();
        assert_eq!(ran.text(), "six");
    }
    let mut command = desk.command(&["get", "/x"]);
    command.env("BISTRO_URL", server.url("/base"));
    let ran = finish(command, None).well();
    assert!(ran.text().ends_with("/x"), "{}", ran.text());
}

#[test]
fn a_command_for_curl_saves_where_it_would_be_saved_and_says_what_it_leaves_out() {
    let desk = Desk::new();
    let ran = desk.run(&[
        "get",
        "http://localhost/songs",
        "--curl",
        "--output",
        "my songs.json",
        "--continue",
        "--retry=2",
        "--connect-timeout=1",
        "--all-pages",
    ]);
    let ran = ran.well();
    let command = ran.text();
    for words in [
        "--connect-timeout 1 ",
        "--retry 2 ",
        "--continue-at - ",
        "--output 'my songs.json' ",
    ] {
        assert!(
            command.replace(" \\\n ", " ").contains(words),
            "{words}: {command}"
        );
    }
    ran.says(&["the first page alone"]);
}
