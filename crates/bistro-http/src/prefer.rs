//! What a client would like: the grammar of `Prefer` (RFC 7240).

use std::collections::HashSet;

use crate::field;

/// One preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Its name in lower case; names know no case.
    pub name: String,
    /// Its value, without quotes. `None` if there is none or an empty one, which means the same (RFC 7240 §2).
    pub value: Option<String>,
    /// The preference as it was written, with its parameters.
    pub raw: String,
}

/// The preferences of all lines of the field, in order.
///
/// Of a name that is repeated the first one counts. Values need not be tokens: clients of `PostgREST` send
/// `timezone=America/Los_Angeles`. What is no preference at all is one with an odd name, so that a strict reader can
/// say what it did not understand.
pub fn preferences(lines: &[&str]) -> Vec<Preference> {
    let mut names = HashSet::new();
    field::members(lines)
        .map(Preference::read)
        .filter(|preference| names.insert(preference.name.clone()))
        .collect()
}

impl Preference {
    fn read(member: &str) -> Self {
        // The parameters after `;` belong to preferences that nobody has defined yet: they are only kept.
        let preference = field::split(member, ';')
            .next()
            .map_or(member, |(_, part)| part);
        let (name, value) = match preference.split_once('=') {
            Some((name, value)) => (field::trim(name), Some(field::trim(value))),
            None => (field::trim(preference), None),
        };
        Self {
            name: name.to_ascii_lowercase(),
            value: value
                .map(|value| field::unquote(value).unwrap_or_else(|| value.to_owned()))
                .filter(|value| !value.is_empty()),
            raw: member.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Preference, preferences};

    fn check(lines: &[&str], expected: &[(&str, Option<&str>, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value, raw)| Preference {
                name: (*name).to_owned(),
                value: value.map(str::to_owned),
                raw: (*raw).to_owned(),
            })
            .collect();
        assert_eq!(preferences(lines), expected, "{lines:?}");
    }

    #[test]
    fn preferences_are_read_from_all_lines() {
        check(
            &["return=representation, count=exact", "tx=rollback"],
            &[
                ("return", Some("representation"), "return=representation"),
                ("count", Some("exact"), "count=exact"),
                ("tx", Some("rollback"), "tx=rollback"),
            ],
        );
    }

    #[test]
    fn forms_of_a_preference() {
        check(
            &["Respond-Async"],
            &[("respond-async", None, "Respond-Async")],
        );
        check(&["a=\"\""], &[("a", None, "a=\"\"")]);
        check(&["a="], &[("a", None, "a=")]);
        check(&["a = b "], &[("a", Some("b"), "a = b")]);
        check(
            &["a=\"b, c; d\""],
            &[("a", Some("b, c; d"), "a=\"b, c; d\"")],
        );
        check(&["a=b; c=d;; e"], &[("a", Some("b"), "a=b; c=d;; e")]);
        check(
            &["timezone=America/Los_Angeles"],
            &[(
                "timezone",
                Some("America/Los_Angeles"),
                "timezone=America/Los_Angeles",
            )],
        );
        check(&["a=b=c"], &[("a", Some("b=c"), "a=b=c")]);
    }

    #[test]
    fn the_first_of_a_repeated_name_counts() {
        check(
            &["return=minimal", "RETURN=representation, x"],
            &[
                ("return", Some("minimal"), "return=minimal"),
                ("x", None, "x"),
            ],
        );
    }

    #[test]
    fn what_is_no_preference_is_kept_as_it_was_written() {
        check(&["", ",", " , ,\t"], &[]);
        check(&["=x"], &[("", Some("x"), "=x")]);
        check(&[";"], &[("", None, ";")]);
        check(&["two words"], &[("two words", None, "two words")]);
        check(&["a=\"open, b"], &[("a", Some("\"open, b"), "a=\"open, b")]);
        check(&["서울=\0"], &[("서울", Some("\0"), "서울=\0")]);
    }

    #[test]
    fn thousands_of_preferences_are_read_in_linear_time() {
        let names: Vec<_> = (0..100_000).map(|number| format!("p{number}")).collect();
        let line = names.join(",");
        assert_eq!(preferences(&[&line]).len(), 100_000);
    }
}
