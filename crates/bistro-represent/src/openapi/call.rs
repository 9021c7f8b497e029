//! Stored queries: `/rpc/{name}`.

use bistro_dialect::{Target, print};
use bistro_http::method::Method;
use bistro_plan::catalog::{Kind, Parameter};

use crate::openapi::kind::{self, Nulls};
use crate::openapi::name;
use crate::openapi::node::{Node, Object, texts};
use crate::openapi::operation::Operation;
use crate::openapi::parameter;
use crate::openapi::path::{Path, Site};
use crate::openapi::read;
use crate::openapi::version::Version;
use crate::resource::Callable;

const ROWS: &str =
    "Parameters of the URL that are no arguments are about the rows, as they are with a table.";

/// The address of a stored query.
pub(super) fn of_callable(callable: &Callable, version: Version, echoes: bool, out: &mut Object) {
    let function = &callable.function;
    let at = base(callable);
    let mut path = Path::new(version);
    for &method in &callable.methods {
        if let Some(operation) = operation(method, callable) {
            path.add(method, operation);
        }
    }
    let address = print::print_target(&Target::Function {
        name: function.name.clone(),
    });
    let site = Site {
        at,
        tag: &callable.rows.relation.name,
        keyed: None,
        has_rows: true,
        echoes,
    };
    out.add(address, path.write(&site));
}

fn operation(method: Method, callable: &Callable) -> Option<Operation> {
    let relation = &callable.rows.relation;
    let at = base(callable);
    let said = |how: &str| format!("Call `{}`{how}", callable.function.name);
    match method {
        Method::Get => {
            let operation = Operation::new(&at, "read", relation, said(""));
            Some(answered(
                operation
                    .taking(arguments(callable))
                    .taking(about_rows(callable, true))
                    .taking(parameter::bistro(&["range", "range-unit", "prefer.read"])),
                callable,
            ))
        }
        Method::Query => {
            let operation = Operation::new(&at, "query", relation, said(", asked in the body"));
            let form = "application/x-www-form-urlencoded";
            Some(answered(
                operation
                    .with_body(vec![(form, name::schema(&format!("{at}.rows.query")))])
                    .taking(parameter::bistro(&["range", "range-unit", "prefer.read"])),
                callable,
            ))
        }
        Method::Post => {
            let operation = Operation::new(&at, "call", relation, said(", with a body"));
            let prefer = if callable.function.is_read_only {
                &["prefer.read"][..]
            } else {
                &["prefer.write", "idempotency-key"]
            };
            Some(answered(
                operation
                    .with_body(bodies(callable))
                    .taking(about_rows(callable, false))
                    .taking(parameter::bistro(prefer)),
                callable,
            ))
        }
        Method::Head
        | Method::Put
        | Method::Patch
        | Method::Delete
        | Method::Options
        | Method::Trace
        | Method::Connect => None,
    }
}

fn answered(operation: Operation, callable: &Callable) -> Operation {
    let at = base(callable);
    let operation = operation.described(ROWS);
    let operation = if has_rows(callable) {
        operation.answering(&["200", "206"], &format!("{at}.rows"))
    } else {
        operation
    };
    if callable.function.is_read_only {
        operation.failing_as_read().failing_at_body()
    } else {
        operation
            .answering(&["204"], "bistro.done")
            .failing_as_change(&["300", "304", "416", "422"])
    }
}

/// What a call takes in the URL.
fn arguments(callable: &Callable) -> Vec<Node> {
    let parameters = callable.function.parameters.iter();
    let parameters = parameters.map(|parameter| {
        let argument = Object::new()
            .with("name", parameter.name.clone())
            .with("in", "query")
            .with_some("required", parameter.default.is_none().then_some(true))
            .with_some("allowEmptyValue", can_be_empty(parameter).then_some(true))
            .with("schema", described(kind::given(parameter.kind), parameter));
        Node::Object(argument)
    });
    parameters.collect()
}

/// What is said of the rows. A column that is called like an argument cannot be filtered by in the same place.
fn about_rows(callable: &Callable, beside_arguments: bool) -> Vec<Node> {
    let relation = &callable.rows.relation;
    if !has_rows(callable) {
        return Vec::new();
    }
    let is_taken = |name: &str| beside_arguments && callable.function.parameter(name).is_some();
    let mut parameters = parameter::filtering_by(relation, |column| !is_taken(&column.name));
    for word in ["select", "order"] {
        parameters.extend(parameter::own(relation, &[word]));
    }
    parameters.extend(parameter::bistro(&["limit", "offset"]));
    parameters
}

fn bodies(callable: &Callable) -> Vec<(&'static str, Object)> {
    let row = name::schema(&format!("{}.arguments", base(callable)));
    let list = Object::new()
        .with("type", "array")
        .with("items", row.clone())
        .with("minItems", 1)
        .with("maxItems", 1);
    let mut properties = Object::new();
    for parameter in &callable.function.parameters {
        let schema = described(kind::written(parameter.kind), parameter);
        properties.add(parameter.name.clone(), schema);
    }
    vec![
        (
            "application/json",
            Object::new().with("anyOf", vec![row.into(), list.into()]),
        ),
        (
            "application/x-www-form-urlencoded",
            closed(properties, callable),
        ),
    ]
}

/// The schemas of a stored query, by the names of their components.
pub(super) fn schemas(callable: &Callable, out: &mut Object) {
    let at = base(callable);
    let mut properties = Object::new();
    for parameter in &callable.function.parameters {
        let schema = described(kind::taken(parameter.kind, Nulls::Allowed), parameter);
        properties.add(parameter.name.clone(), schema);
    }
    out.add(format!("{at}.arguments"), closed(properties, callable));
    if callable.methods.contains(&Method::Query) {
        out.add(format!("{at}.rows.query"), form(callable));
    }
}

/// What the body of a `QUERY` may say: arguments, and what is about the rows.
fn form(callable: &Callable) -> Object {
    let mut properties = Object::new();
    for parameter in &callable.function.parameters {
        let written = kind::written(parameter.kind);
        let schema = if can_be_empty(parameter) {
            let empty = Object::new().with("const", "");
            Object::new().with("anyOf", vec![written.into(), empty.into()])
        } else {
            written
        };
        properties.add(parameter.name.clone(), described(schema, parameter));
    }
    let is_free = |name: &str| callable.function.parameter(name).is_none();
    read::form_of(&callable.rows.relation, is_free, &mut properties);
    closed(properties, callable)
}

fn closed(properties: Object, callable: &Callable) -> Object {
    let needed = callable
        .function
        .parameters
        .iter()
        .filter(|parameter| parameter.default.is_none());
    let needed = texts(needed.map(|parameter| parameter.name.clone()));
    Object::new()
        .with("type", "object")
        .with("properties", properties)
        .with_any("required", needed)
        .with("additionalProperties", false)
}

fn described(schema: Object, parameter: &Parameter) -> Object {
    if parameter.description.is_empty() {
        return schema;
    }
    schema
        .without("description")
        .with("description", parameter.description.clone())
}

/// Whether an empty text says nothing, as the fields do that somebody left empty in a page's form.
fn can_be_empty(parameter: &Parameter) -> bool {
    parameter.default.is_some()
        && match parameter.kind {
            Kind::Integer | Kind::Real | Kind::Numeric | Kind::Boolean | Kind::Json => true,
            // Where an empty text is a value, it fits the schema anyway.
            Kind::Blob | Kind::Text | Kind::Temporal | Kind::Uuid | Kind::Any => false,
        }
}

/// Whether it returns anything.
pub(super) fn has_rows(callable: &Callable) -> bool {
    !callable.rows.relation.columns.is_empty()
}

/// The name that its components and operations begin with.
fn base(callable: &Callable) -> String {
    name::component(&callable.rows.relation.name)
}
