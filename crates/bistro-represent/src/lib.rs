//! What people and programs see: rows as JSON, CSV, NDJSON and pages. Does no I/O.
#![forbid(unsafe_code)]

pub mod negotiate;
pub mod encoder;

pub use encoder::{Encoder, Footer};
pub use negotiate::{Format, Representation};
