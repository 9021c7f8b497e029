//! One value as a person reads it.

use bistro_plan::catalog::Kind;
use bistro_plan::value::ValueRef;
use maud::{Markup, html};

use crate::page::layout;
use bistro_plan::json::scalar;

/// Characters of a text that a table shows; the item's page shows all.
const CLIPPED_CHARACTERS: usize = 160;

/// How much of a text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// In a table: its beginning.
    Clipped,
    /// On an item's page: all.
    Full,
}

/// The class of a cell, by the kind of its column: numbers stand right, documents in monospace.
pub(super) fn class(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Integer | Kind::Real | Kind::Numeric => Some("number"),
        Kind::Json | Kind::Uuid => Some("code"),
        Kind::Temporal => Some("temporal"),
        Kind::Text | Kind::Boolean | Kind::Blob | Kind::Any => None,
    }
}

/// A value, escaped.
pub(super) fn markup(value: ValueRef<'_>, kind: Kind, extent: Extent) -> Markup {
    match value {
        ValueRef::Null => html! { span.null { "null" } },
        ValueRef::Integer(number) => match scalar::boolean(number) {
            Some(word) if kind == Kind::Boolean => html! { span.boolean { (word) } },
            Some(_) | None => html! { (number) },
        },
        ValueRef::Real(number) => {
            let mut digits = Vec::new();
            scalar::real(number, &mut digits);
            html! { (scalar::text(&digits)) }
        }
        ValueRef::Text([]) => html! { span.null { "empty text" } },
        ValueRef::Text(octets) => {
            let text = scalar::text(octets);
            match (extent, kind) {
                (Extent::Clipped, _) => clipped(&text),
                (Extent::Full, Kind::Json) => html! { pre { code { (text) } } },
                (Extent::Full, _) => html! { span.full { (text) } },
            }
        }
        ValueRef::Blob(octets) => {
            let length = octets.len();
            let unit = if length == 1 { "byte" } else { "bytes" };
            let count = u64::try_from(length).map_or_else(|_| length.to_string(), layout::grouped);
            html! { span.blob { (count) " " (unit) } }
        }
    }
}

/// The beginning of a text, cut between characters.
fn clipped(text: &str) -> Markup {
    match text.char_indices().nth(CLIPPED_CHARACTERS) {
        Some((end, _)) => html! { (text.get(..end).unwrap_or(text)) "…" },
        None => html! { (text) },
    }
}
