//! Values in answers, as they are written: looked into as far as somebody asks, and told to the octet.

use std::cell::OnceCell;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep a pointer goes.
const DEPTH_MAX: usize = 128;

/// A value, and what is in it once somebody has looked.
#[derive(Debug)]
pub(super) struct Written {
    text: Box<RawValue>,
    inside: OnceCell<Inside>,
}

#[derive(Debug)]
enum Inside {
    Nothing,
    List(Vec<Written>),
    Object(Vec<(String, Written)>),
}

impl Written {
    /// A value that is there as text; `None` if the text is no JSON.
    pub(super) fn of(text: String) -> Option<Self> {
        RawValue::from_string(text).ok().map(Self::from)
    }

    /// As it is written.
    pub(super) fn text(&self) -> &str {
        self.text.get()
    }

    /// What a JSON Pointer (RFC 6901) finds in it.
    pub(super) fn find(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        let steps = pointer.strip_prefix('/')?;
        if steps.matches('/').count() >= DEPTH_MAX {
            return None;
        }
        let mut steps = steps.split('/');
        steps.try_fold(self, |value, step| value.step(step))
    }

    fn step(&self, step: &str) -> Option<&Self> {
        match self.inside.get_or_init(|| self.look()) {
            Inside::Nothing => None,
            Inside::List(values) => values.get(position(step)?),
            Inside::Object(members) => {
                let name = step.replace("~1", "/").replace("~0", "~");
                let mut last_first = members.iter().rev();
                last_first.find_map(|(own, value)| (*own == name).then_some(value))
            }
        }
    }

    fn look(&self) -> Inside {
        match self.text().bytes().next() {
            Some(b'[') => serde_json::from_str::<Vec<Box<RawValue>>>(self.text())
                .map(|values| Inside::List(values.into_iter().map(Self::from).collect())),
            Some(b'{') => members(&self.text).map(|members| {
                let members = members.into_iter();
                let owned =
                    |(name, value): (String, &RawValue)| (name, Self::from(value.to_owned()));
                Inside::Object(members.map(owned).collect())
            }),
            Some(_) | None => return Inside::Nothing,
        }
        .unwrap_or(Inside::Nothing)
    }
}

impl From<Box<RawValue>> for Written {
    fn from(text: Box<RawValue>) -> Self {
        Self {
            text,
            inside: OnceCell::new(),
        }
    }
}

/// A place in a list: digits, of which none is in vain.
pub(super) fn position(step: &str) -> Option<usize> {
    let is_plain = step == "0" || step.starts_with(|first: char| matches!(first, '1'..='9'));
    is_plain.then(|| step.parse().ok())?
}

/// The members of an object in their order, doubled ones too: whoever reads them next refuses them.
pub(super) fn members(object: &RawValue) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

    #[test]
    fn a_pointer_finds_what_is_written_to_the_octet() {
        let text =
            r#"{"a/b":[1.10, {"~":null,"z":1, "a":12345678901234567890123}],"":{"x":1,"x":2}}"#;
        let value = Written::of(text.to_owned()).expect("JSON");
        let found = |pointer: &str| value.find(pointer).map(Written::text);
        for (pointer, expected) in [
            ("", Some(text)),
            ("/a~1b/0", Some("1.10")),
            (
                "/a~1b/1",
                Some(r#"{"~":null,"z":1, "a":12345678901234567890123}"#),
            ),
            ("/a~1b/1/~0", Some("null")),
            ("/a~1b/1/a", Some("12345678901234567890123")),
            ("//x", Some("2")),
            ("/a~1b/2", None),
            ("/a~1b/00", None),
            ("/a~1b/+1", None),
            ("/a~1b/-", None),
            ("/a~1b/18446744073709551616", None),
            ("/a~1b/0/x", None),
            ("a", None),
        ] {
            assert_eq!(found(pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn a_pointer_has_an_end() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let value = Written::of(deep).expect("JSON");
        assert!(value.find(&"/0".repeat(DEPTH_MAX)).is_some());
        assert!(value.find(&"/0".repeat(DEPTH_MAX + 1)).is_none());
    }
}
