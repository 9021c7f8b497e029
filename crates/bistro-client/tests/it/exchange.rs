//! What goes over the line, and what is made of what comes back.

use std::io::{self, Read, Write as _};
use std::thread;
use std::time::Duration;

use bistro_client::body::{Body, Piece};
use bistro_client::connect::Family;
use bistro_client::error::{Effect, Error, Leg};
use bistro_client::exchange::{Client, Settings, Versions};
use expect_test::expect;
use http::header;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use crate::server::{
    Then, accept, body, get, raw, reply, request, send, serve, serve_http2, settings, with,
};

/// The request as the server saw it, its host replaced.
async fn seen(
    settings: Settings,
    method: &str,
    path: &str,
    fields: &[(&str, &str)],
    body: Option<Body>,
) -> String {
    let server = serve(|_| reply("200 OK", "", "")).await;
    let request = with(request(method, &server.url(path)), fields, body);
    send(settings, request).await.unwrap();
    server.seen()[0]
        .replace(&server.address.to_string(), "HOST")
        .replace("\r\n", "\n")
}

#[tokio::test]
async fn a_request_is_written_host_first_with_capitals_and_its_length() {
    let plain = seen(settings(), "GET", "/a%20b?c=d|e", &[], None).await;
    expect![[r"
        GET /a%20b?c=d|e HTTP/1.1
        Host: HOST
        User-Agent: bistro/0
        Accept-Encoding: gzip, deflate, br, zstd

    "]]
    .assert_eq(&plain);
    let fields = [
        ("x-one", "1"),
        ("user-agent", "me"),
        ("x-one", "2"),
        ("host", "other"),
        ("proxy-authorization", "secret"),
    ];
    let posted = seen(settings(), "POST", "/", &fields, Some(Body::bytes("hello"))).await;
    expect![[r"
        POST / HTTP/1.1
        Host: other
        Accept-Encoding: gzip, deflate, br, zstd
        X-One: 1
        X-One: 2
        User-Agent: me
        Content-Length: 5

        hello"]]
    .assert_eq(&posted);
}

#[tokio::test]
async fn an_empty_body_has_a_length_where_one_is_expected() {
    for (method, expected) in [
        ("POST", true),
        ("PUT", true),
        ("PATCH", true),
        ("GET", false),
        ("DELETE", false),
    ] {
        let text = seen(settings(), method, "/", &[], None).await;
        assert_eq!(text.contains("Content-Length: 0\n"), expected, "{text}");
    }
}

#[tokio::test]
async fn fields_can_be_left_out_and_the_server_itself_be_asked() {
    let server = serve(|_| reply("200 OK", "", "")).await;
    let mut options = request("OPTIONS", &server.url("/x"));
    options.is_asterisk = true;
    options.without = vec![header::USER_AGENT, header::ACCEPT_ENCODING];
    send(settings(), options).await.unwrap();
    assert_eq!(
        server.seen()[0],
        format!("OPTIONS * HTTP/1.1\r\nHost: {}\r\n\r\n", server.address)
    );
}

#[tokio::test]
async fn a_body_of_pieces_is_sent_from_its_files() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&vec![b'x'; 200_000]).unwrap();
    let piece = |octets| Piece::File {
        path: file.path().to_owned(),
        octets,
    };
    let pieces = vec![
        Piece::Bytes("<".into()),
        piece(200_000),
        Piece::Bytes(">".into()),
    ];
    let text = seen(settings(), "PUT", "/", &[], Some(Body::Pieces(pieces))).await;
    let (head, sent) = text.split_once("\n\n").unwrap();
    assert!(head.contains("Content-Length: 200002"), "{head}");
    assert_eq!(sent, format!("<{}>", "x".repeat(200_000)));

    // Longer than it was: what was promised is sent. Shorter: that cannot be.
    let text = seen(
        settings(),
        "PUT",
        "/",
        &[],
        Some(Body::Pieces(vec![piece(3)])),
    )
    .await;
    assert!(text.ends_with("\n\nxxx"), "{text}");
    let server = serve(|_| reply("200 OK", "", "")).await;
    let promise = with(
        request("PUT", &server.url("/")),
        &[],
        Some(Body::Pieces(vec![piece(200_001)])),
    );
    let error = send(settings(), promise).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has become shorter while it was sent"),
        "{error}"
    );
    assert_eq!(error.effect(), Effect::MaybeDone);
}

#[tokio::test]
async fn a_stream_is_sent_in_chunks_and_once() {
    let stream = Body::Stream(Box::new(io::Cursor::new(b"hello")));
    let text = seen(settings(), "POST", "/", &[], Some(stream)).await;
    assert!(
        text.ends_with("Transfer-Encoding: chunked\n\n5\nhello\n0\n\n"),
        "{text}"
    );

    let server = serve(|_| reply("200 OK", "", "")).await;
    let mut once = with(
        request("PUT", &server.url("/")),
        &[],
        Some(Body::Stream(Box::new(io::empty()))),
    );
    let mut client = Client::new(settings());
    client.send(&mut once, &mut |_| {}).await.unwrap();
    let error = client.send(&mut once, &mut |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("it was sent already"), "{error}");
}

/// Zeros without end.
struct Zeros;

impl Read for Zeros {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(0);
        Ok(buffer.len())
    }
}

#[tokio::test]
async fn an_answer_that_comes_before_the_end_of_the_body_is_given() {
    // Closes with the body unread, so that what is still written is answered with a reset.
    let address = accept(|mut stream| async move {
        let mut octets = [0; 1000];
        drop(stream.read(&mut octets).await);
        let early = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo much";
        drop(stream.write_all(early).await);
    })
    .await;
    for _ in 0..5 {
        let post = with(
            request("POST", &format!("http://{address}/")),
            &[],
            Some(Body::Stream(Box::new(Zeros))),
        );
        let mut response = send(settings(), post).await.unwrap();
        assert_eq!(response.status, 413);
        assert_eq!(body(&mut response).await.unwrap(), "too much");
    }
}

/// A person who does not type.
struct Silence;

impl Read for Silence {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            thread::park();
        }
    }
}

#[tokio::test]
async fn an_answer_is_given_while_the_body_is_still_waited_for() {
    let address = accept(|mut stream| async move {
        drop(stream.read(&mut [0; 1000]).await);
        let early = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno";
        drop(stream.write_all(early).await);
        drop(stream.read(&mut [0; 1000]).await);
    })
    .await;
    let stream = Some(Body::Stream(Box::new(Silence)));
    let post = with(request("POST", &format!("http://{address}/")), &[], stream);
    let mut response = send(settings(), post).await.unwrap();
    assert_eq!(response.status, 401);
    assert_eq!(body(&mut response).await.unwrap(), "no");
    assert!(response.journey.waiting.is_zero());
}

#[tokio::test]
async fn interim_responses_are_passed_over() {
    let server = serve(|_| {
        let hints =
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n".to_vec();
        (
            [hints, reply("200 Fine", "X: y\r\n", "ok").0].concat(),
            Then::Stay,
        )
    })
    .await;
    let mut response = send(settings(), request("GET", &server.url("/")))
        .await
        .unwrap();
    assert_eq!(
        (response.status.as_u16(), response.reason.as_deref()),
        (200, Some("Fine"))
    );
    assert!(!response.fields.contains_key(header::LINK));
    assert_eq!(body(&mut response).await.unwrap(), "ok");
}

#[tokio::test]
async fn some_responses_have_no_body_whatever_they_say() {
    for (method, status) in [
        ("HEAD", "200 OK"),
        ("GET", "204 No Content"),
        ("GET", "304 Not Modified"),
    ] {
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n");
        let server = serve(move |_| (head.clone().into_bytes(), Then::Hang)).await;
        let mut response = send(settings(), request(method, &server.url("/")))
            .await
            .unwrap();
        assert_eq!(body(&mut response).await.unwrap(), "", "{method} {status}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_and_a_closed_one_is_not() {
    let server = serve(|head| {
        let then = if head.contains("/last") {
            Then::Close
        } else {
            Then::Stay
        };
        (
            reply("200 OK", "Server-Timing: sql;dur=5\r\n", "ok").0,
            then,
        )
    })
    .await;
    let mut client = Client::new(settings());
    let mut reused = Vec::new();
    for path in ["/", "/", "/last", "/"] {
        let mut response = client
            .send(&mut request("GET", &server.url(path)), &mut |_| {})
            .await
            .unwrap();
        body(&mut response).await.unwrap();
        let journey = response.journey;
        assert_eq!(journey.connect.is_none(), journey.is_reused);
        assert_eq!(journey.peer, Some(server.address));
        assert_eq!(journey.server, ["sql;dur=5"]);
        assert!(journey.look_up.is_none() && journey.tls.is_none() && !journey.waiting.is_zero());
        reused.push(journey.is_reused);
    }
    assert_eq!(reused, [false, true, true, false]);
}

#[tokio::test]
async fn a_body_that_nobody_reads_does_not_hold_up_the_next_request() {
    let server = serve(|_| {
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec(),
            Then::Hang,
        )
    })
    .await;
    let mut client = Client::new(settings());
    let unread = client
        .send(&mut request("GET", &server.url("/")), &mut |_| {})
        .await
        .unwrap();
    let second = client
        .send(&mut request("GET", &server.url("/")), &mut |_| {})
        .await
        .unwrap();
    assert!(!second.journey.is_reused && !unread.journey.is_reused);
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_asked_for() {
    let server = serve_http2(None).await;
    let version = Versions::Http2;
    let stream = Body::Stream(Box::new(io::Cursor::new(b"hello")));
    let post = with(
        request("POST", &server.url("/a?b")),
        &[("host", "other.org"), ("connection", "x")],
        Some(stream),
    );
    let mut response = send(
        Settings {
            version,
            ..settings()
        },
        post,
    )
    .await
    .unwrap();
    assert_eq!(
        (response.version, response.reason.as_deref()),
        (http::Version::HTTP_2, None)
    );
    expect![[r"
        POST http://other.org/a?b HTTP/2.0
        user-agent: bistro/0
        accept-encoding: gzip, deflate, br, zstd
        hello"]]
    .assert_eq(&body(&mut response).await.unwrap());

    let mut options = request("OPTIONS", &server.url("/x"));
    options.is_asterisk = true;
    send(
        Settings {
            version,
            ..settings()
        },
        options,
    )
    .await
    .unwrap();
    assert!(server.seen()[1].contains('*'), "{:?}", server.seen());

    let old = serve(|_| raw("HTTP/1.1 400 Bad Request\r\n\r\n")).await;
    let error = get(
        Settings {
            version,
            ..settings()
        },
        &old.url("/"),
    )
    .await
    .unwrap_err();
    assert!(
        matches!(
            error,
            Error::NotHttp {
                version: "HTTP/2",
                ..
            } | Error::Closed { .. }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_unix_socket_is_a_server_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        crate::server::converse(
            stream,
            &|head| reply("200 OK", "", head),
            &std::sync::Mutex::default(),
        )
        .await;
    });
    let mut settings = settings();
    settings.network.unix_socket = Some(path.clone());
    let text = get(settings.clone(), "http://anything/x").await.unwrap();
    assert!(
        text.starts_with("GET /x HTTP/1.1\r\nHost: anything\r\n"),
        "{text}"
    );

    settings.network.unix_socket = Some(folder.path().join("none"));
    let error = get(settings, "http://anything/x").await.unwrap_err();
    assert_eq!(
        (error.leg(), error.effect()),
        (Some(Leg::Connect), Effect::NotSent)
    );
}

/// Settings by which a name has these addresses.
fn known(port: u16, addresses: &str) -> Settings {
    let mut settings = settings();
    settings.network.overrides = vec![format!("example.test:{port}:{addresses}").parse().unwrap()];
    settings
}

#[tokio::test]
async fn names_are_overridden_and_families_chosen() {
    let server = serve(|_| reply("200 OK", "", "ok")).await;
    let port = server.address.port();
    let url = format!("http://example.test:{port}/");
    let mut settings = known(port, "127.0.0.1");
    assert_eq!(get(settings.clone(), &url).await.unwrap(), "ok");
    settings.network.family = Family::V6;
    let error = get(settings, &url).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the name example.test has no IPv6 address"
    );
}

#[tokio::test]
async fn an_address_that_refuses_or_is_silent_does_not_hold_up_the_next() {
    let server = serve(|_| reply("200 OK", "", "ok")).await;
    let port = server.address.port();
    for addresses in [
        "127.9.9.9,127.0.0.1",
        "192.0.2.1,127.0.0.1",
        "::1,127.0.0.1",
    ] {
        let url = format!("http://example.test:{port}/");
        assert_eq!(
            get(known(port, addresses), &url).await.unwrap(),
            "ok",
            "{addresses}"
        );
    }
}

#[tokio::test]
async fn a_failure_says_what_happened_and_what_to_try() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let error = get(settings(), &format!("http://{address}/"))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), format!("nothing listens on {address}"));
    assert_eq!(
        error.hint().as_deref(),
        Some("is the server running? `bistro serve` starts one")
    );
    assert_eq!(
        (error.leg(), error.effect()),
        (Some(Leg::Connect), Effect::NotSent)
    );

    let error = get(settings(), "http://no-such-name.invalid/")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::NotFound { name, .. } if name == "no-such-name.invalid"),
        "{error}"
    );

    let closing = serve(|_| raw("")).await;
    let error = get(settings(), &closing.url("/")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the connection with 127.0.0.1 was closed before an answer came"
    );
    assert_eq!(
        (error.leg(), error.effect()),
        (Some(Leg::Waiting), Effect::MaybeDone)
    );
}

#[tokio::test]
async fn time_ends_in_the_leg_that_took_it() {
    let timeout = Some(Duration::from_millis(100));
    let timed = || Settings {
        timeout,
        ..settings()
    };
    let silent = serve(|_| (Vec::new(), Then::Hang)).await;
    let error = get(timed(), &silent.url("/")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing more came within 0.1 s while waiting for the response"
    );
    assert_eq!(error.hint().as_deref(), Some("allow more with `--timeout`"));

    let slow = serve(|_| {
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_vec(),
            Then::Hang,
        )
    })
    .await;
    let mut response = send(timed(), request("GET", &slow.url("/"))).await.unwrap();
    let (before, error) = body(&mut response).await.unwrap_err();
    assert_eq!(before, "half");
    assert!(
        matches!(error, Error::TimedOut { leg: Leg::Body, .. }),
        "{error}"
    );

    let mut connecting = settings();
    connecting.network.timeout = timeout;
    let mute = accept(|stream| async move {
        tokio::time::sleep(Duration::from_mins(1)).await;
        drop(stream);
    })
    .await;
    connecting.trust.is_insecure = true;
    let error = get(connecting, &format!("https://{mute}/"))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::TimedOut {
                leg: Leg::Tls,
                setting: "--connect-timeout",
                ..
            }
        ),
        "{error}"
    );
}
