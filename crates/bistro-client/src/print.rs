//! Which parts of an exchange are shown, and the heads among them.

use std::io::{self, Write};
use std::str::FromStr;

use http::{HeaderMap, Method, StatusCode, Version};
use thiserror::Error;

use crate::colour::{Look, Style};
use crate::escape::{self, Keep};

/// The parts that are shown, `HTTPie`'s `--print`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a letter that the user types or not"
)]
pub struct Parts {
    /// `H`: the head of the request.
    pub has_request_head: bool,
    /// `B`: its body.
    pub has_request_body: bool,
    /// `h`: the head of the response.
    pub has_response_head: bool,
    /// `b`: its body.
    pub has_response_body: bool,
    /// `m`: how long it took.
    pub has_metadata: bool,
}

/// A letter that names no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "--print knows no `{letter}`: use H and B for the request's head and body, h and b for the response's, m for its timing"
)]
pub struct UnknownPart {
    /// The first of them.
    pub letter: char,
}

impl Parts {
    /// What is shown if nothing is asked for: a pipe wants the body alone.
    pub fn usual(is_terminal: bool) -> Self {
        Self {
            has_response_head: is_terminal,
            has_response_body: true,
            ..Self::default()
        }
    }
}

impl FromStr for Parts {
    type Err = UnknownPart;

    fn from_str(letters: &str) -> Result<Self, UnknownPart> {
        let mut parts = Self::default();
        for letter in letters.chars() {
            match letter {
                'H' => parts.has_request_head = true,
                'B' => parts.has_request_body = true,
                'h' => parts.has_response_head = true,
                'b' => parts.has_response_body = true,
                'm' => parts.has_metadata = true,
                _ => return Err(UnknownPart { letter }),
            }
        }
        Ok(parts)
    }
}

/// Shows the head of a request as it went out, and the empty line behind it. Secrets stay: who asks for a head wants to see it.
pub fn request_head(
    method: &Method,
    target: &str,
    version: Version,
    fields: &HeaderMap,
    look: Look,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(
        out,
        "{} {} {}",
        look.paint(Style::Strong, method.as_str()),
        escape::text(target, Keep::Nothing),
        look.paint(Style::Faint, protocol(version)),
    )?;
    let names = match version {
        Version::HTTP_2 | Version::HTTP_3 => str::to_owned,
        _ => titled,
    };
    self::fields(fields, names, look, out)
}

/// Shows the head of a response, and the empty line behind it.
///
/// `reason` is the phrase that came with the status; HTTP/2 has none, then the usual one is shown.
pub fn response_head(
    version: Version,
    status: StatusCode,
    reason: Option<&[u8]>,
    fields: &HeaderMap,
    look: Look,
    out: &mut impl Write,
) -> io::Result<()> {
    let reason = reason.map_or_else(
        || status.canonical_reason().unwrap_or_default().to_owned(),
        |reason| escape::octets(reason, Keep::Nothing),
    );
    let line = format!("{} {reason}", status.as_str());
    writeln!(
        out,
        "{} {}",
        look.paint(Style::Faint, protocol(version)),
        look.paint(style(status), line.trim_end()),
    )?;
    self::fields(fields, str::to_owned, look, out)
}

/// What `--check-status` makes of a response: 3, 4 or 5 for statuses of that hundred, else 0. A redirect counts only if it was
/// not followed, which the caller knows by having this response in hand.
pub fn exit_code(status: StatusCode) -> u8 {
    match status.as_u16() {
        300..=399 => 3,
        400..=499 => 4,
        500..=599 => 5,
        _ => 0,
    }
}

/// A name with capitals, as it is sent in HTTP/1.1.
fn titled(name: &str) -> String {
    let mut titled = String::with_capacity(name.len());
    for letter in name.chars() {
        let begins = titled.is_empty() || titled.ends_with('-');
        titled.push(if begins {
            letter.to_ascii_uppercase()
        } else {
            letter
        });
    }
    titled
}

/// `names` says how a name is written.
fn fields(
    fields: &HeaderMap,
    names: fn(&str) -> String,
    look: Look,
    out: &mut impl Write,
) -> io::Result<()> {
    for (name, value) in fields {
        writeln!(
            out,
            "{}: {}",
            look.paint(Style::Name, &names(name.as_str())),
            escape::octets(value.as_bytes(), Keep::Nothing)
        )?;
    }
    writeln!(out)
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

fn style(status: StatusCode) -> Style {
    match status.as_u16() {
        200..=299 => Style::Fine,
        400..=499 => Style::Refused,
        500..=599 => Style::Failed,
        _ => Style::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header};

    use super::{Parts, UnknownPart, exit_code, request_head, response_head};
    use crate::colour::Look;

    #[test]
    fn letters_choose_the_parts() {
        let all = Parts {
            has_request_head: true,
            has_request_body: true,
            has_response_head: true,
            has_response_body: true,
            has_metadata: true,
        };
        assert_eq!("mbhBH".parse(), Ok(all));
        assert_eq!("".parse(), Ok(Parts::default()));
        assert_eq!("hb".parse(), Ok(Parts::usual(true)));
        assert_eq!("b".parse(), Ok(Parts::usual(false)));
        assert_eq!("hx".parse::<Parts>(), Err(UnknownPart { letter: 'x' }));
    }

    #[test]
    fn heads_are_shown_in_their_order() {
        let mut fields = HeaderMap::new();
        fields.insert(header::HOST, HeaderValue::from_static("example.org"));
        fields.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        let mut out = Vec::new();
        let method = Method::GET;
        request_head(
            &method,
            "/a?b",
            Version::HTTP_11,
            &fields,
            Look::PIPE,
            &mut out,
        )
        .expect("memory");
        let mut fields = HeaderMap::new();
        fields.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
        fields.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
        let value =
            HeaderValue::from_bytes("\u{202e}x\u{9b}2J\t\u{20ac}".as_bytes()).expect("opaque");
        fields.insert("x-odd", value);
        let status = StatusCode::NOT_FOUND;
        response_head(Version::HTTP_2, status, None, &fields, Look::PIPE, &mut out)
            .expect("memory");
        expect![[r"
            GET /a?b HTTP/1.1
            Host: example.org
            Authorization: Bearer x

            HTTP/2 404 Not Found
            set-cookie: a=1
            set-cookie: b=2
            x-odd: \u{202e}x\u{9b}2J\u{9}€

        "]]
        .assert_eq(&String::from_utf8_lossy(&out));
    }

    #[test]
    fn a_status_line_is_coloured_and_safe() {
        let look = Look {
            is_coloured: true,
            ..Look::PIPE
        };
        let mut out = Vec::new();
        let status = StatusCode::from_u16(599).expect("in range");
        let reason = Some(&b"Oh\x1b[2Jno"[..]);
        response_head(
            Version::HTTP_11,
            status,
            reason,
            &HeaderMap::new(),
            look,
            &mut out,
        )
        .expect("memory");
        let expected = "\u{1b}[2mHTTP/1.1\u{1b}[0m \u{1b}[31;1m599 Oh\\u{1b}[2Jno\u{1b}[0m\n\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn the_exit_code_is_the_hundred_of_what_went_wrong() {
        for (status, expected) in [
            (101, 0),
            (200, 0),
            (299, 0),
            (304, 3),
            (404, 4),
            (503, 5),
            (600, 0),
        ] {
            let status = StatusCode::from_u16(status).expect("in range");
            assert_eq!(exit_code(status), expected, "{status}");
        }
    }
}
