//! A response that is all there, as octets of HTTP/1.1.

use std::time::{Duration, UNIX_EPOCH};

use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName};

/// The fields of a response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fields<'a> {
    /// As they are written, each with the end of its line, and neither `Content-Length` nor `Date` among them.
    Lines(&'a [u8]),
    /// As hyper has them.
    Map(&'a HeaderMap),
}

/// Writes the head of a response whose content has so many octets.
pub(crate) fn write(
    status: StatusCode,
    fields: Fields<'_>,
    length: usize,
    date: &str,
    output: &mut Vec<u8>,
) {
    let reason = status.canonical_reason().unwrap_or("-");
    line(
        output,
        &[
            b"HTTP/1.1 ",
            status.as_str().as_bytes(),
            b" ",
            reason.as_bytes(),
        ],
    );
    match fields {
        Fields::Lines(lines) => output.extend_from_slice(lines),
        Fields::Map(headers) => {
            for (name, value) in headers {
                line(output, &[name.as_str().as_bytes(), b": ", value.as_bytes()]);
            }
        }
    }
    // Neither has content (RFC 9110 §8.6).
    let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    if !has_none && !fields.has(&header::CONTENT_LENGTH) {
        line(
            output,
            &[b"content-length: ", decimal(length, &mut [0; 20])],
        );
    }
    if !fields.has(&header::DATE) {
        line(output, &[b"date: ", date.as_bytes()]);
    }
    output.extend_from_slice(b"\r\n");
}

impl Fields<'_> {
    fn has(self, name: &HeaderName) -> bool {
        match self {
            Self::Lines(_) => false,
            Self::Map(headers) => headers.contains_key(name),
        }
    }
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
    pub(crate) fn at(&mut self, now: i64) -> &str {
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
    use hyper::header::HeaderValue;

    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn written(status: u16, fields: Fields<'_>, length: usize) -> String {
        let status = StatusCode::from_u16(status).expect("a status");
        let mut output = b"before".to_vec();
        write(status, fields, length, DATE, &mut output);
        let text = String::from_utf8(output).expect("it is text");
        text.strip_prefix("before")
            .expect("what was there stays")
            .to_owned()
    }

    #[test]
    fn a_head_has_its_length_and_date() {
        let lines = Fields::Lines(b"etag: \"a\"\r\nvary: a\r\nvary: b\r\n");
        let mut headers = HeaderMap::new();
        for (name, value) in [("etag", "\"a\""), ("vary", "a"), ("vary", "b")] {
            headers.append(name, HeaderValue::from_static(value));
        }
        for fields in [lines, Fields::Map(&headers)] {
            assert_eq!(
                written(200, fields, 3),
                format!(
                    "HTTP/1.1 200 OK\r\netag: \"a\"\r\nvary: a\r\nvary: b\r\ncontent-length: 3\r\n\
                    date: {DATE}\r\n\r\n"
                )
            );
        }
        let none = HeaderMap::new();
        let head = |status| written(status, Fields::Map(&none), 0);
        let ends = |text: &str| format!("{text}date: {DATE}\r\n\r\n");
        assert_eq!(
            head(404),
            ends("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n")
        );
        assert_eq!(head(304), ends("HTTP/1.1 304 Not Modified\r\n"));
        assert_eq!(head(204), ends("HTTP/1.1 204 No Content\r\n"));
    }

    #[test]
    fn what_is_said_already_is_not_said_again() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("12"));
        headers.insert(header::DATE, HeaderValue::from_static("then"));
        assert_eq!(
            written(200, Fields::Map(&headers), 0),
            "HTTP/1.1 200 OK\r\ncontent-length: 12\r\ndate: then\r\n\r\n"
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
