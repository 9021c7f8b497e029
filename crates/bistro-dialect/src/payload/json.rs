//! JSON: an object, or an array of objects. The text of each value is kept as it was sent.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::error::Problem;
use crate::payload::collector::{Collector, Refusal};
use crate::payload::{Datum, Rows, malformed};

const EXPECTED: &str = "an object or an array of objects";

/// Reads an object, or an array of objects.
pub(super) fn read(text: &str, mut collector: Collector<'_>) -> Result<Rows, Problem> {
    let content = text.trim_start_matches([' ', '\t', '\r', '\n']);
    let at = text.len() - content.len();
    match content.chars().next() {
        Some('{') => {
            parse(text, &mut collector, Shape::Object)?;
            Ok(collector.finish(true))
        }
        Some('[') => {
            parse(text, &mut collector, Shape::Array)?;
            Ok(collector.finish(false))
        }
        Some(_) => match serde_json::from_str::<IgnoredAny>(text) {
            Ok(IgnoredAny) => Err(malformed(format!("JSON, but not {EXPECTED}"), text, at)),
            Err(error) => Err(problem(text, &error)),
        },
        None => Err(malformed(format!("no JSON: expected {EXPECTED}"), text, at)),
    }
}

/// Reads an object.
pub(super) fn read_object(text: &str, mut collector: Collector<'_>) -> Result<Rows, Problem> {
    parse(text, &mut collector, Shape::Object)?;
    Ok(collector.finish(true))
}

/// What a parser says about `text`, as a problem with its place.
pub(super) fn problem(text: &str, error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let place = format!(" at line {line} column {column}");
    let reason = message.strip_suffix(&place).unwrap_or(&message);
    // The parser counts octets from 1, but 0 where it means the end of the line before.
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    malformed(reason, text, at)
}

#[derive(Clone, Copy)]
enum Shape {
    Object,
    Array,
}

fn parse(text: &str, collector: &mut Collector<'_>, shape: Shape) -> Result<(), Problem> {
    let mut refused = None;
    let mut parser = serde_json::Deserializer::from_str(text);
    let seed = Seed {
        collector,
        refused: &mut refused,
    };
    let result = match shape {
        Shape::Object => RowSeed(seed).deserialize(&mut parser),
        Shape::Array => ArraySeed(seed).deserialize(&mut parser),
    };
    // What we refused ourselves passed through the parser as an error without a face.
    match (refused, result.and_then(|()| parser.end())) {
        (Some(refused), _) => Err(refused),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(problem(text, &error)),
    }
}

struct Seed<'a, 'l> {
    collector: &'a mut Collector<'l>,
    refused: &'a mut Option<Problem>,
}

impl Seed<'_, '_> {
    fn refuse<E: serde::de::Error>(&mut self, problem: Problem) -> E {
        *self.refused = Some(problem);
        E::custom("refused")
    }
}

struct ArraySeed<'a, 'l>(Seed<'a, 'l>);

impl<'de> DeserializeSeed<'de> for ArraySeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ArraySeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        let Seed { collector, refused } = self.0;
        loop {
            let row = RowSeed(Seed {
                collector: &mut *collector,
                refused: &mut *refused,
            });
            if rows.next_element_seed(row)?.is_none() {
                return Ok(());
            }
        }
    }
}

struct RowSeed<'a, 'l>(Seed<'a, 'l>);

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        if let Err(problem) = self.0.collector.begin() {
            return Err(self.0.refuse(problem));
        }
        while let Some(name) = members.next_key::<String>()? {
            let slot = match self.0.collector.find(&name) {
                Ok(slot) => slot,
                Err(Refusal::Duplicate) => {
                    return Err(A::Error::custom(format!("key `{name}` is given twice")));
                }
                Err(Refusal::Problem(problem)) => return Err(self.0.refuse(problem)),
            };
            let value: &RawValue = members.next_value()?;
            let datum = match value.get() {
                "null" => Datum::Null,
                text if is_text(text) => Datum::Json(text.to_owned()),
                _ => {
                    return Err(A::Error::custom(format!(
                        "`{name}` is half a surrogate pair"
                    )));
                }
            };
            self.0.collector.put(slot, datum);
        }
        match self.0.collector.end() {
            Ok(()) => Ok(()),
            Err(problem) => Err(self.0.refuse(problem)),
        }
    }
}

/// Whether a value is what it seems: a string may have an escape that stands for no character, and nobody looked yet.
fn is_text(value: &str) -> bool {
    let is_suspect = value.starts_with('"') && value.contains("\\u");
    !is_suspect || serde_json::from_str::<String>(value).is_ok()
}
