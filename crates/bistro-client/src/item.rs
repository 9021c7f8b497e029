//! Request items: what is typed behind the URL, in HTTPie's notation.
//!
//! | typed | means |
//! | --- | --- |
//! | `name=text` | a member of the JSON object, or a field of the form |
//! | `name:=json` | the same with a number, `true`, `null`, a list, … |
//! | `name==text` | a parameter of the query |
//! | `Name:text` | a field of the request; `Name:` takes one away, `Name;` sends an empty one |
//! | `name@path` | a file in a form; `@path` alone is the whole body; `@path;type=text/csv` says what it is |
//! | `=@`, `:=@`, `==@`, `:@` | the same as without `@`, with the value from a file |
//!
//! The separator that comes first counts, and the longest that begins there. A backslash before `:`, `;`, `=` or `@` makes an
//! ordinary character of it, before and behind the separator; before anything else it is a backslash.

use thiserror::Error;

mod path;

pub(crate) use path::{Path, Step};
pub use path::{PathError, PathReason};

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// What stands before the separator.
    pub name: String,
    /// What stands behind it: the value, or the path of a file.
    pub value: String,
}

/// What an item is, told by its separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Name:text`
    Field,
    /// `Name:@path`
    FieldFromFile,
    /// `Name:`
    Without,
    /// `Name;`
    EmptyField,
    /// `name==text`
    Query,
    /// `name==@path`
    QueryFromFile,
    /// `name=text`
    Text,
    /// `name=@path`
    TextFromFile,
    /// `name:=json`
    Json,
    /// `name:=@path`
    JsonFromFile,
    /// `name@path`
    File,
}

/// Why something is no item.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// There is no separator in it.
    #[error(
        "`{item}` is no request item: write `name=text`, `name:=json`, `name==query`, `Field:value` or `name@file`"
    )]
    NoSeparator {
        /// What was typed.
        item: String,
    },
    /// Something follows the `;` of an empty field.
    #[error(
        "`{item}` has something behind `;`: an empty field ends with it, and `\\;` is an ordinary one"
    )]
    BehindEmptyField {
        /// What was typed.
        item: String,
    },
}

/// Every separator. A longer one comes before those that it begins with.
const SEPARATORS: [(&str, Kind); 10] = [
    (":=@", Kind::JsonFromFile),
    (":=", Kind::Json),
    (":@", Kind::FieldFromFile),
    (":", Kind::Field),
    ("==@", Kind::QueryFromFile),
    ("==", Kind::Query),
    ("=@", Kind::TextFromFile),
    ("=", Kind::Text),
    ("@", Kind::File),
    (";", Kind::EmptyField),
];

impl Item {
    /// Reads one item.
    pub fn read(typed: &str) -> Result<Self, Error> {
        let (name, mut kind, value) = split(typed).ok_or_else(|| Error::NoSeparator {
            item: typed.to_owned(),
        })?;
        if kind == Kind::Field && value.is_empty() {
            kind = Kind::Without;
        }
        if kind == Kind::EmptyField && !value.is_empty() {
            return Err(Error::BehindEmptyField {
                item: typed.to_owned(),
            });
        }
        Ok(Self {
            kind,
            name: unescape(name),
            value: unescape(value),
        })
    }

    /// Whether it belongs into the body.
    pub fn is_data(&self) -> bool {
        match self.kind {
            Kind::Text | Kind::TextFromFile | Kind::Json | Kind::JsonFromFile | Kind::File => true,
            Kind::Field
            | Kind::FieldFromFile
            | Kind::Without
            | Kind::EmptyField
            | Kind::Query
            | Kind::QueryFromFile => false,
        }
    }

    /// Whether it is `@path` alone: a file that is the whole body.
    pub fn is_whole_body(&self) -> bool {
        self.kind == Kind::File && self.name.is_empty()
    }
}

/// What stands before the first separator, what that is, and what stands behind it.
fn split(typed: &str) -> Option<(&str, Kind, &str)> {
    let mut rest = typed;
    while !rest.is_empty() {
        let found = SEPARATORS
            .iter()
            .find_map(|(separator, kind)| Some((rest.strip_prefix(separator)?, *kind)));
        if let Some((value, kind)) = found {
            let name = typed.get(..typed.len() - rest.len())?;
            return Some((name, kind, value));
        }
        rest = skip(rest);
    }
    None
}

/// What follows the first character, or the two that a backslash makes one.
fn skip(text: &str) -> &str {
    let mut characters = text.chars();
    if characters.next() == Some('\\') {
        characters.next();
    }
    characters.as_str()
}

/// Takes the backslashes before separators away.
fn unescape(typed: &str) -> String {
    let mut plain = String::with_capacity(typed.len());
    let mut characters = typed.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some(separator @ (':' | ';' | '=' | '@')) => plain.push(separator),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
