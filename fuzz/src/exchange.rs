//! An exchange out of bytes that look like a request, so that seeds can be read and written by people.

use bistro_dialect::Exchange;
use bistro_http::method::Method;

/// Takes `METHOD target`, then fields line by line, then after an empty line the body. What is missing is empty, and what
/// is no method is `GET`; only bytes that cannot reach the reader at all (a head that is not UTF-8) give `None`.
pub fn read(bytes: &[u8]) -> Option<Exchange<'_>> {
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (bytes.get(..at)?, bytes.get(at + 2..)?),
        None => (bytes, &[][..]),
    };
    let mut lines = str::from_utf8(head).ok()?.split('\n');
    let line = lines.next().unwrap_or_default();
    let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut exchange = Exchange {
        method: Method::read(method).unwrap_or_default(),
        path,
        query,
        body,
        ..Exchange::default()
    };
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        match name {
            "Prefer" => exchange.prefer.push(value),
            "Range" => exchange.range = Some(value),
            "Range-Unit" => exchange.range_unit = Some(value),
            "Content-Type" => exchange.content_type = Some(value),
            _ => {}
        }
    }
    Some(exchange)
}
