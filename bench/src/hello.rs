//! Hello world on hyper: one thread, and the answer is always the same bytes. What Bistro can be compared with.

use std::convert::Infallible;
use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::load::capture::Captured;

/// Answers everything with the answer that is kept in a file, until it is killed.
pub(crate) fn serve(file: &Path) -> Result<()> {
    let captured = Captured::from_bytes(&fs::read(file)?)?;
    let mut fields = HeaderMap::new();
    for (name, value) in captured.fields() {
        // hyper writes the date itself.
        if !name.eq_ignore_ascii_case("date") {
            let name = HeaderName::from_bytes(name.as_bytes())?;
            fields.append(name, HeaderValue::from_str(value)?);
        }
    }
    let status = StatusCode::from_u16(captured.status()?)?;
    let content = Bytes::from(captured.content);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let (fields, content) = (fields.clone(), content.clone());
            let service = service_fn(move |_request| {
                let mut response = Response::new(Full::new(content.clone()));
                *response.status_mut() = status;
                *response.headers_mut() = fields.clone();
                async { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}
