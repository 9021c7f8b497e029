//! Strings as TOML writes them (TOML 1.0, "String"): where in a file what they say is said.

/// The octet of a string, as it is written with its quotes, at which the octet `at` of what it says is written. `None` where it is
/// written in no way that is known here.
pub(super) fn place(written: &str, said: &str, at: usize) -> Option<usize> {
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let quote = quotes
        .into_iter()
        .find(|quote| written.starts_with(quote))?;
    let inside = written.get(..written.len().checked_sub(quote.len())?)?;
    let mut start = quote.len();
    if quote.len() > 1 {
        // A line that ends right behind the quotes is not part of it.
        let line = ["\r\n", "\n"].into_iter();
        let mut line = line.filter(|end| {
            inside
                .get(start..)
                .is_some_and(|rest| rest.starts_with(end))
        });
        start += line.next().map_or(0, str::len);
    }
    let has_escapes = quote.starts_with('"');
    let mut found = None;
    let mut count = 0;
    while let Some(rest) = inside.get(start..).filter(|rest| !rest.is_empty()) {
        let piece = Piece::first(rest, has_escapes)?;
        if found.is_none() && count + piece.said > at {
            found = Some(start);
        }
        start += piece.written;
        count += piece.said;
    }
    // Otherwise it was read in another way than here.
    (count == said.len()).then_some(found.unwrap_or(start))
}

/// A piece of a string: how long it is as written, and how long what it says, in octets.
struct Piece {
    written: usize,
    said: usize,
}

impl Piece {
    fn first(rest: &str, has_escapes: bool) -> Option<Self> {
        let letter = rest.chars().next()?;
        if rest.starts_with("\r\n") {
            return Some(Self {
                written: 2,
                said: 1,
            });
        }
        if letter != '\\' || !has_escapes {
            let length = letter.len_utf8();
            return Some(Self {
                written: length,
                said: length,
            });
        }
        let after = rest.get(1..)?;
        let code = |digits: usize| {
            let number = u32::from_str_radix(after.get(1..=digits)?, 16).ok()?;
            Some(Self {
                written: 2 + digits,
                said: char::from_u32(number)?.len_utf8(),
            })
        };
        match after.chars().next()? {
            'u' => code(4),
            'U' => code(8),
            'x' => code(2),
            // The end of the line and all space behind it.
            space if space.is_whitespace() => Some(Self {
                written: rest.len() - after.trim_start().len(),
                said: 0,
            }),
            _ => Some(Self {
                written: 2,
                said: 1,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use toml::Spanned;

    use super::place;

    #[derive(Deserialize)]
    struct File {
        text: Spanned<String>,
    }

    #[test]
    fn what_a_string_says_is_found_where_it_says_it() {
        for written in [
            "\"a mark b\"",
            "'a mark b'",
            "\"\\\"a\\\" \\u00e4\\U0001F600\\t mark\"",
            "\"도시 mark\"",
            "\"\"\"a\nmark\"\"\"",
            "\"\"\"\na\n  mark \"x\" \"\"\"",
            "\"\"\"\na \\\n    mark\"\"\"",
            "'''\n\\a\\ mark'''",
            "'''mark'''",
        ] {
            let file = format!("text = {written}");
            let File { text } = toml::from_str(&file).expect(written);
            let at = text.get_ref().find("mark").expect("it is there");
            let place = place(&file[text.span()], text.get_ref(), at);
            assert_eq!(place, written.find("mark"), "{written}");
        }
    }

    #[test]
    fn the_end_is_where_the_string_ends() {
        assert_eq!(place("\"ab\"", "ab", 2), Some(3));
        assert_eq!(place("ab", "ab", 0), None);
        assert_eq!(place("\"ab\"", "abc", 0), None);
    }
}
