//! What went wrong, for people.

use maud::html;

use crate::page::layout;
use crate::page::message::message;
use crate::page::viewer::Viewer;

/// A page for an error: the status, what it means, what is wrong here, and what to do about it.
pub fn error(status: u16, title: &str, detail: Option<&str>, hint: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    layout::start(title, &html! {}, &[], &Viewer::Untold, &mut out);
    let body = html! {
        div.error {
            p.status { (status) }
            h1 { (title) }
            @if let Some(detail) = detail { p.detail { (message(detail)) } }
            @if let Some(hint) = hint { p.hint { strong { "Hint: " } (message(hint)) } }
            p { a href=(layout::LIST) { "All resources" } }
        }
    };
    out.extend_from_slice(body.0.as_bytes());
    out.extend_from_slice(layout::END);
    out
}
