//! Patterns of `like`, and the range of texts that can fit one.

/// A pattern in SQL's letters: `*` is how URLs write `%`.
pub(super) fn like(text: &str) -> String {
    text.replace('*', "%")
}

/// Bounds of every text that a pattern of [`like`] can fit, the lower included and the upper not; `None` if it may begin with anything.
///
/// The bounds hold whether the database compares UTF-8, UTF-16 in either byte order, or code points: the letter that is
/// raised by one is of the basic plane and its low octet does not overflow.
pub(super) fn prefix_range(pattern: &str) -> Option<(String, String)> {
    let mut from = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' | '_' => break,
            '\\' => match letters.next() {
                Some(escaped) => from.push(escaped),
                None => return None,
            },
            other => from.push(other),
        }
    }
    while let Some(last) = from.pop() {
        if let Some(raised) = raised(last) {
            let to = format!("{from}{raised}");
            from.push(last);
            return Some((from, to));
        }
    }
    None
}

fn raised(letter: char) -> Option<char> {
    let code = u32::from(letter);
    if code == 0 || code > 0xFFFF || code & 0xFF == 0xFF {
        return None;
    }
    char::from_u32(code + 1)
}

#[cfg(test)]
mod tests {
    use super::{like, prefix_range};

    #[test]
    fn a_pattern_with_a_beginning_has_a_range() {
        for (pattern, expected) in [
            ("Wonder%", Some(("Wonder", "Wondes"))),
            ("Wonder%wall", Some(("Wonder", "Wondes"))),
            ("50\\%%", Some(("50%", "50&"))),
            ("가%", Some(("가", "각"))),
            ("a\u{FF}%", Some(("a", "b"))),
            ("a😀", Some(("a", "b"))),
            ("😀", None),
            ("%a", None),
            ("_a", None),
            ("", None),
            ("a\\", None),
        ] {
            let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
            assert_eq!(prefix_range(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn a_star_is_a_percent_sign() {
        assert_eq!(like("*wall*"), "%wall%");
    }
}
