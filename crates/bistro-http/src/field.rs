//! What field values are made of: tokens, quoted strings and lists (RFC 9110 §5.6).

/// Whether a byte may stand in a token (RFC 9110 §5.6.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether the text is a token: at least one character, and none with a meaning of its own.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// The text without the white space that may stand around it (RFC 9110 §5.6.3).
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The parts of a value between separators, each with its byte offset. A separator inside a quoted string separates
/// nothing; a quoted string that does not end reaches to the end of the value.
pub(crate) fn split(value: &str, separator: char) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = Some((0, value));
    std::iter::from_fn(move || {
        let (at, text) = rest?;
        match next_separator(text, separator).and_then(|end| text.split_at_checked(end)) {
            Some((part, after)) => {
                let next = at + part.len() + separator.len_utf8();
                rest = after.strip_prefix(separator).map(|after| (next, after));
                Some((at, part))
            }
            None => {
                rest = None;
                Some((at, text))
            }
        }
    })
}

/// Where the next separator outside quoted strings stands.
fn next_separator(text: &str, separator: char) -> Option<usize> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if is_quoted {
            match character {
                '\\' => is_escaped = true,
                '"' => is_quoted = false,
                _ => {}
            }
        } else if character == '"' {
            is_quoted = true;
        } else if character == separator {
            return Some(at);
        }
    }
    None
}

/// The members of a list field over all its lines, trimmed, empty ones left out (RFC 9110 §5.6.1).
pub(crate) fn members<'a>(lines: &[&'a str]) -> impl Iterator<Item = &'a str> {
    lines
        .iter()
        .flat_map(|line| split(line, ','))
        .map(|(_, member)| trim(member))
        .filter(|member| !member.is_empty())
}

/// What a quoted string says (RFC 9110 §5.6.4); `None` unless the text is exactly one.
pub(crate) fn unquote(text: &str) -> Option<String> {
    let mut characters = text.strip_prefix('"')?.chars();
    let mut said = String::with_capacity(text.len());
    loop {
        match characters.next()? {
            '"' => return characters.as_str().is_empty().then_some(said),
            '\\' => said.push(characters.next().filter(|next| is_quotable(*next))?),
            character if is_quotable(character) => said.push(character),
            _ => return None,
        }
    }
}

/// Writes a quoted string. Characters that may not stand in a field at all are left out, so that whatever is quoted
/// stays one field value; so are those outside ASCII, which clients disagree about.
pub(crate) fn quote_into(text: &str, value: &mut String) {
    value.push('"');
    for character in text
        .chars()
        .filter(|character| matches!(character, ' '..='~'))
    {
        if matches!(character, '"' | '\\') {
            value.push('\\');
        }
        value.push(character);
    }
    value.push('"');
}

/// Whether a character may stand in a quoted string, escaped or not.
fn is_quotable(character: char) -> bool {
    character == '\t' || !character.is_control()
}

#[cfg(test)]
mod tests {
    use super::{is_token, members, quote_into, split, unquote};

    #[test]
    fn separators_in_quoted_strings_separate_nothing() {
        let check = |value: &str, expected: &[(usize, &str)]| {
            assert_eq!(split(value, ',').collect::<Vec<_>>(), expected, "{value:?}");
        };
        check("", &[(0, "")]);
        check(",", &[(0, ""), (1, "")]);
        check("a,b", &[(0, "a"), (2, "b")]);
        check(r#"a="x,y",b"#, &[(0, r#"a="x,y""#), (8, "b")]);
        check(r#""\",",b"#, &[(0, r#""\",""#), (6, "b")]);
        check(r#"a,"b,c"#, &[(0, "a"), (2, r#""b,c"#)]);
        check("시,울", &[(0, "시"), (4, "울")]);
    }

    #[test]
    fn lists_go_on_over_lines_and_forgive_empty_members() {
        let lines = [", a ,,b", "", "\tc\t"];
        assert_eq!(members(&lines).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn quoted_strings_say_what_they_say() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(unquote(text).as_deref(), expected, "{text:?}");
        };
        check(r#""""#, Some(""));
        check(r#""a b""#, Some("a b"));
        check(r#""\"\\""#, Some(r#""\"#));
        check(r#"""#, None);
        check(r#""a"#, None);
        check(r#""a\""#, None);
        check(r#""a"b"#, None);
        check("a", None);
        check("\"\r\n\"", None);
        check("\"\\\n\"", None);
    }

    #[test]
    fn what_is_quoted_can_be_unquoted_and_ends_no_line() {
        let check = |text: &str, expected: &str| {
            let mut value = String::new();
            quote_into(text, &mut value);
            assert_eq!(unquote(&value).as_deref(), Some(expected), "{text:?}");
        };
        check("next", "next");
        check(r#"a"b\c"#, r#"a"b\c"#);
        check("a\r\nSet-Cookie: b\0", "aSet-Cookie: b");
        check("서울 x", " x");
    }

    #[test]
    fn tokens_have_no_separators_and_are_not_empty() {
        for token in ["a", "*", "x-y.z_1", "!#$%&'*+-.^_`|~"] {
            assert!(is_token(token), "{token:?}");
        }
        for other in ["", " ", "a b", "a/b", "a=b", "é", "\0", "\"a\"", "a,"] {
            assert!(!is_token(other), "{other:?}");
        }
    }
}
