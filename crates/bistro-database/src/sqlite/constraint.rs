//! The names of foreign keys: SQLite keeps them nowhere but in the text of `CREATE TABLE`.

/// The name of each foreign key in the text of a table's declaration, in the order declared; `None` for one without.
pub(super) fn foreign_key_names(declaration: &str) -> Vec<Option<String>> {
    let mut names = Vec::new();
    let mut pending = None;
    let mut words = Words { rest: declaration };
    while let Some(word) = words.next() {
        let Word::Plain(word) = word else {
            continue;
        };
        match word.to_ascii_uppercase().as_str() {
            "CONSTRAINT" => pending = words.next().map(Word::into_name),
            "REFERENCES" => names.push(pending.take()),
            // The name that was read belonged to another constraint.
            "PRIMARY" | "UNIQUE" | "CHECK" | "DEFAULT" | "NOT" | "NULL" | "COLLATE"
            | "GENERATED" | "AS" => pending = None,
            _ => {}
        }
    }
    names
}

/// A word of SQL.
enum Word<'a> {
    /// A keyword, or a name without quotes.
    Plain(&'a str),
    /// A name or a text in quotes, those inside it not doubled any more.
    Quoted(String),
}

impl Word<'_> {
    fn into_name(self) -> String {
        match self {
            Self::Plain(name) => name.to_owned(),
            Self::Quoted(name) => name,
        }
    }
}

/// The words of a statement; comments and all other characters are passed over.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<Word<'a>> {
        loop {
            let first = self.rest.chars().next()?;
            if self.rest.starts_with("--") {
                self.skip_past("\n");
            } else if self.rest.starts_with("/*") {
                self.skip_past("*/");
            } else if let Some(end) = closing(first) {
                return Some(Word::Quoted(self.quoted(first, end)));
            } else if is_inside(first) {
                let end = self.rest.find(|character| !is_inside(character));
                let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                return Some(Word::Plain(word));
            } else {
                self.skip(first);
            }
        }
    }

    fn skip(&mut self, character: char) {
        self.rest = self.rest.get(character.len_utf8()..).unwrap_or_default();
    }

    fn skip_past(&mut self, end: &str) {
        self.rest = self.rest.split_once(end).map_or("", |(_, rest)| rest);
    }

    fn quoted(&mut self, start: char, end: char) -> String {
        self.skip(start);
        let mut name = String::new();
        while let Some(character) = self.rest.chars().next() {
            self.skip(character);
            if character == end {
                // A quote that is doubled is one of the name; a bracket cannot be.
                if end == ']' || !self.rest.starts_with(end) {
                    break;
                }
                self.skip(end);
            }
            name.push(character);
        }
        name
    }
}

fn closing(character: char) -> Option<char> {
    match character {
        '"' | '`' | '\'' => Some(character),
        '[' => Some(']'),
        _ => None,
    }
}

fn is_inside(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::foreign_key_names;

    #[test]
    fn names_are_found_in_the_order_declared() {
        let table: [(&str, &[Option<&str>]); 6] = [
            ("CREATE TABLE t (a REFERENCES b)", &[None]),
            (
                "CREATE TABLE t (a CONSTRAINT x REFERENCES b, b constraint \"y \"\"z\" references c (d))",
                &[Some("x"), Some("y \"z")],
            ),
            (
                "CREATE TABLE t (a CONSTRAINT n NOT NULL REFERENCES b, CONSTRAINT [f] FOREIGN KEY (a) REFERENCES b)",
                &[None, Some("f")],
            ),
            (
                "CREATE TABLE t (a DEFAULT 'CONSTRAINT x REFERENCES', b CHECK (b <> 'it''s') REFERENCES c)",
                &[None],
            ),
            (
                "CREATE TABLE t (a -- CONSTRAINT no REFERENCES b\n /* REFERENCES */ CONSTRAINT yes REFERENCES b)",
                &[Some("yes")],
            ),
            ("CREATE TABLE \"REFERENCES\" (a)", &[]),
        ];
        for (declaration, expected) in table {
            let found = foreign_key_names(declaration);
            let found: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
            assert_eq!(found, expected, "{declaration}");
        }
    }

    #[test]
    fn a_text_that_breaks_off_ends() {
        for declaration in [
            "",
            "CONSTRAINT",
            "'",
            "\"a",
            "[",
            "/*",
            "--",
            "CREATE TABLE t (a REFERENCES",
        ] {
            assert!(foreign_key_names(declaration).len() < 2, "{declaration}");
        }
    }
}
