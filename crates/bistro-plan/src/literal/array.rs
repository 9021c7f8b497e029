//! PostgreSQL's array literals, as JSON arrays.

use std::iter::Peekable;
use std::str::Chars;

use serde_json::Value as Json;

use crate::literal::number::Number;

/// How deep arrays may nest: PostgreSQL's own bound is six.
const DEPTH_MAX: usize = 6;

/// The JSON text of `{a,"b c",{1,2}}`; `None` if it is no array literal.
///
/// Elements without quotes that look like JSON numbers, `true`, `false` or `null` are those; all others are strings.
pub fn read(text: &str) -> Option<String> {
    let mut characters = text.trim().chars().peekable();
    let array = elements(&mut characters, DEPTH_MAX)?;
    characters.next().is_none().then(|| array.to_string())
}

fn elements(characters: &mut Peekable<Chars<'_>>, depth: usize) -> Option<Json> {
    characters.next_if_eq(&'{')?;
    let depth = depth.checked_sub(1)?;
    let mut found = Vec::new();
    skip_spaces(characters);
    if characters.next_if_eq(&'}').is_some() {
        return Some(Json::Array(found));
    }
    loop {
        skip_spaces(characters);
        found.push(match characters.peek()? {
            '{' => elements(characters, depth)?,
            '"' => quoted(characters)?,
            _ => bare(characters)?,
        });
        skip_spaces(characters);
        match characters.next()? {
            ',' => {}
            '}' => return Some(Json::Array(found)),
            _ => return None,
        }
    }
}

fn skip_spaces(characters: &mut Peekable<Chars<'_>>) {
    while characters.next_if(char::is_ascii_whitespace).is_some() {}
}

fn quoted(characters: &mut Peekable<Chars<'_>>) -> Option<Json> {
    characters.next_if_eq(&'"')?;
    let mut text = String::new();
    loop {
        match characters.next()? {
            '"' => return Some(Json::String(text)),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}

fn bare(characters: &mut Peekable<Chars<'_>>) -> Option<Json> {
    let mut text = String::new();
    while let Some(next) = characters.next_if(|c| !matches!(c, ',' | '{' | '}' | '"')) {
        text.push(if next == '\\' {
            characters.next()?
        } else {
            next
        });
    }
    let text = text.trim_end();
    if text.is_empty() {
        return None;
    }
    Some(match text.to_ascii_lowercase().as_str() {
        "null" => Json::Null,
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ if Number::read(text).is_some() => serde_json::from_str(text)
            .unwrap_or_else(|_: serde_json::Error| Json::String(text.to_owned())),
        _ => Json::String(text.to_owned()),
    })
}
