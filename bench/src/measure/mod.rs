//! What can be measured, each by its name.

pub(crate) mod stream;
pub(crate) mod embedding;
pub(crate) mod reads;
pub(crate) mod sessions;
pub(crate) mod writes;
pub(crate) mod latency;
pub(crate) mod idle;
pub(crate) mod resident;
pub(crate) mod growth;
pub(crate) mod peers;
mod download;
pub(crate) mod client;
