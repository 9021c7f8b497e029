//! A response that is all there, as octets of HTTP/1.1.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use hyper::header;
use hyper::{Response, StatusCode};

use crate::body::Body;

/// Writes the head of a response that is sent `now`, and gives its body; `None` if that is not all there, and nothing is written.
pub(crate) fn write(
    response: Response<Body>,
    date: &mut Date,
    now: i64,
    output: &mut Vec<u8>,
) -> Option<Bytes> {
    let (parts, body) = response.into_parts();
    let body = match body {
        Body::Empty => Bytes::new(),
        Body::Whole(octets) => octets,
        Body::Stream(_) => return None,
    };
    line(
        output,
        &[
            b"HTTP/1.1 ",
            parts.status.as_str().as_bytes(),
            b" ",
            parts.status.canonical_reason().unwrap_or("-").as_bytes(),
        ],
    );
    for (name, value) in &parts.headers {
        line(output, &[name.as_str().as_bytes(), b": ", value.as_bytes()]);
    }
    // Neither has a body (RFC 9110 §8.6).
    let has_length = ![StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&parts.status);
    if has_length && !parts.headers.contains_key(header::CONTENT_LENGTH) {
        line(
            output,
            &[b"content-length: ", decimal(body.len(), &mut [0; 20])],
        );
    }
    if !parts.headers.contains_key(header::DATE) {
        line(output, &[b"date: ", date.at(now).as_bytes()]);
    }
    output.extend_from_slice(b"\r\n");
    Some(body)
}

fn line(output: &mut Vec<u8>, pieces: &[&[u8]]) {
    for piece in pieces {
        output.extend_from_slice(piece);
    }
    output.extend_from_slice(b"\r\n");
}

fn decimal(mut number: usize, digits: &mut [u8; 20]) -> &[u8] {
    let mut start = digits.len();
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        start = place;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    digits.get(start..).unwrap_or_default()
}

/// `Date`, written once a second.
#[derive(Debug, Default)]
pub(crate) struct Date {
    second: i64,
    text: String,
}

impl Date {
    /// The field's value at a time in seconds since 1970.
    fn at(&mut self, now: i64) -> &str {
        if now != self.second || self.text.is_empty() {
            let since = Duration::from_secs(now.unsigned_abs());
            self.second = now;
            self.text = httpdate::fmt_http_date(UNIX_EPOCH + since);
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    /// The octets of a response without their `Date`, and its body.
    fn written(
        status: u16,
        fields: &[(&'static str, &'static str)],
        body: Body,
    ) -> (String, Bytes) {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        for &(name, value) in fields {
            response.headers_mut().append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let mut output = b"before".to_vec();
        let body = write(response, &mut Date::default(), 784_111_777, &mut output)
            .expect("it is all there");
        let text = String::from_utf8(output).expect("it is text");
        let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
        let head = text.strip_suffix(date).expect("it ends with its date");
        (head.to_owned(), body)
    }

    #[test]
    fn a_head_has_its_length_and_date() {
        let body = || Body::Whole(Bytes::from_static(b"[\n]"));
        assert_eq!(
            written(200, &[("etag", "\"a\""), ("vary", "a"), ("vary", "b")], body()),
            (
                "beforeHTTP/1.1 200 OK\r\netag: \"a\"\r\nvary: a\r\nvary: b\r\ncontent-length: 3\r\n".to_owned(),
                Bytes::from_static(b"[\n]")
            )
        );
        let head = |status, fields| written(status, fields, Body::Empty).0;
        assert_eq!(
            head(404, &[]),
            "beforeHTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n"
        );
        assert_eq!(head(304, &[]), "beforeHTTP/1.1 304 Not Modified\r\n");
        assert_eq!(head(204, &[]), "beforeHTTP/1.1 204 No Content\r\n");
        assert_eq!(
            head(200, &[("content-length", "12")]),
            "beforeHTTP/1.1 200 OK\r\ncontent-length: 12\r\n"
        );
    }

    #[test]
    fn a_date_is_of_its_second() {
        let mut date = Date::default();
        let mut at = |now| date.at(now).to_owned();
        assert_eq!(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(at(1), "Thu, 01 Jan 1970 00:00:01 GMT");
        assert_eq!(at(1), "Thu, 01 Jan 1970 00:00:01 GMT");
        assert_eq!(at(951_827_696), "Tue, 29 Feb 2000 12:34:56 GMT");
    }

    #[test]
    fn numbers_are_written_whole() {
        for number in [0, 7, 10, 99, 100, 1_048_576, usize::MAX] {
            let mut digits = [0; 20];
            assert_eq!(decimal(number, &mut digits), number.to_string().as_bytes());
        }
    }
}
