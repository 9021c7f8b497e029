//! Which writes a view takes, from the text of its triggers.

/// An event that an `INSTEAD OF` trigger answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// `INSTEAD OF INSERT`
    Insert,
    /// `INSTEAD OF UPDATE`, of whichever columns
    Update,
    /// `INSTEAD OF DELETE`
    Delete,
}

/// The event of a `CREATE TRIGGER … INSTEAD OF …`; `None` for other triggers and other text.
pub(super) fn instead_of(sql: &str) -> Option<Event> {
    let mut words = Words { rest: sql };
    words.expect("CREATE")?;
    let mut word = words.next()?;
    if word.is("TEMP") || word.is("TEMPORARY") {
        word = words.next()?;
    }
    if !word.is("TRIGGER") {
        return None;
    }
    let mut name = words.next()?;
    // `IF` alone may be a name.
    if name.is("IF") {
        let mut ahead = words.clone();
        if ahead
            .expect("NOT")
            .and_then(|()| ahead.expect("EXISTS"))
            .is_some()
        {
            words = ahead;
            name = words.next()?;
        }
    }
    let mut after = words.next()?;
    if after == Word::Other('.') {
        name = words.next()?;
        after = words.next()?;
    }
    let is_name = matches!(name, Word::Plain(_) | Word::Quoted);
    if !is_name || !after.is("INSTEAD") {
        return None;
    }
    words.expect("OF")?;
    let event = words.next()?;
    [
        ("INSERT", Event::Insert),
        ("UPDATE", Event::Update),
        ("DELETE", Event::Delete),
    ]
    .into_iter()
    .find_map(|(word, found)| event.is(word).then_some(found))
}

/// A token of SQL, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word<'a> {
    /// A keyword or an unquoted name.
    Plain(&'a str),
    /// A name or string in any of SQLite's quotes.
    Quoted,
    /// Anything else.
    Other(char),
}

impl Word<'_> {
    fn is(self, keyword: &str) -> bool {
        matches!(self, Word::Plain(word) if word.eq_ignore_ascii_case(keyword))
    }
}

/// The tokens of SQL text, without white space and comments.
#[derive(Clone)]
struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    fn expect(&mut self, keyword: &str) -> Option<()> {
        self.next().filter(|word| word.is(keyword)).map(|_| ())
    }

    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(comment) = self.rest.strip_prefix("--") {
                self.rest = comment.split_once('\n').map_or("", |(_, after)| after);
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, after)| after);
            } else {
                return;
            }
        }
    }

    /// Moves past a quoted name; a doubled quote inside stands for itself.
    fn skip_quoted(&mut self, close: char) {
        loop {
            let Some((_, after)) = self.rest.split_once(close) else {
                self.rest = "";
                return;
            };
            match after.strip_prefix(close) {
                Some(again) if close != ']' => self.rest = again,
                _ => {
                    self.rest = after;
                    return;
                }
            }
        }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        self.skip_blanks();
        let first = self.rest.chars().next()?;
        let close = match first {
            '"' | '\'' | '`' => Some(first),
            '[' => Some(']'),
            _ => None,
        };
        if let Some(close) = close {
            self.rest = self.rest.strip_prefix(first)?;
            self.skip_quoted(close);
            return Some(Word::Quoted);
        }
        let is_part = |letter: char| {
            letter.is_alphanumeric() || letter == '_' || letter == '$' || !letter.is_ascii()
        };
        let length = self
            .rest
            .find(|letter| !is_part(letter))
            .unwrap_or(self.rest.len());
        if length == 0 {
            self.rest = self.rest.strip_prefix(first)?;
            return Some(Word::Other(first));
        }
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(Word::Plain(word))
    }
}

#[cfg(test)]
mod tests;
