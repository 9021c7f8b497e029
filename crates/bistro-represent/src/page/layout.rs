//! What every page begins and ends with.

use maud::{DOCTYPE, Markup, html};

use crate::page::style::STYLE_SHEET_PATH;
use crate::page::viewer::{self, Viewer};

/// A small `B` on the house's color, inside the page so that nothing is fetched for it.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E\
     %3Crect width='32' height='32' rx='8' fill='%238c2f39'/%3E%3Cpath d='M11 8h6.5a4 4 0 0 1 1.6 7.7A4.4 4.4 0 0 1 \
     17.8 24H11zm3 2.6v4h3a2 2 0 0 0 0-4zm0 6.5v4.3h3.4a2.1 2.1 0 0 0 0-4.3z' fill='%23fff'/%3E%3C/svg%3E";

/// What comes after `<main>`'s content.
pub(super) const END: &[u8] = b"</main></body></html>\n";

/// The list of resources. It is at `/`, too, unless the operator has a page of his own there.
pub(super) const LIST: &str = "/-/";

/// A place on the way from the root to the page.
pub(super) struct Step<'a> {
    pub(super) label: &'a str,
    /// `None` for the page itself.
    pub(super) href: Option<&'a str>,
}

/// Everything up to `<main>`'s content. `<main>` and what it is in stay open: see [`END`].
pub(super) fn start(
    title: &str,
    alternates: &Markup,
    steps: &[Step<'_>],
    viewer: &Viewer,
    out: &mut Vec<u8>,
) {
    let head = html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="same-origin";
            title { (title) " · Bistro" }
            link rel="icon" href=(ICON);
            link rel="stylesheet" href=(STYLE_SHEET_PATH);
            (alternates)
        }
    };
    let top = html! {
        a.skip href="#content" { "Skip to content" }
        header.top {
            a.home href=(LIST) { "Bistro" }
            @if !steps.is_empty() {
                nav aria-label="Breadcrumb" {
                    ol {
                        @for step in steps {
                            li {
                                @match step.href {
                                    Some(href) => a href=(href) { (step.label) },
                                    None => span aria-current="page" { (step.label) },
                                }
                            }
                        }
                    }
                }
            }
            (viewer::link(viewer))
        }
    };
    for part in [
        DOCTYPE.0,
        "<html lang=\"en\">",
        &head.0,
        "<body>",
        &top.0,
        "<main id=\"content\">",
    ] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Digits in groups of three, as English has them: `2,000,000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
