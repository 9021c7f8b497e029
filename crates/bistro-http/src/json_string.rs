//! Strings of JSON (RFC 8259 §7), written into a text that grows.

/// Appends the text as it stands between the quotes of a JSON string. The quotes are the caller's: see [`quote_into`].
pub fn escape_into(text: &str, json: &mut String) {
    json.reserve(text.len());
    let mut rest = text;
    while let Some((plain, special, after)) = next_special(rest) {
        json.push_str(plain);
        push_escape(special, json);
        rest = after;
    }
    json.push_str(rest);
}

/// Appends the text as a JSON string, quotes included.
pub fn quote_into(text: &str, json: &mut String) {
    json.push('"');
    escape_into(text, json);
    json.push('"');
}

/// The text before the first character that must be escaped, that character, and the text after it.
fn next_special(text: &str) -> Option<(&str, u8, &str)> {
    // Most text has nothing to escape, so bytes are searched and whole pieces copied. All such characters are ASCII.
    let at = text
        .bytes()
        .position(|byte| matches!(byte, 0..=0x1f | b'"' | b'\\'))?;
    let (plain, special) = text.split_at_checked(at)?;
    let (special, after) = special.split_at_checked(1)?;
    Some((plain, special.bytes().next()?, after))
}

fn push_escape(special: u8, json: &mut String) {
    let short = match special {
        b'"' => '"',
        b'\\' => '\\',
        0x08 => 'b',
        0x0c => 'f',
        b'\n' => 'n',
        b'\r' => 'r',
        b'\t' => 't',
        _ => {
            json.push_str("\\u00");
            json.push(if special < 0x10 { '0' } else { '1' });
            json.push(
                char::from_digit(u32::from(special & 0x0f), 16).expect("four bits are one digit"),
            );
            return;
        }
    };
    json.push('\\');
    json.push(short);
}

#[cfg(test)]
mod tests {
    use super::{escape_into, quote_into};

    #[test]
    fn only_what_must_be_escaped_is() {
        let check = |text: &str, expected: &str| {
            let mut json = "[".to_owned();
            escape_into(text, &mut json);
            assert_eq!(json, format!("[{expected}"), "{text:?}");
        };
        check("", "");
        check("plain", "plain");
        check("a\"b\\c/d", r#"a\"b\\c/d"#);
        check("\u{8}\u{c}\n\r\t", r"\b\f\n\r\t");
        check("\0\u{1}\u{b}\u{e}\u{1f}", r"\u0000\u0001\u000b\u000e\u001f");
        check(" \u{7f}\u{80}\u{2028}", " \u{7f}\u{80}\u{2028}");
        check("서울 \u{1f37d}\"", "서울 \u{1f37d}\\\"");
    }

    #[test]
    fn no_control_character_stays_bare() {
        for code in 0..0x20 {
            let character = char::from(code);
            let mut json = String::new();
            quote_into(&character.to_string(), &mut json);
            assert!(json.starts_with("\"\\") && json.ends_with('"'), "{json}");
            assert!(!json.contains(character), "{json}");
        }
    }
}
