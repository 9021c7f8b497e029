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

/// The target of the first link in a value of `Link` that has this relation to what was asked for; none if there is none.
///
/// A link that begins elsewhere (`anchor`) says nothing of what was asked for, and of several `rel` the first counts
/// (RFC 8288 §3.2, §3.3).
pub fn read<'a>(value: &'a str, relation: &str) -> Option<&'a str> {
    let mut rest = value;
    loop {
        let (target, after) = rest.split_once('<')?.1.split_once('>')?;
        let (_, parameters) = field::split(after, ',').next()?;
        if is_related(parameters, relation) {
            return Some(field::trim(target));
        }
        rest = after.get(parameters.len()..)?;
    }
}

/// Whether a link's parameters give it this relation.
fn is_related(parameters: &str, relation: &str) -> bool {
    let mut found = None;
    for (_, parameter) in field::split(parameters, ';') {
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        let value = field::trim(value);
        match field::trim(name).to_ascii_lowercase().as_str() {
            "anchor" => return false,
            "rel" if found.is_none() => {
                found = Some(field::unquote(value).unwrap_or_else(|| value.to_owned()));
            }
            _ => {}
        }
    }
    found.is_some_and(|found| {
        found
            .split_ascii_whitespace()
            .any(|one| one.eq_ignore_ascii_case(relation))
    })
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
    use super::{Link, read, write};

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

    #[test]
    fn the_link_with_a_relation_is_found() {
        let check = |value: &str, expected: Option<&str>| {
            assert_eq!(read(value, "next"), expected, "{value:?}");
        };
        check(r#"</a>; rel="next""#, Some("/a"));
        check("</a>;rel=next", Some("/a"));
        check("< /a > ; REL = NEXT", Some("/a"));
        check(r#"</a>; rel="prev", </b>; rel="next""#, Some("/b"));
        check(
            r#"</a,b;c>; title="x, <y>; rel=next"; rel="prev next""#,
            Some("/a,b;c"),
        );
        check(r#"</a>; rel="prev"; rel="next""#, None);
        check(
            r##"</a>; rel="next"; anchor="#x", </b>; rel=next"##,
            Some("/b"),
        );
        for none in [
            "",
            "<",
            "</a>",
            "</a>; rel",
            "</a>; rel=nextish",
            r#"</a>; title="; rel=next"#,
        ] {
            check(none, None);
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let links = ["/a?b=c,d", "/x;y", "/z"].map(|target| Link {
            target,
            relation: if target == "/z" {
                "next"
            } else {
                "a \"quoted, <one>\""
            },
            media: Some("text/csv"),
        });
        assert_eq!(read(&write(&links), "next"), Some("/z"));
    }
}
