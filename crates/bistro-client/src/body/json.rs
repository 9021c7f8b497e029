//! The JSON that items build, in the order in which they were typed, with every number as it was typed.

use std::fmt;

use bistro_http::json_string;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::item::{Path, PathError, Step};

/// A value that grows.
#[derive(Debug, Default)]
pub(crate) enum Tree {
    /// Nothing was said of it: `null`, or whatever is asked for first.
    #[default]
    Unsaid,
    /// A value as it was typed.
    Raw(String),
    /// Members, by their names.
    Object(Vec<(String, Self)>),
    /// Elements.
    Array(Vec<Self>),
}

impl Tree {
    /// Puts JSON at the end of a path, in place of what is there.
    ///
    /// Objects and arrays on the way are made if they are not there. What is there keeps its kind, as with HTTPie: a path
    /// that needs another is refused.
    pub(crate) fn set(&mut self, path: &Path, json: String) -> Result<(), PathError> {
        let mut place = self;
        for step in &path.steps {
            place = place
                .enter(step)
                .map_err(|found| path.conflict(step, found))?;
        }
        *place = Self::Raw(json);
        Ok(())
    }

    /// Appends the value as JSON without spaces.
    pub(crate) fn write(&self, json: &mut String) {
        match self {
            Self::Unsaid => json.push_str("null"),
            Self::Raw(raw) => json.push_str(raw),
            Self::Object(members) => {
                let mut separator = '{';
                for (name, value) in members {
                    json.push(separator);
                    json_string::quote_into(name, json);
                    json.push(':');
                    value.write(json);
                    separator = ',';
                }
                json.push_str(if members.is_empty() { "{}" } else { "}" });
            }
            Self::Array(elements) => {
                let mut separator = '[';
                for value in elements {
                    json.push(separator);
                    value.write(json);
                    separator = ',';
                }
                json.push_str(if elements.is_empty() { "[]" } else { "]" });
            }
        }
    }

    /// The place one step further; what is there instead, if the step cannot be taken.
    fn enter(&mut self, step: &Step) -> Result<&mut Self, &'static str> {
        self.open();
        if matches!(self, Self::Unsaid) {
            *self = match step {
                Step::Key(..) => Self::Object(Vec::new()),
                Step::Index(..) | Step::Append(_) => Self::Array(Vec::new()),
            };
        }
        match (self, step) {
            (Self::Object(members), Step::Key(name, _)) => Ok(member(members, name)),
            (Self::Array(elements), Step::Index(index, _)) => Ok(element(elements, *index)),
            (Self::Array(elements), Step::Append(_)) => {
                let end = elements.len();
                Ok(element(elements, end))
            }
            (tree, Step::Key(..) | Step::Index(..) | Step::Append(_)) => Err(tree.kind()),
        }
    }

    /// Takes a typed object or array apart, one level deep, so that something can be put into it.
    fn open(&mut self) {
        let Self::Raw(raw) = self else {
            return;
        };
        let opened = match raw.bytes().next() {
            Some(b'{') => serde_json::from_str::<Members>(raw).map(|members| members.0),
            Some(b'[') => serde_json::from_str::<Vec<Box<RawValue>>>(raw)
                .map(|elements| Self::Array(elements.iter().map(|raw| Self::raw(raw)).collect())),
            Some(b'n') => Ok(Self::Unsaid),
            _ => return,
        };
        // What was typed is JSON; if it were not, it would stay what it is.
        if let Ok(opened) = opened {
            *self = opened;
        }
    }

    fn raw(raw: &RawValue) -> Self {
        Self::Raw(raw.get().to_owned())
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unsaid => "null",
            Self::Object(_) => "an object",
            Self::Array(_) => "an array",
            Self::Raw(raw) => match raw.bytes().next() {
                Some(b'"') => "text",
                Some(b't' | b'f') => "true or false",
                _ => "a number",
            },
        }
    }
}

/// The member of that name: the last, because that is the one that readers of JSON take.
fn member<'a>(members: &'a mut Vec<(String, Tree)>, name: &str) -> &'a mut Tree {
    let index = members
        .iter()
        .rposition(|(known, _)| known == name)
        .unwrap_or_else(|| {
            members.push((name.to_owned(), Tree::Unsaid));
            members.len() - 1
        });
    &mut members[index].1
}

/// The element at an index, with nothing said of those before it. [`Path::read`] limits the index.
fn element(elements: &mut Vec<Tree>, index: usize) -> &mut Tree {
    if elements.len() <= index {
        elements.resize_with(index + 1, Tree::default);
    }
    &mut elements[index]
}

/// The members of an object in the order in which they stand there.
struct Members(Tree);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push((name, Tree::raw(&raw)));
                }
                Ok(Members(Tree::Object(members)))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests;
