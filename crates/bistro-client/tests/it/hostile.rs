//! Servers that mean harm, or know no better.

use std::convert::Infallible;

use async_compression::tokio::write::GzipEncoder;
use bistro_client::error::Error;
use bistro_client::exchange::{Settings, Versions};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use http_body_util::Empty;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::server::{Then, accept, body, get, raw, reply, request, send, serve, settings, with};

#[tokio::test]
async fn a_head_without_end_is_given_up() {
    for line in [
        "X: y\r\n".to_owned(),
        format!("X: {}\r\n", "y".repeat(5000)),
        "y".repeat(5000),
    ] {
        let address = accept(move |mut stream| {
            let line = line.clone();
            async move {
                drop(stream.read(&mut [0; 1000]).await);
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\n").await);
                while stream.write_all(line.as_bytes()).await.is_ok() {}
            }
        })
        .await;
        let error = get(settings(), &format!("http://{address}/"))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::HeadTooLarge { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_shorter_than_it_says_is_an_error_after_what_came() {
    for (head, expected) in [
        (
            "Content-Length: 10\r\n\r\nhalf",
            "the connection closed after 4 of 10 octets of the body",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            "the connection closed after 4 octets of the body",
        ),
    ] {
        let server = serve(move |_| raw(format!("HTTP/1.1 200 OK\r\n{head}"))).await;
        let mut response = send(settings(), request("GET", &server.url("/")))
            .await
            .unwrap();
        let (before, error) = body(&mut response).await.unwrap_err();
        assert_eq!(
            (before.as_str(), error.to_string().as_str()),
            ("half", expected)
        );
    }
}

#[tokio::test]
async fn a_coded_body_that_ends_early_is_told_from_one_that_is_coded_wrongly() {
    let body = zeros(1 << 20).await;
    let end = body.len() - 10;
    let mut octets = coded(&body);
    octets.truncate(octets.len() - 10);
    let server = serve(move |_| raw(octets.clone())).await;
    let error = get(settings(), &server.url("/")).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::CutShort {
                expected: Some(_),
                ..
            }
        ),
        "{error:?}"
    );

    // All of it came, and it is not all of what was coded.
    let octets = coded(&body[..end]);
    let server = serve(move |_| raw(octets.clone())).await;
    let error = get(settings(), &server.url("/")).await.unwrap_err();
    assert!(matches!(error, Error::Coding { .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_that_is_longer_than_it_says_ends_where_it_says() {
    let server = serve(|_| {
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nokayHTTP/1.1 200 OK\r\n\r\n".to_vec(),
            Then::Stay,
        )
    })
    .await;
    assert_eq!(get(settings(), &server.url("/")).await.unwrap(), "okay");
}

#[tokio::test]
async fn what_contradicts_itself_is_refused() {
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
        "HTTP/1.1 2OO OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        "hello\r\n\r\n",
    ] {
        let server = serve(move |_| raw(text)).await;
        let error = get(settings(), &server.url("/")).await.unwrap_err();
        assert!(
            matches!(error, Error::NotHttp { .. }),
            "{text:?}: {error:?}"
        );
    }
    let server =
        serve(|_| raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")).await;
    let error = get(settings(), &server.url("/")).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
}

#[tokio::test]
async fn octets_that_are_no_text_are_given_as_they_are() {
    let server = serve(|_| {
        raw(b"HTTP/1.1 200 \xff\r\nX: \xfe\x80\r\nContent-Length: 2\r\n\r\n\xff\xfe".to_vec())
    })
    .await;
    let mut response = send(settings(), request("GET", &server.url("/")))
        .await
        .unwrap();
    assert_eq!(response.fields["x"].as_bytes(), b"\xfe\x80");
    assert_eq!(response.chunk().await.unwrap().unwrap(), &b"\xff\xfe"[..]);
}

/// So many zeros, compressed.
async fn zeros(octets: usize) -> Vec<u8> {
    let mut encoder = GzipEncoder::new(Vec::new());
    let piece = vec![0; 1 << 20];
    for _ in 0..octets >> 20 {
        encoder.write_all(&piece).await.unwrap();
    }
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

/// A response with this compressed body.
fn coded(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_body_that_explodes_comes_in_small_pieces_and_ends_at_the_limit() {
    let octets = coded(&zeros(64 << 20).await);
    let sent = octets.len();
    let server = serve(move |_| (octets.clone(), Then::Stay)).await;
    let mut response = send(settings(), request("GET", &server.url("/")))
        .await
        .unwrap();
    let mut decoded = 0;
    while let Some(chunk) = response.chunk().await.unwrap() {
        assert!(chunk.len() <= 128 << 10, "{}", chunk.len());
        decoded += chunk.len();
    }
    assert_eq!(decoded, 64 << 20);
    assert!(response.received() < sent as u64);

    let limited = Settings {
        decoded_max: Some(1 << 20),
        ..settings()
    };
    let mut response = send(limited, request("GET", &server.url("/")))
        .await
        .unwrap();
    let (before, error) = body(&mut response).await.unwrap_err();
    assert!(before.len() <= 1 << 20);
    assert_eq!(
        error.to_string(),
        "the decoded body has more than 1048576 octets"
    );
}

#[tokio::test]
async fn a_coding_that_is_no_coding_is_an_error_and_an_unknown_one_is_left() {
    let server = serve(|_| reply("200 OK", "Content-Encoding: gzip\r\n", "not gzip")).await;
    let error = get(settings(), &server.url("/")).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the body cannot be decoded from gzip: "),
        "{error}"
    );

    let raw = Settings {
        is_decoding: false,
        ..settings()
    };
    assert_eq!(get(raw, &server.url("/")).await.unwrap(), "not gzip");
    assert_eq!(server.field(1, "accept-encoding"), None);

    let server = serve(|_| reply("200 OK", "Content-Encoding: rot13\r\n", "uryyb")).await;
    let mut response = send(settings(), request("GET", &server.url("/")))
        .await
        .unwrap();
    assert_eq!(response.undecoded.as_deref(), Some("rot13"));
    assert_eq!(body(&mut response).await.unwrap(), "uryyb");
}

#[tokio::test]
async fn a_server_that_speaks_first_is_no_http_server() {
    let address = accept(|mut stream| async move {
        drop(stream.write_all(b"220 mail.test ESMTP\r\n").await);
        drop(stream.read(&mut [0; 1000]).await);
    })
    .await;
    let error = get(settings(), &format!("http://{address}/"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotHttp { .. }), "{error:?}");
}

#[tokio::test]
async fn a_range_of_octets_is_neither_asked_for_coded_nor_decoded() {
    let fields = "Content-Encoding: gzip\r\nContent-Range: bytes 5-7/9\r\n";
    let server = serve(move |_| reply("206 Partial Content", fields, "abc")).await;
    let asking = with(
        request("GET", &server.url("/")),
        &[("range", "bytes=5-7")],
        None,
    );
    let mut response = send(settings(), asking).await.unwrap();
    assert_eq!(response.undecoded.as_deref(), Some("gzip"));
    assert_eq!(body(&mut response).await.unwrap(), "abc");
    assert_eq!(server.field(0, "accept-encoding"), None);
}

#[tokio::test]
async fn a_head_without_end_is_given_up_in_http2_too() {
    let address = accept(|stream| async move {
        let service = service_fn(|_| async {
            let mut response = Response::new(Empty::<Bytes>::new());
            for number in 0..400 {
                let name = HeaderName::try_from(format!("x-{number}")).unwrap();
                let value = HeaderValue::try_from("y".repeat(1000)).unwrap();
                response.headers_mut().insert(name, value);
            }
            Ok::<_, Infallible>(response)
        });
        let builder = http2::Builder::new(TokioExecutor::new());
        drop(
            builder
                .serve_connection(TokioIo::new(stream), service)
                .await,
        );
    })
    .await;
    let settings = Settings {
        version: Versions::Http2,
        ..settings()
    };
    let error = get(settings, &format!("http://{address}/"))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.ends_with("perhaps by a head of more than 262144 octets"),
        "{text}"
    );
}
