//! Reads: `GET` of rows and of one row, and `QUERY`.

use bistro_plan::catalog::Relation;

use crate::href;
use crate::openapi::name;
use crate::openapi::node::Object;
use crate::openapi::operation::Operation;
use crate::openapi::parameter;

const QUERY: &str =
    "Its body says what the query of a URL would. Safe and idempotent, like `GET` (RFC 10008).";

const FIELDS: [&str; 1] = ["prefer.read"];

/// `GET` of rows. `HEAD` has the same parameters and header fields.
pub(super) fn rows(at: &str, relation: &Relation, summary: String) -> Operation {
    let rows = format!("{}.rows", name::component(&relation.name));
    Operation::new(at, "read", relation, summary)
        .taking(parameter::filtering(relation))
        .taking(parameter::own(relation, &["select", "order"]))
        .taking(parameter::bistro(&[
            "limit",
            "offset",
            "after",
            "range",
            "range-unit",
        ]))
        .taking(parameter::bistro(&FIELDS))
        .answering(&["200", "206"], &rows)
        .failing_as_read()
}

/// `GET` of the row that an address names.
pub(super) fn row(at: &str, relation: &Relation) -> Operation {
    let row = format!("{}.row", name::component(&relation.name));
    Operation::new(
        at,
        "read",
        relation,
        format!("Read a row of `{}`", relation.name),
    )
    .taking(parameter::own(relation, &["select"]))
    .taking(parameter::bistro(&FIELDS))
    .answering(&["200"], &row)
    .failing_as_read()
}

/// `QUERY`: a read whose parameters are a form.
pub(super) fn query(at: &str, relation: &Relation, summary: String) -> Operation {
    let base = name::component(&relation.name);
    Operation::new(at, "query", relation, summary)
        .described(QUERY)
        .with_body(vec![(
            "application/x-www-form-urlencoded",
            name::schema(&format!("{base}.rows.query")),
        )])
        .taking(parameter::bistro(&["range", "range-unit"]))
        .taking(parameter::bistro(&FIELDS))
        .answering(&["200", "206"], &format!("{base}.rows"))
        .failing_as_read()
        .failing_at_body()
}

/// What the body of a `QUERY` may say.
pub(super) fn form(relation: &Relation) -> Object {
    let mut properties = Object::new();
    form_of(relation, |_| true, &mut properties);
    Object::new()
        .with("type", "object")
        .with("properties", properties)
        .with("additionalProperties", false)
}

/// Likewise, as far as the names of parameters are not taken.
pub(super) fn form_of(relation: &Relation, is_free: impl Fn(&str) -> bool, out: &mut Object) {
    let base = name::component(&relation.name);
    for column in relation
        .columns
        .iter()
        .filter(|column| is_free(&column.name))
    {
        let filter = parameter::filter_of(relation, column.kind);
        out.add(href::parameter(&column.name), name::schema(&filter));
    }
    for (word, schema) in [
        ("and", "tree"),
        ("or", "tree"),
        ("select", "select"),
        ("order", "order"),
    ] {
        if is_free(word) {
            out.add(word, name::schema(&format!("{base}.rows.{schema}")));
        }
    }
    for (word, schema) in [
        ("limit", "position"),
        ("offset", "position"),
        ("after", "cursor"),
    ] {
        if is_free(word) {
            out.add(word, name::schema(&format!("bistro.{schema}")));
        }
    }
}
