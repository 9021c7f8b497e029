//! The values of filters: bare, quoted, or several in a list.

use crate::error::Problem;
use crate::reader::{Budget, Reader};

/// Where a predicate's value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// As the value of a parameter: with the text. Quotes are ordinary characters.
    Parameter,
    /// Inside `and(…)`: before `,` and `)`, unless it stands in double quotes.
    Tree,
}

/// Reads a single value.
pub(crate) fn read(reader: &mut Reader<'_>, context: Context) -> String {
    match context {
        Context::Parameter => reader.take_rest().to_owned(),
        Context::Tree => read_tree_value(reader),
    }
}

/// Reads a value up to `,` or `)`: in quotes, an array or object in braces, or bare.
fn read_tree_value(reader: &mut Reader<'_>) -> String {
    read_element(reader)
        .or_else(|| read_balanced(reader))
        .unwrap_or_else(|| reader.take_while(is_inside).to_owned())
}

/// Reads a quoted element; `None`, and nothing read, if none stands here. A quote that does not close before `,` or `)`
/// is an ordinary character: clients send such values bare.
fn read_element(reader: &mut Reader<'_>) -> Option<String> {
    let start = reader.at();
    let text = reader.quoted().ok();
    if text.is_none() || reader.peek().is_some_and(is_inside) {
        reader.go_back(start);
        return None;
    }
    text
}

/// Reads `{…}` as it stands, so that the commas of an array literal need no quotes; `None`, and nothing read, if none
/// stands here.
fn read_balanced(reader: &mut Reader<'_>) -> Option<String> {
    if reader.peek() != Some('{') {
        return None;
    }
    let start = reader.at();
    let text = reader.rest();
    let mut depth = 0_usize;
    let mut is_quoted = false;
    while let Some(character) = reader.next() {
        match character {
            '\\' => {
                reader.next();
            }
            '"' => is_quoted = !is_quoted,
            '{' if !is_quoted => depth += 1,
            '}' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    if depth > 0 || reader.peek().is_some_and(is_inside) {
        reader.go_back(start);
        return None;
    }
    text.get(..reader.at() - start).map(ToOwned::to_owned)
}

/// Whether a bare value goes on with this character.
fn is_inside(character: char) -> bool {
    !matches!(character, ',' | ')')
}

/// Reads `(a,b)`. `()` has no values; a single empty one is `("")`.
pub(crate) fn read_list(
    reader: &mut Reader<'_>,
    budget: &mut Budget<'_>,
) -> Result<Vec<String>, Problem> {
    reader.skip_blanks();
    reader.require("(", "`(`")?;
    reader.skip_blanks();
    let mut values = Vec::new();
    if !reader.take(")") {
        loop {
            let value = read_element(reader);
            values.push(value.unwrap_or_else(|| reader.take_while(is_inside).to_owned()));
            budget.check_list(values.len())?;
            if reader.take(")") {
                break;
            }
            reader.require(",", "`,` or `)`")?;
        }
    }
    reader.skip_blanks();
    Ok(values)
}

/// Reads `{a,b}` with the quoting rules of `PostgreSQL`'s array literals.
pub(crate) fn read_braces(
    reader: &mut Reader<'_>,
    budget: &mut Budget<'_>,
    context: Context,
) -> Result<Vec<String>, Problem> {
    if context == Context::Tree && reader.peek() == Some('"') {
        let literal = reader.quoted()?;
        let mut inner = Reader::new(&literal);
        let values = read_array(&mut inner, budget)?;
        inner.end("end of input")?;
        return Ok(values);
    }
    read_array(reader, budget)
}

fn read_array(reader: &mut Reader<'_>, budget: &mut Budget<'_>) -> Result<Vec<String>, Problem> {
    reader.require("{", "`{`")?;
    let mut values = Vec::new();
    reader.skip_blanks();
    if !reader.take("}") {
        loop {
            reader.skip_blanks();
            let value = match reader.peek() {
                Some('"') => reader.quoted()?,
                _ => read_bare_member(reader)?,
            };
            values.push(value);
            budget.check_list(values.len())?;
            reader.skip_blanks();
            if reader.take("}") {
                break;
            }
            reader.require(",", "`,` or `}`")?;
        }
    }
    reader.skip_blanks();
    Ok(values)
}

fn read_bare_member(reader: &mut Reader<'_>) -> Result<String, Problem> {
    const EXPECTED: &str = "a value, or one in double quotes";
    let start = reader.at();
    let mut text = String::new();
    // Blanks at the end do not belong to the value, unless they are escaped.
    let mut length = 0;
    loop {
        match reader.peek() {
            None | Some('"' | '{') => return Err(reader.problem(EXPECTED)),
            Some(',' | '}') => break,
            Some('\\') => {
                reader.next();
                match reader.next() {
                    Some(character) => text.push(character),
                    None => return Err(reader.problem("the character that `\\` escapes")),
                }
                length = text.len();
            }
            Some(character) => {
                reader.next();
                text.push(character);
                if !matches!(character, ' ' | '\t') {
                    length = text.len();
                }
            }
        }
    }
    text.truncate(length);
    if text.is_empty() {
        return Err(reader.problem(EXPECTED));
    }
    if text.eq_ignore_ascii_case("null") {
        return Err(reader.problem_at(
            start,
            format!("`{text}`"),
            "a value: nothing is equal to NULL (the word itself goes in double quotes)",
        ));
    }
    Ok(text)
}
