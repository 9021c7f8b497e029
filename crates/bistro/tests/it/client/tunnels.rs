//! Tunnels through a proxy.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::thread;

use crate::client::desk::{Desk, Running, finish};
use crate::client::script::{Script, answer};

/// A proxy that opens tunnels for whoever knows its password, if it has one.
fn proxy(password: Option<&'static str>) -> Script {
    Script::conversing(move |seen, stream| {
        let method = seen.line().split(' ').next();
        if method != Some("CONNECT") {
            return stream.write_all(&answer("405 Method Not Allowed", &[], ""));
        }
        if password.is_some() && seen.field("Proxy-Authorization") != password {
            let fields = ["Proxy-Authenticate: Basic realm=\"x\""];
            let body = "tell me who you are\u{1b}[2J";
            return stream.write_all(&answer("407 Proxy Authentication Required", &fields, body));
        }
        let Ok(origin) = TcpStream::connect(seen.target()) else {
            return stream.write_all(&answer("502 Bad Gateway", &[], "nobody is there"));
        };
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        both_ways(stream, &origin);
        Ok(())
    })
}

fn both_ways(stream: &TcpStream, origin: &TcpStream) {
    thread::scope(|scope| {
        scope.spawn(|| copy(stream, origin));
        copy(origin, stream);
    });
}

/// Copies until the end, and hands that on, too.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    // Whichever end is gone, the other is told.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// A server that answers after it has read everything.
fn origin() -> Script {
    Script::answering(|seen| answer("200 OK", &[], format!("you sent {}", seen.text())))
}

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

#[test]
fn standard_input_and_output_are_the_ends_of_a_tunnel() {
    let (origin, proxy) = (origin(), proxy(None));
    let desk = Desk::new();
    let arguments = [
        "connect",
        &origin.address.to_string(),
        "--via",
        &proxy.url(""),
    ];
    let ran = desk.pipe(&arguments, REQUEST).well();
    let text = ran.text();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nyou sent hello"), "{text}");
    assert_eq!(ran.err, "");
    let seen = proxy.only();
    assert_eq!(seen.target(), origin.address.to_string());
}

#[test]
fn a_tunnel_carries_every_octet() {
    let octets: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
    let echo = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = echo.local_addr().expect("bound").to_string();
    thread::spawn(move || {
        let (stream, _) = echo.accept().expect("a connection");
        copy(&stream, &stream);
    });
    let proxy = proxy(None);
    let desk = Desk::new();
    let ran = desk.pipe(&["connect", &address, "--via", &proxy.url("")], &octets);
    assert!(ran.well().out == octets);
}

/// A tunnel that listens, and where.
fn listening(desk: &Desk, arguments: &[&str]) -> (Running, String) {
    let arguments = [arguments, &["--listen", "127.0.0.1:0"]].concat();
    let mut running = desk.start(&arguments);
    let mut said = String::new();
    let stderr = running.child.stderr.as_mut().expect("piped");
    BufReader::new(stderr).read_line(&mut said).expect("UTF-8");
    let address = said
        .strip_prefix("Listening on ")
        .and_then(|rest| rest.split(',').next());
    let address = address.unwrap_or_else(|| panic!("{said}")).to_owned();
    (running, address)
}

#[test]
fn each_connection_to_a_local_port_has_its_tunnel() {
    let (origin, proxy) = (origin(), proxy(None));
    let desk = Desk::new();
    let target = origin.address.to_string();
    let (_running, address) = listening(&desk, &["connect", &target, "--via", &proxy.url("")]);
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| {
                let url = format!("http://{address}/x");
                let ran = desk.run(&["post", &url, "--raw", "one"]).well();
                assert_eq!(ran.text(), "you sent one");
            });
        }
    });
    assert_eq!(proxy.seen().len(), 5);
}

#[test]
fn a_tunnel_that_is_refused_says_what_the_proxy_says() {
    let (origin, proxy) = (origin(), proxy(Some("Basic YWRhOnNlY3JldA==")));
    let desk = Desk::new();
    let target = origin.address.to_string();
    let ran = desk
        .run(&["connect", &target, "--via", &proxy.url("")])
        .ended(1);
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    ran.says(&["407", "tell me who you are"]);
    let known = format!("http://ada:secret@{}", proxy.address);
    let ran = desk
        .pipe(&["connect", &target, "--via", &known], REQUEST)
        .well();
    assert!(ran.text().ends_with("you sent hello"), "{}", ran.text());
    let field = "Proxy-Authorization:Basic YWRhOnNlY3JldA==";
    let ran = desk.pipe(
        &["connect", &target, field, "--via", &proxy.url("")],
        REQUEST,
    );
    assert!(ran.well().text().ends_with("you sent hello"));
    let nobody = ["connect", "127.0.0.1:1", "--via", &known];
    let ran = desk.run(&nobody).ended(1).says(&["502", "nobody is there"]);
    assert!(!ran.err.contains("secret"), "{}", ran.err);
}

#[test]
fn a_proxy_that_is_not_there_is_told() {
    let desk = Desk::new();
    let ran = desk.run(&["connect", "example.org:443", "--via", "http://127.0.0.1:1"]);
    ran.ended(1).says(&["127.0.0.1:1"]);
}

#[test]
fn requests_go_through_a_proxy_of_the_environment() {
    let (origin, proxy) = (origin(), proxy(None));
    let through = Script::answering(|seen| answer("200 OK", &[], seen.line()));
    let desk = Desk::new();
    let url = origin.url("/x");
    for (name, value, expected) in [
        ("http_proxy", through.url(""), format!("GET {url} HTTP/1.1")),
        ("HTTP_PROXY", through.url(""), format!("GET {url} HTTP/1.1")),
        ("https_proxy", proxy.url(""), "you sent ".to_owned()),
        ("no_proxy", "*".to_owned(), "you sent ".to_owned()),
    ] {
        let mut command = desk.command(&["get", &url]);
        command.env(name, value);
        let ran = finish(command, None).well();
        assert_eq!(ran.text(), expected, "{name}");
    }
    let mut command = desk.command(&["get", &url, "--proxy", "none"]);
    command.env("http_proxy", through.url(""));
    let ran = finish(command, None).well();
    assert_eq!(ran.text(), "you sent ");
}

#[test]
fn a_server_on_a_unix_socket_is_asked() {
    let desk = Desk::new();
    let listener = UnixListener::bind(desk.path("s.sock")).expect("ours");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut octets = [0; 4096];
            let read = stream.read(&mut octets).unwrap_or(0);
            let head = String::from_utf8_lossy(octets.get(..read).unwrap_or_default());
            let line = head.lines().next().unwrap_or_default();
            let _ = stream.write_all(&answer("200 OK", &[], line));
        }
    });
    let path = desk.path("s.sock").display().to_string();
    let url = format!("http+unix://{}/x", path.replace('/', "%2F"));
    let ran = desk.run(&["get", &url]).well();
    assert_eq!(ran.text(), "GET /x HTTP/1.1");
    let ran = desk
        .run(&["get", "http://any/x", "--unix-socket", &path])
        .well();
    assert_eq!(ran.text(), "GET /x HTTP/1.1");
    let ran = desk
        .run(&["get", "http://any/x", "--unix-socket", "nowhere"])
        .ended(1);
    ran.says(&["nowhere"]);
}
