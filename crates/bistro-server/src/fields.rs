//! Header fields: read as text, written without surprises.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// Every line of a field that is visible ASCII; a line with other octets is as good as absent.
pub(crate) fn lines(headers: &HeaderMap, name: HeaderName) -> Vec<&str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect()
}

/// All lines of a list field as one (RFC 9110 §5.3); `None` if there is none. Octets that are no text stay there as
/// U+FFFD: a condition that cannot be read must not be taken for none.
pub(crate) fn joined(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// A media type without its parameters, in small letters.
pub(crate) fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// A field value from text of ours. Octets that may not stand in a field become `?`: nothing that a client wrote can end
/// a field and begin another.
pub(crate) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_invalid| {
        let visible: String = text
            .chars()
            .map(|character| {
                if character.is_ascii_graphic() || character == ' ' {
                    character
                } else {
                    '?'
                }
            })
            .collect();
        HeaderValue::from_str(&visible).unwrap_or(HeaderValue::from_static("?"))
    })
}

/// The one line of a field that is not a list; `None` if it is absent, doubled or not visible ASCII.
pub(crate) fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    match lines(headers, name).as_slice() {
        [line] => Some(line),
        [] | [_, _, ..] => None,
    }
}
