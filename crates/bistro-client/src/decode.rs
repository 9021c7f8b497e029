//! Content codings undone (RFC 9110 §8.4.1), octet for octet as they come: the memory is the same for any size.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use async_compression::zstd::DParameter;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyDataStream;
use hyper::body::Body as _;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt as _, BufReader, ReadBuf};
use tokio_util::io::StreamReader;

use crate::error::Error;
use crate::incoming::Counted;

/// What we can undo, as `Accept-Encoding` says it.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// Codings on top of each other that are undone. Each needs memory of its own, and nobody needs more than one.
const CODINGS_MAX: usize = 4;

/// How far back a zstd frame may refer: 8 MiB (RFC 9659).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Decoded octets that are given at a time.
const PIECE: usize = 64 * 1024;

/// A coding that we can undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The body of a response, decoded or as it came.
pub(crate) enum Arriving {
    Plain(Counted),
    Coded(Coded),
}

/// A body and the codings that are taken off it.
pub(crate) struct Coded {
    reader: Pin<Box<dyn AsyncRead + Send>>,
    buffer: BytesMut,
    received: Arc<AtomicU64>,
    coding: String,
    decoded: u64,
    decoded_max: Option<u64>,
}

impl Coding {
    fn read(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// The codings of a representation in the order in which they were applied; or else the field's value, if one of them is not
/// known here, there are too many, or the body is a range of octets of the coded representation.
pub(crate) fn codings(fields: &HeaderMap) -> Result<Vec<Coding>, String> {
    let value: Vec<_> = fields
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    let value = value.join(", ");
    let is_partial = fields
        .get(header::CONTENT_RANGE)
        .is_some_and(|range| range.as_bytes().starts_with(b"bytes"));
    let names = value
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"));
    match names.map(Coding::read).collect::<Option<Vec<_>>>() {
        Some(codings) if codings.is_empty() => Ok(codings),
        Some(codings) if codings.len() <= CODINGS_MAX && !is_partial => Ok(codings),
        _ => Err(value),
    }
}

impl Arriving {
    /// The body with these codings undone; a body that is not there has none.
    pub(crate) fn new(content: Counted, codings: &[Coding], decoded_max: Option<u64>) -> Self {
        if codings.is_empty() || content.is_end_stream() {
            return Self::Plain(content);
        }
        let received = content.received();
        let mut reader: Pin<Box<dyn AsyncRead + Send>> =
            Box::pin(StreamReader::new(BodyDataStream::new(content)));
        for coding in codings.iter().rev() {
            reader = undo(*coding, BufReader::new(reader));
        }
        Self::Coded(Coded {
            reader,
            buffer: BytesMut::new(),
            received,
            coding: format!("{codings:?}")
                .trim_matches(['[', ']'])
                .to_lowercase(),
            decoded: 0,
            decoded_max,
        })
    }

    /// The next octets; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match self {
            Self::Plain(content) => poll_fn(|cx| content.poll_octets(cx)).await.transpose(),
            Self::Coded(coded) => coded.next().await,
        }
    }

    /// How many octets came over the connection.
    pub(crate) fn received(&self) -> u64 {
        match self {
            Self::Plain(content) => content.received().load(Ordering::Relaxed),
            Self::Coded(coded) => coded.received.load(Ordering::Relaxed),
        }
    }
}

impl Coded {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        self.buffer.reserve(PIECE);
        let read = self
            .reader
            .read_buf(&mut self.buffer)
            .await
            .map_err(|error| match error.downcast::<Error>() {
                Ok(ours) => ours,
                Err(reason) => Error::Coding {
                    coding: self.coding.clone(),
                    reason,
                },
            })?;
        self.decoded = self.decoded.saturating_add(read as u64);
        match self.decoded_max {
            _ if read == 0 => Ok(None),
            Some(octets_max) if self.decoded > octets_max => {
                Err(Error::DecodedTooLarge { octets_max })
            }
            _ => Ok(Some(self.buffer.split().freeze())),
        }
    }
}

impl fmt::Debug for Arriving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Arriving")
    }
}

/// Takes one coding off.
fn undo(
    coding: Coding,
    reader: impl AsyncBufRead + Send + Unpin + 'static,
) -> Pin<Box<dyn AsyncRead + Send>> {
    match coding {
        Coding::Gzip => {
            let mut decoder = GzipDecoder::new(reader);
            decoder.multiple_members(true);
            Box::pin(decoder)
        }
        Coding::Deflate => Box::pin(Deflate::Unseen(reader)),
        Coding::Brotli => Box::pin(BrotliDecoder::new(reader)),
        Coding::Zstd => {
            let window = DParameter::window_log_max(ZSTD_WINDOW_LOG_MAX);
            let mut decoder = ZstdDecoder::with_params(reader, &[window]);
            decoder.multiple_members(true);
            Box::pin(decoder)
        }
    }
}

/// `deflate` is the zlib format by the letter, and the bare one by the habit of some servers (RFC 9110 §8.4.1.2).
enum Deflate<R> {
    Unseen(R),
    Zlib(ZlibDecoder<R>),
    Bare(DeflateDecoder<R>),
    Gone,
}

impl<R: AsyncBufRead + Unpin> AsyncRead for Deflate<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match &mut *self {
                Self::Unseen(reader) => {
                    let first = ready!(Pin::new(reader).poll_fill_buf(cx))?.first().copied();
                    let Self::Unseen(reader) = std::mem::replace(&mut *self, Self::Gone) else {
                        return Poll::Ready(Ok(()));
                    };
                    // The method 8 and a window that exists (RFC 1950 §2.2). As bare deflate, the octet would begin a stored
                    // block with padding that no encoder writes.
                    *self = match first {
                        None => Self::Gone,
                        Some(first) if first & 0x8f == 0x08 => Self::Zlib(ZlibDecoder::new(reader)),
                        Some(_) => Self::Bare(DeflateDecoder::new(reader)),
                    };
                }
                Self::Zlib(decoder) => return Pin::new(decoder).poll_read(cx, buffer),
                Self::Bare(decoder) => return Pin::new(decoder).poll_read(cx, buffer),
                Self::Gone => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};

    use super::{Coding, codings, undo};

    #[test]
    fn codings_are_read_in_the_order_in_which_they_were_applied() {
        let check = |lines: &[&'static str], expected: Result<&[Coding], &str>| {
            let mut fields = HeaderMap::new();
            for line in lines {
                fields.append(header::CONTENT_ENCODING, HeaderValue::from_static(line));
            }
            assert_eq!(
                codings(&fields).as_deref().map_err(String::as_str),
                expected,
                "{lines:?}"
            );
        };
        check(&[], Ok(&[]));
        check(&["identity"], Ok(&[]));
        check(&["X-GZip"], Ok(&[Coding::Gzip]));
        check(
            &["deflate, br", "zstd"],
            Ok(&[Coding::Deflate, Coding::Brotli, Coding::Zstd]),
        );
        check(&["gzip, rot13"], Err("gzip, rot13"));
        check(
            &["gzip,gzip,gzip,gzip,gzip"],
            Err("gzip,gzip,gzip,gzip,gzip"),
        );
    }

    async fn encoded(coding: Option<Coding>, text: &[u8]) -> Vec<u8> {
        use async_compression::tokio::write as to;
        macro_rules! encode {
            ($encoder:ident) => {{
                let mut encoder = to::$encoder::new(Vec::new());
                encoder.write_all(text).await.unwrap();
                encoder.shutdown().await.unwrap();
                encoder.into_inner()
            }};
        }
        match coding {
            Some(Coding::Gzip) => encode!(GzipEncoder),
            Some(Coding::Deflate) => encode!(ZlibEncoder),
            Some(Coding::Brotli) => encode!(BrotliEncoder),
            Some(Coding::Zstd) => encode!(ZstdEncoder),
            None => encode!(DeflateEncoder),
        }
    }

    async fn decoded(coding: Coding, octets: Vec<u8>) -> std::io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let reader = BufReader::with_capacity(1, std::io::Cursor::new(octets));
        undo(coding, reader).read_to_end(&mut text).await?;
        Ok(text)
    }

    #[tokio::test]
    async fn what_was_encoded_is_decoded() {
        let zeros = vec![0; 100_000];
        for text in [&b""[..], b"a", b"hello, hello, hello", &zeros] {
            for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
                let octets = encoded(Some(coding), text).await;
                assert_eq!(decoded(coding, octets).await.unwrap(), text, "{coding:?}");
            }
            let bare = encoded(None, text).await;
            assert_eq!(decoded(Coding::Deflate, bare).await.unwrap(), text);
        }
    }

    #[tokio::test]
    async fn several_gzip_members_are_one_body() {
        let mut octets = encoded(Some(Coding::Gzip), b"one ").await;
        octets.extend(encoded(Some(Coding::Gzip), b"two").await);
        assert_eq!(decoded(Coding::Gzip, octets).await.unwrap(), b"one two");
    }

    #[tokio::test]
    async fn a_body_without_its_end_is_an_error() {
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
            let mut octets = encoded(Some(coding), b"hello, hello, hello").await;
            octets.truncate(octets.len() - 3);
            assert!(decoded(coding, octets).await.is_err(), "{coding:?}");
        }
    }
}
