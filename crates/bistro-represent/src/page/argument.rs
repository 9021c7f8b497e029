//! What a stored query is called with: its description, and a form for its arguments.

use bistro_plan::catalog::{Function, Kind, Parameter};
use bistro_plan::value::Value;
use maud::{Markup, html};

use crate::page::context::PageContext;
use crate::page::parameter::{PAGING, Parameters};

/// Whether a parameter of the address is an argument.
pub(super) fn is_one(context: &PageContext, name: &str) -> bool {
    let function = context.function.as_ref();
    function.is_some_and(|function| function.parameter(name).is_some())
}

/// What the query says of itself, and the form to call it. Nothing where rows are not of a stored query.
pub(super) fn section(context: &PageContext, parameters: &Parameters) -> Markup {
    let Some(function) = &context.function else {
        return html! {};
    };
    html! {
        @for paragraph in function.description.split("\n\n").filter(|text| !text.is_empty()) {
            p { (paragraph) }
        }
        @if !function.parameters.is_empty() { (form(context, function, parameters)) }
    }
}

fn form(context: &PageContext, function: &Function, parameters: &Parameters) -> Markup {
    let kept = parameters.iter().filter(|parameter| {
        let name = parameter.name.as_str();
        !PAGING.contains(&name) && !is_one(context, name)
    });
    html! {
        form.call method="get" action=(context.path) {
            @for parameter in kept {
                input type="hidden" name=(parameter.name) value=(parameter.value);
            }
            @for (at, parameter) in function.parameters.iter().enumerate() {
                (field(parameter, parameters, at))
            }
            button { "Call" }
        }
    }
}

/// A form sends every field, filled in or not: what an empty one stands for is decided where the call is planned.
fn field(parameter: &Parameter, parameters: &Parameters, at: usize) -> Markup {
    let given = parameters.value(&parameter.name).map(str::to_owned);
    let default = parameter.default.as_ref().and_then(text);
    html! {
        label for={ "argument-" (at) } {
            (parameter.name)
            @if !parameter.description.is_empty() { " " span.quiet { (parameter.description) } }
        }
        input id={ "argument-" (at) } name=(parameter.name) required[parameter.default.is_none()] autocomplete="off"
            spellcheck="false" autocapitalize="none" inputmode=[input_mode(parameter.kind)]
            value=[given.or(default)];
    }
}

fn input_mode(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Integer => Some("numeric"),
        Kind::Real | Kind::Numeric => Some("decimal"),
        Kind::Text
        | Kind::Boolean
        | Kind::Json
        | Kind::Blob
        | Kind::Temporal
        | Kind::Uuid
        | Kind::Any => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Blob(_) => None,
        Value::Integer(integer) => Some(integer.to_string()),
        Value::Real(real) => Some(real.to_string()),
        Value::Text(text) => Some(text.clone()),
    }
}
