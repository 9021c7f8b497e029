//! Rows as CSV (RFC 4180).

mod writer;
#[cfg(test)]
mod tests;

pub(crate) use writer::Writer;
