//! A table or view as schemas: its rows as they are read, and as they are written.

use bistro_http::method::Method;
use bistro_plan::catalog::{Column, ForeignKey, Generated, Relation};
use bistro_plan::plan::Relative;

use crate::openapi::kind::{self, Nulls};
use crate::openapi::name;
use crate::openapi::node::{Node, Object, texts};
use crate::resource;
use crate::resource::{Place, Survey};

/// The schemas of a place, by the names of their components.
pub(super) fn schemas(place: &Place, survey: &Survey, out: &mut Object) {
    let relation = &place.relation;
    let base = name::component(&relation.name);
    out.add(base.clone(), row(place, survey));
    if place.is_written() {
        let written = &place.written;
        out.add(format!("{base}.write"), write(written));
        out.add(format!("{base}.create"), create(place));
        out.add(format!("{base}.update"), update(written, &base));
        out.add(format!("{base}.form"), form(written));
    }
}

/// A row as it is read.
fn row(place: &Place, survey: &Survey) -> Object {
    let relation = &place.relation;
    let mut properties = Object::new();
    for (at, column) in relation.columns.iter().enumerate() {
        let nulls = nulls(!relation.is_never_null(at));
        let mut schema = kind::shown(column.kind, nulls);
        let about = about(relation, at, survey);
        if !about.is_empty() {
            schema.add("description", about);
        }
        if column.generated != Generated::No {
            schema.add("readOnly", true);
        }
        properties.add(column.name.clone(), schema);
    }
    for relative in &place.relatives {
        if relation.position(&relative.name).is_none() {
            let related = name::schema(&name::component(&relative.relation.name));
            let schema = if relative.is_many {
                Object::new().with("type", "array").with("items", related)
            } else {
                let null = Object::new().with("type", "null");
                Object::new().with("anyOf", vec![related.into(), null.into()])
            };
            let description = format!("Only where `select` embeds it: `{}(*)`", relative.name);
            properties.add(
                relative.name.clone(),
                schema.with("description", description),
            );
        }
    }
    Object::new()
        .with("type", "object")
        .with(
            "description",
            format!(
                "A row of `{}`, a {}. Without `select` it has every column.",
                relation.name,
                resource::kind_name(relation.kind)
            ),
        )
        .with("properties", properties)
        .with_any(
            "x-primary-key",
            texts(columns(relation, &relation.primary_key)),
        )
        .with_any("x-unique", uniques(relation))
        .with_any("x-foreign-keys", foreign_keys(relation, survey))
}

/// What there is to say of a column beside its type.
fn about(relation: &Relation, at: usize, survey: &Survey) -> String {
    let column = relation.column(at);
    let mut said = Vec::new();
    if !column.declared.is_empty() {
        said.push(format!("`{}`", column.declared));
    }
    if relation.primary_key.contains(&at) {
        said.push("part of the primary key".to_owned());
    }
    for key in known(relation, survey).filter(|key| key.columns.contains(&at)) {
        let target = key.columns.iter().position(|other| *other == at);
        let target = target.and_then(|place| key.target_columns.get(place));
        if let Some(target) = target {
            said.push(format!("refers to `{}.{target}`", key.target));
        }
    }
    if column.generated != Generated::No {
        said.push("computed by the database".to_owned());
    } else if let Some(default) = &column.default {
        said.push(format!("default `{default}`"));
    }
    said.join(", ")
}

/// The foreign keys that lead to what the caller may know of.
fn known<'a>(relation: &'a Relation, survey: &'a Survey) -> impl Iterator<Item = &'a ForeignKey> {
    let keys = relation.foreign_keys.iter();
    keys.filter(|key| survey.has(&key.target))
}

fn foreign_keys(relation: &Relation, survey: &Survey) -> Vec<Node> {
    let keys = known(relation, survey).map(|key| {
        let target = Object::new()
            .with("relation", key.target.clone())
            .with("columns", texts(key.target_columns.iter().cloned()));
        let key = Object::new()
            .with("name", key.name.clone())
            .with("columns", texts(columns(relation, &key.columns)))
            .with("references", target);
        Node::Object(key)
    });
    keys.collect()
}

fn uniques(relation: &Relation) -> Vec<Node> {
    let uniques = relation.uniques.iter().filter(|unique| !unique.is_partial);
    uniques
        .map(|unique| Node::List(texts(columns(relation, &unique.columns))))
        .collect()
}

/// The columns of a row that can be written, none of them required.
fn write(relation: &Relation) -> Object {
    Object::new()
        .with("type", "object")
        .with("properties", writes(relation))
        .with("additionalProperties", false)
}

fn writes(relation: &Relation) -> Object {
    let mut properties = Object::new();
    for (at, column) in writable(relation) {
        let can_be_null = !relation.is_never_null(at) || relation.is_rowid_alias(at);
        properties.add(column.name.clone(), value(column, nulls(can_be_null)));
    }
    properties
}

/// A new row: all that must be there, and what can be created with it.
fn create(place: &Place) -> Object {
    let relation = &place.written;
    let mut properties = writes(relation);
    for relative in place.relatives.iter().filter(|relative| can_nest(relative)) {
        if relation.position(&relative.name).is_none() {
            let child = name::component(&relative.relation.name);
            let needed = required_of(relative);
            let rows = Object::new()
                .with("type", "array")
                .with("items", requiring(&format!("{child}.write"), &needed))
                .with(
                    "description",
                    "Rows that are created with it, and refer to it",
                );
            properties.add(relative.name.clone(), rows);
        }
    }
    Object::new()
        .with("type", "object")
        .with("properties", properties)
        .with_any("required", texts(required(relation)))
        .with("additionalProperties", false)
}

/// Whether rows can be created inside the row they refer to.
fn can_nest(relative: &Relative) -> bool {
    !relative.filled.is_empty() && relative.methods.contains(&Method::Post)
}

/// The columns a new row must have that belongs to another one.
pub(super) fn required_of(relative: &Relative) -> Vec<&str> {
    let relation = &relative.relation;
    let is_filled = |name: &&str| {
        relative
            .filled
            .iter()
            .any(|at| relation.column(*at).name == *name)
    };
    let mut needed = required(&relative.written);
    needed.retain(|name| !is_filled(name));
    needed
}

/// A change of a row: a key that the database chooses where it is NULL is not NULL once it is there.
fn update(relation: &Relation, base: &str) -> Object {
    let write = name::schema(&format!("{base}.write"));
    let mut aliases = writable(relation).filter(|(at, _)| relation.is_rowid_alias(*at));
    match aliases.next() {
        None => write,
        Some((_, column)) => {
            let properties = Object::new().with(column.name.clone(), value(column, Nulls::Refused));
            let strict = Object::new().with("properties", properties);
            Object::new().with("allOf", vec![write.into(), strict.into()])
        }
    }
}

fn value(column: &Column, nulls: Nulls) -> Object {
    let suffix = match nulls {
        Nulls::Allowed => ".nullable",
        Nulls::Refused => "",
    };
    name::schema(&format!("bistro.{}{suffix}", kind::word(column.kind)))
}

/// A row as a form.
fn form(relation: &Relation) -> Object {
    let mut properties = Object::new();
    for (_, column) in writable(relation) {
        let schema = name::schema(&format!("bistro.form.{}", kind::word(column.kind)));
        properties.add(column.name.clone(), schema);
    }
    Object::new()
        .with("type", "object")
        .with("properties", properties)
        .with("additionalProperties", false)
}

/// A schema with columns that must be there.
pub(super) fn requiring(schema: &str, required: &[&str]) -> Object {
    let schema = name::schema(schema);
    if required.is_empty() {
        return schema;
    }
    let required = Object::new().with("required", texts(required.iter().copied()));
    Object::new().with("allOf", vec![schema.into(), required.into()])
}

/// The columns a new row must have.
pub(super) fn required(relation: &Relation) -> Vec<&str> {
    let columns = writable(relation).filter(|(at, column)| {
        relation.is_never_null(*at) && column.default.is_none() && !relation.is_rowid_alias(*at)
    });
    columns.map(|(_, column)| column.name.as_str()).collect()
}

/// The columns that can be written, and where they stand.
pub(super) fn writable(relation: &Relation) -> impl Iterator<Item = (usize, &Column)> {
    let columns = relation.columns.iter().enumerate();
    columns.filter(|(_, column)| column.generated == Generated::No)
}

fn columns<'a>(relation: &'a Relation, positions: &'a [usize]) -> impl Iterator<Item = &'a str> {
    let positions = positions.iter();
    positions.map(|&at| relation.column(at).name.as_str())
}

fn nulls(are_allowed: bool) -> Nulls {
    if are_allowed {
        Nulls::Allowed
    } else {
        Nulls::Refused
    }
}
