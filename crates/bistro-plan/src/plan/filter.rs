//! Filters become conditions.

use bistro_dialect::filter::{self, Connective, Group, Is, Operand, Predicate};
use bistro_dialect::operator::{Operator, Quantifier};
use serde_json::Value as Json;

use crate::catalog::{Kind, Relation, RelationKind};
use crate::error::Error;
use crate::literal::{self, Number};
use crate::plan::condition::{Comparison, Condition, Containment, Language};
use crate::plan::embed::{self, Embed};
use crate::plan::expression::{Expression, Extract};
use crate::plan::field::{self, Resolved};
use crate::plan::{pattern, search};
use crate::value::Value;

/// Everything that filters demand of a row.
pub(super) fn conditions<'a>(
    relation: &Relation,
    filters: impl Iterator<Item = &'a filter::Condition>,
    embeds: &[Embed],
) -> Result<Condition, Error> {
    let members: Vec<Condition> = filters
        .map(|filter| condition(relation, filter, embeds))
        .collect::<Result<_, _>>()?;
    Ok(Condition::all(members))
}

fn condition(
    relation: &Relation,
    filter: &filter::Condition,
    embeds: &[Embed],
) -> Result<Condition, Error> {
    match filter {
        filter::Condition::Predicate(filter) => match existence(relation, filter, embeds) {
            Some(condition) => Ok(condition),
            None => predicate(relation, filter),
        },
        filter::Condition::Group(filter) => group(relation, filter, embeds),
    }
}

/// `songs=is.null`: whether there are embedded rows (`PostgREST`, "Null filtering on Embedded Resources").
fn existence(relation: &Relation, filter: &Predicate, embeds: &[Embed]) -> Option<Condition> {
    let is_null = match filter.operand {
        Operand::Is(Is::Null) => true,
        Operand::Is(Is::NotNull) => false,
        Operand::Is(Is::True | Is::False | Is::Unknown)
        | Operand::One(_)
        | Operand::List(_)
        | Operand::Quantified(..)
        | Operand::Search { .. } => return None,
    };
    if !filter.field.path.is_empty() {
        return None;
    }
    let name = &filter.field.name;
    let (place, embed) = embed::find(name, embeds)?;
    // `by:artist_id(name)` leaves `artist_id` to the column.
    if embed.name != *name && relation.position(name).is_some() {
        return None;
    }
    Some(negated(
        Condition::Exists(place),
        is_null != filter.is_negated,
    ))
}

fn group(relation: &Relation, filter: &Group, embeds: &[Embed]) -> Result<Condition, Error> {
    let members: Vec<Condition> = filter
        .members
        .iter()
        .map(|member| condition(relation, member, embeds))
        .collect::<Result<_, _>>()?;
    let joined = match filter.connective {
        Connective::And => Condition::all(members),
        Connective::Or => Condition::any(members),
    };
    Ok(negated(joined, filter.is_negated))
}

fn negated(condition: Condition, is_negated: bool) -> Condition {
    if is_negated {
        Condition::Not(Box::new(condition))
    } else {
        condition
    }
}

fn predicate(relation: &Relation, filter: &Predicate) -> Result<Condition, Error> {
    if field::is_rank(relation, &filter.field) {
        return Err(Error::Unsupported {
            what: "a filter by `_rank`",
            relation: relation.name.clone(),
            instead: "`order=_rank` sorts by it, and `limit` keeps the best",
        });
    }
    let left = Left {
        relation,
        field: field::resolve(relation, &filter.field)?,
    };
    let positive = match &filter.operand {
        Operand::One(text) => left.one(filter.operator, text)?,
        Operand::List(texts) => left.listed(texts)?,
        Operand::Quantified(Quantifier::Any, texts) if filter.operator == Operator::Equal => {
            left.listed(texts)?
        }
        Operand::Quantified(quantifier, texts) => {
            let members: Vec<Condition> = texts
                .iter()
                .map(|text| left.one(filter.operator, text))
                .collect::<Result<_, _>>()?;
            match quantifier {
                Quantifier::Any => Condition::any(members),
                Quantifier::All => Condition::all(members),
            }
        }
        Operand::Is(is) => left.is(*is)?,
        Operand::Search {
            configuration,
            text,
        } => left.search(filter.operator, configuration.as_deref(), text)?,
    };
    Ok(negated(positive, filter.is_negated))
}

const SEARCH: &str =
    "full-text search needs an FTS5 table; `ilike` or `imatch` find text in ordinary ones";
const CONFIGURATION: &str =
    "the language of a search is that of its table's tokenizer; leave the parentheses out";
const PARTLY_SEEN: &str = "it is not open in every row; filter by another column";
const RANGES: &str =
    "there are no range types here; compare the bounds with `lt`, `lte`, `gt`, `gte`";
const JSON_ONLY: &str = "it compares JSON; use `eq`, `in`, `like` or `match`";

/// The left side of a predicate.
struct Left<'a> {
    relation: &'a Relation,
    field: Resolved,
}

impl Left<'_> {
    fn name(&self) -> &str {
        &self.relation.column(self.field.column).name
    }

    fn unsupported(&self, operator: &'static str, instead: &'static str) -> Error {
        Error::UnsupportedOperator {
            operator,
            relation: self.relation.name.clone(),
            column: self.name().to_owned(),
            instead,
        }
    }

    fn value(&self, text: &str) -> Result<Value, Error> {
        literal::of_text(self.name(), self.field.kind, text)
    }

    fn one(&self, operator: Operator, text: &str) -> Result<Condition, Error> {
        match operator {
            Operator::Equal => self.compare(Comparison::Equal, text),
            Operator::NotEqual => self.compare(Comparison::NotEqual, text),
            Operator::Greater => self.compare(Comparison::Greater, text),
            Operator::GreaterOrEqual => self.compare(Comparison::GreaterOrEqual, text),
            Operator::Less => self.compare(Comparison::Less, text),
            Operator::LessOrEqual => self.compare(Comparison::LessOrEqual, text),
            Operator::IsDistinct => self.compare(Comparison::Distinct, text),
            Operator::Like => Ok(self.like(text)),
            Operator::LikeIgnoreCase => {
                Ok(self.matches(Language::LikeIgnoreCase, pattern::like(text)))
            }
            Operator::Match => Ok(self.matches(Language::Match, text.to_owned())),
            Operator::MatchIgnoreCase => {
                Ok(self.matches(Language::MatchIgnoreCase, text.to_owned()))
            }
            Operator::In => self.listed(&[text.to_owned()]),
            Operator::Is => Err(Error::InvalidValue {
                column: self.name().to_owned(),
                kind: Kind::Boolean,
                text: literal::shown(text),
            }),
            Operator::Contains => self.holds("cs", Containment::Contains, text),
            Operator::ContainedIn => self.holds("cd", Containment::ContainedIn, text),
            Operator::Overlaps => self.holds("ov", Containment::Overlaps, text),
            Operator::Search
            | Operator::SearchPlain
            | Operator::SearchPhrase
            | Operator::SearchWeb => self.search(operator, None, text),
            Operator::StrictlyLeft => Err(self.unsupported("sl", RANGES)),
            Operator::StrictlyRight => Err(self.unsupported("sr", RANGES)),
            Operator::NotExtendsRight => Err(self.unsupported("nxr", RANGES)),
            Operator::NotExtendsLeft => Err(self.unsupported("nxl", RANGES)),
            Operator::Adjacent => Err(self.unsupported("adj", RANGES)),
        }
    }

    fn search(
        &self,
        operator: Operator,
        configuration: Option<&str>,
        text: &str,
    ) -> Result<Condition, Error> {
        let token = operator.token();
        let is_index = self.relation.kind == RelationKind::Search
            && matches!(self.field.expression, Expression::Column(_));
        let Some(rowid) = self.relation.rowid().filter(|_| is_index) else {
            return Err(self.unsupported(token, SEARCH));
        };
        if configuration.is_some() {
            return Err(self.unsupported(token, CONFIGURATION));
        }
        // The index does not know in which rows.
        if self.relation.is_partly_seen(self.field.column) {
            return Err(self.unsupported(token, PARTLY_SEEN));
        }
        match search::fts5(operator, self.name(), text) {
            Ok(Some(query)) => Ok(Condition::Search { rowid, query }),
            Ok(None) => Ok(Condition::Never),
            Err(reason) => Err(self.unsupported(token, reason)),
        }
    }

    fn compare(&self, comparison: Comparison, text: &str) -> Result<Condition, Error> {
        match self.field.kind {
            Kind::Json => Ok(self.compare_json(comparison, text)),
            Kind::Any => Ok(self.compare_any(comparison, text)),
            Kind::Integer
            | Kind::Real
            | Kind::Numeric
            | Kind::Text
            | Kind::Boolean
            | Kind::Blob
            | Kind::Temporal
            | Kind::Uuid => Ok(compared(
                self.field.expression.clone(),
                comparison,
                self.value(text)?,
            )),
        }
    }

    /// Numbers compare with numbers and strings with strings; equality of anything else is that of its JSON text.
    fn compare_json(&self, comparison: Comparison, text: &str) -> Condition {
        let sorts = match comparison {
            Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::Greater
            | Comparison::GreaterOrEqual => true,
            Comparison::Equal | Comparison::NotEqual | Comparison::Distinct => false,
        };
        let (extract, right) = if !sorts {
            (Extract::Json, Value::Text(json_text(text)))
        } else if let Some(number) = Number::read(text) {
            (Extract::Number, number.value())
        } else if let Ok(Json::String(string)) = serde_json::from_str(text) {
            (Extract::String, Value::Text(string))
        } else {
            (Extract::String, Value::Text(text.to_owned()))
        };
        let left = field::extracting(&self.field.expression, extract);
        compared(left, comparison, right)
    }

    /// A column of no declared kind may hold the number 5 or the text `5`: what looks like a number is compared as what it meets.
    fn compare_any(&self, comparison: Comparison, text: &str) -> Condition {
        let expression = &self.field.expression;
        let as_text = compared(expression.clone(), comparison, Value::Text(text.to_owned()));
        let Some(number) = Number::read(text) else {
            return as_text;
        };
        let as_number = compared(expression.clone(), comparison, number.value());
        match comparison {
            Comparison::Equal => Condition::any([as_number, as_text]),
            Comparison::NotEqual | Comparison::Distinct => Condition::all([as_number, as_text]),
            Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::Greater
            | Comparison::GreaterOrEqual => Condition::ByStorage {
                expression: expression.clone(),
                number: Box::new(as_number),
                otherwise: Box::new(as_text),
            },
        }
    }

    fn listed(&self, texts: &[String]) -> Result<Condition, Error> {
        let mut expression = self.field.expression.clone();
        let mut values = Vec::with_capacity(texts.len());
        match self.field.kind {
            Kind::Json => {
                // Equal JSON has equal text here, so a list of texts will do.
                let json = texts.iter().map(|text| Value::Text(json_text(text)));
                values.extend(json);
                expression = field::extracting(&expression, Extract::Json);
            }
            Kind::Any => {
                for text in texts {
                    values.extend(Number::read(text).map(Number::value));
                    values.push(Value::Text(text.clone()));
                }
            }
            Kind::Integer
            | Kind::Real
            | Kind::Numeric
            | Kind::Text
            | Kind::Boolean
            | Kind::Blob
            | Kind::Temporal
            | Kind::Uuid => {
                for text in texts {
                    values.push(self.value(text)?);
                }
            }
        }
        Ok(if values.is_empty() {
            Condition::Never
        } else {
            Condition::In(expression, values)
        })
    }

    fn is(&self, is: Is) -> Result<Condition, Error> {
        let expression = self.field.expression.clone();
        let is_true = match is {
            Is::Null => return Ok(Condition::IsNull(expression)),
            Is::NotNull => return Ok(negated(Condition::IsNull(expression), true)),
            // PostgreSQL's third truth value.
            Is::Unknown => return Ok(Condition::IsNull(expression)),
            Is::True => true,
            Is::False => false,
        };
        match self.field.kind {
            Kind::Boolean | Kind::Integer | Kind::Real | Kind::Numeric | Kind::Any => {
                Ok(Condition::IsBoolean(expression, is_true))
            }
            Kind::Text | Kind::Json | Kind::Blob | Kind::Temporal | Kind::Uuid => Err(self
                .unsupported(
                    if is_true { "is.true" } else { "is.false" },
                    "it is no truth value; use `eq`, or `is.null`",
                )),
        }
    }

    fn matches(&self, language: Language, pattern: String) -> Condition {
        Condition::Matches {
            expression: self.field.expression.clone(),
            language,
            pattern,
        }
    }

    /// `like`, and where the pattern begins with letters a range that an index can find.
    fn like(&self, text: &str) -> Condition {
        let matches = self.matches(Language::Like, pattern::like(text));
        let is_text_column =
            self.field.kind == Kind::Text && matches!(self.field.expression, Expression::Column(_));
        match pattern::prefix_range(&pattern::like(text)) {
            Some((from, to)) if is_text_column => Condition::all([
                Condition::Between {
                    expression: self.field.expression.clone(),
                    from,
                    to,
                },
                matches,
            ]),
            _ => matches,
        }
    }

    fn holds(
        &self,
        operator: &'static str,
        containment: Containment,
        text: &str,
    ) -> Result<Condition, Error> {
        if !matches!(self.field.kind, Kind::Json | Kind::Any) {
            return Err(self.unsupported(operator, JSON_ONLY));
        }
        let holds = |json: String| Condition::Holds {
            expression: field::extracting(&self.field.expression, Extract::Json),
            relation: containment,
            json,
        };
        // `{}` is the empty object in JSON and the empty array in PostgreSQL, and clients mean either.
        if text.trim() == "{}" {
            return Ok(Condition::any([
                holds("{}".to_owned()),
                holds("[]".to_owned()),
            ]));
        }
        if serde_json::from_str::<Json>(text).is_ok() {
            return Ok(holds(json_text(text)));
        }
        match literal::json_of_array(text) {
            Some(json) => Ok(holds(json)),
            None => Err(Error::InvalidValue {
                column: self.name().to_owned(),
                kind: Kind::Json,
                text: literal::shown(text),
            }),
        }
    }
}

/// JSON as SQLite writes it: every letter as it came, the spaces between them left out. What is no JSON is taken for a
/// string whose quotes were left out.
fn json_text(text: &str) -> String {
    if serde_json::from_str::<Json>(text).is_err() {
        return Json::String(text.to_owned()).to_string();
    }
    let mut json = String::with_capacity(text.len());
    let mut is_in_string = false;
    let mut is_escaped = false;
    for character in text.chars() {
        if is_in_string || !character.is_ascii_whitespace() {
            json.push(character);
        }
        if character == '"' && !is_escaped {
            is_in_string = !is_in_string;
        }
        is_escaped = is_in_string && character == '\\' && !is_escaped;
    }
    json
}

fn compared(left: Expression, comparison: Comparison, right: Value) -> Condition {
    Condition::Compare {
        left,
        comparison,
        right,
    }
}
