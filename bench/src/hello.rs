//! Hello world on hyper: one thread, and the answer is always the same bytes. What Bistro can be compared with, and what a client
//! can be compared at.

use std::convert::Infallible;
use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::load::capture::Captured;

/// What is answered.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    fields: HeaderMap,
    content: Bytes,
}

/// Answers everything with the answer that is kept in a file, until it is killed: over TLS if there is a file with a certificate
/// and its key.
pub(crate) fn serve(file: &Path, certificate: Option<&Path>) -> Result<()> {
    let answer = Answer::from_file(file)?;
    let acceptor = certificate.map(acceptor).transpose()?;
    let scheme = if acceptor.is_some() { "https" } else { "http" };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        writeln!(io::stdout(), "{scheme}://{}", listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let answer = answer.clone();
            match acceptor.clone() {
                None => drop(tokio::spawn(answer.give(stream))),
                Some(acceptor) => drop(tokio::spawn(async move {
                    // Whoever does not trust it says so.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer.give(stream).await;
                    }
                })),
            }
        }
    })
}

impl Answer {
    fn from_file(file: &Path) -> Result<Self> {
        let captured = Captured::from_bytes(&fs::read(file)?)?;
        let mut fields = HeaderMap::new();
        for (name, value) in captured.fields() {
            // hyper writes the date itself.
            if !name.eq_ignore_ascii_case("date") {
                let name = HeaderName::from_bytes(name.as_bytes())?;
                fields.append(name, HeaderValue::from_str(value)?);
            }
        }
        Ok(Self {
            status: StatusCode::from_u16(captured.status()?)?,
            fields,
            content: Bytes::from(captured.content),
        })
    }

    /// Gives it to whatever is asked on a connection.
    async fn give(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(move |_request| {
            let mut response = Response::new(Full::new(self.content.clone()));
            *response.status_mut() = self.status;
            *response.headers_mut() = self.fields.clone();
            async { Ok::<_, Infallible>(response) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // How it ends is the asker's affair.
        drop(connection.await);
    }
}

/// What TLS needs.
fn acceptor(certificate: &Path) -> Result<TlsAcceptor> {
    let text = fs::read(certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain?, PrivateKeyDer::from_pem_slice(&text)?)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
