//! What parameters may say, as regular expressions (ECMA-262, as JSON Schema has them).
//!
//! A regular expression cannot say all that the grammar can: nested trees, embeds in embeds, any JSON. What it says is
//! accepted; what else is, the description of the parameter tells.

use bistro_dialect::operator::{Form, OPERATORS, Operator, Row};
use bistro_plan::catalog::{Kind, Relation};
use bistro_plan::plan::Relative;

use crate::href;

/// A decimal number, within what 64 bits can hold.
const NUMBER: &str = r"[+-]?(?:[1-8][0-9]{18}|(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?)";

const BOOLEAN: &str = "(?:true|false|yes|no|on|off|[tfyn10])";

/// Base64 in either alphabet, with padding or without (RFC 4648).
const BASE64: &str = "(?:(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw](?:==)?|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=?)?|\
     (?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw](?:==)?|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]=?)?)";

/// Anything.
const TEXT: &str = r"[\s\S]*";

/// A pattern of `like`: a backslash makes the next letter ordinary, so none is the last.
const LIKE: &str = r"(?:[^\\]|\\[\s\S])*";

/// A regular expression without groups: letters, classes and how often.
const REGEX: &str =
    r"\^?(?:(?:[^\\()\[\]{}*+?|^$]|\\[dDwWsS.*+?^$()\[\]{}|\\]|\[\^?[A-Za-z0-9 _]+\])[*+?]?)*\$?";

/// A member of `in.(…)`.
const LISTED: &str = r#"(?:"(?:[^"\\]|\\[\s\S])*"|[^",)][^,)]*)?"#;

/// A member of `{…}`.
const BRACED: &str = r#"(?:"(?:[^"\\]|\\[\s\S])*"|[^\s",{}\\][^",{}\\]*)"#;

/// A string, a number or a word of JSON.
const JSON_SCALAR: &str = r#"(?:"[^"\\\x00-\x1f]*"|-?(?:0|[1-9][0-9]{0,15})|true|false|null)"#;

const JSON_NAME: &str = r#""[^"\\\x00-\x1f]*""#;

/// The operators that work on a column of this kind, in the order of [`OPERATORS`]. `is_searchable`: whether it is one of
/// a full-text table.
pub(super) fn operators(kind: Kind, is_searchable: bool) -> impl Iterator<Item = &'static Row> {
    OPERATORS.iter().filter(move |row| match row.operator {
        Operator::Equal
        | Operator::NotEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Like
        | Operator::LikeIgnoreCase
        | Operator::Match
        | Operator::MatchIgnoreCase
        | Operator::In
        | Operator::Is
        | Operator::IsDistinct => true,
        Operator::Search | Operator::SearchPlain | Operator::SearchPhrase | Operator::SearchWeb => {
            is_searchable
        }
        Operator::Contains | Operator::ContainedIn | Operator::Overlaps => {
            matches!(kind, Kind::Json | Kind::Any)
        }
        Operator::StrictlyLeft
        | Operator::StrictlyRight
        | Operator::NotExtendsRight
        | Operator::NotExtendsLeft
        | Operator::Adjacent => false,
    })
}

/// A filter on a column of this kind: `gte.1990`, `not.in.(1,2)`, `like(any).{A*,B*}`.
pub(super) fn filter(kind: Kind, is_searchable: bool) -> String {
    let choices: Vec<_> = operators(kind, is_searchable)
        .map(|row| choice(row, kind))
        .collect();
    format!("^(?:not\\.)?(?:{})$", choices.join("|"))
}

fn choice(row: &Row, kind: Kind) -> String {
    let token = row.token;
    match row.form {
        Form::One => {
            let one = one(row.operator, kind);
            let braced = braced(row.operator, kind);
            if row.is_quantifiable {
                format!(
                    "{token}(?:\\.{one}|\\((?:any|all)\\)\\.\\{{(?:{braced}(?:,{braced})*)?\\}})"
                )
            } else {
                format!("{token}\\.{one}")
            }
        }
        Form::List => {
            let member = listed(kind);
            format!("{token}\\.\\({member}(?:,{member})*\\)")
        }
        Form::Is if takes_truth(kind) => {
            format!("{token}\\.(?:null|not_null|unknown|true|false)")
        }
        Form::Is => format!("{token}\\.(?:null|not_null|unknown)"),
        // Between words `fts` has signs of its own.
        Form::Search if row.operator == Operator::Search => format!("{token}\\.[A-Za-z0-9]+"),
        Form::Search => format!("{token}\\.[A-Za-z0-9]+(?: [A-Za-z0-9]+)*"),
    }
}

/// What stands behind an operator that takes one value.
fn one(operator: Operator, kind: Kind) -> String {
    match operator {
        Operator::Like | Operator::LikeIgnoreCase => LIKE.to_owned(),
        Operator::Match | Operator::MatchIgnoreCase => REGEX.to_owned(),
        Operator::Contains | Operator::ContainedIn | Operator::Overlaps => json(),
        _ => value(kind).to_owned(),
    }
}

/// A member of the list behind `(any)` and `(all)`.
fn braced(operator: Operator, kind: Kind) -> &'static str {
    match operator {
        Operator::Like | Operator::LikeIgnoreCase => r"[A-Za-z0-9*%_][A-Za-z0-9*%_ ]*",
        Operator::Match | Operator::MatchIgnoreCase => r"\^?[A-Za-z0-9][A-Za-z0-9 ]*\$?",
        _ => match value(kind) {
            TEXT => BRACED,
            // Nothing at all would have to stand in quotes.
            BASE64 => "(?:[A-Za-z0-9+/]{4})+",
            exact => exact,
        },
    }
}

fn listed(kind: Kind) -> &'static str {
    match value(kind) {
        TEXT => LISTED,
        exact => exact,
    }
}

/// A value of this kind as text.
pub(super) fn value(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer | Kind::Real | Kind::Numeric => NUMBER,
        Kind::Boolean => BOOLEAN,
        Kind::Blob => BASE64,
        Kind::Text | Kind::Json | Kind::Temporal | Kind::Uuid | Kind::Any => TEXT,
    }
}

fn takes_truth(kind: Kind) -> bool {
    match kind {
        Kind::Boolean | Kind::Integer | Kind::Real | Kind::Numeric | Kind::Any => true,
        Kind::Text | Kind::Json | Kind::Blob | Kind::Temporal | Kind::Uuid => false,
    }
}

/// A scalar of JSON, or a flat array or object of them.
pub(super) fn document() -> String {
    let (scalar, name) = (JSON_SCALAR, JSON_NAME);
    format!(
        "(?:{scalar}|\\[(?:{scalar}(?:,{scalar})*)?\\]|\\{{(?:{name}:{scalar}(?:,{name}:{scalar})*)?\\}})"
    )
}

/// A flat array or object of JSON, or an array as PostgreSQL writes it.
fn json() -> String {
    let (scalar, name) = (JSON_SCALAR, JSON_NAME);
    format!(
        "(?:\\[(?:{scalar}(?:,{scalar})*)?\\]|\\{{(?:{name}:{scalar}(?:,{name}:{scalar})*)?\\}}|\\{{{BRACED}(?:,{BRACED})*\\}})"
    )
}

/// The columns of a relation, and what else of it can be selected.
pub(super) fn select(relation: &Relation, relatives: &[Relative]) -> String {
    let columns = alternatives(
        relation
            .columns
            .iter()
            .map(|column| href::parameter(&column.name)),
    );
    let column = format!("(?:\\*|{columns})");
    // An embed that is called like a column would take its place in the answer.
    let embeds = relatives
        .iter()
        .filter(|relative| relation.position(&relative.name).is_none())
        .map(|relative| href::parameter(&relative.name));
    let embeds: Vec<_> = embeds.collect();
    if embeds.is_empty() {
        return format!("^(?:{column}(?:,{column})*)?$");
    }
    let embed = format!("(?:{})\\(\\*\\)", alternatives(embeds.into_iter()));
    format!("^(?:{embed}|{column}(?:,{column})*(?:,{embed})?)?$")
}

/// Terms of an order.
pub(super) fn order(relation: &Relation) -> String {
    let columns = alternatives(
        relation
            .columns
            .iter()
            .map(|column| href::parameter(&column.name)),
    );
    let term = format!("(?:{columns})(?:\\.(?:asc|desc))?(?:\\.(?:nullsfirst|nullslast))?");
    format!("^{term}(?:,{term})*$")
}

/// Names of columns, with commas.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names = alternatives(names.map(href::parameter));
    format!("^(?:{names})(?:,(?:{names}))*$")
}

/// A flat tree of filters: `(year.gte.1990,genre.eq.rock)`.
pub(super) fn tree(relation: &Relation) -> String {
    let of = |kinds: &[Kind]| {
        let columns = relation.columns.iter();
        let columns = columns.filter(|column| kinds.contains(&column.kind));
        alternatives(columns.map(|column| href::parameter(&column.name)))
    };
    let any = alternatives(
        relation
            .columns
            .iter()
            .map(|column| href::parameter(&column.name)),
    );
    let mut leaves = vec![format!("(?:{any})\\.(?:not\\.)?is\\.(?:null|not_null)")];
    let numbers = of(&[Kind::Integer, Kind::Real, Kind::Numeric]);
    if !numbers.is_empty() {
        leaves.push(format!(
            "(?:{numbers})\\.(?:not\\.)?(?:n?eq|gte?|lte?)\\.-?[0-9]{{1,15}}"
        ));
    }
    let truths = of(&[Kind::Boolean]);
    if !truths.is_empty() {
        leaves.push(format!("(?:{truths})\\.(?:not\\.)?n?eq\\.(?:true|false)"));
    }
    let texts = of(&[Kind::Text, Kind::Temporal, Kind::Uuid, Kind::Any]);
    if !texts.is_empty() {
        leaves.push(format!(
            "(?:{texts})\\.(?:not\\.)?(?:n?eq|gte?|lte?|i?like)\\.[^\\\\\"(),{{}}]*"
        ));
    }
    let leaf = format!("(?:{})", leaves.join("|"));
    format!("^\\({leaf}(?:,{leaf})*\\)$")
}

fn alternatives(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<_> = texts.map(|text| escaped(&text)).collect();
    texts.join("|")
}

/// A text as a regular expression that fits it and nothing else.
pub(super) fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\^$.|?*+()[]{}".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
