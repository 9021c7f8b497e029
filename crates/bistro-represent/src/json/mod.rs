//! Rows as JSON: an array, a single object, or one object a line (NDJSON).

mod strip;
mod writer;
#[cfg(test)]
mod tests;

pub(crate) use writer::{Layout, Nulls, Writer};
