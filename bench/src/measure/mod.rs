//! What can be measured, each by its name.

pub(crate) mod stream;
pub(crate) mod embedding;
pub(crate) mod reads;
