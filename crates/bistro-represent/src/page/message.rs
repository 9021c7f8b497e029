//! A message to a person.

use maud::{Markup, html};

/// A message, with what stands in backticks as code.
pub(super) fn message(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
