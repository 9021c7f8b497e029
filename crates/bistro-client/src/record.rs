//! A JSON object as a row: its members in their order, each as it was sent.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::elements::Error;

/// An object's members.
#[derive(Debug)]
pub(crate) struct Record<'a>(pub(crate) Vec<(String, &'a RawValue)>);

/// What a member says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Text(String),
    /// As it was sent: no digit is lost.
    Number(String),
    /// `true` or `false`.
    Word(String),
    /// An array or an object, without blanks.
    Nested(String),
}

/// An element of an array: a row, if it is an object.
#[derive(Debug)]
pub(crate) enum Element<'a> {
    Record(Record<'a>),
    Other(Value),
}

impl<'a> Element<'a> {
    /// Reads an element, the one at that place, from 1.
    pub(crate) fn read(octets: &'a [u8], element: u64) -> Result<Self, Error> {
        let broken = |source| Error::Broken { element, source };
        if octets.first() == Some(&b'{') {
            return serde_json::from_slice(octets)
                .map(Self::Record)
                .map_err(broken);
        }
        let raw: &RawValue = serde_json::from_slice(octets).map_err(broken)?;
        Ok(Self::Other(Value::read(raw)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Record<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// Keeps the order, which a map would not.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Record(members))
    }
}

impl Value {
    /// Reads what a member says.
    pub(crate) fn read(raw: &RawValue) -> Self {
        let json = raw.get();
        match json.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Word(json.to_owned()),
            // Half of a surrogate pair is JSON, and no text: it stays as it was sent.
            Some(b'"') => {
                Self::Text(serde_json::from_str(json).unwrap_or_else(|_| json.to_owned()))
            }
            Some(b'{' | b'[') => Self::Nested(compact(json)),
            _ => Self::Number(json.to_owned()),
        }
    }
}

/// JSON without the blanks between its tokens, and so on one line.
pub(crate) fn compact(json: &str) -> String {
    let mut is_text = false;
    let mut is_escaped = false;
    json.chars()
        .filter(|character| {
            if is_text {
                is_text = is_escaped || *character != '"';
                is_escaped = *character == '\\' && !is_escaped;
                return true;
            }
            is_text = *character == '"';
            !matches!(character, ' ' | '\t' | '\r' | '\n')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Element, Value, compact};

    #[test]
    fn members_keep_their_order_and_their_digits() {
        let json = br#"{"z":1.50,"a":"x\n","n":null,"t":true,"o":{"b" : [1, 2]},"s":"\ud800"}"#;
        let Ok(Element::Record(record)) = Element::read(json, 1) else {
            panic!("an object")
        };
        let found: Vec<(&str, Value)> = record
            .0
            .iter()
            .map(|(name, raw)| (name.as_str(), Value::read(raw)))
            .collect();
        let expected = [
            ("z", Value::Number("1.50".to_owned())),
            ("a", Value::Text("x\n".to_owned())),
            ("n", Value::Null),
            ("t", Value::Word("true".to_owned())),
            ("o", Value::Nested("{\"b\":[1,2]}".to_owned())),
            ("s", Value::Text("\"\\ud800\"".to_owned())),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let error = Element::read(b"{\"a\":nope}", 7).expect_err("no JSON");
        assert!(
            error.to_string().starts_with("element 7 is no JSON ("),
            "{error}"
        );
        assert!(Element::read(b"nope", 1).is_err());
    }

    #[test]
    fn blanks_stay_only_in_texts() {
        for (json, expected) in [
            ("{ \"a b\" :\n[ 1 ,\t2 ] }", "{\"a b\":[1,2]}"),
            (r#"[" \" \\" , " "]"#, r#"[" \" \\"," "]"#),
            ("1", "1"),
        ] {
            assert_eq!(compact(json), expected);
        }
    }
}
