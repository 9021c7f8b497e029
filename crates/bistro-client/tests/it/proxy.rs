//! Requests through a proxy.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bistro_client::body::Body;
use bistro_client::error::Error;
use bistro_client::exchange::{Settings, Versions};
use bistro_client::proxy::{Proxies, Proxy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use crate::server::{
    Server, accept, body, get, reply, request, send, serve, serve_tls, settings, with,
};
use crate::trust::{Authority, params};

/// A proxy that tunnels to where it is told, whatever the host is called.
pub(crate) async fn tunnelling(to: SocketAddr) -> Server {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&seen);
    let address = accept(move |mut stream| {
        let notes = Arc::clone(&notes);
        async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            notes.lock().unwrap().push(String::from_utf8(head).unwrap());
            let mut target = TcpStream::connect(to).await.unwrap();
            stream
                .write_all(b"HTTP/1.1 200 Connected\r\nX: y\r\n\r\n")
                .await
                .unwrap();
            drop(copy_bidirectional(&mut stream, &mut target).await);
        }
    })
    .await;
    Server { address, seen }
}

fn through(mut settings: Settings, server: &Server) -> Settings {
    let url = format!("http://me:secret@{}", server.address);
    settings.network.proxies = Proxies::All(Proxy::read(&url).unwrap());
    settings
}

#[tokio::test]
async fn http_goes_to_the_proxy_whole() {
    let proxy = serve(|_| reply("200 OK", "", "ok")).await;
    let asking = with(
        request("POST", "http://example.test:81/a?b"),
        &[("x", "y")],
        Some(Body::bytes("hello")),
    );
    let mut response = send(through(settings(), &proxy), asking).await.unwrap();
    assert_eq!(body(&mut response).await.unwrap(), "ok");
    assert_eq!(response.journey.peer, None);
    let text = proxy.seen().pop().unwrap();
    assert!(
        text.starts_with("POST http://example.test:81/a?b HTTP/1.1\r\nHost: example.test:81\r\n"),
        "{text}"
    );
    assert_eq!(
        proxy.field(0, "proxy-authorization").as_deref(),
        Some("Basic bWU6c2VjcmV0")
    );

    let mut options = request("OPTIONS", "http://example.test/");
    options.is_asterisk = true;
    assert!(matches!(
        send(through(settings(), &proxy), options).await,
        Err(Error::Target { .. })
    ));
    let wanted = Settings {
        version: Versions::Http2,
        ..through(settings(), &proxy)
    };
    assert!(matches!(
        get(wanted, "http://example.test/").await,
        Err(Error::NoHttp2 { .. })
    ));
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_the_credentials_do_not() {
    let authority = Authority::new();
    let server = serve_tls(authority.config(&params(&["example.test"], "x")), |_| {
        reply("200 OK", "", "ok")
    })
    .await;
    let proxy = tunnelling(server.address).await;
    let asking = with(
        request("GET", "https://example.test/a"),
        &[("proxy-authorization", "typed")],
        None,
    );
    let mut response = send(through(authority.trusted(), &proxy), asking)
        .await
        .unwrap();
    assert_eq!(body(&mut response).await.unwrap(), "ok");
    assert!(response.journey.connect.is_some() && response.journey.tls.is_some());
    assert_eq!(
        proxy.seen(),
        [
            "CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n"
        ]
    );
    let text = server.seen().pop().unwrap();
    assert!(
        text.starts_with("GET /a HTTP/1.1\r\nHost: example.test\r\n") && !text.contains("Proxy"),
        "{text}"
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_is_quoted() {
    let proxy = serve(|_| {
        reply(
            "407 Sign In",
            "",
            "<h1>Who are you?</h1>\r\n\r\n\x1b[31mred\r\n",
        )
    })
    .await;
    let error = get(
        through(Authority::new().trusted(), &proxy),
        "https://example.test/",
    )
    .await
    .unwrap_err();
    let name = proxy.address;
    assert_eq!(
        error.to_string(),
        format!(
            "the proxy {name} opened no tunnel to example.test:443: it answered 407 Proxy Authentication Required:\n\
             <h1>Who are you?</h1>\n[31mred"
        )
    );
}

#[tokio::test]
async fn a_secure_proxy_is_trusted_like_a_server() {
    let authority = Authority::new();
    let proxy = serve_tls(authority.config(&params(&["proxy.test"], "x")), |_| {
        reply("200 OK", "", "ok")
    })
    .await;
    let port = proxy.address.port();
    let mut settings = authority.trusted();
    settings.network.overrides = vec![format!("proxy.test:{port}:127.0.0.1").parse().unwrap()];
    settings.network.proxies =
        Proxies::All(Proxy::read(&format!("https://proxy.test:{port}")).unwrap());
    assert_eq!(
        get(settings.clone(), "http://example.test/").await.unwrap(),
        "ok"
    );
    settings.trust.authorities = Authority::new().trusted().trust.authorities;
    settings.trust.is_insecure = false;
    assert!(get(settings, "http://example.test/").await.is_err());
}

/// A SOCKS proxy that asks for a name and a password, and notes where to.
async fn socks(to: SocketAddr, status: u8) -> Server {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&seen);
    let address = accept(move |mut stream| {
        let notes = Arc::clone(&notes);
        async move {
            let mut octets = [0; 300];
            let mut hear = async |stream: &mut TcpStream| {
                let read = stream.read(&mut octets).await.unwrap();
                notes
                    .lock()
                    .unwrap()
                    .push(octets[..read].escape_ascii().to_string());
            };
            hear(&mut stream).await;
            stream.write_all(&[5, 2]).await.unwrap();
            hear(&mut stream).await;
            stream.write_all(&[1, 0]).await.unwrap();
            hear(&mut stream).await;
            stream
                .write_all(&[5, status, 0, 1, 0, 0, 0, 0, 0, 0])
                .await
                .unwrap();
            let mut target = TcpStream::connect(to).await.unwrap();
            drop(copy_bidirectional(&mut stream, &mut target).await);
        }
    })
    .await;
    Server { address, seen }
}

#[tokio::test]
async fn socks_leads_to_a_name_or_to_an_address() {
    let server = serve(|_| reply("200 OK", "", "ok")).await;
    for (scheme, expected) in [
        ("socks5h", r"\x05\x01\x00\x03\x0cexample.test\x00P"),
        ("socks5", r"\x05\x01\x00\x01\n\x01\x02\x03\x00P"),
    ] {
        let proxy = socks(server.address, 0).await;
        let mut settings = settings();
        let url = format!("{scheme}://me:secret@{}", proxy.address);
        settings.network.proxies = Proxies::All(Proxy::read(&url).unwrap());
        settings.network.overrides = vec!["example.test:80:10.1.2.3".parse().unwrap()];
        assert_eq!(get(settings, "http://example.test/a").await.unwrap(), "ok");
        assert_eq!(
            proxy.seen(),
            [r"\x05\x01\x02", r"\x01\x02me\x06secret", expected]
        );
        assert!(
            server
                .seen()
                .pop()
                .unwrap()
                .starts_with("GET /a HTTP/1.1\r\nHost: example.test\r\n")
        );
    }
}

#[tokio::test]
async fn a_socks_proxy_that_refuses_is_quoted() {
    let server = serve(|_| reply("200 OK", "", "ok")).await;
    let proxy = socks(server.address, 5).await;
    let mut settings = settings();
    let url = format!("socks5h://me:secret@{}", proxy.address);
    settings.network.proxies = Proxies::All(Proxy::read(&url).unwrap());
    let error = get(settings, "http://example.test/").await.unwrap_err();
    assert!(matches!(error, Error::NoTunnel { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "the proxy {} opened no tunnel to example.test:80: SOCKS error: connection refused",
            proxy.address
        )
    );
}
