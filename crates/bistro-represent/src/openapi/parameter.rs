//! Parameters: of the query, of the path, and header fields of requests.

use bistro_dialect::preference::{PREFERENCES, Values};
use bistro_plan::catalog::{Column, Kind, Relation, RelationKind};

use crate::href;
use crate::openapi::kind::{self, KINDS};
use crate::openapi::name;
use crate::openapi::node::{Node, Object, texts};
use crate::openapi::pattern;
use crate::openapi::relation;
use crate::resource::Place;

/// Those that mean the same everywhere, by the names of their components.
pub(super) fn shared() -> Object {
    let position = || name::schema("bistro.position");
    let limit = query("limit", position()).with("description", "At most so many rows");
    let offset = query("offset", position()).with("description", "After skipping so many rows");
    Object::new()
        .with("bistro.limit", limit)
        .with("bistro.offset", offset)
        .with("bistro.after", query("after", name::schema("bistro.cursor")))
        .with("bistro.range", range())
        .with("bistro.range-unit", range_unit())
        .with("bistro.prefer.read", prefer(&["count", "handling", "timezone"], &["count=exact"]))
        .with(
            "bistro.prefer.write",
            prefer(
                &["return", "resolution", "missing", "count", "handling", "max-affected", "tx", "timezone"],
                &["return=representation", "return=minimal, tx=rollback"],
            ),
        )
        .with(
            "bistro.if-match",
            header(
                "If-Match",
                "Entity tags, or `*`: the request is carried out only if what is there has one of them (412 otherwise)",
            ),
        )
        .with(
            "bistro.if-none-match",
            header(
                "If-None-Match",
                "Entity tags, or `*`: a read is answered with 304 if what is there has one of them, a write with 412",
            ),
        )
        .with("bistro.idempotency-key", idempotency_key())
}

/// Those of a relation, by the names of their components.
pub(super) fn of_relation(place: &Place, out: &mut Object) {
    let relation = &place.relation;
    let base = name::component(&relation.name);
    for column in &relation.columns {
        let filter = name::schema(&filter_of(relation, column.kind));
        out.add(
            format!("{base}.{}", name::component(&column.name)),
            query(&href::parameter(&column.name), filter),
        );
    }
    let own = |what: &str| format!("{base}.rows.{what}");
    for connective in ["and", "or"] {
        out.add(
            own(connective),
            query(connective, name::schema(&own("tree"))),
        );
    }
    for word in ["select", "order", "columns"] {
        out.add(own(word), query(word, name::schema(&own(word))));
    }
    if let Some(schema) = on_conflict(&place.written) {
        out.add(own("on_conflict"), query("on_conflict", schema));
    }
}

/// What the parameters of a relation may say.
pub(super) fn schemas_of_relation(place: &Place, out: &mut Object) {
    let relation = &place.relation;
    let own = |what: &str| format!("{}.rows.{what}", name::component(&relation.name));
    out.add(
        own("select"),
        patterned(&pattern::select(relation, &place.relatives)).with(
            "description",
            "What comes back. Besides columns and related rows: `alias:column`, `column::type`, `column->path`, \
             aggregates like `count()`, and embeds in embeds",
        ),
    );
    out.add(
        own("order"),
        patterned(&pattern::order(relation)).with(
            "description",
            "In which order. Also by paths into JSON, and by columns of the one related row",
        ),
    );
    out.add(
        own("tree"),
        patterned(&pattern::tree(relation)).with(
            "description",
            "Filters joined in parentheses: `(a.eq.1,b.eq.2)`. They nest, and take every operator that filters take",
        ),
    );
    let writable = relation::writable(&place.written).map(|(_, column)| column.name.as_str());
    out.add(
        own("columns"),
        patterned(&pattern::names(writable)).with(
            "description",
            "The columns of the body that are meant; others in it are ignored",
        ),
    );
}

/// The schemas of filters, by the names of their components.
pub(super) fn filters(out: &mut Object) {
    for kind in KINDS {
        out.add(filter_name(kind, false), filter(kind, false));
    }
    for kind in [Kind::Text, Kind::Any] {
        out.add(filter_name(kind, true), filter(kind, true));
    }
}

/// References to the filters of a relation: what a request says of which rows.
pub(super) fn filtering(relation: &Relation) -> Vec<Node> {
    filtering_by(relation, |_| true)
}

/// References to the filters by some columns of a relation, and to trees of them.
pub(super) fn filtering_by(relation: &Relation, is_meant: impl Fn(&Column) -> bool) -> Vec<Node> {
    let base = name::component(&relation.name);
    let columns = relation.columns.iter().filter(|column| is_meant(column));
    let columns = columns.map(|column| format!("{base}.{}", name::component(&column.name)));
    let trees = ["and", "or"].map(|connective| format!("{base}.rows.{connective}"));
    refer(columns.chain(trees))
}

/// References to parameters of a relation's own: `select`, `order`, `columns`, `on_conflict`.
pub(super) fn own(relation: &Relation, words: &[&str]) -> Vec<Node> {
    let base = name::component(&relation.name);
    let words = words
        .iter()
        .filter(|word| **word != "on_conflict" || on_conflict(relation).is_some());
    refer(words.map(|word| format!("{base}.rows.{word}")))
}

/// References to shared parameters.
pub(super) fn bistro(names: &[&str]) -> Vec<Node> {
    refer(names.iter().map(|name| format!("bistro.{name}")))
}

/// References to the conditions that a request can set.
pub(super) fn conditions() -> Vec<Node> {
    bistro(&["if-match", "if-none-match"])
}

/// The key in a path, as parameters: one for each of its columns.
pub(super) fn key(relation: &Relation) -> Vec<Node> {
    let names = key_names(relation).into_iter().zip(&relation.primary_key);
    let parameters = names.map(|(name, &at)| {
        let column = relation.column(at);
        let parameter = Object::new()
            .with("name", name)
            .with("in", "path")
            .with("required", true)
            .with("schema", kind::addressed(column.kind));
        Node::Object(parameter)
    });
    parameters.collect()
}

/// The key in a path where nobody looks whether it can be one.
pub(super) fn any_key(relation: &Relation) -> Vec<Node> {
    let names = key_names(relation).into_iter();
    let parameters = names.map(|name| {
        let schema = Object::new().with("type", "string").with("minLength", 1);
        let parameter = Object::new()
            .with("name", name)
            .with("in", "path")
            .with("required", true)
            .with("schema", schema);
        Node::Object(parameter)
    });
    parameters.collect()
}

/// The segment of a path that names a row: `{order_id},{line_no}`.
pub(super) fn key_segment(relation: &Relation) -> String {
    let names = key_names(relation);
    let names: Vec<_> = names.iter().map(|name| format!("{{{name}}}")).collect();
    names.join(",")
}

/// The key's columns as filters of a `PUT`, which must name each of them.
pub(super) fn key_filters(relation: &Relation) -> Vec<Node> {
    let filters = relation.primary_key.iter().map(|&at| {
        let column = relation.column(at);
        let pattern = format!("^eq\\.{}$", pattern::value(column.kind));
        let filter = query(&href::parameter(&column.name), patterned(&pattern));
        Node::Object(filter.with("required", true))
    });
    filters.collect()
}

/// What a parameter in braces is called: the column's name where braces and slashes leave no doubt.
pub(super) fn key_names(relation: &Relation) -> Vec<String> {
    let names = relation.primary_key.iter().map(|&at| {
        let name = &relation.column(at).name;
        let is_plain = name
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_');
        if is_plain {
            name.clone()
        } else {
            format!("column_{}", at + 1)
        }
    });
    names.collect()
}

fn on_conflict(relation: &Relation) -> Option<Object> {
    if relation.kind != RelationKind::Table {
        return None;
    }
    let uniques = relation.uniques.iter().filter(|unique| !unique.is_partial);
    let uniques = uniques.map(|unique| &unique.columns);
    let choices = [&relation.primary_key].into_iter().chain(uniques);
    let choices = choices
        .filter(|columns| !columns.is_empty())
        .map(|columns| {
            let names = columns
                .iter()
                .map(|at| href::parameter(&relation.column(*at).name));
            names.collect::<Vec<_>>().join(",")
        });
    let choices: Vec<_> = choices.collect();
    (!choices.is_empty()).then(|| {
        Object::new().with("type", "string").with("enum", texts(choices)).with(
            "description",
            "The columns by which a new row is found to be there already, with `Prefer: resolution=…`",
        )
    })
}

fn is_searchable(relation: &Relation) -> bool {
    relation.kind == RelationKind::Search && relation.rowid().is_some()
}

fn filter_name(kind: Kind, is_searchable: bool) -> String {
    match (kind, is_searchable) {
        (Kind::Text | Kind::Any, true) => format!("bistro.search.{}", kind::word(kind)),
        _ => format!("bistro.filter.{}", kind::word(kind)),
    }
}

fn filter(kind: Kind, is_searchable: bool) -> Object {
    let tokens = pattern::operators(kind, is_searchable).map(|row| row.token);
    patterned(&pattern::filter(kind, is_searchable)).with(
        "description",
        format!(
            "An operator, a dot, a value; `not.` before it negates: {}",
            name::listed(tokens)
        ),
    )
}

fn range() -> Object {
    field(
        "Range",
        "Which rows, from 0: `0-24`, `50-`. What is no range of items is ignored (RFC 9110 §14.2)",
        "0-24",
    )
}

fn range_unit() -> Object {
    field(
        "Range-Unit",
        "`items`; with any other, `Range` is ignored",
        "items",
    )
}

fn prefer(names: &[&str], examples: &[&str]) -> Object {
    let mut text = "What the client would like, with commas (RFC 7240); what is not understood is ignored, unless \
                    `handling=strict` stands there:"
        .to_owned();
    for row in PREFERENCES.iter().filter(|row| names.contains(&row.name)) {
        let values = match row.values {
            Values::Words(words) => name::listed(words.iter().copied()),
            Values::Number => "a number".to_owned(),
            Values::Timezone => "a name".to_owned(),
        };
        text.push_str(&format_row(row.name, &values, row.applies_to));
    }
    let mut shown = Object::new();
    for example in examples {
        shown.add(
            name::component(example),
            Object::new().with("value", *example),
        );
    }
    header("Prefer", &text).with("examples", shown)
}

fn format_row(name: &str, values: &str, applies_to: &str) -> String {
    format!("\n- `{name}` ({applies_to}): {values}")
}

fn idempotency_key() -> Object {
    let schema = patterned("^(?:\"[!#-~][ !#-~]{0,251}[!#-~]\"|[!#-~](?:[ !#-~]{0,253}[!#-~])?)$");
    Object::new()
        .with("name", "Idempotency-Key")
        .with("in", "header")
        .with(
            "description",
            "A key of the client's choice: a request that comes again with it is answered again, and done once",
        )
        .with("schema", schema)
}

fn field(name: &str, description: &str, example: &str) -> Object {
    header(name, description).with("example", example)
}

fn header(name: &str, description: &str) -> Object {
    Object::new()
        .with("name", name)
        .with("in", "header")
        .with("description", description)
        .with("schema", Object::new().with("type", "string"))
}

fn query(name: &str, schema: Object) -> Object {
    Object::new()
        .with("name", name)
        .with("in", "query")
        .with("schema", schema)
}

/// A number of rows.
pub(super) fn position() -> Object {
    Object::new()
        .with("type", "integer")
        .with("format", "int64")
        .with("minimum", 0)
        .with("maximum", i64::MAX)
}

/// A place between rows.
pub(super) fn cursor() -> Object {
    patterned("^[A-Za-z0-9_-]+$").with(
        "description",
        "Where the page before ended: the cursor of a `Link` with `rel=\"next\"`, under the same `order`",
    )
}

/// The name of the schema that filters on a column of this kind have.
pub(super) fn filter_of(relation: &Relation, kind: Kind) -> String {
    filter_name(kind, is_searchable(relation))
}

/// A text that a pattern fits.
pub(super) fn patterned(pattern: &str) -> Object {
    Object::new()
        .with("type", "string")
        .with("pattern", pattern)
}

fn refer(names: impl Iterator<Item = String>) -> Vec<Node> {
    names.map(|name| name::parameter(&name).into()).collect()
}
