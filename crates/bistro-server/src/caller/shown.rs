//! What a request shows of who asks.

use bistro_http::cookie::{self, Found};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

/// The longest `Authorization` that is looked at, in octets.
const BEARER_OCTETS_MAX: usize = 8 * 1024;

/// What a request shows of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown<'a> {
    /// Nothing.
    Nothing,
    /// The cookie of a session.
    Cookie(&'a [u8]),
    /// Cookies of a session that contradict each other: one of them may have been planted.
    Cookies,
    /// `Authorization: Bearer` (RFC 6750 §2.1); it is looked at before any cookie.
    Bearer(&'a str),
    /// `Authorization: Bearer` that is doubled, too long, or no token's form.
    Unreadable,
}

impl<'a> Shown<'a> {
    /// Reads what is shown. `cookie` is the name of the session's. Other schemes than `Bearer` are for others, such as a proxy.
    pub(crate) fn read(headers: &'a HeaderMap, cookie: &str) -> Self {
        // Looking for either takes longer than looking at the few fields there are, and most who only read have none.
        let is_there = |name: &HeaderName| [header::AUTHORIZATION, header::COOKIE].contains(name);
        if !headers.keys().any(is_there) {
            return Self::Nothing;
        }
        match bearer(headers) {
            Some(shown) => shown,
            None => of_cookie(headers, cookie),
        }
    }
}

fn of_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Shown<'a> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    match cookie::find(lines.map(HeaderValue::as_bytes), name) {
        Found::None => Shown::Nothing,
        Found::One(value) => Shown::Cookie(value),
        Found::Several => Shown::Cookies,
    }
}

fn bearer(headers: &HeaderMap) -> Option<Shown<'_>> {
    let mut lines = headers.get_all(header::AUTHORIZATION).into_iter();
    let line = lines.next()?;
    if lines.next().is_some() {
        return Some(Shown::Unreadable);
    }
    let octets = line.as_bytes();
    let scheme = octets.split(|octet| *octet == b' ').next()?;
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return None;
    }
    let token = line.to_str().ok().and_then(|line| line.split_once(' '));
    Some(match token {
        Some((_, token)) if octets.len() <= BEARER_OCTETS_MAX && is_token(token.trim()) => {
            Shown::Bearer(token.trim())
        }
        Some(_) | None => Shown::Unreadable,
    })
}

/// `b64token` (RFC 6750 §2.1).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"-._~+/=".contains(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        let mut headers = HeaderMap::new();
        for (name, value) in lines.iter().map(line) {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn what_is_shown_is_one_thing_or_nothing() {
        let table: [(&[(&str, &str)], Shown<'_>); 12] = [
            (&[], Shown::Nothing),
            (&[("cookie", "a=b")], Shown::Nothing),
            (&[("cookie", "a=b; __Host-sid=x")], Shown::Cookie(b"x")),
            (
                &[("cookie", "a=b"), ("cookie", "__Host-sid=x")],
                Shown::Cookie(b"x"),
            ),
            (&[("cookie", "__Host-sid=x; __Host-sid=y")], Shown::Cookies),
            (&[("cookie", "__host-sid=x")], Shown::Nothing),
            (&[("authorization", "Bearer abc")], Shown::Bearer("abc")),
            (
                &[("authorization", "bearer  a.b-c ")],
                Shown::Bearer("a.b-c"),
            ),
            (
                &[("authorization", "Bearer abc"), ("cookie", "__Host-sid=x")],
                Shown::Bearer("abc"),
            ),
            (&[("authorization", "Bearer")], Shown::Unreadable),
            (&[("authorization", "Bearer a b")], Shown::Unreadable),
            (&[("authorization", "Basic YTpi")], Shown::Nothing),
        ];
        for (lines, expected) in table {
            assert_eq!(
                Shown::read(&headers(lines), "__Host-sid"),
                expected,
                "{lines:?}"
            );
        }
        let doubled = headers(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]);
        assert_eq!(Shown::read(&doubled, "__Host-sid"), Shown::Unreadable);
    }
}
