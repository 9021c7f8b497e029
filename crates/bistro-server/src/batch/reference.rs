//! What a request of a batch takes from the answers before it.
//!
//! A JSON Pointer (RFC 6901) into the list of answers says what: `/0/body/0/id`. In a path and in a field it stands in braces,
//! `/orders/{/0/body/0/id}`. In a body it is the value of a row's member, `{"order_id": {"$response": "/0/body/0/id"}}`. A
//! value that only looks so is written with one `$` more, `{"$$response": …}`, and loses it.

use std::cell::OnceCell;
use std::fmt::Write as _;

use bistro_http::percent;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::batch::step::malformed;
use crate::problem::Problem;

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct Answers {
    answers: Vec<Answer>,
}

/// An answer, which is only looked into if a later request takes something from it.
#[derive(Debug)]
struct Answer {
    text: String,
    value: OnceCell<Value>,
}

impl Answers {
    /// Adds the answer to the next request.
    pub(super) fn add(&mut self, text: String) {
        self.answers.push(Answer {
            text,
            value: OnceCell::new(),
        });
    }

    /// All of them as they are written.
    pub(super) fn texts(&self) -> Vec<&str> {
        let answers = self.answers.iter();
        answers.map(|answer| answer.text.as_str()).collect()
    }

    /// A path and its query with what they take, percent-encoded for where it stands.
    ///
    /// # Errors
    /// There is no such value.
    pub(super) fn resolve_path(&self, path: &str) -> Result<String, Problem> {
        let mut is_query = false;
        self.fill(path, |before, text| {
            is_query |= before.contains('?');
            if is_query {
                percent::encode_query(text)
            } else {
                percent::encode_segment(text)
            }
        })
    }

    /// The value of a field with what it takes.
    ///
    /// # Errors
    /// There is no such value.
    pub(super) fn resolve_field(&self, value: &str) -> Result<String, Problem> {
        self.fill(value, |_, text| text.to_owned())
    }

    fn fill(
        &self,
        template: &str,
        mut encode: impl FnMut(&str, &str) -> String,
    ) -> Result<String, Problem> {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{/") {
            let (pointer, after) = after
                .split_once('}')
                .ok_or_else(|| malformed(format!("`{{/{after}` is not closed by `}}`")))?;
            let pointer = format!("/{pointer}");
            let text = match self.find(&pointer)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(is_true) => is_true.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(malformed(format!(
                        "`{pointer}` is no text, number or boolean, so it cannot stand in a path or a field"
                    )));
                }
            };
            filled.push_str(before);
            filled.push_str(&encode(before, &text));
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// A body with what its rows take. Every other value stays as it was sent, to the octet.
    ///
    /// # Errors
    /// There is no such value.
    pub(super) fn resolve_body(&self, body: &RawValue) -> Result<String, Problem> {
        let text = body.get();
        if !text.contains("$response") {
            return Ok(text.to_owned());
        }
        match text.trim_start().chars().next() {
            Some('{') => self.resolve_row(body),
            Some('[') => {
                let rows: Vec<&RawValue> =
                    serde_json::from_str(text).map_err(|error| unread(&error))?;
                let rows: Result<Vec<String>, Problem> =
                    rows.into_iter().map(|row| self.resolve_row(row)).collect();
                Ok(format!("[{}]", rows?.join(",")))
            }
            Some(_) | None => Ok(text.to_owned()),
        }
    }

    fn resolve_row(&self, row: &RawValue) -> Result<String, Problem> {
        if !row.get().trim_start().starts_with('{') {
            return Ok(row.get().to_owned());
        }
        let mut resolved = String::from("{");
        for (name, value) in members(row).map_err(|error| unread(&error))? {
            if resolved.len() > 1 {
                resolved.push(',');
            }
            let name = Value::String(name);
            let value = self.resolve_value(value)?;
            write!(resolved, "{name}:{value}").expect("a string takes all");
        }
        resolved.push('}');
        Ok(resolved)
    }

    fn resolve_value(&self, value: &RawValue) -> Result<String, Problem> {
        let as_sent = || value.get().to_owned();
        if !value.get().trim_start().starts_with('{') {
            return Ok(as_sent());
        }
        let members = members(value).map_err(|error| unread(&error))?;
        let [(name, inner)] = members.as_slice() else {
            return Ok(as_sent());
        };
        match name.strip_suffix("$response") {
            Some("") => {
                let pointer: String = serde_json::from_str(inner.get()).map_err(|error| {
                    malformed(format!(
                        "`$response` takes a JSON Pointer, not {inner}: {error}"
                    ))
                })?;
                Ok(self.find(&pointer)?.to_string())
            }
            Some(more) if more.chars().all(|sign| sign == '$') => {
                let name = Value::String(format!("{more}response"));
                Ok(format!("{{{name}:{inner}}}"))
            }
            Some(_) | None => Ok(as_sent()),
        }
    }

    fn find(&self, pointer: &str) -> Result<&Value, Problem> {
        let missing = || {
            malformed(format!(
                "`{pointer}` is nothing that an earlier request of this batch was answered with"
            ))
            .hint(
                "It is a JSON Pointer into the list of answers: `/0/body/0/id` is the `id` of the first row of the first \
                 answer. Ask for rows with `Prefer: return=representation`.",
            )
        };
        let (answer, rest) = match pointer.strip_prefix('/') {
            Some(pointer) => pointer.split_once('/').unwrap_or((pointer, "")),
            None => return Err(missing()),
        };
        let answer: usize = answer.parse().ok().ok_or_else(missing)?;
        let answer = self.answers.get(answer).ok_or_else(missing)?;
        // What Bistro wrote is JSON; all that can be wrong with it is that it goes deeper than the reader follows.
        let read = || serde_json::from_str(&answer.text).unwrap_or_default();
        let answer = answer.value.get_or_init(read);
        if rest.is_empty() {
            return Ok(answer);
        }
        answer.pointer(&format!("/{rest}")).ok_or_else(missing)
    }
}

fn unread(error: &serde_json::Error) -> Problem {
    malformed(format!("A body of the batch cannot be read: {error}"))
}

/// The members of an object in their order, doubled ones too: whoever reads them next refuses them.
fn members(object: &RawValue) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(name) = map.next_key::<String>()? {
                members.push((name, map.next_value()?));
            }
            Ok(members)
        }
    }

    serde_json::Deserializer::from_str(object.get()).deserialize_map(Members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Answers {
        let mut answers = Answers::default();
        answers.add(
            r#"{"status":201,"headers":{"etag":"\"a\""},"body":[{"id":7,"name":"a/b, c&d","big":9007199254740993,"none":null}]}"#
                .to_owned(),
        );
        answers.add(r#"{"status":204,"headers":{}}"#.to_owned());
        answers
    }

    fn body(text: &str) -> Result<String, Problem> {
        let raw: Box<RawValue> = serde_json::from_str(text).expect("JSON");
        answers().resolve_body(&raw)
    }

    #[test]
    fn a_path_takes_values_encoded_for_where_they_stand() {
        for (path, expected) in [
            ("/songs", "/songs"),
            ("/songs/{/0/body/0/id}", "/songs/7"),
            (
                "/artists/{/0/body/0/name}/songs",
                "/artists/a%2Fb%2C%20c&d/songs",
            ),
            (
                "/songs?name=eq.{/0/body/0/name}&id=gt.{/0/body/0/id}",
                "/songs?name=eq.a%2Fb,%20c%26d&id=gt.7",
            ),
            ("/songs?a=eq.{b}", "/songs?a=eq.{b}"),
        ] {
            assert_eq!(
                answers().resolve_path(path).as_deref(),
                Ok(expected),
                "{path}"
            );
        }
        for path in [
            "/songs/{/0/body/0/none}",
            "/songs/{/0/body/0}",
            "/songs/{/0/body/1/id}",
            "/songs/{/2/status}",
            "/songs/{/-1/status}",
            "/songs/{/0/body/0/id",
        ] {
            assert!(answers().resolve_path(path).is_err(), "{path}");
        }
        assert_eq!(
            answers().resolve_field("{/0/headers/etag}").as_deref(),
            Ok("\"a\"")
        );
    }

    #[test]
    fn a_body_takes_values_as_members_of_its_rows_and_nowhere_else() {
        for (text, expected) in [
            (
                r#"{"a": 1.0, "b":"$response"}"#,
                r#"{"a":1.0,"b":"$response"}"#,
            ),
            (
                r#"{"a":{"$response":"/0/body/0/id"}, "n": 1.50}"#,
                r#"{"a":7,"n":1.50}"#,
            ),
            (
                r#"[{"a":{"$response":"/0/body/0/big"}},{"a":null}]"#,
                r#"[{"a":9007199254740993},{"a":null}]"#,
            ),
            (
                r#"{"a":{"$response":"/0/body/0"}}"#,
                r#"{"a":{"big":9007199254740993,"id":7,"name":"a/b, c&d","none":null}}"#,
            ),
            (r#"{"a":{"$response":"/1/status"}}"#, r#"{"a":204}"#),
            // Deeper it is a document of somebody's, and so is what has a sign too many.
            (
                r#"{"a":{"b":{"$response":"/0/body/0/id"}}}"#,
                r#"{"a":{"b":{"$response":"/0/body/0/id"}}}"#,
            ),
            (
                r#"{"a":{"$$response":"/0/body/0/id"}}"#,
                r#"{"a":{"$response":"/0/body/0/id"}}"#,
            ),
            (
                r#"{"a":{"$$$response":[1, 2]}}"#,
                r#"{"a":{"$$response":[1, 2]}}"#,
            ),
            (
                r#"{"a":{"$response":"/0/status","b":1}}"#,
                r#"{"a":{"$response":"/0/status","b":1}}"#,
            ),
            (
                r#"{"a":{"x$response":"/0/status"}}"#,
                r#"{"a":{"x$response":"/0/status"}}"#,
            ),
            (
                r#"{"a":[{"$response":"/0/status"}]}"#,
                r#"{"a":[{"$response":"/0/status"}]}"#,
            ),
            (r#"["$response", 1]"#, r#"["$response",1]"#),
            (r#""$response""#, r#""$response""#),
            (
                r#"{"a":1,"a":{"$response":"/0/status"}}"#,
                r#"{"a":1,"a":201}"#,
            ),
        ] {
            assert_eq!(body(text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            r#"{"a":{"$response":"/0/body/0/nope"}}"#,
            r#"{"a":{"$response":"0/status"}}"#,
            r#"{"a":{"$response":3}}"#,
            r#"{"a":{"$response":"/7"}}"#,
            r#"{"a":{"$response":""}}"#,
        ] {
            assert!(body(text).is_err(), "{text}");
        }
    }
}
