//! CSV (RFC 4180): the first record names the columns.
//!
//! Read by hand and not by a library because an unquoted `NULL` is null and a quoted one is a word: which of the two it
//! was has to survive the reading.

use crate::error::Problem;
use crate::payload::collector::{Collector, Refusal, Slot};
use crate::payload::{Datum, Rows, malformed};
use crate::reader::Reader;

/// Reads a header record and rows. Empty lines are skipped; lines end with CRLF or LF.
pub(super) fn read(text: &str, mut collector: Collector<'_>) -> Result<Rows, Problem> {
    let mut reader = Reader::new(text);
    skip_empty_lines(&mut reader);
    if reader.rest().is_empty() {
        return Err(malformed("no header record", text, text.len()));
    }
    let header = read_header(&mut reader, text)?;
    let mut slots: Vec<Slot> = Vec::with_capacity(header.len());
    loop {
        skip_empty_lines(&mut reader);
        if reader.rest().is_empty() {
            break;
        }
        collector.begin()?;
        if slots.is_empty() {
            slots = find_slots(&header, &mut collector)?;
        }
        read_row(&mut reader, text, &slots, &mut collector)?;
        collector.end()?;
    }
    if slots.is_empty() {
        // Without rows the header still says which columns are meant.
        find_slots(&header, &mut collector)?;
    }
    Ok(collector.finish(false))
}

fn read_header(reader: &mut Reader<'_>, text: &str) -> Result<Vec<String>, Problem> {
    let mut header: Vec<String> = Vec::new();
    loop {
        let at = reader.at();
        let name = read_field(reader, text)?.text;
        if name.is_empty() {
            return Err(malformed("a column without a name", text, at));
        }
        header.push(name);
        if !reader.take(",") {
            break;
        }
    }
    let mut sorted: Vec<_> = header.iter().collect();
    sorted.sort();
    let twice = sorted.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    });
    match twice {
        Some(name) => Err(malformed(
            format!("column `{name}` is given twice"),
            text,
            0,
        )),
        None => Ok(header),
    }
}

fn find_slots(header: &[String], collector: &mut Collector<'_>) -> Result<Vec<Slot>, Problem> {
    header
        .iter()
        .map(|name| {
            collector.find(name).map_err(|refusal| match refusal {
                Refusal::Problem(problem) => problem,
                Refusal::Duplicate => malformed(format!("column `{name}` is given twice"), "", 0),
            })
        })
        .collect()
}

fn read_row(
    reader: &mut Reader<'_>,
    text: &str,
    slots: &[Slot],
    collector: &mut Collector<'_>,
) -> Result<(), Problem> {
    let start = reader.at();
    let ragged = |found: String| {
        let reason = format!("{found}, but the header has {} columns", slots.len());
        malformed(reason, text, start)
    };
    for (at, slot) in slots.iter().enumerate() {
        if at > 0 && !reader.take(",") {
            return Err(ragged(format!("a row of {at}")));
        }
        let field = read_field(reader, text)?;
        let datum = match field.text.as_str() {
            "NULL" if !field.is_quoted => Datum::Null,
            _ => Datum::Text(field.text),
        };
        collector.put(*slot, datum);
    }
    if reader.peek() == Some(',') {
        return Err(ragged("a row of more".to_owned()));
    }
    Ok(())
}

struct Field {
    text: String,
    is_quoted: bool,
}

/// Reads one field, up to the comma or the end of the line after it.
fn read_field(reader: &mut Reader<'_>, text: &str) -> Result<Field, Problem> {
    if reader.peek() != Some('"') {
        let bare = reader.take_while(|character| !matches!(character, ',' | '"' | '\n'));
        if reader.peek() == Some('"') {
            let reason = "a quote inside a field that does not begin with one";
            return Err(malformed(reason, text, reader.at()));
        }
        let is_last = reader.peek() != Some(',');
        let bare = bare.strip_suffix('\r').filter(|_| is_last).unwrap_or(bare);
        return Ok(Field {
            text: bare.to_owned(),
            is_quoted: false,
        });
    }
    let start = reader.at();
    let mut value = String::new();
    reader.next();
    loop {
        value.push_str(reader.take_while(|character| character != '"'));
        if !reader.take("\"") {
            return Err(malformed("a quote that is never closed", text, start));
        }
        if !reader.take("\"") {
            break;
        }
        value.push('"');
    }
    if reader.rest().starts_with("\r\n") || reader.rest() == "\r" {
        reader.next();
    }
    if reader
        .peek()
        .is_some_and(|character| !matches!(character, ',' | '\n'))
    {
        let reason = "text after the closing quote of a field";
        return Err(malformed(reason, text, reader.at()));
    }
    Ok(Field {
        text: value,
        is_quoted: true,
    })
}

fn skip_empty_lines(reader: &mut Reader<'_>) {
    while reader.take("\r\n") || reader.take("\n") {}
}
