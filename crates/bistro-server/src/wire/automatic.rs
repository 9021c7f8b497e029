//! Words for the refusals that hyper makes by itself, which have none.

use bytes::Bytes;
use hyper::StatusCode;

/// What hyper's own responses lack and every response of ours has.
const OURS: &[u8] = b"x-content-type-options";

/// Our words for a response that hyper made up while it read a head; `None` if `octets` are a response of ours.
pub(crate) fn replacement(octets: &[u8], is_target_too_long: bool) -> Option<Bytes> {
    let status = automatic(octets)?;
    let status = if is_target_too_long {
        StatusCode::URI_TOO_LONG
    } else {
        status
    };
    Some(response(status))
}

/// A refusal as octets, for when no request is there to answer. It closes the connection.
pub(crate) fn response(status: StatusCode) -> Bytes {
    let (code, message) = match status {
        StatusCode::REQUEST_TIMEOUT => ("BISTRO408", "The request head did not come in time"),
        StatusCode::URI_TOO_LONG => ("BISTRO414", "The request target is too long"),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
            "BISTRO431",
            "The request head has too many fields or too many octets",
        ),
        _ => ("BISTRO400", "The request head is not HTTP/1.1"),
    };
    let body =
        format!("{{\"code\":\"{code}\",\"details\":null,\"hint\":null,\"message\":\"{message}\"}}");
    Bytes::from(format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n{body}",
        status.as_str(),
        status.canonical_reason().unwrap_or_default(),
        body.len(),
    ))
}

fn automatic(octets: &[u8]) -> Option<StatusCode> {
    let rest = octets.strip_prefix(b"HTTP/1.1 ")?;
    let status = match rest.get(..4)? {
        b"400 " => StatusCode::BAD_REQUEST,
        b"414 " => StatusCode::URI_TOO_LONG,
        b"431 " => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        _ => return None,
    };
    let is_ours = octets
        .windows(OURS.len())
        .any(|window| window.eq_ignore_ascii_case(OURS));
    (!is_ours && octets.ends_with(b"\r\n\r\n")).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::{replacement, response};
    use hyper::StatusCode;

    #[test]
    fn only_wordless_refusals_are_replaced() {
        let check = |octets: &str, expected: Option<&str>| {
            let words = replacement(octets.as_bytes(), false);
            let status = words.as_ref().map(|words| {
                String::from_utf8_lossy(words.get(9..12).unwrap_or_default()).into_owned()
            });
            assert_eq!(status.as_deref(), expected, "{octets:?}");
        };
        let automatic = "\r\ncontent-length: 0\r\nconnection: close\r\ndate: x\r\n\r\n";
        check(&format!("HTTP/1.1 400 Bad Request{automatic}"), Some("400"));
        check(&format!("HTTP/1.1 431 Too Large{automatic}"), Some("431"));
        check(&format!("HTTP/1.1 200 OK{automatic}"), None);
        check(
            "HTTP/1.1 400 Bad Request\r\nx-content-type-options: nosniff\r\n\r\n",
            None,
        );
        check("HTTP/1.1 100 Continue\r\n\r\n", None);
        check("[1,2,3]", None);
    }

    #[test]
    fn a_target_beyond_the_limit_is_said_to_be_it() {
        let automatic = b"HTTP/1.1 431 x\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(
            replacement(automatic, true),
            Some(response(StatusCode::URI_TOO_LONG))
        );
    }
}
