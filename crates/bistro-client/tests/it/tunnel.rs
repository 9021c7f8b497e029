//! Tunnels on streams and on a local port.

use std::net::SocketAddr;
use std::sync::mpsc;

use bistro_client::error::Error;
use bistro_client::exchange::{Settings, Versions};
use bistro_client::proxy::Proxy;
use bistro_client::tunnel::{Tunnel, listen};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};
use http_body_util::Empty;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use crate::proxy::tunnelling;
use crate::server::{accept, reply, serve, settings};

/// Answers only when all was said: what it heard, backwards.
async fn backwards() -> SocketAddr {
    accept(|mut stream| async move {
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        heard.reverse();
        stream.write_all(&heard).await.unwrap();
    })
    .await
}

fn through(settings: &Settings, proxy: SocketAddr) -> Tunnel {
    let proxy = Proxy::read(&format!("http://me:secret@{proxy}")).unwrap();
    Tunnel::new(settings, proxy, "example.test:25", HeaderMap::new()).unwrap()
}

#[tokio::test]
async fn an_end_is_passed_on_and_the_answer_comes_back() {
    let proxy = tunnelling(backwards().await).await;
    let mut output = Vec::new();
    let octets = through(&settings(), proxy.address)
        .pipe(&b"hello"[..], &mut output)
        .await
        .unwrap();
    assert_eq!((octets, output.as_slice()), ((5, 5), &b"olleh"[..]));
    assert!(
        proxy.seen()[0]
            .starts_with("CONNECT example.test:25 HTTP/1.1\r\nHost: example.test:25\r\n")
    );
}

#[tokio::test]
async fn http2_tunnels_too() {
    let target = backwards().await;
    let proxy = accept(move |stream| async move {
        let service = service_fn(
            move |mut request: http::Request<hyper::body::Incoming>| async move {
                assert_eq!(
                    (
                        request.method().as_str(),
                        request.uri().to_string().as_str()
                    ),
                    ("CONNECT", "example.test:25")
                );
                assert_eq!(
                    request.headers()[header::PROXY_AUTHORIZATION],
                    "Basic bWU6c2VjcmV0"
                );
                tokio::spawn(async move {
                    let mut tunnel = TokioIo::new(hyper::upgrade::on(&mut request).await.unwrap());
                    let mut target = TcpStream::connect(target).await.unwrap();
                    drop(copy_bidirectional(&mut tunnel, &mut target).await);
                });
                Ok::<_, hyper::Error>(Response::new(Empty::<Bytes>::new()))
            },
        );
        drop(
            http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await,
        );
    })
    .await;
    let text = vec![b'x'; 300_000];
    let mut output = Vec::new();
    let settings = Settings {
        version: Versions::Http2,
        ..settings()
    };
    let octets = through(&settings, proxy)
        .pipe(&text[..], &mut output)
        .await
        .unwrap();
    assert_eq!((octets, output.len()), ((300_000, 300_000), 300_000));
}

#[tokio::test]
async fn every_connection_to_a_local_port_is_a_tunnel() {
    let proxy = tunnelling(backwards().await).await;
    let tunnel = through(&settings(), proxy.address);
    let listener = listen("0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, ended) = mpsc::channel();
    let serving = tokio::spawn(async move {
        tunnel
            .serve(listener, move |end| {
                drop(sender.send(end.outcome.map_err(|error| error.to_string())));
            })
            .await;
    });
    for (text, expected) in [(&b"one"[..], &b"eno"[..]), (b"two", b"owt")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, expected);
    }
    while ended.try_iter().next().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(proxy.seen().len(), 2);
    serving.abort();
}

#[tokio::test]
async fn a_refusal_is_told_with_its_reason() {
    let proxy = serve(|_| reply("403 Forbidden", "", "not to port 25")).await;
    let error = through(&settings(), proxy.address)
        .pipe(&b""[..], Vec::new())
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.ends_with("it answered 403 Forbidden:\nnot to port 25"),
        "{text}"
    );

    let proxy = Proxy::read("http://x").unwrap();
    for target in [
        "",
        "example.test",
        "http://example.test:1",
        "me@example.test:1",
        ":1",
        "x:99999",
    ] {
        let refused = Tunnel::new(&settings(), proxy.clone(), target, HeaderMap::new());
        assert!(matches!(refused, Err(Error::Target { .. })), "{target}");
    }
}

#[tokio::test]
async fn given_fields_take_the_place_of_credentials() {
    let proxy = tunnelling(backwards().await).await;
    let mut fields = HeaderMap::new();
    fields.insert(
        header::PROXY_AUTHORIZATION,
        HeaderValue::from_static("Bearer x"),
    );
    let address = Proxy::read(&format!("me:secret@{}", proxy.address)).unwrap();
    let tunnel = Tunnel::new(&settings(), address, "example.test:25", fields).unwrap();
    tunnel.pipe(&b""[..], Vec::new()).await.unwrap();
    assert_eq!(
        proxy.field(0, "proxy-authorization").as_deref(),
        Some("Bearer x")
    );
}
