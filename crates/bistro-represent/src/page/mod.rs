//! What a browser shows: HTML that works without scripts and loads nothing but our one style sheet.
//!
//! Every text is escaped by maud, and every address a page links to is built by [`href`](crate::href) or is the
//! request's own: data never becomes an address.

mod style;
mod viewer;
mod context;
mod message;
mod layout;
mod parameter;
mod order;
mod words;
mod cell;
mod reference;
mod schema;
mod snippet;
mod argument;
mod filter;
mod collection;
mod call;
mod item;
mod writer;
mod root;
mod session;
mod error;
#[cfg(test)]
mod tests;

pub use call::call;
pub use context::{PageContext, sources};
pub use error::error;
pub use root::root;
pub use session::{Entry, Fault, SessionLine, SessionPage, session};
pub use style::{CONTENT_SECURITY_POLICY, STYLE_SHEET, STYLE_SHEET_PATH};
pub use viewer::Viewer;

pub(crate) use writer::Writer;
