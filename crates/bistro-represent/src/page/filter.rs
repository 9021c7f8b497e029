//! What narrows the rows down: what the request says already, and a small form for each column to say more.

use bistro_plan::catalog::{Column, Kind};
use maud::{Markup, html};

use crate::href;
use crate::page::argument;
use crate::page::context::PageContext;
use crate::page::parameter::{PAGING, Parameter, Parameters};
use crate::page::words;

/// Parameters shown elsewhere on the page: by the header of the table and the links below it.
const ELSEWHERE: [&str; 4] = ["order", "limit", "offset", "after"];

/// The most filters shown, each with a link that says all the others.
const SHOWN_MAX: usize = 24;

/// The most bytes all forms or links of a page may take by repeating the query.
const REPEATED_BYTES_MAX: usize = 256 * 1024;

/// Whether the query is short enough to be said again for every column.
pub(super) fn is_repeatable(context: &PageContext) -> bool {
    context.query.len().saturating_mul(context.sources.len()) <= REPEATED_BYTES_MAX
}

/// The filters that hold, each with a link that takes it away.
pub(super) fn active(context: &PageContext, parameters: &Parameters) -> Markup {
    let shown = |parameter: &Parameter| {
        let name = parameter.name.as_str();
        !ELSEWHERE.contains(&name) && !argument::is_one(context, name)
    };
    let filters = parameters
        .iter()
        .enumerate()
        .filter(|(_, parameter)| shown(parameter));
    let filters: Vec<_> = filters.collect();
    let count = filters.len();
    html! {
        @if count > 0 {
            ul.filters aria-label="Filters" {
                @for (place, filter) in filters.iter().take(SHOWN_MAX) {
                    li {
                        span title={ (filter.name) "=" (filter.value) } { (words::of(filter)) }
                        a href=(parameters.href_without_place(&context.path, *place))
                            aria-label={ "Remove " (filter.name) "=" (filter.value) } { "×" }
                    }
                }
                @if count > SHOWN_MAX {
                    li { "and " (count - SHOWN_MAX) " more" }
                }
            }
        }
    }
}

/// A form for each column, in which a filter is written as it will stand in the address.
pub(super) fn forms(context: &PageContext, parameters: &Parameters) -> Markup {
    if !is_repeatable(context) {
        return html! {};
    }
    let columns = context.relation.columns.iter();
    let columns = columns.map(|column| (column, href::parameter(&column.name)));
    html! {
        details.panel {
            summary { "Filter" }
            p {
                "An operator, a dot and a value, as in the address: "
                code { "eq.7" } " " code { "gte.1990" } " " code { "ilike.*love*" } " "
                code { "in.(a,b)" } " " code { "not.is.null" }
            }
            div.forms {
                @for (at, (column, name)) in columns.enumerate() {
                    (form(context, parameters, column, &name, at))
                }
            }
        }
    }
}

fn form(
    context: &PageContext,
    parameters: &Parameters,
    column: &Column,
    name: &str,
    at: usize,
) -> Markup {
    let replaced = [name, PAGING[0], PAGING[1]];
    let kept = parameters.without(&replaced);
    html! {
        form method="get" action=(context.path) {
            @for parameter in kept {
                input type="hidden" name=(parameter.name) value=(parameter.value);
            }
            label for={ "filter-" (at) } { (column.name) }
            input id={ "filter-" (at) } name=(name) required autocomplete="off" spellcheck="false"
                autocapitalize="none" placeholder=(example(column.kind)) value=[parameters.value(name)];
            button { "Apply" }
        }
    }
}

/// A filter that makes sense for a column of this kind.
fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "gte.10",
        Kind::Real | Kind::Numeric => "lt.9.99",
        Kind::Text | Kind::Json => "ilike.*text*",
        Kind::Boolean => "is.true",
        Kind::Blob => "not.is.null",
        Kind::Temporal => "gte.2026-01-01",
        Kind::Uuid | Kind::Any => "eq.value",
    }
}
