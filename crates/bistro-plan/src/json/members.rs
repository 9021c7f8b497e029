//! The members of an embedded object: their names and what their values mean, as a statement hands them to the database.

use crate::catalog::Kind;
use crate::json::value;
use crate::value::ValueRef;

/// The members of an object, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    /// What stands before the value: the brace or the comma, the name as a JSON string, and the colon.
    key: Vec<u8>,
    meaning: Meaning,
}

/// What a member's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A value of this kind.
    Kind(Kind),
    /// JSON that we have written ourselves and that needs no second look.
    Written,
}

impl Members {
    /// Prints names and meanings as a text that [`Members::read`] reads.
    pub fn print<'a>(members: impl IntoIterator<Item = (&'a str, Meaning)>) -> String {
        let members = members.into_iter();
        let members: Vec<(&str, char)> = members
            .map(|(name, meaning)| (name, letter(meaning)))
            .collect();
        serde_json::to_string(&members).expect("names and letters always have a JSON form")
    }

    /// Reads what [`Members::print`] has printed; `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let members: Vec<(String, char)> = serde_json::from_str(text).ok()?;
        let before = [b'{'].into_iter().chain(std::iter::repeat(b','));
        let members = members.into_iter().zip(before);
        let members = members.map(|((name, letter), before)| {
            let mut key = Vec::with_capacity(name.len() + 4);
            key.push(before);
            value::write_string(&name, &mut key);
            key.push(b':');
            Some(Member {
                key,
                meaning: meaning(letter)?,
            })
        });
        Some(Self {
            members: members.collect::<Option<_>>()?,
        })
    }

    /// Writes an object with these values, one for each member.
    pub fn write<'a>(&self, values: impl Fn(usize) -> ValueRef<'a>, out: &mut Vec<u8>) {
        if self.members.is_empty() {
            out.push(b'{');
        }
        for (place, member) in self.members.iter().enumerate() {
            out.extend_from_slice(&member.key);
            write_member(values(place), member.meaning, out);
        }
        out.push(b'}');
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// Writes one value: that of the only member.
pub fn write_value(members: &Members, value: ValueRef<'_>, out: &mut Vec<u8>) {
    if let Some(member) = members.members.first() {
        write_member(value, member.meaning, out);
    }
}

#[inline]
fn write_member(value: ValueRef<'_>, meaning: Meaning, out: &mut Vec<u8>) {
    match (meaning, value) {
        (Meaning::Written, ValueRef::Text(text)) => out.extend_from_slice(text),
        (
            Meaning::Written,
            ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_),
        ) => out.extend_from_slice(b"null"),
        (Meaning::Kind(kind), value) => value::read(value, kind).write(
            |document, out| out.extend_from_slice(document.as_bytes()),
            out,
        ),
    }
}

fn letter(meaning: Meaning) -> char {
    match meaning {
        Meaning::Kind(Kind::Integer) => 'i',
        Meaning::Kind(Kind::Real) => 'r',
        Meaning::Kind(Kind::Numeric) => 'n',
        Meaning::Kind(Kind::Text) => 't',
        Meaning::Kind(Kind::Boolean) => 'b',
        Meaning::Kind(Kind::Json) => 'j',
        Meaning::Kind(Kind::Blob) => 'o',
        Meaning::Kind(Kind::Temporal) => 'd',
        Meaning::Kind(Kind::Uuid) => 'u',
        Meaning::Kind(Kind::Any) => 'a',
        Meaning::Written => 'w',
    }
}

fn meaning(letter: char) -> Option<Meaning> {
    Some(match letter {
        'i' => Meaning::Kind(Kind::Integer),
        'r' => Meaning::Kind(Kind::Real),
        'n' => Meaning::Kind(Kind::Numeric),
        't' => Meaning::Kind(Kind::Text),
        'b' => Meaning::Kind(Kind::Boolean),
        'j' => Meaning::Kind(Kind::Json),
        'o' => Meaning::Kind(Kind::Blob),
        'd' => Meaning::Kind(Kind::Temporal),
        'u' => Meaning::Kind(Kind::Uuid),
        'a' => Meaning::Kind(Kind::Any),
        'w' => Meaning::Written,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Meaning, Members};
    use crate::catalog::Kind;
    use crate::value::ValueRef;

    #[test]
    fn members_are_read_as_they_were_printed() {
        let printed = Members::print([
            ("id", Meaning::Kind(Kind::Integer)),
            ("on", Meaning::Kind(Kind::Boolean)),
            ("a \"b\"", Meaning::Kind(Kind::Json)),
            ("far", Meaning::Kind(Kind::Real)),
            ("bytes", Meaning::Kind(Kind::Blob)),
            ("below", Meaning::Written),
        ]);
        let members = Members::read(&printed).expect("it was printed");
        assert_eq!(members.len(), 6);
        let values = [
            ValueRef::Integer(i64::MAX),
            ValueRef::Integer(1),
            ValueRef::Text(b"no json"),
            ValueRef::Real(f64::NEG_INFINITY),
            ValueRef::Blob(&[0, 255]),
            ValueRef::Text(b"[{}]"),
        ];
        let mut out = Vec::new();
        members.write(
            |place| values.get(place).copied().unwrap_or(ValueRef::Null),
            &mut out,
        );
        assert_eq!(
            String::from_utf8_lossy(&out),
            r#"{"id":9223372036854775807,"on":true,"a \"b\"":"no json","far":"-Infinity","bytes":"AP8=","below":[{}]}"#
        );
    }

    #[test]
    fn anything_else_is_no_members() {
        for text in ["", "{}", "[[\"a\"]]", "[[\"a\",\"?\"]]"] {
            assert_eq!(Members::read(text), None, "{text}");
        }
    }
}
