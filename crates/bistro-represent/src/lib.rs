//! What people and programs see: rows as JSON, CSV, NDJSON and pages. Does no I/O.
//!
//! [`Representation`] says which form a client gets, [`Encoder`] writes rows in it one at a time, and [`page`] holds
//! what a browser shows. Knows no status, no header field but `Accept`, and no database.
#![forbid(unsafe_code)]

pub mod negotiate;
pub mod footer;
mod href;
pub mod resource;
mod json;
mod csv;
pub mod openapi;
pub mod page;
pub mod encoder;
#[cfg(test)]
mod tests;

pub use encoder::Encoder;
pub use footer::Footer;
pub use negotiate::{Format, Representation};
pub use page::PageContext;
pub use resource::{Place, Survey};
