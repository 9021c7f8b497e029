//! Where the one statement of a stored query begins and ends.

/// The first statement in a text, by its octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Where its first word begins.
    pub(crate) start: usize,
    /// Behind its last word, before the semicolon.
    pub(crate) end: usize,
    /// Where another statement begins, if there is one.
    pub(crate) second: Option<usize>,
}

impl Extent {
    /// Finds it; `None` if there is nothing but comments.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut found: Option<Self> = None;
        let mut is_over = false;
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let token = Token::first(rest);
            let next = at + token.length;
            match (token.kind, &mut found) {
                (Kind::Nothing, _) | (Kind::Semicolon, None) => {}
                (Kind::Semicolon, Some(_)) => is_over = true,
                (Kind::Word, Some(found)) if is_over => {
                    found.second = Some(at);
                    return Some(*found);
                }
                (Kind::Word, Some(found)) => found.end = next,
                (Kind::Word, None) => {
                    found = Some(Self {
                        start: at,
                        end: next,
                        second: None,
                    });
                }
            }
            at = next;
        }
        found
    }
}

/// A piece of SQL, as far as statements are to be told apart.
struct Token {
    kind: Kind,
    length: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    /// Space, or a comment.
    Nothing,
    Semicolon,
    /// Anything else: a character, or a text or name in quotes.
    Word,
}

impl Token {
    fn first(text: &str) -> Self {
        let first = text.chars().next().unwrap_or_default();
        let token = |kind, length| Self { kind, length };
        let past = |from: usize, end: &str| {
            let found = text.get(from..).and_then(|rest| rest.find(end));
            found.map_or(text.len(), |found| from + found + end.len())
        };
        match first {
            '-' if text.starts_with("--") => token(Kind::Nothing, past(2, "\n")),
            '/' if text.starts_with("/*") => token(Kind::Nothing, past(2, "*/")),
            '\'' => token(Kind::Word, past(1, "'")),
            '"' => token(Kind::Word, past(1, "\"")),
            '`' => token(Kind::Word, past(1, "`")),
            '[' => token(Kind::Word, past(1, "]")),
            ';' => token(Kind::Semicolon, 1),
            space if space.is_whitespace() => token(Kind::Nothing, space.len_utf8()),
            other => token(Kind::Word, other.len_utf8()),
        }
    }
}

/// The line and the column of an octet in a text, from 1.
pub(crate) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default();
    (before.matches('\n').count() + 1, column.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_before_its_semicolon_and_the_comments_behind_it() {
        for (text, statement, second) in [
            ("SELECT 1", "SELECT 1", None),
            ("-- a;\n SELECT 1 ; -- b\n/* c; */ ;", "SELECT 1", None),
            (
                "SELECT ';', \"a;\", `b;`, [c;] -- d",
                "SELECT ';', \"a;\", `b;`, [c;]",
                None,
            ),
            ("SELECT 'it''s;' /* not closed", "SELECT 'it''s;'", None),
            (";;SELECT 1;\n\nSELECT 2;", "SELECT 1", Some("SELECT 2;")),
            ("SELECT '도시'; x", "SELECT '도시'", Some("x")),
        ] {
            let extent = Extent::of(text).expect(text);
            assert_eq!(&text[extent.start..extent.end], statement, "{text}");
            assert_eq!(
                extent.second.map(|second| &text[second..]),
                second,
                "{text}"
            );
        }
        for text in ["", " \n", "-- only\n/* comments */;", "--"] {
            assert_eq!(Extent::of(text), None, "{text}");
        }
    }

    #[test]
    fn a_position_counts_letters() {
        assert_eq!(position("ab\n도시 x", "ab\n도시 x".len() - 1), (2, 4));
        assert_eq!(position("", 0), (1, 1));
    }
}
