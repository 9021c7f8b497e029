//! What a request of a batch takes from the answers before it.
//!
//! A JSON Pointer (RFC 6901) into the list of answers says what: `/0/body/0/id`. In a path and in a field it stands in braces,
//! `/orders/{/0/body/0/id}`. In a body it is the value of a row's member, `{"order_id": {"$response": "/0/body/0/id"}}`. A
//! value that only looks so is written with one `$` more, `{"$$response": …}`, and loses it.

use std::cell::OnceCell;

use bistro_http::percent;
use hyper::StatusCode;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::batch::step::malformed;
use crate::batch::written::{Written, members, position};
use crate::problem::Problem;

/// The answers so far.
#[derive(Debug)]
pub(super) struct Answers {
    answers: Vec<Answer>,
    bytes_max: usize,
}

/// An answer, which is only looked into if a later request takes something from it.
#[derive(Debug)]
struct Answer {
    text: String,
    value: OnceCell<Option<Written>>,
}

impl Answers {
    /// No answers yet. What is taken from them makes no path, field or body longer than this, in octets: a long value can be
    /// taken as often as there are rows.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            answers: Vec::new(),
            bytes_max,
        }
    }

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
    /// There is no such value; or it is empty where it is to name something, and the path would name all of them.
    pub(super) fn resolve_path(&self, path: &str) -> Result<String, Problem> {
        let mut is_query = false;
        let filled = self.fill(path, |before, text| {
            is_query |= before.contains('?');
            if is_query {
                percent::encode_query(&text)
            } else {
                percent::encode_segment(&text)
            }
        })?;
        let only_path = filled.split('?').next().unwrap_or_default();
        if filled != path && only_path.split('/').skip(1).any(str::is_empty) {
            return Err(malformed(format!(
                "`{path}` names nothing: what it takes from an earlier answer is empty"
            ))
            .hint("Compare it in the query: `/tasks?code=eq.{/0/body/0/code}`."));
        }
        Ok(filled)
    }

    /// The value of a field with what it takes.
    ///
    /// # Errors
    /// There is no such value.
    pub(super) fn resolve_field(&self, value: &str) -> Result<String, Problem> {
        self.fill(value, |_, text| text)
    }

    fn fill(
        &self,
        template: &str,
        mut encode: impl FnMut(&str, String) -> String,
    ) -> Result<String, Problem> {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{/") {
            let (pointer, after) = after
                .split_once('}')
                .ok_or_else(|| malformed(format!("`{{/{after}` is not closed by `}}`")))?;
            let pointer = format!("/{pointer}");
            let text = plain(self.find(&pointer)?.text()).ok_or_else(|| {
                malformed(format!(
                    "`{pointer}` is no text, number or boolean, so it cannot stand in a path or a field"
                ))
            })?;
            filled.push_str(before);
            filled.push_str(&encode(before, text));
            self.check_length(&filled)?;
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
        let mut resolved = String::new();
        match text.chars().next() {
            Some('{') if text.contains("$response") => self.resolve_row(body, &mut resolved)?,
            Some('[') if text.contains("$response") => {
                let rows: Vec<&RawValue> =
                    serde_json::from_str(text).map_err(|error| unread(&error))?;
                for row in rows {
                    resolved.push(if resolved.is_empty() { '[' } else { ',' });
                    self.resolve_row(row, &mut resolved)?;
                }
                resolved.push(']');
            }
            Some(_) | None => resolved.push_str(text),
        }
        Ok(resolved)
    }

    fn resolve_row(&self, row: &RawValue, resolved: &mut String) -> Result<(), Problem> {
        if !row.get().starts_with('{') {
            resolved.push_str(row.get());
            return Ok(());
        }
        let members = members(row).map_err(|error| unread(&error))?;
        resolved.push('{');
        for (number, (name, value)) in members.into_iter().enumerate() {
            if number > 0 {
                resolved.push(',');
            }
            resolved.push_str(&Value::String(name).to_string());
            resolved.push(':');
            self.resolve_value(value, resolved)?;
            self.check_length(resolved)?;
        }
        resolved.push('}');
        Ok(())
    }

    fn resolve_value(&self, value: &RawValue, resolved: &mut String) -> Result<(), Problem> {
        let members = if value.get().starts_with('{') {
            members(value).map_err(|error| unread(&error))?
        } else {
            Vec::new()
        };
        if let [(name, inner)] = members.as_slice()
            && let Some(more) = name.strip_suffix("$response")
            && more.chars().all(|sign| sign == '$')
        {
            if more.is_empty() {
                let pointer: String = serde_json::from_str(inner.get()).ok().ok_or_else(|| {
                    malformed(format!(
                        "`$response` takes a JSON Pointer in quotes, not {inner}"
                    ))
                })?;
                resolved.push_str(self.find(&pointer)?.text());
            } else {
                let name = Value::String(format!("{more}response"));
                resolved.extend(["{", &name.to_string(), ":", inner.get(), "}"]);
            }
        } else {
            resolved.push_str(value.get());
        }
        Ok(())
    }

    fn check_length(&self, resolved: &str) -> Result<(), Problem> {
        if resolved.len() <= self.bytes_max {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "BISTRO413",
            format!(
                "With what it takes from earlier answers, the request has more than {} octets (`[http] body_max`)",
                self.bytes_max
            ),
        ))
    }

    fn find(&self, pointer: &str) -> Result<&Written, Problem> {
        let missing = || {
            malformed(format!(
                "`{pointer}` is nothing that an earlier request of this batch was answered with"
            ))
            .hint(
                "It is a JSON Pointer into the list of answers: `/0/body/0/id` is the `id` of the first row of the first \
                 answer. Ask for rows with `Prefer: return=representation`.",
            )
        };
        let inner = pointer.strip_prefix('/').ok_or_else(missing)?;
        let number = inner.split('/').next().unwrap_or_default();
        let rest = inner.strip_prefix(number).unwrap_or_default();
        let answer = position(number).and_then(|number| self.answers.get(number));
        let answer = answer.ok_or_else(missing)?;
        let value = answer
            .value
            .get_or_init(|| Written::of(answer.text.clone()));
        let found = value.as_ref().and_then(|value| value.find(rest));
        found.ok_or_else(missing)
    }
}

/// A text, a number or a boolean as it stands in a path; nothing else can.
fn plain(json: &str) -> Option<String> {
    match json.bytes().next()? {
        b'"' => serde_json::from_str(json).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(json.to_owned()),
    }
}

fn unread(error: &serde_json::Error) -> Problem {
    malformed(format!("A body of the batch cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Answers {
        let mut answers = Answers::new(1_000);
        answers.add(
            r#"{"status":201,"headers":{"etag":"\"a\""},"body":[{"id":7,"name":"a/b, c&d","big":9007199254740993,"none":null}]}"#
                .to_owned(),
        );
        answers.add(r#"{"status":204,"headers":{"x":""}}"#.to_owned());
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
            ("/songs?a=eq.{/1/headers/x}", "/songs?a=eq."),
            ("/duets/{/1/headers/x},7", "/duets/,7"),
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
            // An empty key would make a collection of a row, and `DELETE` would go on.
            "/songs/{/1/headers/x}",
            "/songs/{/1/headers/x}?id=gt.0",
            "/songs/{/1/headers/x}/notes",
            "/songs/{/1/headers/x}{/1/headers/x}",
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
                r#"{"a":{"id":7,"name":"a/b, c&d","big":9007199254740993,"none":null}}"#,
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

    #[test]
    fn what_is_taken_makes_nothing_longer_than_a_request_may_be() {
        let mut answers = Answers::new(100);
        answers.add(format!(r#"{{"body":"{}"}}"#, "x".repeat(60)));
        let row = r#"{"a":{"$response":"/0/body"}}"#;
        for (body, is_taken) in [(row.to_owned(), true), (format!("[{row},{row}]"), false)] {
            let raw: Box<RawValue> = serde_json::from_str(&body).expect("JSON");
            assert_eq!(answers.resolve_body(&raw).is_ok(), is_taken, "{body}");
        }
        assert!(answers.resolve_path("/a?b=eq.{/0/body}").is_ok());
        assert!(answers.resolve_path("/a?b=eq.{/0/body}{/0/body}").is_err());
    }
}
