//! HTTP's own small grammars: what an RFC owns, and nothing of ours.
//!
//! Knows neither tables, nor sockets, nor the clock. Every function here is pure.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod method;
pub mod range;
