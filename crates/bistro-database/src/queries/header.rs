//! What the comments on top of a stored query say of it.
//!
//! ```sql
//! -- What sold best since a day.
//! --
//! -- @param since date = '1990-01-01'  the first day that counts
//! -- @param genre text                 only songs of this genre
//! -- @column buyers json               who bought it
//! -- @get no
//! SELECT …
//! ```

use bistro_plan::catalog::{Kind, nearest};
use bistro_plan::value::Value;

/// The words that may stand after `@`.
const DIRECTIVES: [&str; 3] = ["param", "column", "get"];

/// The types that may be declared.
const TYPES: [&str; 24] = [
    "any",
    "bigint",
    "blob",
    "bool",
    "boolean",
    "bytea",
    "date",
    "datetime",
    "decimal",
    "double",
    "float",
    "int",
    "integer",
    "json",
    "jsonb",
    "numeric",
    "real",
    "smallint",
    "string",
    "text",
    "time",
    "timestamp",
    "uuid",
    "varchar",
];

/// What the comments say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Header {
    /// Everything that is no directive.
    pub(crate) description: String,
    /// `@param`
    pub(crate) parameters: Vec<Declared>,
    /// `@column`
    pub(crate) columns: Vec<Declared>,
    /// `@get`; open by default.
    pub(crate) takes_get: Option<bool>,
}

/// A parameter or a column of which something is said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Declared {
    /// Its name.
    pub(crate) name: String,
    /// What its values mean.
    pub(crate) kind: Kind,
    /// The type as written.
    pub(crate) type_name: String,
    /// What it is if it is not given.
    pub(crate) default: Option<Value>,
    /// What it is for.
    pub(crate) description: String,
    /// The line it stands in, from 1.
    pub(crate) line: usize,
}

/// A comment that says something that is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The line it stands in, from 1.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) message: String,
}

impl Header {
    /// Reads the comments before the first line that is neither a comment nor empty.
    ///
    /// # Errors
    /// The first directive that is not understood.
    pub(crate) fn read(text: &str) -> Result<Self, Mistake> {
        let mut header = Self::default();
        let mut description: Vec<&str> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let Some(comment) = line.strip_prefix("--") else {
                if line.is_empty() {
                    continue;
                }
                break;
            };
            let comment = comment.trim();
            let mistake = |message| Mistake {
                line: number + 1,
                message,
            };
            match comment.strip_prefix('@') {
                Some(directive) => header.add(directive, number + 1).map_err(mistake)?,
                None => description.push(comment),
            }
        }
        Ok(Self {
            description: description.join("\n").trim().to_owned(),
            ..header
        })
    }

    fn add(&mut self, directive: &str, line: usize) -> Result<(), String> {
        let (word, rest) = first_word(directive);
        let known = match word {
            "param" => &mut self.parameters,
            "column" => &mut self.columns,
            "get" => {
                let takes_get = match rest {
                    "yes" => true,
                    "no" => false,
                    other => return Err(format!("`@get {other}`: it is `@get yes` or `@get no`")),
                };
                return match self.takes_get.replace(takes_get) {
                    None => Ok(()),
                    Some(_) => Err("`@get` stands twice".to_owned()),
                };
            }
            other => {
                let meant = nearest(other, DIRECTIVES).map_or_else(
                    || "the words are `@param`, `@column` and `@get`".to_owned(),
                    |meant| format!("did you mean `@{meant}`?"),
                );
                return Err(format!("unknown word `@{other}`; {meant}"));
            }
        };
        let declared = Declared::read(word, rest, line)?;
        if known.iter().any(|other| other.name == declared.name) {
            return Err(format!("`@{word} {}` stands twice", declared.name));
        }
        known.push(declared);
        Ok(())
    }
}

impl Declared {
    /// Reads `NAME TYPE [= DEFAULT] [DESCRIPTION]`; only a parameter has a default.
    fn read(word: &str, text: &str, line: usize) -> Result<Self, String> {
        let (name, rest) = first_word(text);
        // As it stands in the statement, or without the sign.
        let name = name.strip_prefix([':', '@', '$']).unwrap_or(name);
        let end = rest.find(|letter: char| letter.is_whitespace() || letter == '=');
        let (declared, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let rest = rest.trim_start();
        if name.is_empty() || declared.is_empty() {
            return Err(format!(
                "`@{word}` takes a name and a type: `@{word} year integer`"
            ));
        }
        let lower = declared.to_ascii_lowercase();
        if !TYPES.contains(&lower.as_str()) {
            let meant = nearest(&lower, TYPES).map_or_else(
                || format!("the types are {}", TYPES.join(", ")),
                |meant| format!("did you mean `{meant}`?"),
            );
            return Err(format!("unknown type `{declared}` of `{name}`; {meant}"));
        }
        let (default, description) = match rest.strip_prefix('=') {
            Some(rest) if word == "param" => {
                let (default, rest) = literal(rest.trim_start()).ok_or_else(|| {
                    format!("the default of `{name}` is no number, 'text', true, false or null")
                })?;
                (Some(default), rest.trim_start())
            }
            Some(_) => return Err("a column has no default".to_owned()),
            None => (None, rest),
        };
        Ok(Self {
            name: name.to_owned(),
            kind: Kind::of(if lower == "any" { "" } else { &lower }),
            type_name: if lower == "any" {
                String::new()
            } else {
                declared.to_owned()
            },
            default,
            description: description.to_owned(),
            line,
        })
    }
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim_start())
}

/// A literal of SQL, and what follows it.
fn literal(text: &str) -> Option<(Value, &str)> {
    if let Some(mut rest) = text.strip_prefix('\'') {
        let mut value = String::new();
        loop {
            let (before, after) = rest.split_once('\'')?;
            value.push_str(before);
            rest = after;
            match rest.strip_prefix('\'') {
                Some(after) => {
                    value.push('\'');
                    rest = after;
                }
                None => return Some((Value::Text(value), rest)),
            }
        }
    }
    let (word, rest) = first_word(text);
    let value = match word.to_ascii_lowercase().as_str() {
        "null" => Value::Null,
        "true" => Value::Integer(1),
        "false" => Value::Integer(0),
        number => match number.parse::<i64>() {
            Ok(integer) => Value::Integer(integer),
            Err(_) => Value::Real(number.parse().ok().filter(|real: &f64| real.is_finite())?),
        },
    };
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_on_top_describe_a_query() {
        let header = Header::read(
            "\n-- What sold best\n-- since a day.\n--\n-- @param :since date = '1990-01-01'  the first day\n\
             --@param genre TEXT = 'it''s' \n-- @param most integer=10\n-- @param which any\n-- @column buyers json  who\n\
             -- @get no\n\nSELECT 1 -- @get yes\n-- @nonsense",
        )
        .unwrap();
        assert_eq!(header.description, "What sold best\nsince a day.");
        assert_eq!(header.takes_get, Some(false));
        let told: Vec<_> = header
            .parameters
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.kind,
                    one.default.clone(),
                    one.description.as_str(),
                    one.line,
                )
            })
            .collect();
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let expected = [
            (
                "since",
                Kind::Temporal,
                text("1990-01-01"),
                "the first day",
                5,
            ),
            ("genre", Kind::Text, text("it's"), "", 6),
            ("most", Kind::Integer, Some(Value::Integer(10)), "", 7),
            ("which", Kind::Any, None, "", 8),
        ];
        assert_eq!(told, expected);
        assert_eq!(header.columns.len(), 1);
        assert_eq!(header.columns[0].kind, Kind::Json);
    }

    #[test]
    fn a_comment_that_is_not_understood_is_refused_with_its_line() {
        for (text, line, message) in [
            (
                "-- a\n-- @parm x text\nSELECT 1",
                2,
                "unknown word `@parm`; did you mean `@param`?",
            ),
            (
                "-- @returns rows",
                1,
                "unknown word `@returns`; the words are `@param`, `@column` and `@get`",
            ),
            (
                "-- @param x",
                1,
                "`@param` takes a name and a type: `@param year integer`",
            ),
            (
                "-- @param x intger",
                1,
                "unknown type `intger` of `x`; did you mean `integer`?",
            ),
            (
                "-- @param x text = yes",
                1,
                "the default of `x` is no number, 'text', true, false or null",
            ),
            (
                "-- @param x text = 'yes",
                1,
                "the default of `x` is no number, 'text', true, false or null",
            ),
            (
                "-- @param x text\n-- @param x text",
                2,
                "`@param x` stands twice",
            ),
            ("-- @column x text = 1", 1, "a column has no default"),
            (
                "-- @get maybe",
                1,
                "`@get maybe`: it is `@get yes` or `@get no`",
            ),
            ("-- @get no\n-- @get no", 2, "`@get` stands twice"),
        ] {
            let mistake = Header::read(text).expect_err(text);
            assert_eq!(
                (mistake.line, mistake.message.as_str()),
                (line, message),
                "{text}"
            );
        }
    }
}
