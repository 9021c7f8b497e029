//! Back to a URL, for links, `Location` and paging: reading what is printed gives the same again.

use std::fmt::Write as _;

use bistro_http::percent;

use crate::field::{Field, StepKey};
use crate::filter::{Condition, Group, Operand, Predicate};
use crate::order::{Direction, Nulls, Term};
use crate::page::{Cursor, Page};
use crate::query::{At, Query, RESERVED};
use crate::select::{Aggregate, Column, Embed, Item};
use crate::target::{PREFIX, Target};

/// The query string of a query, percent-encoded, without `?`; empty if it says nothing.
///
/// [`Query::read`] of it gives the same query; so does [`Query::read_for`] for a query with arguments.
pub fn print_query(query: &Query) -> String {
    let parameters = if query.arguments.is_empty() {
        parameters(query)
    } else {
        arguments(query)
    };
    let mut text = String::new();
    for (name, value) in parameters {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&percent::encode_query(&name));
        text.push('=');
        text.push_str(&percent::encode_query(&value));
    }
    text
}

/// The path of a target, percent-encoded, without the prefix it may have been asked for with.
pub fn print_target(target: &Target) -> String {
    let path = path_text(target);
    // A row `v1` of a table `rest` looks like the prefix: there it has to be said.
    match path.strip_prefix(PREFIX) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{PREFIX}{path}"),
        Some(_) | None => path,
    }
}

/// The segment that names a row by the values of its key, percent-encoded.
pub fn print_key(values: &[String]) -> String {
    let encoded: Vec<_> = values
        .iter()
        .map(|value| percent::encode_segment(value))
        .collect();
    encoded.join(",")
}

fn path_text(target: &Target) -> String {
    let segment = |text: &String| format!("/{}", percent::encode_segment(text));
    match target {
        Target::Root => "/".to_owned(),
        Target::Collection { relation } => segment(relation),
        Target::Item { relation, key } => format!("{}/{}", segment(relation), print_key(key)),
        Target::Related {
            relation,
            key,
            related,
        } => format!(
            "{}/{}{}",
            segment(relation),
            print_key(key),
            segment(related)
        ),
        Target::Function { name } => format!("/rpc{}", segment(name)),
        Target::Own { path } => format!("/-{}", path.iter().map(segment).collect::<String>()),
    }
}

type Parameter = (String, String);

fn parameters(query: &Query) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    if let Some(items) = &query.select {
        parameters.push(("select".to_owned(), items_text(items)));
    }
    parameters.extend(query.conditions.iter().map(condition_parameter));
    for At { path, value } in &query.order {
        let terms: Vec<_> = value.iter().map(term_text).collect();
        parameters.push((key(path, "order"), terms.join(",")));
    }
    for At { path, value } in &query.pages {
        parameters.extend(page_parameters(path, *value));
    }
    if let Some(cursor) = &query.after {
        parameters.push(("after".to_owned(), cursor.print()));
    }
    for (name, columns) in [
        ("columns", &query.columns),
        ("on_conflict", &query.on_conflict),
    ] {
        if let Some(columns) = columns {
            let columns: Vec<_> = columns
                .iter()
                .map(|column| name_text(column, &[]))
                .collect();
            parameters.push((name.to_owned(), columns.join(",")));
        }
    }
    parameters
}

/// A function's parameters are printed as they came, but for the paging, which may have been changed since.
fn arguments(query: &Query) -> Vec<Parameter> {
    let mut paging: Vec<Parameter> = Vec::new();
    for At { path, value } in &query.pages {
        if path.is_empty() {
            paging.extend(page_parameters(path, *value));
        }
    }
    if let Some(cursor) = &query.after {
        paging.push(("after".to_owned(), cursor.print()));
    }
    let mut parameters = Vec::new();
    for (name, value) in &query.arguments {
        let word = name.trim_matches([' ', '\t']);
        // How the value would be printed now, if it is paging.
        let said = match word {
            "limit" | "offset" => value
                .trim()
                .parse()
                .ok()
                .map(|number: u64| number.to_string()),
            "after" => Cursor::read(value).ok().map(|cursor| cursor.print()),
            _ => None,
        };
        let Some(said) = said else {
            parameters.push((name.clone(), value.clone()));
            continue;
        };
        let at = paging.iter().position(|(name, _)| name == word);
        match at.map(|at| paging.remove(at)) {
            // What did not change keeps its spelling.
            Some((_, now)) if said == now => parameters.push((name.clone(), value.clone())),
            Some((_, now)) => parameters.push((name.clone(), now)),
            None => {}
        }
    }
    parameters.extend(paging);
    parameters
}

fn page_parameters(path: &[String], page: Page) -> Vec<Parameter> {
    [("limit", page.limit), ("offset", page.offset)]
        .into_iter()
        .filter_map(|(name, number)| Some((key(path, name), number?.to_string())))
        .collect()
}

fn condition_parameter(condition: &At<Condition>) -> Parameter {
    let At { path, value } = condition;
    match value {
        Condition::Predicate(predicate) => (
            key(path, &field_text(&predicate.field)),
            operation_text(predicate, str::to_owned),
        ),
        Condition::Group(group) => {
            let not = if group.is_negated { "not." } else { "" };
            let name = format!("{not}{}", group.connective.token());
            (key(path, &name), members_text(group))
        }
    }
}

/// `embed.embed.name`
fn key(path: &[String], name: &str) -> String {
    let mut text = String::new();
    for embed in path {
        text.push_str(&name_text(embed, &RESERVED));
        text.push('.');
    }
    text.push_str(name);
    text
}

fn condition_text(condition: &Condition) -> String {
    match condition {
        Condition::Predicate(predicate) => {
            let operation = operation_text(predicate, value_text);
            format!("{}.{operation}", field_text(&predicate.field))
        }
        Condition::Group(group) => {
            let not = if group.is_negated { "not." } else { "" };
            format!("{not}{}{}", group.connective.token(), members_text(group))
        }
    }
}

fn members_text(group: &Group) -> String {
    let members: Vec<_> = group.members.iter().map(condition_text).collect();
    format!("({})", members.join(","))
}

/// What follows the field. `print_value` quotes a single value where its place demands it.
fn operation_text(predicate: &Predicate, print_value: impl Fn(&str) -> String) -> String {
    let not = if predicate.is_negated { "not." } else { "" };
    let token = predicate.operator.token();
    match &predicate.operand {
        Operand::One(value) => format!("{not}{token}.{}", print_value(value)),
        Operand::List(values) => {
            let values: Vec<_> = values.iter().map(|value| value_text(value)).collect();
            format!("{not}{token}.({})", values.join(","))
        }
        Operand::Quantified(quantifier, values) => {
            let values: Vec<_> = values.iter().map(|value| value_text(value)).collect();
            let values = values.join(",");
            format!("{not}{token}({}).{{{values}}}", quantifier.token())
        }
        Operand::Is(is) => format!("{not}{token}.{}", is.token()),
        Operand::Search {
            configuration,
            text,
        } => {
            let configuration = configuration
                .as_ref()
                .map(|name| format!("({})", name_text(name, &[])))
                .unwrap_or_default();
            format!("{not}{token}{configuration}.{}", print_value(text))
        }
    }
}

fn field_text(field: &Field) -> String {
    let mut text = name_text(&field.name, &RESERVED);
    push_path(&mut text, field);
    text
}

fn push_path(text: &mut String, field: &Field) {
    for step in &field.path {
        text.push_str(step.arrow.token());
        match &step.key {
            StepKey::Name(name) if name.bytes().all(|octet| octet.is_ascii_digit()) => {
                text.push_str(&quoted(name));
            }
            StepKey::Name(name) => text.push_str(&name_text(name, &[])),
            StepKey::Index(index) => {
                write!(text, "{index}").expect("writing to a String does not fail");
            }
        }
    }
}

fn items_text(items: &[Item]) -> String {
    let items: Vec<_> = items.iter().map(item_text).collect();
    items.join(",")
}

fn item_text(item: &Item) -> String {
    match item {
        Item::Everything => "*".to_owned(),
        Item::Column(column) => column_text(column),
        Item::Embed(embed) => {
            let alias = alias_text(embed.alias.as_deref());
            format!("{alias}{}", embed_text(embed))
        }
        Item::Spread(embed) => format!("...{}", embed_text(embed)),
    }
}

fn column_text(column: &Column) -> String {
    let mut text = alias_text(column.alias.as_deref());
    if let Some(field) = &column.field {
        text.push_str(&name_text(&field.name, &[]));
        push_path(&mut text, field);
    }
    text.push_str(&cast_text(column.cast.as_deref()));
    if let Some(Aggregate { function, cast }) = &column.aggregate {
        if column.field.is_some() {
            text.push('.');
        }
        text.push_str(function.token());
        text.push_str("()");
        text.push_str(&cast_text(cast.as_deref()));
    }
    text
}

fn embed_text(embed: &Embed) -> String {
    let mut text = name_text(&embed.relation, &["count"]);
    if let Some(hint) = &embed.hint {
        text.push('!');
        text.push_str(&name_text(hint, &["inner", "left"]));
    }
    if let Some(join) = embed.join {
        text.push('!');
        text.push_str(join.token());
    }
    format!("{text}({})", items_text(&embed.items))
}

fn alias_text(alias: Option<&str>) -> String {
    alias
        .map(|alias| format!("{}:", name_text(alias, &[])))
        .unwrap_or_default()
}

fn cast_text(cast: Option<&str>) -> String {
    cast.map(|cast| format!("::{}", name_text(cast, &[])))
        .unwrap_or_default()
}

fn term_text(term: &Term) -> String {
    let mut text = match &term.relation {
        Some(relation) => {
            let field = field_text(&term.field);
            format!("{}({field})", name_text(relation, &[]))
        }
        None => field_text(&term.field),
    };
    let direction = term.direction.map(Direction::token);
    let nulls = term.nulls.map(Nulls::token);
    for modifier in [direction, nulls].into_iter().flatten() {
        text.push('.');
        text.push_str(modifier);
    }
    text
}

/// A name, quoted unless it is plain and none of the words that mean something in its place.
fn name_text(name: &str, reserved: &[&str]) -> String {
    let is_plain = |character: char| character == '_' || character.is_alphanumeric();
    if !name.is_empty() && name.chars().all(is_plain) && !reserved.contains(&name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A value inside parentheses or braces.
fn value_text(value: &str) -> String {
    let is_plain = |character: char| {
        character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | '*' | ':')
    };
    let is_null = value.eq_ignore_ascii_case("null");
    if !value.is_empty() && value.chars().all(is_plain) && !is_null {
        value.to_owned()
    } else {
        quoted(value)
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
