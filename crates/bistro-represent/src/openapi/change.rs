//! Changes: `POST`, `PUT`, `PATCH` and `DELETE`.

use bistro_plan::catalog::Relation;

use crate::openapi::name;
use crate::openapi::node::{Object, texts};
use crate::openapi::operation::Operation;
use crate::openapi::parameter;
use crate::openapi::relation::{required, requiring};
use crate::openapi::response::Rows;

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const FORM: &str = "application/x-www-form-urlencoded";

const KEYS: &str =
    "In a list, all rows have the same members, unless `columns` says which are meant.";
const UPSERT: &str = "By the key in the URL. The row is created if it is not there.";
const EVERY: &str = "At least one filter must be there: `id=not.is.null` if every row is meant.";

/// `POST`. `filled`: the columns whose values the address gives.
pub(super) fn create(at: &str, relation: &Relation, filled: &[&str], summary: String) -> Operation {
    let base = name::component(&relation.name);
    let needed: Vec<_> = required(relation)
        .into_iter()
        .filter(|name| !filled.contains(name))
        .collect();
    let row = if filled.is_empty() {
        name::schema(&format!("{base}.create"))
    } else {
        requiring(&format!("{base}.write"), &needed)
    };
    let rows = Object::new()
        .with("type", "array")
        .with("items", row.clone());
    let form = requiring(&format!("{base}.form"), &needed);
    Operation::new(at, "create", relation, summary)
        .described(KEYS)
        .taking(parameter::own(
            relation,
            &["select", "columns", "on_conflict"],
        ))
        .taking(parameter::bistro(&["prefer.write", "idempotency-key"]))
        .with_body(vec![
            (
                JSON,
                Object::new().with("anyOf", vec![row.into(), rows.into()]),
            ),
            (CSV, csv()),
            (FORM, form),
        ])
        .answering(&["200", "201"], &format!("{base}.written.rows"))
        .failing_as_change(&["422"])
}

/// `PUT` of the row that an address names.
pub(super) fn replace(at: &str, relation: &Relation, written: &Relation) -> Operation {
    let key: Vec<_> = key_names(relation);
    let needed: Vec<_> = required(written)
        .into_iter()
        .filter(|name| !key.contains(name))
        .collect();
    let operation = Operation::new(
        at,
        "replace",
        relation,
        format!("Replace or create a row of `{}`", relation.name),
    );
    replacing(operation, written, &needed, Rows::One).failing_as_change(&[])
}

/// `PUT` of the row that filters name by its whole key.
pub(super) fn replace_filtered(at: &str, relation: &Relation, written: &Relation) -> Operation {
    let mut needed = required(written);
    for name in key_names(relation) {
        if !needed.contains(&name) {
            needed.push(name);
        }
    }
    let summary = format!(
        "Replace or create the row of `{}` that filters name",
        relation.name
    );
    let operation =
        Operation::new(at, "replace", relation, summary).taking(parameter::key_filters(relation));
    replacing(operation, written, &needed, Rows::Many).failing_as_change(&["405"])
}

fn replacing(operation: Operation, relation: &Relation, needed: &[&str], rows: Rows) -> Operation {
    let base = name::component(&relation.name);
    let row = requiring(&format!("{base}.write"), needed);
    let list = Object::new()
        .with("type", "array")
        .with("items", row.clone())
        .with("minItems", 1)
        .with("maxItems", 1);
    operation
        .described(UPSERT)
        .taking(parameter::own(relation, &["select", "columns"]))
        .taking(parameter::bistro(&["prefer.write"]))
        .with_body(vec![
            (
                JSON,
                Object::new().with("anyOf", vec![row.into(), list.into()]),
            ),
            (CSV, csv()),
            (FORM, requiring(&format!("{base}.form"), needed)),
        ])
        .answering(&["200", "201"], &written(&base, rows))
        .answering(&["204"], "bistro.done")
}

/// `PATCH` of rows, or of the row that an address names.
pub(super) fn update(at: &str, relation: &Relation, written: &Relation, rows: Rows) -> Operation {
    let base = name::component(&relation.name);
    let row = name::schema(&format!("{base}.update"));
    let list = Object::new()
        .with("type", "array")
        .with("items", row.clone())
        .with("maxItems", 1);
    let operation = about(at, "update", "Update", relation, rows);
    operation
        .taking(parameter::own(written, &["select", "columns"]))
        .taking(parameter::bistro(&["prefer.write", "idempotency-key"]))
        .with_body(vec![
            (
                JSON,
                Object::new().with("anyOf", vec![row.clone().into(), list.into()]),
            ),
            ("application/merge-patch+json", row),
            ("application/json-patch+json", name::schema("bistro.patch")),
            (CSV, csv()),
            (FORM, name::schema(&format!("{base}.form"))),
        ])
        .answering(&["200"], &self::written(&base, rows))
        .answering(&["204"], "bistro.done")
        .failing_as_change(&["422"])
}

/// `DELETE` of rows, or of the row that an address names.
pub(super) fn delete(at: &str, relation: &Relation, rows: Rows) -> Operation {
    let base = name::component(&relation.name);
    let operation = about(at, "delete", "Delete", relation, rows);
    operation
        .taking(parameter::own(relation, &["select"]))
        .taking(parameter::bistro(&["prefer.write"]))
        .answering(&["200"], &written(&base, rows))
        .answering(&["204"], "bistro.done")
        .failing_as_change(&[])
}

fn about(at: &str, verb: &str, word: &str, relation: &Relation, rows: Rows) -> Operation {
    match rows {
        Rows::Many => {
            let summary = format!("{word} the rows of `{}` that filters leave", relation.name);
            Operation::new(at, verb, relation, summary)
                .described(EVERY)
                .taking(parameter::filtering(relation))
        }
        Rows::One => {
            let summary = format!("{word} a row of `{}`", relation.name);
            Operation::new(at, verb, relation, summary)
        }
    }
}

/// A JSON patch (RFC 6902).
pub(super) fn patch() -> Object {
    let pointer = || parameter::patterned("^(?:/(?:[^~/]|~[01])*)*$");
    let operation = |words: &[&str], other: Option<(&str, Object)>| {
        let mut needed = vec!["op", "path"];
        let mut properties = Object::new()
            .with(
                "op",
                Object::new().with("enum", texts(words.iter().copied())),
            )
            .with("path", pointer());
        if let Some((name, schema)) = other {
            needed.push(name);
            properties.add(name, schema);
        }
        Object::new()
            .with("type", "object")
            .with("properties", properties)
            .with("required", texts(needed))
    };
    let operations = vec![
        operation(&["add", "replace", "test"], Some(("value", Object::new()))).into(),
        operation(&["move", "copy"], Some(("from", pointer()))).into(),
        operation(&["remove"], None).into(),
    ];
    Object::new()
        .with("type", "array")
        .with("items", Object::new().with("oneOf", operations))
        .with(
            "description",
            "Operations on the row as `GET` shows it, all or none of them (RFC 6902)",
        )
}

fn csv() -> Object {
    Object::new().with("type", "string").with(
        "description",
        "A line with the names of columns, then a line for each row; `NULL` without quotes is null",
    )
}

fn written(base: &str, rows: Rows) -> String {
    match rows {
        Rows::Many => format!("{base}.written.rows"),
        Rows::One => format!("{base}.written.row"),
    }
}

fn key_names(relation: &Relation) -> Vec<&str> {
    let key = relation.primary_key.iter();
    key.map(|&at| relation.column(at).name.as_str()).collect()
}
