//! The `Link` field: where else to go from a response (RFC 8288).

use crate::{field, percent};

/// One link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// A URI reference; relative ones start from the request's target.
    pub target: &'a str,
    /// What the target is to this resource: `next`, `alternate`, …
    pub relation: &'a str,
    /// The media type the target has, as a hint.
    pub media: Option<&'a str>,
}

/// The value of `Link`. Empty for no links: the field is then better left out.
///
/// Whatever stands in a link, the value is one line of visible ASCII with exactly these links: in targets what may not
/// stand in a URI is percent-encoded, elsewhere it is left out.
pub fn write(links: &[Link<'_>]) -> String {
    let mut value = String::new();
    for link in links {
        if !value.is_empty() {
            value.push_str(", ");
        }
        value.push('<');
        push_target(link.target, &mut value);
        value.push_str(">; rel=");
        field::quote_into(link.relation, &mut value);
        if let Some(media) = link.media {
            value.push_str("; type=");
            field::quote_into(media, &mut value);
        }
    }
    value
}

fn push_target(target: &str, value: &mut String) {
    let mut bytes = target.bytes();
    while let Some(byte) = bytes.next() {
        // An escape stays what it is; `%` that begins none is a character like others.
        let mut ahead = bytes.clone();
        let is_escape = byte == b'%'
            && ahead
                .next()
                .zip(ahead.next())
                .is_some_and(|(high, low)| percent::octet(high, low).is_some());
        if is_escape || is_uri_byte(byte) {
            value.push(char::from(byte));
        } else {
            percent::escape_into(byte, value);
        }
    }
}

/// Whether a byte may stand in a URI reference by itself (RFC 3986 §2).
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::{Link, write};

    fn check(links: &[(&str, &str, Option<&str>)], expected: &str) {
        let links: Vec<_> = links
            .iter()
            .map(|(target, relation, media)| Link {
                target,
                relation,
                media: *media,
            })
            .collect();
        assert_eq!(write(&links), expected);
    }

    #[test]
    fn links_are_written_in_order() {
        check(&[], "");
        check(&[("/a", "next", None)], r#"</a>; rel="next""#);
        check(
            &[
                ("/songs?year=gte.1990&after=W10", "next", None),
                ("/songs", "alternate", Some("text/csv")),
            ],
            r#"</songs?year=gte.1990&after=W10>; rel="next", </songs>; rel="alternate"; type="text/csv""#,
        );
        check(
            &[("/a", "describedby", Some("application/json; charset=\"x\""))],
            r#"</a>; rel="describedby"; type="application/json; charset=\"x\"""#,
        );
    }

    #[test]
    fn nothing_in_a_link_gets_out_of_it() {
        check(
            &[("/a>; rel=\"evil\", <b", "next\"; x=\"", None)],
            r#"</a%3E;%20rel=%22evil%22,%20%3Cb>; rel="next\"; x=\"""#,
        );
        check(
            &[("/\r\nSet-Cookie: a=b", "next\r\nX: y", Some("text/csv\0"))],
            r#"</%0D%0ASet-Cookie:%20a=b>; rel="nextX: y"; type="text/csv""#,
        );
        check(&[("/서", "다음", None)], r#"</%EC%84%9C>; rel="""#);
    }

    #[test]
    fn escapes_are_not_escaped_again() {
        check(
            &[("/%2C%zz%4%", "next", None)],
            r#"</%2C%25zz%254%25>; rel="next""#,
        );
        check(&[("/a->>b", "next", None)], r#"</a-%3E%3Eb>; rel="next""#);
    }
}
