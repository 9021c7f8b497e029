//! HTTP's own small grammars: what an RFC owns, and nothing of ours.
//!
//! Knows neither tables, nor sockets, nor the clock. Every function here is pure, takes time linear in what it reads
//! (so the server's limit on a head is the limit here), and panics for no input.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod method;
pub mod percent;
mod field;
pub mod range;
pub mod bytes;
pub mod media;
pub mod prefer;
pub mod etag;
pub mod authority;
pub mod origin;
pub mod link;
pub mod allow;
pub mod cookie;
pub mod network;
pub mod forwarded;
pub mod json_string;
pub mod problem;
