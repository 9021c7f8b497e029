//! The page's request as lines to copy into a terminal.

use maud::{Markup, html};

use crate::negotiate::Format;
use crate::page::context::PageContext;

/// The representations a page offers beside itself: media types and what to call them.
fn others() -> impl Iterator<Item = (&'static str, &'static str)> {
    Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Html)
        .map(Format::names)
}

/// The links of `<head>` to the other representations of the same address.
pub(super) fn alternates(context: &PageContext) -> Markup {
    let address = address(context);
    html! {
        @for (media_type, label) in others() {
            link rel="alternate" type=(media_type) title=(label) href=(address);
        }
    }
}

/// One curl line for each representation.
pub(super) fn section(context: &PageContext) -> Markup {
    let address = shell_quoted(&format!("{}{}", context.origin, address(context)));
    html! {
        details.panel {
            summary { "Also as JSON, CSV, NDJSON" }
            p { "The same address gives other forms to whoever asks for them with " code { "Accept" } "." }
            dl.snippets {
                @for (media_type, label) in others() {
                    dt { (label) }
                    dd {
                        pre tabindex="0" {
                            code {
                                "curl "
                                @if media_type != "application/json" { "-H 'Accept: " (media_type) "' " }
                                (address)
                            }
                        }
                    }
                }
            }
            @if !context.methods.is_empty() {
                p {
                    "Methods here: "
                    @for (at, method) in context.methods.iter().enumerate() {
                        @if at > 0 { " " }
                        code { (method) }
                    }
                }
            }
        }
    }
}

fn address(context: &PageContext) -> String {
    if context.query.is_empty() {
        context.path.clone()
    } else {
        format!("{}?{}", context.path, context.query)
    }
}

/// Text as one word of a POSIX shell.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "%27"))
}
