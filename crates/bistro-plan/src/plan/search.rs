//! Text-search queries as PostgreSQL's functions read them, in the words of SQLite's FTS5.

use std::iter::Peekable;
use std::str::Chars;

use bistro_dialect::operator::Operator;

/// How deep parentheses may nest.
const DEPTH_MAX: usize = 16;

const SYNTAX: &str =
    "it takes words joined by `&` and `|`, with `!` before what must not be there, and parentheses";
const ONLY_NOT: &str = "a search needs something to look for beside what must not be there";
const TOO_DEEP: &str = "its parentheses nest deeper than 16";

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Query {
    Phrase(String),
    Prefix(String),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// The FTS5 expression that looks for `text` in `column`; `None` if there is nothing to look for, which finds nothing.
///
/// # Errors
/// What is wrong with the text, as the end of a sentence.
pub(super) fn fts5(
    operator: Operator,
    column: &str,
    text: &str,
) -> Result<Option<String>, &'static str> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let query = if operator == Operator::SearchPlain {
        Query::All(text.split_whitespace().map(phrase).collect())
    } else if operator == Operator::SearchPhrase {
        phrase(text)
    } else if operator == Operator::SearchWeb {
        web(text)
    } else {
        Reader::new(text).read()?
    };
    Ok(Some(format!("{} : {}", quoted(column), write(&query)?)))
}

fn phrase(text: &str) -> Query {
    Query::Phrase(text.to_owned())
}

/// `websearch_to_tsquery`: quotes make a phrase, `or` stands between alternatives, `-` before what must not be there.
fn web(text: &str) -> Query {
    let mut alternatives = vec![Vec::new()];
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let is_negated = rest.starts_with('-');
        let from = rest.strip_prefix('-').unwrap_or(rest);
        let (word, is_word, after) = match from.strip_prefix('"') {
            Some(inside) => {
                let (word, after) = inside.split_once('"').unwrap_or((inside, ""));
                (word, false, after)
            }
            None => {
                let (word, after) = from.split_once(char::is_whitespace).unwrap_or((from, ""));
                (word, true, after)
            }
        };
        rest = after.trim_start();
        if is_word && !is_negated && word.eq_ignore_ascii_case("or") {
            alternatives.push(Vec::new());
        } else if let Some(last) = alternatives.last_mut().filter(|_| !word.is_empty()) {
            let found = phrase(word);
            last.push(if is_negated {
                Query::Not(Box::new(found))
            } else {
                found
            });
        }
    }
    alternatives.retain(|words| !words.is_empty());
    Query::Any(alternatives.into_iter().map(Query::All).collect())
}

/// `to_tsquery`: words, `&`, `|`, `!` and parentheses.
#[derive(Debug)]
struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.chars().peekable(),
            depth: 0,
        }
    }

    fn read(mut self) -> Result<Query, &'static str> {
        let query = self.any()?;
        match self.peek() {
            None => Ok(query),
            Some(_) => Err(SYNTAX),
        }
    }

    fn any(&mut self) -> Result<Query, &'static str> {
        let mut members = vec![self.all()?];
        while self.eat('|') {
            members.push(self.all()?);
        }
        Ok(Query::Any(members))
    }

    fn all(&mut self) -> Result<Query, &'static str> {
        let mut members = vec![self.one()?];
        while self.eat('&') {
            members.push(self.one()?);
        }
        Ok(Query::All(members))
    }

    fn one(&mut self) -> Result<Query, &'static str> {
        let mut is_negated = false;
        while self.eat('!') {
            is_negated = !is_negated;
        }
        let query = if self.eat('(') {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return Err(TOO_DEEP);
            }
            let query = self.any()?;
            self.depth -= 1;
            if !self.eat(')') {
                return Err(SYNTAX);
            }
            query
        } else {
            self.word()?
        };
        Ok(if is_negated {
            Query::Not(Box::new(query))
        } else {
            query
        })
    }

    fn word(&mut self) -> Result<Query, &'static str> {
        let mut word = String::new();
        if self.eat('\'') {
            loop {
                match self.rest.next() {
                    Some('\'') => break,
                    Some(letter) => word.push(letter),
                    None => return Err(SYNTAX),
                }
            }
        } else {
            let ends = |letter: &char| letter.is_whitespace() || "&|!():'".contains(*letter);
            while let Some(letter) = self.rest.next_if(|letter| !ends(letter)) {
                word.push(letter);
            }
        }
        if word.is_empty() {
            return Err(SYNTAX);
        }
        match (self.eat(':'), self.eat('*')) {
            (false, false) => Ok(Query::Phrase(word)),
            (true, true) => Ok(Query::Prefix(word)),
            (true, false) | (false, true) => Err(SYNTAX),
        }
    }

    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(|letter| letter.is_whitespace()).is_some() {}
        self.rest.peek().copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        if is_there {
            self.rest.next();
        }
        is_there
    }
}

/// FTS5's words for it. Its `NOT` stands between two expressions, so what must not be there needs something before it.
fn write(query: &Query) -> Result<String, &'static str> {
    match query {
        Query::Phrase(words) => Ok(quoted(words)),
        Query::Prefix(word) => Ok(format!("{} *", quoted(word))),
        Query::Not(_) => Err(ONLY_NOT),
        Query::Any(members) if members.is_empty() => Ok(quoted("")),
        Query::Any(members) => {
            let members: Vec<String> = members.iter().map(write).collect::<Result<_, _>>()?;
            Ok(format!("({})", members.join(" OR ")))
        }
        Query::All(members) => {
            let mut wanted = Vec::new();
            let mut unwanted = String::new();
            for member in members {
                match member {
                    Query::Not(of) => {
                        unwanted.push_str(" NOT ");
                        unwanted.push_str(&write(of)?);
                    }
                    other => wanted.push(write(other)?),
                }
            }
            if wanted.is_empty() {
                return Err(ONLY_NOT);
            }
            Ok(format!("(({}){unwanted})", wanted.join(" AND ")))
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests;
