//! A stored query that is still to be told what it is called with.

use maud::html;

use crate::page::argument;
use crate::page::context::PageContext;
use crate::page::layout::{self, Step};
use crate::page::parameter::Parameters;
use crate::page::schema;

/// The page of a stored query without its rows: a form for its arguments.
pub fn call(context: &PageContext) -> Vec<u8> {
    let mut out = Vec::new();
    let name = context.relation.name.as_str();
    let steps = [Step {
        label: name,
        href: None,
    }];
    layout::start(name, &html! {}, &steps, &context.viewer, &mut out);
    let parameters = Parameters::read(&context.query);
    let body = html! {
        h1 { (name) }
        p.about { "stored query · " (context.relation.columns.len()) " columns" }
        (argument::section(context, &parameters))
        (schema::section(context))
    };
    out.extend_from_slice(body.0.as_bytes());
    out.extend_from_slice(layout::END);
    out
}
